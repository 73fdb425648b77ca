//! What the shop sells: products with their variants, in a tree of categories.

mod category;
mod listing;
mod price;
mod product;
mod stock;
mod unit;

pub use category::{Category, CategoryError, CategoryTree, LONGEST_CATEGORY_DESCRIPTION};
pub use listing::{ListingPage, Sort};
pub use price::ShownPrice;
pub use product::{
    Image, LONGEST_DESCRIPTION, LONGEST_LINE, LONGEST_NOTICE, LONGEST_SUMMARY, MAX_IMAGES, MAX_OPTIONS, MAX_STOCK, MAX_TAGS,
    MAX_VARIANTS, OptionType, OptionValue, Product, ProductError, Seo, Source, TaxClass, Variant,
};
pub use stock::{StockPolicy, StockState, stock_of};
pub use unit::{Measure, UnitMeasure, UnitMeasureError, WeightError, grams, rounded_grams};

use crate::text::{Id, Slug};
use std::collections::BTreeMap;

/// The whole catalogue at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// All categories.
    pub tree: CategoryTree,
    /// All products, hidden ones too, by identifier.
    pub products: BTreeMap<Id, Product>,
    /// Old slugs of products and where they lead.
    pub product_redirects: BTreeMap<Slug, Slug>,
    /// Old slugs of categories and where they lead.
    pub category_redirects: BTreeMap<Slug, Slug>,
    /// How many things of the catalogue could not be read and are missing here. What is missing is not deleted.
    pub unreadable: usize,
}
