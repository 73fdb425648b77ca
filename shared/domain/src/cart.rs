//! The cart: what a shopper wants, at the prices the shopper saw.

use crate::{
    address::Address,
    coupon::{Coupon, CouponNews, CouponRefusal, CouponTerms},
    money::{Currency, Money},
    payment::PaymentMethod,
    text::{Email, Id, Phone, Sku},
    timestamp::Timestamp,
};
pub use crate::{
    limits::CartLimits,
    line::{Billed, CartLine, LineProblem},
    offer::Offer,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A cart, a guest's or a customer's, with what its checkout has gathered so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cart {
    /// A guest's secret or the customer's own identifier, see `store`.
    pub id: Id,
    /// One line a SKU, in the order added.
    pub lines: Vec<CartLine>,
    /// The coupon that is applied, with the terms the shopper saw.
    pub coupon: Option<CouponTerms>,
    /// What checkout knows.
    pub checkout: Checkout,
    /// Counts writes; a write names the one it has read. 0 for a cart that is not stored yet.
    pub version: u64,
}

/// What the checkout steps have gathered, kept with the cart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Checkout {
    /// Where the order's mail goes.
    pub email: Option<Email>,
    /// For the carrier.
    pub phone: Option<Phone>,
    /// Where it goes.
    pub address: Option<Address>,
    /// Identifier of the chosen shipping method.
    pub shipping_method: Option<Id>,
    /// How it is paid.
    pub payment_method: Option<PaymentMethod>,
    /// The account that has proven the address. A guest's order joins it. Nobody is ever shown it: it would tell who has an
    /// account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Id>,
}

/// Why a change was refused; the cart is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// Not a whole number from the least to the limit.
    #[error("quantity must be a whole number from {min} to {max}")]
    Quantity {
        /// Units at least: 1 to add, 0 to set, which removes the line.
        min: u32,
        /// Units per line at most.
        max: u32,
    },
    /// The line would hold more than the limit.
    #[error("{}", line_full(*in_cart, *max))]
    LineFull {
        /// How many the cart holds already.
        in_cart: u32,
        /// Units per line at most.
        max: u32,
    },
    /// The cart is full.
    #[error("a cart holds at most {max} different items")]
    TooManyLines {
        /// Lines at most.
        max: usize,
    },
    /// Hidden, withdrawn or sold out.
    #[error("{name} is not available at the moment")]
    Unavailable {
        /// The product.
        name: String,
    },
    /// Fewer in stock than asked for.
    #[error("{}", not_enough(name, *stock, *in_cart))]
    NotEnoughStock {
        /// The product.
        name: String,
        /// How many there are.
        stock: u32,
        /// How many the cart holds already.
        in_cart: u32,
    },
    /// The cart has no such line.
    #[error("that item is not in your cart")]
    NoSuchLine,
}

impl CartError {
    /// Whether another limit of the shop might allow it.
    pub fn is_by_limit(&self) -> bool {
        matches!(self, Self::Quantity { .. } | Self::LineFull { .. } | Self::TooManyLines { .. })
    }
}

/// `you have 90 in your cart; 9 more fit`.
fn line_full(in_cart: u32, max: u32) -> String {
    match max.saturating_sub(in_cart) {
        0 => format!("you have {in_cart} in your cart; no more fit"),
        room => format!("you have {in_cart} in your cart; {room} more fit"),
    }
}

fn not_enough(name: &str, stock: u32, in_cart: u32) -> String {
    let left = format!("only {stock} of {name} left in stock");
    if in_cart == 0 { left } else { format!("{left}; you have {in_cart} in your cart") }
}

/// A whole number as typed, of at most nine digits.
pub fn parse_units(raw: &str) -> Option<u32> {
    let text = crate::text::strict(raw);
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// A quantity as typed: a whole number from 0 to the limit's.
///
/// # Errors
///
/// `CartError::Quantity` for anything but a whole number up to the limit.
pub fn parse_quantity(raw: &str, limits: CartLimits) -> Result<u32, CartError> {
    parse_units(raw).filter(|q| *q <= limits.quantity).ok_or(CartError::Quantity { min: 0, max: limits.quantity })
}

impl Cart {
    /// An empty cart that is not stored yet.
    pub fn new(id: Id) -> Self {
        Self { id, lines: Vec::new(), coupon: None, checkout: Checkout::default(), version: 0 }
    }

    /// The line of a SKU.
    pub fn line(&self, sku: &Sku) -> Option<&CartLine> {
        self.lines.iter().find(|l| &l.offer.sku == sku)
    }

    /// Units over all lines, for the badge.
    pub fn units(&self) -> u32 {
        self.lines.iter().map(|l| l.quantity).sum()
    }

    /// Every line with what keeps it from being ordered as it stands.
    pub fn looked_over(&self, limits: CartLimits) -> impl Iterator<Item = (&CartLine, Option<LineProblem>)> {
        let mut room = limits.lines;
        self.lines.iter().map(move |line| {
            let problem = line.problem(limits);
            // What is not to be had takes no room.
            let takes_room = problem.is_none_or(|p| p.can_have() > 0);
            if takes_room && room == 0 {
                return (line, Some(LineProblem::NoRoom { max: limits.lines }));
            }
            room -= usize::from(takes_room);
            (line, problem)
        })
    }

    /// Whether every line can be ordered as it stands.
    pub fn is_orderable(&self, limits: CartLimits) -> bool {
        self.looked_over(limits).all(|(_, problem)| problem.is_none())
    }

    /// What counts: the lines, with the units of them that can be had.
    pub fn billed(&self, limits: CartLimits) -> Vec<Billed<'_>> {
        self.looked_over(limits)
            .map(|(line, problem)| Billed { line, units: problem.map_or(line.quantity, LineProblem::can_have) })
            .filter(|billed| billed.units > 0)
            .collect()
    }

    /// Goods total of what counts, before discount.
    pub fn goods(&self, limits: CartLimits) -> Money {
        self.billed(limits).iter().map(Billed::total).sum()
    }

    /// Adds units of a variant, at least one, to its line, or a line at the end.
    ///
    /// # Errors
    ///
    /// The `CartError` of the limit, the stock or the availability that does not allow it.
    pub fn add(&mut self, offer: Offer, quantity: u32, limits: CartLimits) -> Result<(), CartError> {
        let held = self.line(&offer.sku).map_or(0, |l| l.quantity);
        if quantity == 0 || (held == 0 && quantity > limits.quantity) {
            return Err(CartError::Quantity { min: 1, max: limits.quantity });
        }
        if held == 0 && self.lines.len() >= limits.lines {
            return Err(CartError::TooManyLines { max: limits.lines });
        }
        self.put(offer, held.saturating_add(quantity), held, limits)
    }

    /// Sets a line's quantity; 0 removes it.
    ///
    /// # Errors
    ///
    /// The `CartError` of the limit, the stock or the availability that does not allow it; `NoSuchLine` without a line.
    pub fn set_quantity(&mut self, offer: Offer, quantity: u32, limits: CartLimits) -> Result<(), CartError> {
        let held = self.line(&offer.sku).ok_or(CartError::NoSuchLine)?.quantity;
        if quantity == 0 {
            return self.remove(&offer.sku);
        }
        if quantity > limits.quantity {
            return Err(CartError::Quantity { min: 0, max: limits.quantity });
        }
        self.put(offer, quantity, held, limits)
    }

    /// Removes a line.
    ///
    /// # Errors
    ///
    /// `CartError::NoSuchLine` when the cart does not have it.
    pub fn remove(&mut self, sku: &Sku) -> Result<(), CartError> {
        let before = self.lines.len();
        self.lines.retain(|l| &l.offer.sku != sku);
        if self.lines.len() == before { Err(CartError::NoSuchLine) } else { Ok(()) }
    }

    fn put(&mut self, offer: Offer, quantity: u32, held: u32, limits: CartLimits) -> Result<(), CartError> {
        let name = || offer.name.to_string();
        let left = offer.on_offer();
        if !offer.available || left == 0 {
            return Err(CartError::Unavailable { name: name() });
        }
        // Whichever is the narrower bound is named: it is what can be had.
        if quantity > left && left <= limits.quantity {
            return Err(CartError::NotEnoughStock { name: name(), stock: left, in_cart: held });
        }
        if quantity > limits.quantity {
            return Err(CartError::LineFull { in_cart: held, max: limits.quantity });
        }
        match self.lines.iter_mut().find(|l| l.offer.sku == offer.sku) {
            Some(line) => {
                line.quantity = quantity;
                line.offer = offer;
            }
            None => self.lines.push(CartLine { price_when_added: offer.price, offer, quantity }),
        }
        Ok(())
    }

    /// Takes over what is offered now. A SKU without an offer has left the catalogue: its line stays, unavailable.
    /// Returns whether anything differs from the last look.
    pub fn refresh(&mut self, offers: &BTreeMap<Sku, Offer>) -> bool {
        let mut changed = false;
        for line in &mut self.lines {
            let now = match offers.get(&line.offer.sku) {
                Some(offer) => offer.clone(),
                None => Offer { available: false, stock: 0, ..line.offer.clone() },
            };
            changed |= now != line.offer;
            line.offer = now;
        }
        changed
    }

    /// The coupon, while its terms hold for what counts.
    pub fn counting_coupon(&self, limits: CartLimits, currency: Currency, now: Timestamp) -> Option<&CouponTerms> {
        let billed = self.billed(limits);
        self.coupon.as_ref().filter(|terms| terms.check(&billed, currency, now).is_ok())
    }

    /// Puts the coupon as it is now in place of the one that was applied, or takes it off where it does not count, and says
    /// what is different. `used_by_customer`: how often whoever buys has used it.
    pub fn judge_coupon(
        &mut self,
        current: Option<Coupon>,
        used_by_customer: u32,
        limits: CartLimits,
        currency: Currency,
        now: Timestamp,
    ) -> Option<CouponNews> {
        let applied = self.coupon.take()?;
        let checked = current.filter(|c| c.terms.active).ok_or(CouponRefusal::Withdrawn).and_then(|coupon| {
            coupon.check(&self.billed(limits), used_by_customer, currency, now)?;
            Ok(coupon.terms)
        });
        match checked {
            Ok(terms) => {
                let news = CouponNews::of_change(&applied, &terms);
                self.coupon = Some(terms);
                news
            }
            Err(why) => Some(CouponNews::Refused { code: applied.code, why }),
        }
    }

    /// Takes in a guest's cart at sign-in: per SKU the larger quantity, new lines while there is room. The
    /// guest's coupon and checkout are kept where this cart has none. Merging the same cart twice changes nothing more.
    pub fn merge(&mut self, guest: Self, limits: CartLimits) {
        let mut room = limits.lines.saturating_sub(self.lines.len());
        let mut new_lines = Vec::new();
        for line in guest.lines {
            match self.lines.iter_mut().find(|l| l.offer.sku == line.offer.sku) {
                Some(own) => own.quantity = own.quantity.max(line.quantity),
                None if room > 0 => {
                    room -= 1;
                    new_lines.push(line);
                }
                None => {}
            }
        }
        self.lines.append(&mut new_lines);
        let (own, theirs) = (&mut self.checkout, guest.checkout);
        self.coupon = self.coupon.take().or(guest.coupon);
        own.email = own.email.take().or(theirs.email);
        own.phone = own.phone.take().or(theirs.phone);
        own.address = own.address.take().or(theirs.address);
        own.shipping_method = own.shipping_method.take().or(theirs.shipping_method);
        own.payment_method = own.payment_method.or(theirs.payment_method);
    }
}
