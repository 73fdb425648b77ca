//! One import at a time: `IMPORT` / `IMPORT` says who holds it and until when. Two at once would make each category twice.

use crate::{
    Store, StoreError,
    item::{attribute, key, n, s},
    now,
    write::{NotWritten, Write},
};
use domain::text::Id;

const KEY: &str = "IMPORT";
/// Whoever does not hold it anew within so many seconds has ended without a word.
pub const HELD_SECONDS: u32 = 9;

/// Who may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportTurn {
    /// Whoever asked, for [`HELD_SECONDS`] from now on.
    Taken,
    /// Somebody else.
    Busy {
        /// Seconds since 1970. They change each time when that one holds it anew.
        held_until: i64,
    },
}

impl Store {
    /// Takes the turn to import, or holds it anew. A turn that was not held anew in time is free.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written.
    pub async fn hold_import(&self, holder: &Id) -> Result<ImportTurn, StoreError> {
        let hold = Write::update(key(KEY, KEY), "SET holder = :holder, held_until = :until")
            .when("attribute_not_exists(holder) OR holder = :holder OR held_until < :now")
            .value(":holder", s(holder.as_str()))
            .value(":until", n(now().unix() + i64::from(HELD_SECONDS)))
            .value(":now", n(now().unix()));
        match self.write(hold).await {
            Ok(_) => Ok(ImportTurn::Taken),
            Err(NotWritten::Condition(of_other)) => Ok(ImportTurn::Busy { held_until: attribute(&of_other, "held_until")? }),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }

    /// Gives the turn back. One that somebody else has by now stays theirs.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written.
    pub async fn give_back_import(&self, holder: &Id) -> Result<(), StoreError> {
        let delete = Write::delete(key(KEY, KEY)).when("holder = :holder").value(":holder", s(holder.as_str()));
        match self.write(delete).await {
            Ok(_) | Err(NotWritten::Condition(_)) => Ok(()),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }
}
