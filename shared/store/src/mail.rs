//! The outbox: `MAIL#id` / `MAIL`, put in the transaction of what caused it, read from the stream by who sends it.
//!
//! No secret is in it. A mail with a link names the token's identifier; who sends it derives the secret.

use crate::{
    Store, StoreError,
    item::{Item, Write, expire, from_item, key, to_item},
    new_id, now,
};
use domain::text::{Email, Id};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// Prove the address of a new account.
    Verify,
    /// Choose a new password.
    Reset,
    /// Somebody tried to register an address that has an account.
    AlreadyRegistered,
    /// The order was placed.
    OrderPlaced,
}

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Opaque.
    pub id: Id,
    /// Which one.
    pub kind: MailKind,
    /// To whom.
    pub to: Email,
    /// The single-use link it carries.
    pub token: Option<Id>,
    /// What else its text names, such as the order's `number`.
    pub data: BTreeMap<String, String>,
}

impl Mail {
    /// A new mail.
    pub fn new(kind: MailKind, to: Email) -> Self {
        Self { id: new_id(), kind, to, token: None, data: BTreeMap::new() }
    }

    /// With a link.
    #[must_use]
    pub fn with_token(mut self, token: Id) -> Self {
        self.token = Some(token);
        self
    }

    /// With a value for its text.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.data.insert(name.to_owned(), value.to_string());
        self
    }

    fn item(&self) -> Result<Item, StoreError> {
        let mut item = to_item(key(format!("MAIL#{}", self.id), "MAIL"), self)?;
        expire(&mut item, now().plus_days(7));
        Ok(item)
    }

    pub(crate) fn write(&self) -> Result<Write, StoreError> {
        Ok(Write::create(self.item()?))
    }

    pub(crate) fn from(item: Item) -> Result<Self, StoreError> {
        from_item(item)
    }
}

impl Store {
    /// Puts a mail into the outbox.
    pub async fn send_mail(&self, mail: &Mail) -> Result<(), StoreError> {
        self.put(mail.item()?, None).await
    }
}
