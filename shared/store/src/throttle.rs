//! Counters of attempts: `THROTTLE#hash of what` / `window`, gone some time after their window.

use crate::{
    Store, StoreError,
    item::{Item, attribute, key, n},
    now, sha256_hex,
    write::Write,
};

fn counter(what: &str, window_seconds: i64) -> (Item, i64) {
    let window = now().unix() / window_seconds.max(1);
    (key(format!("THROTTLE#{}", sha256_hex(what)), window.to_string()), window)
}

/// Forgets all attempts at something in this window of time, as part of a transaction.
pub(crate) fn forgiven(what: &str, window_seconds: i64) -> Write {
    Write::delete(counter(what, window_seconds).0)
}

/// Seconds until the present window of so many seconds ends, and attempts are counted anew.
pub fn seconds_left(window_seconds: i64) -> u32 {
    let window = window_seconds.max(1);
    u32::try_from(window - now().unix().rem_euclid(window)).unwrap_or(u32::MAX)
}

impl Store {
    /// Counts an attempt at something in this window of time, and returns how many there were in it, this one included.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer: then it may or may not be counted.
    pub async fn count_attempt(&self, what: &str, window_seconds: i64) -> Result<u32, StoreError> {
        self.add_attempts(what, window_seconds, 1).await
    }

    /// Takes back an attempt that was counted before it was known to be a good one.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer: then it may or may not be counted.
    pub async fn forget_attempt(&self, what: &str, window_seconds: i64) -> Result<(), StoreError> {
        self.add_attempts(what, window_seconds, -1).await.map(|_| ())
    }

    async fn add_attempts(&self, what: &str, window_seconds: i64, by: i32) -> Result<u32, StoreError> {
        let (of, window) = counter(what, window_seconds);
        let count = Write::update(of, "SET expires_at = :end ADD attempts :by")
            .value(":by", n(by))
            .value(":end", n((window + 2) * window_seconds));
        let counted = self.write(count.once().aside()).await?;
        // Below zero where the window has changed in between.
        Ok(attribute::<i64>(&counted, "attempts")?.try_into().unwrap_or(0))
    }
}
