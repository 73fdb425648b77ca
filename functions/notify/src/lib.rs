//! From the outbox to the shopper's mailbox, through SES. A mail that comes twice is sent once: it is claimed in the table first.
//!
//! The shop on one machine takes [`message`] alone: it writes mail to files.

#![allow(clippy::missing_errors_doc, reason = "the error types say it")]

mod message;
#[cfg(feature = "lambda")]
mod notifier;
#[cfg(feature = "lambda")]
mod sender;

pub use message::message;
#[cfg(feature = "lambda")]
pub use notifier::{Notifier, NotifyError};
#[cfg(feature = "lambda")]
pub use sender::{SendError, Sender};
