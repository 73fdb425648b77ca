//! What a record of the table's stream means. Only keys and a little of the images are read: who acts on a change reads the
//! table itself, so records may come twice or in another order.

use crate::{
    StoreError,
    catalogue::NEXT,
    item::{Item, attribute},
    lists::is_bookkeeping,
    mail::Mail,
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::text::{Id, Slug};
use std::collections::HashMap;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A product, or the price or stock of one of its variants.
    Product(Id),
    /// A product's old address now leads elsewhere, or is gone.
    ProductSlug(Slug),
    /// A category was made, changed, moved or deleted: listings and navigation.
    Categories,
    /// A category's old address.
    CategorySlug(Slug),
    /// The settings.
    Settings,
    /// A mail to send.
    Mail(Box<Mail>),
    /// Nothing that anybody waits for.
    Other,
}

/// The images of a stream's record.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The item before, empty for a new one.
    pub(crate) old: HashMap<String, AttributeValue>,
    /// The item after, empty for a removed one.
    pub(crate) new: HashMap<String, AttributeValue>,
}

impl Record {
    /// From the images of a Lambda event.
    pub fn new(old: serde_dynamo::Item, new: serde_dynamo::Item) -> Self {
        Self { old: old.into(), new: new.into() }
    }

    /// Its images: the item before and the item after.
    pub fn images(&self) -> (serde_dynamo::Item, serde_dynamo::Item) {
        (self.old.clone().into(), self.new.clone().into())
    }

    /// What it means.
    ///
    /// # Errors
    ///
    /// `StoreError::Corrupt` when the record's item is not what its key says.
    pub fn change(&self) -> Result<Change, StoreError> {
        let image: &Item = if self.new.is_empty() { &self.old } else { &self.new };
        let text = |name: &str| image.get(name).and_then(|v| v.as_s().ok()).map_or("", String::as_str);
        let (pk, sk) = (text("pk"), text("sk"));
        Ok(match sk {
            "PRODUCT" | "SKU" | "CATEGORY" if self.nothing_own_changed() => Change::Other,
            "PRODUCT" => Change::Product(attribute(image, "id")?),
            "SKU" => Change::Product(attribute(image, "product")?),
            "SLUG" => slug_change(pk)?,
            "CATEGORY" => Change::Categories,
            "SETTINGS" => Change::Settings,
            "MAIL" if !self.new.is_empty() && self.old.is_empty() => Change::Mail(Box::new(Mail::from(image.clone())?)),
            _ => Change::Other,
        })
    }

    /// Only a category's counters have changed, since a product came or went, or where something is listed, or what is staged.
    fn nothing_own_changed(&self) -> bool {
        let own = |item: &Item| {
            let mut item = item.clone();
            item.retain(|name, _| name != "products" && name != "children" && name != NEXT && !is_bookkeeping(name));
            item
        };
        !self.old.is_empty() && !self.new.is_empty() && own(&self.old) == own(&self.new)
    }
}

fn slug_change(pk: &str) -> Result<Change, StoreError> {
    let mut parts = pk.splitn(3, '#').skip(1);
    let kind = parts.next().unwrap_or_default();
    let slug: Slug = parts.next().unwrap_or_default().parse().map_err(crate::item::corrupt)?;
    Ok(if kind == "PRODUCT" { Change::ProductSlug(slug) } else { Change::CategorySlug(slug) })
}
