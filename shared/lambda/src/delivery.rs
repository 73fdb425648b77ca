use std::time::Duration;
use store::changes::Change;

/// One record of a batch of the table's stream.
#[derive(Debug)]
pub struct Delivery {
    /// Its sequence number: what a failure is reported by.
    pub id: String,
    /// When it was written, since 1970.
    pub written: Duration,
    /// What it means, or why it cannot be read.
    pub change: Result<Change, String>,
}
