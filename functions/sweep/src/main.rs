//! `sweep` on Lambda: a schedule ends what nobody waits for any longer.
//!
//! `TABLE_NAME` says of which shop.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::schedule("sweep", lambda::table(), async |store| {
        sweep::expire_unpaid(store, clock::now()).await?;
        Ok(())
    })
    .await
}
