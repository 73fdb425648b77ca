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

mod app;
pub mod cookies;
mod countries;
mod input;
mod keys;
mod layers;
pub mod mail;
pub mod orders;
pub mod password;
pub mod payment;
mod problem;
mod session;
mod visit;

pub use app::{App, ConfigError, site_info};
pub use countries::country_choices;
pub use input::{Input, text};
pub use keys::Keys;
pub use layers::{add_security_headers, serve};
pub use problem::{Problem, ProblemDocument};
pub use session::{Caller, SignedIn, sign_in};
pub use visit::{Answer, Visit};

use axum::Router;

/// Runs a function's router on Lambda.
pub async fn run(router: Router) -> Result<(), lambda_http::Error> {
    lambda_http::run(router).await
}

/// JSON logs to standard error, by `RUST_LOG` (`info` where it is not set).
pub fn log_as_json() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().json().with_env_filter(filter).with_current_span(true).with_writer(std::io::stderr).init();
}
