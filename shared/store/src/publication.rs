//! Turns at publishing: `PUBLICATION` / `PUBLICATION`. A publisher that keeps the catalogue in memory knows by its turn whether
//! somebody else has published since, and its copy is out of date.

use crate::{
    Store, StoreError,
    item::{attribute, key, n},
    write::Write,
};

const KEY: &str = "PUBLICATION";

impl Store {
    /// Takes the next turn. One more than one's last turn means that nobody else published in between.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn take_turn_at_publishing(&self) -> Result<u64, StoreError> {
        let turn = self.write(Write::update(key(KEY, KEY), "ADD turn :one").value(":one", n(1)).once()).await?;
        attribute(&turn, "turn")
    }
}
