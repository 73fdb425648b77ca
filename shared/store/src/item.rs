//! Small helpers to write items, keys and expressions.

use crate::{StoreError, meter::count_unreadable};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::timestamp::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, fmt};

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

/// An item as the entity it holds; keys and index attributes are passed over. The error names the item by its key as far as that
/// may be logged, and not what is wrong with it: the words of a decoder may quote what a person typed.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let key = LoggedKey::of(&item);
    serde_dynamo::from_item(item).map_err(|_| StoreError::Corrupt(key.to_string()))
}

/// One attribute of its own type. The error names the item, as that of [`from_item`], and the attribute.
pub(crate) fn attribute<T: DeserializeOwned>(item: &Item, name: &str) -> Result<T, StoreError> {
    let value = item.get(name).cloned().unwrap_or(AttributeValue::Null(true));
    serde_dynamo::from_attribute_value(value).map_err(|_| corrupt_attribute(item, name))
}

/// The error of an attribute that is not what it should be.
pub(crate) fn corrupt_attribute(item: &Item, name: &str) -> StoreError {
    StoreError::Corrupt(format!("{}: {name}", LoggedKey::of(item)))
}

/// A key as it may be logged. Of most kinds of item it leads to nobody and opens nothing; of the others (an e-mail address, the
/// hash of a secret) only the kind is left: `EMAIL#…`.
struct LoggedKey {
    pk: String,
    sk: String,
}

impl LoggedKey {
    /// Kinds whose keys are numbers, codes, slugs and identifiers of the shop's own.
    const PLAIN: [&str; 9] = ["CATEGORY", "COUPON", "CUSTOMER", "MAIL", "ORDER", "PRODUCT", "SESSION", "SKU", "SLUG"];

    fn of(item: &Item) -> Self {
        let part = |name: &str| Self::plain(item.get(name).and_then(|v| v.as_s().ok()).map_or("", String::as_str));
        Self { pk: part("pk"), sk: part("sk") }
    }

    fn plain(part: &str) -> String {
        match part.split_once('#') {
            Some((kind, _)) if !Self::PLAIN.contains(&kind) => format!("{kind}#…"),
            _ => part.to_owned(),
        }
    }
}

impl fmt::Display for LoggedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
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
/// key, as far as that may be logged ([`LoggedKey`]).
///
/// For lists and loops. Who asks for one thing by its key gets the error.
pub(crate) fn readable<T>(items: impl IntoIterator<Item = Item>, read: impl Fn(Item) -> Result<T, StoreError>) -> Vec<T> {
    items.into_iter().filter_map(|item| readable_one(item, &read)).collect()
}

/// One of them.
pub(crate) fn readable_one<T>(item: Item, read: impl FnOnce(Item) -> Result<T, StoreError>) -> Option<T> {
    let key = LoggedKey::of(&item);
    let read = read(item).ok();
    if read.is_none() {
        count_unreadable();
        tracing::error!(pk = key.pk, sk = key.sk, "an item cannot be read and is passed over");
    }
    read
}

pub(crate) fn corrupt(error: impl ToString) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

/// Lets DynamoDB's TTL remove the item after this moment.
pub(crate) fn expire(item: &mut Item, at: Timestamp) {
    item.insert("expires_at".to_owned(), n(at.unix()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(pk: &str, sk: &str) -> String {
        LoggedKey::of(&key(pk, sk)).to_string()
    }

    #[test]
    fn a_key_is_logged_without_addresses_and_secrets() {
        for (pk, sk, expected) in [
            ("ORDER#0123A-BCD11", "ORDER", "ORDER#0123A-BCD11 / ORDER"),
            ("CUSTOMER#c-1", "SESSION#s-1", "CUSTOMER#c-1 / SESSION#s-1"),
            ("SETTINGS", "SETTINGS", "SETTINGS / SETTINGS"),
            ("SLUG#PRODUCT#mug", "SLUG", "SLUG#PRODUCT#mug / SLUG"),
            ("EMAIL#ada@example.com", "EMAIL", "EMAIL#… / EMAIL"),
            ("COUPON#TEN", "USES#ada@example.com", "COUPON#TEN / USES#…"),
            ("CART#GUEST#0a1b", "CART", "CART#… / CART"),
            ("TOKEN#0a1b", "TOKEN", "TOKEN#… / TOKEN"),
            ("THROTTLE#0a1b", "17", "THROTTLE#… / 17"),
            ("SOMETHING#new", "SOMETHING", "SOMETHING#… / SOMETHING"),
        ] {
            assert_eq!(logged(pk, sk), expected);
        }
    }

    #[test]
    fn an_error_does_not_quote_what_the_item_holds() {
        let mut item = key("EMAIL#ada@example.com", "EMAIL");
        item.insert("until".to_owned(), s("Ada was here"));
        assert_eq!(attribute::<u32>(&item, "until").unwrap_err().to_string(), "an item cannot be read: EMAIL#… / EMAIL: until");
        let whole = from_item::<std::collections::BTreeMap<String, u32>>(item).unwrap_err().to_string();
        assert_eq!(whole, "an item cannot be read: EMAIL#… / EMAIL");
    }
}
