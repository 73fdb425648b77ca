//! Products `PRODUCT#id` / `PRODUCT` (GSI3 `PRODUCTS#shard` by name), variants `SKU#sku` / `SKU`, categories `CATEGORY#id` /
//! `CATEGORY` (GSI4 `CATEGORIES`), and what keeps slugs and names unique: `SLUG#kind#slug` / `SLUG`, `NAME#name` / `NAME`,
//! `HANDLE#handle` or `WOOCOMMERCE#handle` / `HANDLE`. Prices as they were: `PRICES#id` / `moment#version`.
//!
//! A variant's item is the offer, flat, with everything a cart wants of its product. A product's item names its SKUs in order.
//! A save of too many variants for one transaction goes in steps: see [`staged`].

mod category;
mod prices;
mod product;
mod read;
mod slug;
mod staged;

pub use category::CategoryWriteError;
pub use product::ProductWriteError;
pub use read::{ProductSummary, SlugTarget};
pub(crate) use read::{text, to_offer};
pub(crate) use staged::{NEXT, is_staged};

use crate::{
    StoreError,
    item::{Item, attribute, corrupt_attribute, key, n, s, to_item},
    lists::{Layout, List},
};
use domain::{
    cart::Offer,
    catalogue::{Image, Product, Source, Variant, stock_of},
    text::{Id, Name, Sku, Slug},
};

/// The version of the product with which a variant's item was last written.
const OF_VERSION: &str = "product_version";

pub(crate) fn sku_key(sku: &Sku) -> Item {
    key(format!("SKU#{sku}"), "SKU")
}

fn product_key(id: &Id) -> Item {
    key(format!("PRODUCT#{id}"), "PRODUCT")
}

fn category_key(id: &Id) -> Item {
    key(format!("CATEGORY#{id}"), "CATEGORY")
}

fn slug_key(kind: &str, slug: &Slug) -> Item {
    key(format!("SLUG#{kind}#{slug}"), "SLUG")
}

// A name that was stored with characters nobody sees is read without them. What claims it lies under the old key and keeps
// nobody from anything, since no name has that key any more; the product claims its name anew when it is renamed.
fn name_key(name: &Name) -> Item {
    key(format!("NAME#{}", name.as_str().to_lowercase()), "NAME")
}

// Two shops may use the same handle for different things.
fn handle_key(source: Option<Source>, handle: &str) -> Item {
    let kind = match source {
        None | Some(Source::Shopify) => "HANDLE",
        Some(Source::WooCommerce) => "WOOCOMMERCE",
    };
    key(format!("{kind}#{handle}"), "HANDLE")
}

/// A product's own item, without its variants.
fn product_item(product: &Product, layout: Layout) -> Result<Item, StoreError> {
    let mut item = to_item(product_key(&product.id), product)?;
    item.remove("variants");
    let skus = product.variants.iter().map(|v| s(v.sku.as_str())).collect();
    item.insert("skus".to_owned(), aws_sdk_dynamodb::types::AttributeValue::L(skus));
    item.extend(product_entry(&product.id, &product.name, layout));
    Ok(item)
}

/// What lists products.
pub(crate) fn product_entry(id: &Id, name: &Name, layout: Layout) -> Item {
    let words = name.as_str().to_lowercase();
    let mut entry = Item::new();
    List::Products.enter(&mut entry, id.as_str(), &format!("{words}#{id}"), layout);
    // A filter may not name an index's key.
    entry.insert("words".to_owned(), s(words));
    entry
}

/// What lists categories.
pub(crate) fn category_entry(id: &Id, layout: Layout) -> Item {
    let mut entry = Item::new();
    List::Categories.enter(&mut entry, id.as_str(), id.as_str(), layout);
    entry
}

/// A variant's item. `categories` is the path of the product's category, top first.
fn variant_item(product: &Product, variant: &Variant, categories: &[Id]) -> Result<Item, StoreError> {
    let offer = Offer {
        sku: variant.sku.clone(),
        product: product.id.clone(),
        slug: product.slug.clone(),
        name: product.name.clone(),
        options: variant.options.clone(),
        // Where it was fetched from is nothing that a cart wants to know.
        image: product.image_of(variant).cloned().map(|image| Image { origin: None, ..image }),
        categories: categories.to_vec(),
        price: variant.price,
        stock: variant.stock,
        stock_policy: variant.stock_policy,
        available: product.visible && variant.available,
        tax_class: variant.tax_class,
    };
    let mut item = to_item(sku_key(&variant.sku), &offer)?;
    item.insert("price".to_owned(), n(variant.price));
    // Below zero it is what was sold beyond the stock: orders take from it and give back to it without asking which.
    item.insert("stock".to_owned(), n(variant.balance()));
    item.insert(OF_VERSION.to_owned(), n(product.version));
    item.insert("for_sale".to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(variant.available));
    let optional = [
        ("compare_at", variant.compare_at.map(n)),
        ("weight_grams", variant.weight_grams.map(n)),
        ("cost", variant.cost.map(n)),
        ("own_image", variant.image.as_deref().map(s)),
        ("barcode", variant.barcode.as_ref().map(|barcode| s(barcode.as_str()))),
        ("measure", variant.measure.map(|measure| s(measure.to_string()))),
    ];
    item.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(item)
}

/// The variant in an item that [`variant_item`] made.
fn to_variant(item: &Item) -> Result<Variant, StoreError> {
    let (stock, sold_beyond) = stock_of(attribute(item, "stock")?);
    Ok(Variant {
        sku: attribute(item, "sku")?,
        options: attribute(item, "options")?,
        price: money(item, "price")?.unwrap_or_default(),
        compare_at: money(item, "compare_at")?,
        stock,
        stock_policy: attribute::<Option<_>>(item, "stock_policy")?.unwrap_or_default(),
        sold_beyond,
        available: attribute(item, "for_sale")?,
        tax_class: attribute(item, "tax_class")?,
        weight_grams: attribute(item, "weight_grams")?,
        image: attribute(item, "own_image")?,
        barcode: attribute(item, "barcode")?,
        cost: money(item, "cost")?,
        measure: attribute(item, "measure")?,
    })
}

/// An amount kept as a number. Numbers drop trailing zeros; the price was whole minor units when written and still is.
fn money(item: &Item, name: &str) -> Result<Option<domain::money::Money>, StoreError> {
    let Some(value) = item.get(name) else { return Ok(None) };
    let digits = value.as_n().map_err(|_| corrupt_attribute(item, name))?;
    digits.parse().map(Some).map_err(|_| corrupt_attribute(item, name))
}
