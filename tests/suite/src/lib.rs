//! What the tests of store and functions have in common: a table of their own, things to put into it, and a client that keeps
//! cookies as a browser does.
//!
//! Tables and buckets are made in the embedded services, or in any other DynamoDB and S3 that the SDK's own variables name:
//! `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_S3`.

#![allow(clippy::missing_errors_doc, reason = "tests say what went wrong where it stands")]
// Test support may end a test where it stands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod bucket;
mod client;
mod conditions;
pub mod contract;
pub mod costs;
mod faults;
mod former;
pub mod goods;
mod port;
mod prices;
mod table;
pub mod tour;

pub use bucket::SiteBucket;
pub use client::{Answer, Client};
pub use faults::{Fault, Faults, Held};
pub use port::FaultyDynamoDb;
pub use table::{Shop, Table, functions};

/// Whether the SDK's variables name another service than the embedded one.
pub fn is_elsewhere(service: &str) -> bool {
    endpoint(service).is_some()
}

/// Where the SDK's variables say that a service is.
fn endpoint(service: &str) -> Option<String> {
    std::env::var(format!("AWS_ENDPOINT_URL_{service}")).or_else(|_| std::env::var("AWS_ENDPOINT_URL")).ok()
}
