//! Single-use links: `TOKEN#sha256(secret)` / `TOKEN`. The secret itself is nowhere in the table.

use crate::{
    Store, StoreError,
    item::{Item, expire, key, to_item},
    now, sha256_hex,
    write::Write,
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
    /// The generation of the credentials it is for: a new password ends it.
    #[serde(default)]
    pub generation: u64,
    /// Whether the first sign-in ends it, too: a link that was printed where others may read it later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
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
    /// A link for an account from now on, while its credentials are of this generation.
    pub fn new(kind: TokenKind, customer: Id, generation: u64) -> Self {
        Self { kind, customer, generation, first: false, until: now().plus_seconds(kind.lifetime()) }
    }

    pub(crate) fn item(&self, secret: &str) -> Result<Item, StoreError> {
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

/// Uses a link up, as part of a transaction.
pub(crate) fn used(secret: &str) -> Write {
    Write::delete(token_key(secret)).when("attribute_exists(pk)")
}

impl Store {
    /// Keeps a new link.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn put_token(&self, token: &Token, secret: &str) -> Result<(), StoreError> {
        self.write(token.write(secret)?).await?;
        Ok(())
    }

    /// A link that can be used. `None` when it is unknown, used, expired or for something else.
    pub(crate) async fn token(&self, kind: TokenKind, secret: &str) -> Result<Option<Token>, StoreError> {
        let found: Option<Token> = self.read_as(format!("TOKEN#{}", sha256_hex(secret)), "TOKEN").await?;
        Ok(found.filter(|token| token.kind == kind && token.until > now()))
    }
}
