//! `publish` on Lambda: a batch of the table's stream makes pages in the bucket.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::stream("publish", publish::Batches::from_env(), publish::Batches::handle).await
}
