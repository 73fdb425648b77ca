//! What a product's prices say, and in which order they count.
//!
//! 1. A variant's `price` is what is charged. A sale is a lower `price` with the price before in `compare_at`.
//! 2. `compare_at` is shown and nothing else: it is in no sum. It is always above `price`, and belongs to its variant alone.
//! 3. A line is `price` times units, in the currency's minor units.
//! 4. An order has one coupon at most, for reduced goods too. What it takes off is rounded once, half away from zero, and split
//!    over the lines that it is for, so that the parts add up (see [`crate::coupon`]).
//! 5. Tax is reckoned on each line after that, and on the delivery, each rounded once, half away from zero (see [`crate::tax`]).
//! 6. Every change of a price is kept with its moment from the first save on: the "price before" of Article 6a of Directive
//!    98/6/EC is the lowest of the last 30 days.

use super::product::{Product, Variant};
use crate::money::Money;

/// The one price that stands for a product in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownPrice {
    /// The lowest of its variants.
    pub price: Money,
    /// Whether others cost more.
    pub is_from: bool,
    /// What the price shown was before: the lowest of the variants at that price, and only where each of them is reduced.
    pub before: Option<Money>,
}

impl Product {
    /// What a list says that it costs.
    pub fn shown_price(&self) -> ShownPrice {
        let price = self.variants.iter().map(|variant| variant.price).min().unwrap_or_default();
        let cheapest = || self.variants.iter().filter(|variant| variant.price == price);
        let before: Option<Vec<Money>> = cheapest().map(|variant: &Variant| variant.compare_at).collect();
        ShownPrice {
            price,
            is_from: cheapest().count() < self.variants.len(),
            before: before.and_then(|all| all.into_iter().min()),
        }
    }
}
