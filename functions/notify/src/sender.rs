use aws_sdk_ses::{Client, primitives::Blob, types::RawMessage};
use domain::text::Email;
use std::collections::BTreeSet;
use store::{Calls, Service};

/// SES. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
    calls: Calls,
}

/// SES does not take the mail now. Its words may name the recipient and are not kept, only its code.
#[derive(Debug, thiserror::Error)]
#[error("SES did not take the mail: {0}")]
pub struct SendError(String);

impl Sender {
    /// Makes the client; no request is sent yet.
    pub async fn connect(service: &Service) -> Self {
        let (shared, calls) = (service.load("AWS_ENDPOINT_URL_SES").await, Calls::default());
        let config = aws_sdk_ses::config::Builder::from(&shared).interceptor(calls.clone());
        Self { client: Client::from_conf(config.build()), calls }
    }

    /// What SES was asked to do so far, by its own names.
    pub fn operations(&self) -> BTreeSet<String> {
        self.calls.operations()
    }

    /// Hands over a mail (RFC 5322).
    pub async fn send(&self, from: &Email, to: &Email, message: Vec<u8>) -> Result<(), SendError> {
        let raw = RawMessage::builder().data(Blob::new(message)).build().map_err(|e| SendError(e.to_string()))?;
        let send = self.client.send_raw_email().source(from.as_str()).destinations(to.as_str()).raw_message(raw);
        send.send().await.map(|_| ()).map_err(|error| SendError(store::reason(&error)))
    }
}
