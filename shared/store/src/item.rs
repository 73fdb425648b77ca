//! Small helpers to write items, keys and expressions.

use crate::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::timestamp::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(crate) fn s(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(crate) fn n(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A primary key.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    HashMap::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s(sk))])
}

/// An entity as an item under its key.
pub(crate) fn to_item<T: Serialize>(key: Item, entity: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(entity).map_err(corrupt)?;
    item.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    item.extend(key);
    Ok(item)
}

/// An item as the entity it holds; keys and index attributes are passed over.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(corrupt)
}

/// One attribute of its own type.
pub(crate) fn attribute<T: DeserializeOwned>(item: &Item, name: &str) -> Result<T, StoreError> {
    let value = item.get(name).cloned().unwrap_or(AttributeValue::Null(true));
    serde_dynamo::from_attribute_value(value).map_err(|e| StoreError::Corrupt(format!("{name}: {e}")))
}

/// A value as an attribute.
pub(crate) fn to_attribute<T: Serialize>(value: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(corrupt)
}

pub(crate) fn corrupt(error: impl ToString) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

/// Adds the attributes of an index.
pub(crate) fn index(item: &mut Item, name: &str, pk: impl Into<String>, sk: impl Into<String>) {
    item.insert(format!("{name}pk"), s(pk));
    item.insert(format!("{name}sk"), s(sk));
}

/// Lets DynamoDB's TTL remove the item after this moment.
pub(crate) fn expire(item: &mut Item, at: Timestamp) {
    item.insert("expires_at".to_owned(), n(at.unix()));
}

/// A write of a transaction, made of an item or key, an expression and its values.
pub(crate) struct Write {
    item: Item,
    kind: Kind,
    condition: Option<String>,
    names: HashMap<String, String>,
    values: Item,
}

enum Kind {
    Put,
    Delete,
    Update(String),
}

impl Write {
    pub(crate) fn put(item: Item) -> Self {
        Self::new(item, Kind::Put)
    }

    pub(crate) fn delete(key: Item) -> Self {
        Self::new(key, Kind::Delete)
    }

    pub(crate) fn update(key: Item, expression: impl Into<String>) -> Self {
        Self::new(key, Kind::Update(expression.into()))
    }

    /// A put that is refused when something is there.
    pub(crate) fn create(item: Item) -> Self {
        Self::put(item).when("attribute_not_exists(pk)")
    }

    fn new(item: Item, kind: Kind) -> Self {
        Self { item, kind, condition: None, names: HashMap::new(), values: HashMap::new() }
    }

    /// Under this condition alone.
    pub(crate) fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// Under the version that was read.
    pub(crate) fn at_version(self, seen: u64) -> Self {
        self.when("version = :seen_version").value(":seen_version", n(seen))
    }

    pub(crate) fn name(mut self, placeholder: &str, attribute: &str) -> Self {
        self.names.insert(placeholder.to_owned(), attribute.to_owned());
        self
    }

    pub(crate) fn value(mut self, placeholder: &str, value: AttributeValue) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    /// As the SDK wants it, answering with the old item when its condition fails.
    pub(crate) fn build(self, table: &str) -> Result<TransactWriteItem, StoreError> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let names = Some(self.names).filter(|n| !n.is_empty());
        let values = Some(self.values).filter(|v| !v.is_empty());
        let write = TransactWriteItem::builder();
        let write = match self.kind {
            Kind::Put => write.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(self.item))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(corrupt)?,
            ),
            Kind::Delete => write.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(self.item))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(corrupt)?,
            ),
            Kind::Update(expression) => write.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(self.item))
                    .update_expression(expression)
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(corrupt)?,
            ),
        };
        Ok(write.build())
    }
}
