//! `notify` on Lambda: the outbox's part of the table's stream becomes mail.
//!
//! Besides what [`web::App`] needs: `MAIL_FROM`, the address that SES may send from.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::stream("notify", notify::Notifier::from_env(), notify::Notifier::handle).await
}
