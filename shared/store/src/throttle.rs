//! Counters of attempts: `THROTTLE#hash of what` / `window`, gone some time after their window.

use crate::{
    Store, StoreError,
    error::failed,
    guard,
    item::{attribute, key, n},
    now, sha256_hex,
};
use aws_sdk_dynamodb::types::ReturnValue;

impl Store {
    /// Counts an attempt at something in this window of time, and returns how many there were in it, this one included.
    pub async fn count_attempt(&self, what: &str, window_seconds: i64) -> Result<u32, StoreError> {
        self.add_attempts(what, window_seconds, 1).await
    }

    /// Takes back an attempt that was counted before it was known to be a good one.
    pub async fn forget_attempt(&self, what: &str, window_seconds: i64) -> Result<(), StoreError> {
        self.add_attempts(what, window_seconds, -1).await.map(|_| ())
    }

    async fn add_attempts(&self, what: &str, window_seconds: i64, by: i32) -> Result<u32, StoreError> {
        let window = now().unix() / window_seconds.max(1);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(format!("THROTTLE#{}", sha256_hex(what)), window.to_string())))
            .update_expression("ADD attempts :by SET expires_at = :end")
            .expression_attribute_values(":by", n(by))
            .expression_attribute_values(":end", n((window + 2) * window_seconds))
            .return_values(ReturnValue::UpdatedNew);
        let counted = guard::sent(update.send()).await?.map_err(|e| failed(&e))?.attributes.unwrap_or_default();
        // Below zero where the window has changed in between.
        Ok(attribute::<i64>(&counted, "attempts")?.try_into().unwrap_or(0))
    }
}
