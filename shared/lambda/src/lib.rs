//! What every function of the shop shares on Lambda: its start, its settings, its log and metrics, and the events it takes.
//!
//! A function's `main` names what it is and what it is made of:
//!
//! ```no_run
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
//! ```

mod request;
mod run;
mod stream;
pub mod telemetry;
mod variable;

pub use request::{request_id, source_address, trace_id};
pub use run::{http, schedule, stream};
pub use stream::{Delivery, Malformed, deliveries};
pub use telemetry::Metric;
pub use variable::{ConfigError, base_url, optional, table, variable, warm};
