//! The Lambda service on this machine, for tests and measurements: functions run as their own binaries under the real Runtime
//! API, and are reached as they are when deployed.
//!
//! - [`Function`]: one execution environment of a function; started again after it ended, stopped at its timeout.
//! - [`Gateway`]: an HTTP API in front of functions, requests as version 2.0 events.
//! - [`Mapping`]: hands the records of a stream ([`Feed`]) to a function, with retries, bisection and dead letters.
//! - [`Stage`]: a shop with goods, embedded DynamoDB and S3, a [`Mailbox`], and the variables of its functions.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let stage = runtime::Stage::open().await?;
//! let gateway = stage.gateway().await?;
//! let cart = runtime::Visitor::new(gateway.address()).get("/cart").await?;
//! assert_eq!(cart.status, 200);
//! # Ok(())
//! # }
//! ```

#![allow(clippy::missing_errors_doc, reason = "tests say what went wrong where it stands")]

mod api;
mod environment;
mod feed;
mod function;
mod gateway;
mod lines;
mod mailbox;
mod mapping;
mod stage;
mod usage;
mod visitor;

pub use environment::InitError;
pub use feed::Feed;
pub use function::{Function, FunctionError, Timed, Variables};
pub use gateway::{Gateway, Route, event};
pub use mailbox::{Mailbox, Sent};
pub use mapping::{DeadLetter, Mapping};
pub use stage::{HTTP_FUNCTIONS, Stage};
pub use usage::{Usage, usage};
pub use visitor::Visitor;
