//! The outbox: `MAIL#id` / `MAIL`, put in the transaction of what caused it, read from the stream by who sends it.
//!
//! No secret is in it. A mail with a link names the token's identifier; who sends it derives the secret.

use crate::{
    Store, StoreError,
    item::{Item, expire, from_item, key, n, to_item},
    new_id, now,
    write::{NotWritten, Write},
};
use domain::text::{Email, Id, OrderNumber};
use serde::{Deserialize, Serialize};

/// Which mail, with what its text names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum MailKind {
    /// Prove the address of a new account.
    Verify {
        /// The single-use link it carries.
        token: Id,
    },
    /// Choose a new password.
    Reset,
    /// Somebody tried to register an address that has an account.
    AlreadyRegistered,
    /// The order was placed.
    OrderPlaced {
        /// Of the order.
        number: OrderNumber,
        /// With its currency, as the mail shows it.
        total: String,
        /// How to pay, in whole sentences.
        payment: String,
    },
    /// The order was not paid in time.
    OrderExpired {
        /// Of the order.
        number: OrderNumber,
    },
}

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Opaque.
    pub id: Id,
    /// Which one.
    #[serde(flatten)]
    pub kind: MailKind,
    /// To whom.
    pub to: Email,
}

impl Mail {
    /// A new mail.
    pub fn new(kind: MailKind, to: Email) -> Self {
        Self { id: new_id(), kind, to }
    }

    fn item(&self) -> Result<Item, StoreError> {
        let mut item = to_item(mail_key(&self.id), self)?;
        expire(&mut item, now().plus_days(7));
        Ok(item)
    }

    /// As part of what causes it, without a condition: its identifier is new.
    pub(crate) fn write(&self) -> Result<Write, StoreError> {
        Ok(Write::put(self.item()?))
    }

    pub(crate) fn from(item: Item) -> Result<Self, StoreError> {
        from_item(item)
    }
}

fn mail_key(id: &Id) -> Item {
    key(format!("MAIL#{id}"), "MAIL")
}

impl Store {
    /// Puts a mail into the outbox.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn send_mail(&self, mail: &Mail) -> Result<(), StoreError> {
        self.write(mail.write()?).await?;
        Ok(())
    }
}

/// Whether a mail is to be sent by who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Yes: nobody else sends it for a while.
    Taken,
    /// It was sent, or is too old to be kept.
    Done,
    /// Somebody else is sending it just now.
    Busy,
}

/// A claim that was not followed by a result is void after this many seconds.
const CLAIM_SECONDS: i64 = 60;

impl Store {
    /// Claims a mail, so that a record that comes twice is sent once.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn claim_mail(&self, id: &Id) -> Result<Claim, StoreError> {
        let free = "attribute_not_exists(claimed_until) OR claimed_until < :now";
        let claim = Write::update(mail_key(id), "SET claimed_until = :until")
            .when(format!("attribute_exists(pk) AND attribute_not_exists(sent_at) AND ({free})"))
            .value(":until", n(now().unix() + CLAIM_SECONDS))
            .value(":now", n(now().unix()));
        match self.write(claim).await {
            Ok(_) => Ok(Claim::Taken),
            Err(NotWritten::Condition(mail)) if mail.is_empty() || mail.contains_key("sent_at") => Ok(Claim::Done),
            Err(NotWritten::Condition(_)) => Ok(Claim::Busy),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }

    /// Notes that a claimed mail was sent.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn mail_was_sent(&self, id: &Id) -> Result<(), StoreError> {
        let sent = Write::update(mail_key(id), "SET sent_at = :now REMOVE claimed_until").value(":now", n(now().unix()));
        self.write(sent.when("attribute_exists(pk)")).await?;
        Ok(())
    }

    /// Gives a claimed mail back, to be tried again.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn mail_was_not_sent(&self, id: &Id) -> Result<(), StoreError> {
        self.write(Write::update(mail_key(id), "REMOVE claimed_until").when("attribute_exists(pk)")).await?;
        Ok(())
    }
}
