//! Turns at publishing: `PUBLICATION` / `PUBLICATION`. A publisher that keeps the catalogue in memory knows by its turn whether
//! somebody else has published since, and its copy is out of date.

use crate::{
    Store, StoreError,
    error::failed,
    guard,
    item::{attribute, key, n},
};
use aws_sdk_dynamodb::types::ReturnValue;

const KEY: &str = "PUBLICATION";

impl Store {
    /// Takes the next turn. One more than one's last turn means that nobody else published in between.
    pub async fn take_turn_at_publishing(&self) -> Result<u64, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(KEY, KEY)))
            .update_expression("ADD turn :one")
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::UpdatedNew);
        let turn = guard::sent(update.send()).await?.map_err(|e| failed(&e))?.attributes.unwrap_or_default();
        attribute(&turn, "turn")
    }
}
