use crate::{SendError, Sender, message};
use domain::text::Email;
use lambda::{ConfigError, Delivery, Metric, telemetry};
use std::sync::Arc;
use store::{
    Service, StoreError,
    changes::Change,
    mail::{Claim, Mail},
};
use web::App;

/// Sends what the stream brings.
#[derive(Debug)]
pub struct Notifier {
    app: Arc<App>,
    sender: Sender,
    from: Email,
}

/// Why a mail was not sent. It can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SES.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Another process has claimed it and has not said yet what became of it.
    #[error("the mail is being sent by somebody else")]
    Busy,
}

impl Notifier {
    /// From parts; `from` is the address that mail comes from.
    pub fn new(app: Arc<App>, sender: Sender, from: Email) -> Self {
        Self { app, sender, from }
    }

    /// From the environment.
    pub async fn from_env() -> Result<Self, ConfigError> {
        const FROM: &str = "MAIL_FROM";
        let from = lambda::variable(FROM)?.parse().map_err(|e| ConfigError::Wrong(FROM, format!("the address {e}")))?;
        let service = Service::default();
        let (app, sender) = tokio::join!(App::from_env("notify"), Sender::connect(&service));
        Ok(Self::new(app?, sender, from))
    }

    /// Sends the mails of a batch. Returns the identifiers of records that have to come again.
    pub async fn handle(&self, batch: &[Delivery]) -> Vec<String> {
        let mut failed = Vec::new();
        for record in batch {
            let done = match &record.change {
                Ok(Change::Mail(mail)) => self.send(mail).await.map_err(|e| e.to_string()),
                Ok(_) => Ok(()),
                Err(error) => Err(error.clone()),
            };
            if let Err(error) = done {
                telemetry::count(Metric::MailFailed, 1);
                tracing::error!(error, record = record.id, "a mail was not sent");
                failed.push(record.id.clone());
            }
        }
        failed
    }

    /// Sends a mail that was not sent yet.
    pub async fn send(&self, mail: &Mail) -> Result<(), NotifyError> {
        let store = &self.app.store;
        match store.claim_mail(&mail.id).await? {
            Claim::Done => return Ok(()),
            Claim::Busy => return Err(NotifyError::Busy),
            Claim::Taken => {}
        }
        let sent = self.hand_over(mail).await;
        if sent.is_ok() {
            telemetry::count(Metric::MailSent, 1);
            store.mail_was_sent(&mail.id).await?;
        } else {
            store.mail_was_not_sent(&mail.id).await?;
        }
        sent
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), NotifyError> {
        if let Some(text) = message(&self.app, mail, &self.from).await? {
            self.sender.send(&self.from, &mail.to, text).await?;
        }
        Ok(())
    }
}
