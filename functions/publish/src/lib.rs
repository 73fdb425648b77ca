//! From a change in the table to the pages in the bucket.
//!
//! A [`Publisher`] keeps the catalogue as it was last published. Told of changes, it reads what changed, renders the pages that
//! may be touched, and uploads those whose content differs. Changes may come twice, late, or in any order of their keys.

#![allow(clippy::missing_errors_doc, reason = "the error types say it")]

mod batches;
mod bucket;
mod publisher;

pub use batches::Batches;
pub use bucket::{Bucket, BucketError, Found};
pub use publisher::{PublishError, Published, Publisher};
