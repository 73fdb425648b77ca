//! Single-use links: `TOKEN#sha256(secret)` / `TOKEN`. The secret itself is nowhere in the table.

use crate::{
    Store, StoreError,
    error::failed,
    guard,
    item::{Item, Write, expire, from_item, key, to_item},
    now, sha256_hex,
};
use aws_sdk_dynamodb::types::ReturnValue;
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
        self.put(token.item(secret)?, Some(("attribute_not_exists(pk)", Item::new()))).await
    }

    /// Uses a link up. `None` when it is unknown, used, expired or for something else.
    pub async fn take_token(&self, kind: TokenKind, secret: &str) -> Result<Option<Token>, StoreError> {
        let delete =
            self.client.delete_item().table_name(&self.table).set_key(Some(token_key(secret))).return_values(ReturnValue::AllOld);
        let old = guard::sent(delete.send()).await?.map_err(|e| failed(&e))?.attributes;
        let token = old.filter(|item| !item.is_empty()).map(from_item::<Token>).transpose()?;
        Ok(token.filter(|t| t.kind == kind && t.until > now()))
    }
}
