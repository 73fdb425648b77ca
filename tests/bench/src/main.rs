//! What the shop takes, beside its budget: `make bench`. Figures are of this machine; compare only those of one run.

// A measurement may stop where it stands, and counts in floating point.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss, clippy::unwrap_used, clippy::expect_used)]

mod shopping;
mod site;

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    println!("{:58} {:>14}   budget", "", "measured");
    site::measure(1_000)?;
    site::measure(10_000)?;
    shopping::measure().await
}

/// One line of the report.
fn report(what: &str, measured: &str, budget: &str) {
    println!("{what:58} {measured:>14}   {budget}");
}
