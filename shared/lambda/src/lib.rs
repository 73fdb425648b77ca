//! What every function of the shop shares on Lambda: its start, its settings, its log and metrics, and the events it takes.
//!
//! A function's `main` names what it is and what it is made of:
//!
//! ```no_run
//! # #[cfg(feature = "runtime")] {
//! use std::process::ExitCode;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> ExitCode {
//!     lambda::schedule("sweep", async { Ok(lambda::table().await?) }, async |store: &store::Store| {
//!         store.warm().await?;
//!         Ok(())
//!     })
//!     .await
//! }
//! # }
//! ```

#![allow(clippy::missing_errors_doc, reason = "the error types say it")]

mod delivery;
mod invocation;
#[cfg(feature = "runtime")]
mod run;
#[cfg(feature = "runtime")]
mod stream;
pub mod telemetry;
mod variable;

pub use delivery::Delivery;
pub use invocation::Invocation;
#[cfg(feature = "runtime")]
pub use run::{http, schedule, stream};
#[cfg(feature = "runtime")]
pub use stream::{Malformed, deliveries};
pub use telemetry::Metric;
pub use variable::{ConfigError, base_url, optional, table, variable, warm};
