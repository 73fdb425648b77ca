//! Small helpers to write items, keys and expressions.

use crate::{StoreError, meter::count_unreadable};
use aws_sdk_dynamodb::types::AttributeValue;
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

/// The primary key of an item.
pub(crate) fn key_of(item: &Item) -> Item {
    item.iter().filter(|(name, _)| *name == "pk" || *name == "sk").map(|(name, value)| (name.clone(), value.clone())).collect()
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

/// About how many bytes an item's values take.
pub(crate) fn size(item: &Item) -> usize {
    fn of(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            AttributeValue::L(values) => values.iter().map(of).sum(),
            AttributeValue::M(values) => size(values),
            _ => 1,
        }
    }
    item.iter().map(|(name, value)| name.len() + of(value)).sum()
}

/// Those of many items that can be read. One that cannot be never hides the rest: it is passed over, counted, and logged by its
/// key. What is wrong with it is not logged: the words of a decoder may quote what a person typed.
///
/// For lists and loops. Who asks for one thing by its key gets the error.
pub(crate) fn readable<T>(items: impl IntoIterator<Item = Item>, read: impl Fn(Item) -> Result<T, StoreError>) -> Vec<T> {
    items.into_iter().filter_map(|item| readable_one(item, &read)).collect()
}

/// One of them.
pub(crate) fn readable_one<T>(item: Item, read: impl FnOnce(Item) -> Result<T, StoreError>) -> Option<T> {
    let part = |name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
    let (pk, sk) = (part("pk"), part("sk"));
    let read = read(item).ok();
    if read.is_none() {
        count_unreadable();
        tracing::error!(pk, sk, "an item cannot be read and is passed over");
    }
    read
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
