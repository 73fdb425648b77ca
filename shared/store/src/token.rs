//! Single-use links: `TOKEN#sha256(secret)` / `TOKEN`. The secret itself is nowhere in the table.

use crate::{
    Store, StoreError,
    item::{Item, expire, from_item, key, n, to_attribute, to_item},
    now, sha256_hex,
    write::{NotWritten, Write},
};
use domain::{text::Id, timestamp::Timestamp};
use serde::{Deserialize, Serialize};

/// What a link lets its owner do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Prove an e-mail address; 3 days.
    Verify,
    /// Choose a new password; 1 hour.
    Reset,
}

/// A link that has not been used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it is for.
    pub kind: TokenKind,
    /// Whose.
    pub customer: Id,
    /// Until when.
    pub until: Timestamp,
}

impl TokenKind {
    /// How long a link lives, in seconds.
    pub fn lifetime(self) -> i64 {
        match self {
            Self::Verify => 3 * 24 * 3600,
            Self::Reset => 3600,
        }
    }
}

impl Token {
    /// A link for a customer from now on.
    pub fn new(kind: TokenKind, customer: Id) -> Self {
        Self { kind, customer, until: now().plus_seconds(kind.lifetime()) }
    }

    fn item(&self, secret: &str) -> Result<Item, StoreError> {
        let mut item = to_item(token_key(secret), self)?;
        expire(&mut item, self.until);
        Ok(item)
    }

    pub(crate) fn write(&self, secret: &str) -> Result<Write, StoreError> {
        self.item(secret).map(Write::create)
    }
}

fn token_key(secret: &str) -> Item {
    key(format!("TOKEN#{}", sha256_hex(secret)), "TOKEN")
}

impl Store {
    /// Keeps a new link.
    pub async fn put_token(&self, token: &Token, secret: &str) -> Result<(), StoreError> {
        self.write(token.write(secret)?).await?;
        Ok(())
    }

    /// Uses a link up. `None` when it is unknown, used, expired or for something else. A used one stays, marked, until it would
    /// have expired: were it deleted, who lost the answer could not tell a link that was just taken from an unknown one.
    pub async fn take_token(&self, kind: TokenKind, secret: &str) -> Result<Option<Token>, StoreError> {
        let take = Write::update(token_key(secret), "SET taken_at = :now")
            .when("#kind = :kind AND attribute_not_exists(taken_at)")
            .name("#kind", "kind")
            .value(":kind", to_attribute(&kind)?)
            .value(":now", n(now().unix()));
        match self.write(take).await {
            Ok(item) => from_item::<Token>(item).map(|token| Some(token).filter(|t| t.until > now())),
            Err(NotWritten::Condition(_)) => Ok(None),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }
}
