//! Coupons: who may use one, and what it takes off.

use crate::{
    line::Billed,
    money::{Currency, Money},
    text::{CouponCode, Id},
    timestamp::Timestamp,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a coupon gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Benefit {
    /// Per cent off the goods it is for, to 0.01 %, above 0 and at most 100.
    Percentage {
        /// `12.5` is 12.5 %.
        percent: Decimal,
    },
    /// An amount off the goods it is for, at most all of them.
    Fixed {
        /// The amount.
        amount: Money,
    },
    /// No shipping charge.
    FreeShipping,
}

/// What a coupon promises; changes only by staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CouponTerms {
    /// What the shopper types.
    pub code: CouponCode,
    /// What it gives.
    pub benefit: Benefit,
    /// The categories whose goods it is for (with all below them); empty for the whole order.
    pub categories: Vec<Id>,
    /// Goods total from which it counts.
    pub minimum: Option<Money>,
    /// First moment it counts.
    pub starts_at: Option<Timestamp>,
    /// First moment it no longer counts.
    pub ends_at: Option<Timestamp>,
    /// Uses at most, over all customers.
    pub total_limit: Option<u32>,
    /// Uses at most by one customer (a guest counts by e-mail address).
    pub customer_limit: Option<u32>,
    /// Staff can switch it off.
    pub active: bool,
    /// Counts staff changes.
    pub version: u64,
}

/// A coupon with its count of uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Coupon {
    /// What it promises.
    pub terms: CouponTerms,
    /// Orders that use it now.
    pub used: u32,
}

/// Why a coupon does not count. Each is another answer to the shopper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CouponRefusal {
    /// No such code, or switched off.
    #[error("we do not know this coupon code")]
    Unknown,
    /// It was applied, and is switched off or gone since.
    #[error("this coupon is not valid any more")]
    Withdrawn,
    /// Before its start.
    #[error("this coupon is valid from {0}")]
    NotYetValid(String),
    /// After its end.
    #[error("this coupon has expired")]
    Expired,
    /// All uses are taken.
    #[error("this coupon has been used up")]
    Exhausted,
    /// The goods come to less than its minimum.
    #[error("this coupon needs goods for at least {0}")]
    BelowMinimum(String),
    /// This customer has used it as often as allowed.
    #[error("you have used this coupon already")]
    NotForYou,
    /// Nothing in the cart is of its categories.
    #[error("this coupon is not for anything in your cart")]
    NothingToDiscount,
}

/// What has become of a coupon since it was applied to a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponNews {
    /// It does not count.
    Refused {
        /// Which.
        code: CouponCode,
        /// Why.
        why: CouponRefusal,
    },
    /// It counts and gives something else.
    Benefit {
        /// Which.
        code: CouponCode,
        /// What it gave when it was applied.
        was: Benefit,
        /// What it gives.
        now: Benefit,
    },
    /// It counts and is for other goods.
    Goods {
        /// Which.
        code: CouponCode,
    },
}

impl CouponNews {
    /// What a shopper notices of changed terms.
    pub(crate) fn of_change(applied: &CouponTerms, now: &CouponTerms) -> Option<Self> {
        let code = now.code.clone();
        if applied.benefit != now.benefit {
            Some(Self::Benefit { code, was: applied.benefit.clone(), now: now.benefit.clone() })
        } else if applied.categories != now.categories {
            Some(Self::Goods { code })
        } else {
            None
        }
    }

    /// A sentence for the shopper.
    pub fn sentence(&self, currency: Currency) -> String {
        match self {
            Self::Refused { code, why } => format!("The coupon {code} cannot be used: {why}."),
            Self::Benefit { code, was, now } => {
                let (was, now) = (was.in_words(currency), now.in_words(currency));
                format!("The coupon {code} gives {now} now; it was {was} when you applied it.")
            }
            Self::Goods { code } => format!("The coupon {code} is for other goods now than when you applied it."),
        }
    }

    /// The code that does not count, and why.
    pub fn refused(&self) -> Option<(&CouponCode, &CouponRefusal)> {
        match self {
            Self::Refused { code, why } => Some((code, why)),
            Self::Benefit { .. } | Self::Goods { .. } => None,
        }
    }
}

impl Benefit {
    /// `10 % off`, `€5.00 off`, `free shipping`.
    pub fn in_words(&self, currency: Currency) -> String {
        match self {
            Self::Percentage { percent } => format!("{} % off", percent.normalize()),
            Self::Fixed { amount } => format!("{} off", currency.format(*amount)),
            Self::FreeShipping => "free shipping".to_owned(),
        }
    }
}

impl Coupon {
    /// Whether it may be applied now, uses included.
    ///
    /// # Errors
    ///
    /// The `CouponRefusal` that is the reason why it does not count.
    pub fn check(
        &self,
        lines: &[Billed<'_>],
        used_by_customer: u32,
        currency: Currency,
        now: Timestamp,
    ) -> Result<(), CouponRefusal> {
        self.terms.check(lines, currency, now)?;
        if self.terms.total_limit.is_some_and(|limit| self.used >= limit) {
            return Err(CouponRefusal::Exhausted);
        }
        if self.terms.customer_limit.is_some_and(|limit| used_by_customer >= limit) {
            return Err(CouponRefusal::NotForYou);
        }
        Ok(())
    }
}

impl CouponTerms {
    /// Whether the terms hold for these lines now; uses are counted elsewhere.
    ///
    /// # Errors
    ///
    /// The `CouponRefusal` that is the reason why it does not count.
    pub fn check(&self, lines: &[Billed<'_>], currency: Currency, now: Timestamp) -> Result<(), CouponRefusal> {
        if !self.active {
            return Err(CouponRefusal::Unknown);
        }
        if let Some(start) = self.starts_at.filter(|start| now < *start) {
            return Err(CouponRefusal::NotYetValid(start.date()));
        }
        if self.ends_at.is_some_and(|end| now >= end) {
            return Err(CouponRefusal::Expired);
        }
        let goods: Money = lines.iter().map(Billed::total).sum();
        if let Some(minimum) = self.minimum.filter(|minimum| goods < *minimum) {
            return Err(CouponRefusal::BelowMinimum(currency.format(minimum)));
        }
        if !lines.iter().any(|l| self.covers(l)) {
            return Err(CouponRefusal::NothingToDiscount);
        }
        Ok(())
    }

    /// Whether a line is among the goods it is for.
    pub fn covers(&self, billed: &Billed<'_>) -> bool {
        self.categories.is_empty() || billed.line.offer.categories.iter().any(|c| self.categories.contains(c))
    }

    /// Whether it takes the shipping charge off.
    pub fn frees_shipping(&self) -> bool {
        self.benefit == Benefit::FreeShipping
    }

    /// The discount of each line, in their order: parts of one discount that add up to it exactly, none
    /// above its line.
    pub fn discounts(&self, lines: &[Billed<'_>], currency: Currency) -> Vec<Money> {
        let weight = |l: &Billed<'_>| if self.covers(l) { currency.round(l.total().amount()) } else { Money::ZERO };
        let weights: Vec<Money> = lines.iter().map(weight).collect();
        let covered: Money = weights.iter().copied().sum();
        let discount = match &self.benefit {
            Benefit::Percentage { percent } => currency.round(covered.amount() * *percent / Decimal::ONE_HUNDRED),
            Benefit::Fixed { amount } => currency.round(amount.amount()),
            Benefit::FreeShipping => Money::ZERO,
        };
        spread(discount.min(covered), &weights, currency)
    }
}

/// Splits `amount` over `weights` in proportion: each part rounded to the minor unit, the parts adding up to
/// `amount` exactly. `amount` must not be above the weights' sum; then no part is above its weight.
pub fn spread(amount: Money, weights: &[Money], currency: Currency) -> Vec<Money> {
    let mut left = amount;
    let mut weight_left: Money = weights.iter().copied().sum();
    weights
        .iter()
        .map(|weight| {
            let part = if weight_left.is_zero() {
                Money::ZERO
            } else {
                currency.round(left.amount() * weight.amount() / weight_left.amount()).min(left).min(*weight)
            };
            left = left.saturating_sub(part);
            weight_left = weight_left.saturating_sub(*weight);
            part
        })
        .collect()
}
