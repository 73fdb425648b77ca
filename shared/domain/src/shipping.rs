//! Shipping methods.

use crate::{
    money::Money,
    text::{Destination, Id, Name},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way to send an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShippingMethod {
    /// Chosen by this.
    pub id: Id,
    /// `Standard parcel`.
    pub name: Name,
    /// Price, by the same tax mode as the goods.
    pub price: Money,
    /// Where it goes; empty for everywhere the shop sells.
    pub countries: Vec<Destination>,
    /// Free from this much goods after discount.
    pub free_from: Option<Money>,
    /// `2 to 4 working days`.
    pub estimate: String,
}

impl ShippingMethod {
    /// Whether it goes there.
    pub fn serves(&self, to: &Destination) -> bool {
        self.countries.is_empty() || to.is_among(&self.countries)
    }

    /// Its price for goods of this total after discount.
    pub fn price_for(&self, goods_after_discount: Money, free_by_coupon: bool) -> Money {
        let free = free_by_coupon || self.free_from.is_some_and(|from| goods_after_discount >= from);
        if free { Money::ZERO } else { self.price }
    }
}
