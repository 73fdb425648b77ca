//! What the shop offers of a variant.

use crate::{
    catalogue::{Image, OptionValue, StockPolicy, TaxClass},
    money::Money,
    text::{Id, Name, Sku, Slug},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A variant as it is offered at this moment, with all that a cart or page wants to know of its product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// The variant.
    pub sku: Sku,
    /// Its product.
    pub product: Id,
    /// The product's page.
    pub slug: Slug,
    /// The product's name.
    pub name: Name,
    /// The variant's option values.
    pub options: Vec<OptionValue>,
    /// The variant's own picture, or the product's leading one.
    pub image: Option<Image>,
    /// The product's category and all above it, top first.
    pub categories: Vec<Id>,
    /// What one costs.
    pub price: Money,
    /// Units left.
    pub stock: u32,
    /// What happens when there are none left.
    #[serde(default, skip_serializing_if = "StockPolicy::is_track")]
    pub stock_policy: StockPolicy,
    /// Product visible and variant available.
    pub available: bool,
    /// Which tax rate it has.
    pub tax_class: TaxClass,
}

impl Offer {
    /// Units that can be ordered, availability aside: `u32::MAX` where the stock is no bound.
    pub fn on_offer(&self) -> u32 {
        self.stock_policy.on_offer(self.stock)
    }
}
