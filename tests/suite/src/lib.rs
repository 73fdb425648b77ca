//! What the tests of store and functions have in common: a table of their own, things to put into it, and a client that keeps
//! cookies as a browser does.
//!
//! Tables are made in the embedded engine, or, with `AWS_ENDPOINT_URL_DYNAMODB` set, in any other DynamoDB.

// Test support may end a test where it stands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod client;
pub mod goods;
mod table;

pub use client::{Answer, Client};
pub use table::{Shop, Table};
