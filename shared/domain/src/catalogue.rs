//! What the shop sells: products with their variants, in a tree of categories.

mod category;
mod listing;
mod product;

pub use category::{Category, CategoryError, CategoryTree};
pub use listing::{ListingPage, Sort};
pub use product::{
    Image, MAX_IMAGES, MAX_OPTIONS, MAX_VARIANTS, OptionType, OptionValue, Product, ProductError, StockState, TaxClass, Variant,
};

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
