//! What the shop sells: products with their variants, in a tree of categories.

mod category;
mod product;

pub use category::{Category, CategoryError, CategoryTree};
pub use product::{
    Image, MAX_IMAGES, MAX_OPTIONS, MAX_VARIANTS, OptionType, OptionValue, Product, ProductError, StockState, TaxClass, Variant,
};
