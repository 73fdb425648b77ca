use super::{
    stock::{StockPolicy, StockState},
    unit::UnitMeasure,
};
use crate::{
    money::Money,
    text::{Barcode, Id, Name, Sku, Slug},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Option types of a product at most (size, colour, material).
pub const MAX_OPTIONS: usize = 3;
/// Variants of a product at most.
pub const MAX_VARIANTS: usize = 250;
/// Images of a product at most.
pub const MAX_IMAGES: usize = 250;
/// Tags of a product at most, each as long as a line.
pub const MAX_TAGS: usize = 250;

/// Characters of a description at most.
pub const LONGEST_DESCRIPTION: usize = 60_000;
/// Characters at most of a text on one line: a brand, a tag, an option and its values, a title for search engines.
pub const LONGEST_LINE: usize = 255;
/// Characters at most of a description for search engines.
pub const LONGEST_SUMMARY: usize = 500;
/// Characters at most of a maker's name and address.
pub const LONGEST_NOTICE: usize = 1_000;
/// Units of a variant at most, as staff and files may say.
pub const MAX_STOCK: u32 = 10_000_000;

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
    /// Whose file that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
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
    /// Whose name it is sold under: the brand.
    pub vendor: Option<String>,
    /// Who made it, with the address, as Article 19 of Regulation (EU) 2023/988 (GPSR) wants it shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// Who answers for it in the EU where the maker is elsewhere, with the address; from the same article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<String>,
    /// What search engines show in place of its name and description.
    #[serde(default, skip_serializing_if = "Seo::is_empty")]
    pub seo: Seo,
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
    /// What happens when there are none left.
    #[serde(default, skip_serializing_if = "StockPolicy::is_track")]
    pub stock_policy: StockPolicy,
    /// Units sold beyond the stock, which are still to be had from somewhere. Above 0 only while `stock` is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sold_beyond: u32,
    /// Whether staff let it be sold.
    pub available: bool,
    /// Which tax rate it has.
    pub tax_class: TaxClass,
    /// Weight in grams.
    pub weight_grams: Option<u32>,
    /// Its own picture: the `src` of one of the product's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What scanners read: a GTIN, or what the merchant prints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<Barcode>,
    /// What one costs the merchant. Staff alone see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// How much is in it, where its price for each unit of measure is to be shown: `750 ml / 1 l`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "750 ml / 1 l")]
    pub measure: Option<UnitMeasure>,
}

/// The shop that a product's file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A product export of Shopify, or of this shop.
    Shopify,
    /// A product export of `WooCommerce`.
    WooCommerce,
}

/// What search engines show of a product's page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Seo {
    /// In place of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// In place of the description's beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Seo {
    /// Whether nothing stands in place of anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
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
    /// The address that it was fetched from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
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

impl TaxClass {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Reduced, Self::Zero];

    /// Its name in items, forms and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Reduced => "reduced",
            Self::Zero => "zero",
        }
    }
}

impl std::str::FromStr for TaxClass {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|class| class.name() == name).ok_or("is not standard, reduced or zero")
    }
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
    /// A variant's picture is none of the product's.
    #[error("variant {0}: its picture is not among the product's")]
    UnknownImage(Sku),
}

impl Variant {
    /// For sale at this price, taxed as usual, none in stock, and nothing else said.
    pub fn new(sku: Sku, price: Money) -> Self {
        Self {
            sku,
            options: Vec::new(),
            price,
            compare_at: None,
            stock: 0,
            stock_policy: StockPolicy::default(),
            sold_beyond: 0,
            available: true,
            tax_class: TaxClass::default(),
            weight_grams: None,
            image: None,
            barcode: None,
            cost: None,
            measure: None,
        }
    }

    /// The stock less what was sold beyond it: what orders take from and give back to.
    pub fn balance(&self) -> i64 {
        i64::from(self.stock) - i64::from(self.sold_beyond)
    }

    /// Whether one can be bought now, given that its product is visible.
    pub fn is_buyable(&self) -> bool {
        self.available && self.stock_policy.on_offer(self.stock) > 0
    }

    /// What the page says of its stock.
    pub fn stock_state(&self) -> StockState {
        if self.available { self.stock_policy.state(self.stock) } else { StockState::SoldOut }
    }

    /// `M / Blue`; empty for a product without options.
    pub fn label(&self) -> String {
        self.options.iter().map(|o| o.value.as_str()).collect::<Vec<_>>().join(" / ")
    }
}

impl Product {
    /// A visible product of the first version, made at `now`, that has nothing yet, not even a variant.
    pub fn new(id: Id, slug: Slug, name: Name, category: Id, now: Timestamp) -> Self {
        Self {
            id,
            slug,
            handle: None,
            source: None,
            name,
            category,
            description: String::new(),
            images: Vec::new(),
            tags: Vec::new(),
            vendor: None,
            manufacturer: None,
            responsible_person: None,
            seo: Seo::default(),
            options: Vec::new(),
            variants: Vec::new(),
            visible: true,
            featured: false,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// The picture that stands for a variant: its own, or the product's first.
    pub fn image_of(&self, variant: &Variant) -> Option<&Image> {
        let own = variant.image.as_ref().and_then(|src| self.images.iter().find(|image| image.src == *src));
        own.or(self.images.first())
    }

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
            if variant.image.as_ref().is_some_and(|src| !self.images.iter().any(|image| image.src == *src)) {
                return Err(ProductError::UnknownImage(variant.sku.clone()));
            }
        }
        Ok(())
    }

    /// Whether no variant can be bought.
    pub fn is_sold_out(&self) -> bool {
        !self.variants.iter().any(Variant::is_buyable)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks this way")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
