//! Every price with the moment from which it was asked: `PRICES#product` / `moment#version`, one item for each save that changes
//! a price, with the SKUs whose prices it changes. Nothing takes them away: the price before of a reduction is the lowest of the
//! last 30 days (Directive 98/6/EC, Article 6a).

use crate::{
    item::{key, n},
    write::Write,
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::catalogue::{Product, Variant};
use std::collections::HashMap;

/// What keeps the prices that a save changes; `None` where it changes none.
pub(super) fn record(before: &[Variant], product: &Product) -> Option<Write> {
    let is_new = |variant: &&Variant| !before.iter().any(|known| known.sku == variant.sku && known.price == variant.price);
    let changed = product.variants.iter().filter(is_new);
    let prices: HashMap<String, AttributeValue> = changed.map(|v| (v.sku.to_string(), n(v.price))).collect();
    if prices.is_empty() {
        return None;
    }
    let mut item = key(format!("PRICES#{}", product.id), format!("{}#{}", clock::now(), product.version));
    item.insert("prices".to_owned(), AttributeValue::M(prices));
    Some(Write::create(item))
}
