//! A person at a browser, in front of the running shop.
//!
//! [`Shop::open`] starts the real `shop` command on an empty folder; [`Browser::open`] starts a real Chromium. What
//! people then do is in `tests/`.

#![allow(clippy::missing_errors_doc, reason = "tests say what went wrong where it stands")]

mod axe;
mod browser;
mod crowd;
mod http;
mod program;
mod shop;
mod shopper;

pub use axe::violations;
pub use browser::{Browser, Scripts, Width};
pub use crowd::{Crowd, Seen};
pub use http::{Answer, fetch, get, post};
pub use program::Program;
pub use shop::{PASSWORD, Shop, binaries, command, sets_password};
pub use shopper::Shopper;
