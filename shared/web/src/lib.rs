//! What every HTTP function of the shop shares.
//!
//! A function is an axum router over [`App`], wrapped by [`serve`]. A handler takes a [`Visit`] (who asks, and how to answer)
//! and perhaps an [`Input`], and returns an [`Answer`]:
//!
//! ```no_run
//! use render::views::general::Message;
//! use web::{Answer, Visit};
//!
//! async fn hello(visit: Visit) -> Answer {
//!     let view = Message { heading: "Hello".into(), text: String::new(), link: "/".into(), link_text: "On".into() };
//!     visit.page(&view).await
//! }
//! ```

mod accept;
mod address;
pub mod api;
mod app;
pub mod cookies;
mod countries;
mod hs256;
mod input;
mod key_ring;
mod keys;
mod layers;
mod look;
pub mod mail;
pub mod orders;
pub mod password;
pub mod payment;
mod problem;
mod session;
mod throw_away;
mod unanswered;
mod visit;

pub use address::{host, is_own_name, own_path, with_query, without_slash};
pub use app::{App, site_info};
pub use countries::country_choices;
pub use input::{Input, text};
pub use key_ring::KeyRing;
pub use keys::Keys;
pub use lambda::{ConfigError, Metric, telemetry};
pub use layers::{add_security_headers, serve, serve_staff};
pub use look::Look;
pub use problem::{DifferentAmount, Problem, ProblemDocument};
pub use session::{Caller, NewSession, SignedIn};
pub use visit::{Answer, Visit};

#[cfg(feature = "lambda")]
use {
    axum::Router,
    std::{process::ExitCode, sync::Arc},
};

/// Runs an HTTP function on Lambda: its name, also that of its folder of templates, and its routes over what it holds.
#[cfg(feature = "lambda")]
pub async fn run(function: &'static str, router: fn(Arc<App>) -> Router) -> ExitCode {
    lambda::http(function, async { App::from_env(function).await.map(router) }).await
}
