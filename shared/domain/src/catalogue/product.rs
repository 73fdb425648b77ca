use crate::{
    money::Money,
    text::{Id, Name, Sku, Slug},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Option types of a product at most (size, colour, material).
pub const MAX_OPTIONS: usize = 3;
/// Variants of a product at most: a product is written with all of them in one transaction of 100.
pub const MAX_VARIANTS: usize = 90;
/// Images of a product at most.
pub const MAX_IMAGES: usize = 20;

/// A product with all its variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// Opaque identifier, never changes.
    pub id: Id,
    /// Its page's address, unique.
    pub slug: Slug,
    /// What names it in the shop that it came from, exactly as that shop's file had it: by this an import finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Unique name.
    pub name: Name,
    /// The one category it hangs in.
    pub category: Id,
    /// Sanitised HTML.
    pub description: String,
    /// Pictures, the first one leads.
    pub images: Vec<Image>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who made it.
    pub vendor: Option<String>,
    /// Option types, in the order shown. Empty for a product without options.
    pub options: Vec<OptionType>,
    /// At least one.
    pub variants: Vec<Variant>,
    /// Shown on the site and for sale. Hidden products keep everything.
    pub visible: bool,
    /// Shown on the home page.
    pub featured: bool,
    /// When it came into the catalogue.
    pub created_at: Timestamp,
    /// When staff changed it last (stock aside).
    pub updated_at: Timestamp,
    /// Counts staff changes; a write names the one it has seen.
    pub version: u64,
}

/// What is bought: one combination of option values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Variant {
    /// Unique in the shop.
    pub sku: Sku,
    /// One value per option type of the product, in its order.
    pub options: Vec<OptionValue>,
    /// What one costs.
    pub price: Money,
    /// What it cost before, above `price`.
    pub compare_at: Option<Money>,
    /// Units that can be sold.
    pub stock: u32,
    /// Whether staff let it be sold.
    pub available: bool,
    /// Which tax rate it has.
    pub tax_class: TaxClass,
    /// Weight in grams.
    pub weight_grams: Option<u32>,
}

/// A kind of choice, such as size, and its values in the order shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OptionType {
    /// `Size`.
    pub name: String,
    /// `S`, `M`, `L`.
    pub values: Vec<String>,
}

/// A variant's choice for one option type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct OptionValue {
    /// `Size`.
    pub name: String,
    /// `M`.
    pub value: String,
}

/// A picture of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Image {
    /// Address on the site, such as `/media/products/ab12.webp`.
    pub src: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Tax class of a variant; the destination's rates name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaxClass {
    /// The usual rate.
    #[default]
    Standard,
    /// The reduced rate (books, food).
    Reduced,
    /// No tax.
    Zero,
}

/// How much of a variant there is, in the words of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockState {
    /// Plenty.
    InStock,
    /// At most [`StockState::LOW`] left.
    Low,
    /// None left, or not for sale.
    SoldOut,
}

impl StockState {
    /// From this many units down the page says how many are left.
    pub const LOW: u32 = 5;
}

/// Why a product is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// No variant at all.
    #[error("a product has at least one variant")]
    NoVariant,
    /// Over [`MAX_VARIANTS`].
    #[error("a product has at most {MAX_VARIANTS} variants")]
    TooManyVariants,
    /// Over [`MAX_OPTIONS`].
    #[error("a product has at most {MAX_OPTIONS} options")]
    TooManyOptions,
    /// Over [`MAX_IMAGES`].
    #[error("a product has at most {MAX_IMAGES} images")]
    TooManyImages,
    /// A variant's values do not follow the product's options.
    #[error("variant {0} does not have one value for each option")]
    OptionsDiffer(Sku),
    /// Two variants with the same values.
    #[error("variant {0} has the same options as another")]
    DuplicateOptions(Sku),
    /// Two variants with the same SKU.
    #[error("SKU {0} is used twice")]
    DuplicateSku(Sku),
    /// The earlier price is not above the price.
    #[error("variant {0}: the compare-at price must be above the price")]
    CompareAtNotAbove(Sku),
}

impl Variant {
    /// Whether one can be bought now, given that its product is visible.
    pub fn is_buyable(&self) -> bool {
        self.available && self.stock > 0
    }

    /// What the page says of its stock.
    pub fn stock_state(&self) -> StockState {
        match self.stock {
            _ if !self.is_buyable() => StockState::SoldOut,
            n if n <= StockState::LOW => StockState::Low,
            _ => StockState::InStock,
        }
    }

    /// `M / Blue`; empty for a product without options.
    pub fn label(&self) -> String {
        self.options.iter().map(|o| o.value.as_str()).collect::<Vec<_>>().join(" / ")
    }
}

impl Product {
    /// The whole product's rules, beyond what its parts' types already say.
    ///
    /// # Errors
    ///
    /// The first `ProductError`: what of its options, variants or pictures does not fit together.
    pub fn check(&self) -> Result<(), ProductError> {
        if self.variants.is_empty() {
            return Err(ProductError::NoVariant);
        }
        if self.variants.len() > MAX_VARIANTS {
            return Err(ProductError::TooManyVariants);
        }
        if self.options.len() > MAX_OPTIONS {
            return Err(ProductError::TooManyOptions);
        }
        if self.images.len() > MAX_IMAGES {
            return Err(ProductError::TooManyImages);
        }
        let mut skus = BTreeSet::new();
        let mut choices = BTreeSet::new();
        for variant in &self.variants {
            let names_match = variant.options.iter().map(|o| &o.name).eq(self.options.iter().map(|o| &o.name));
            let values_known = variant.options.iter().zip(&self.options).all(|(v, o)| o.values.contains(&v.value));
            if !names_match || !values_known {
                return Err(ProductError::OptionsDiffer(variant.sku.clone()));
            }
            if !skus.insert(&variant.sku) {
                return Err(ProductError::DuplicateSku(variant.sku.clone()));
            }
            if !choices.insert(&variant.options) {
                return Err(ProductError::DuplicateOptions(variant.sku.clone()));
            }
            if variant.compare_at.is_some_and(|before| before <= variant.price) {
                return Err(ProductError::CompareAtNotAbove(variant.sku.clone()));
            }
        }
        Ok(())
    }

    /// Cheapest and dearest price over all variants.
    pub fn price_range(&self) -> (Money, Money) {
        let prices = || self.variants.iter().map(|v| v.price);
        (prices().min().unwrap_or_default(), prices().max().unwrap_or_default())
    }

    /// Whether no variant can be bought.
    pub fn is_sold_out(&self) -> bool {
        !self.variants.iter().any(Variant::is_buyable)
    }
}
