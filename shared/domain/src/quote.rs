//! The quote: what a cart costs, every part of it, the parts adding up to the total exactly.

use crate::{
    cart::Cart,
    catalogue::TaxClass,
    coupon::CouponTerms,
    line::Billed,
    money::{Currency, Money},
    settings::Settings,
    shipping::ShippingMethod,
    tax::{TaxRate, Taxed},
    text::{Destination, Id, Name, Sku},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a cart costs now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quote {
    /// Of every amount here.
    pub currency: Currency,
    /// One per line of the cart of which something can be had, in its order.
    pub lines: Vec<QuoteLine>,
    /// Goods at listed prices, before discount.
    pub goods: Money,
    /// What the coupon takes off the goods.
    pub discount: Money,
    /// The chosen shipping, while one is chosen that applies.
    pub shipping: Option<QuoteShipping>,
    /// Whether listed prices hold the tax: then it is within the total, otherwise added to it.
    pub prices_include_tax: bool,
    /// All tax, lines and shipping.
    pub tax: Money,
    /// What is paid.
    pub total: Money,
}

/// A line's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuoteLine {
    /// The variant.
    pub sku: Sku,
    /// How many, as far as they can be had.
    pub quantity: u32,
    /// Listed price of one.
    pub unit_price: Money,
    /// Listed price times quantity.
    pub goods: Money,
    /// Its part of the discount.
    pub discount: Money,
    /// Per cent.
    pub tax_rate: TaxRate,
    /// The tax on it.
    pub tax: Money,
    /// What is paid for it.
    pub total: Money,
}

/// Shipping's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuoteShipping {
    /// The method.
    pub method: Id,
    /// Its name.
    pub name: Name,
    /// How long it takes.
    pub estimate: String,
    /// Listed price, after free-from and coupon.
    pub price: Money,
    /// Per cent.
    pub tax_rate: TaxRate,
    /// The tax on it.
    pub tax: Money,
    /// What is paid for it.
    pub total: Money,
}

impl Quote {
    /// Quotes what can be had of a cart at the prices it holds. The coupon counts while its terms hold; shipping while the
    /// method goes to the address's destination. Tax follows that destination, or the shop's home while there is none.
    pub fn new(cart: &Cart, settings: &Settings, now: Timestamp) -> Self {
        let currency = settings.currency;
        let destination = cart.checkout.address.as_ref().map(|a| settings.destination(a));
        let destination = destination.as_ref();
        let billed = cart.billed(settings.cart);
        let coupon = cart.counting_coupon(settings.cart, currency, now);
        let discounts = coupon.map_or_else(|| vec![Money::ZERO; billed.len()], |terms| terms.discounts(&billed, currency));
        let lines = billed.iter().zip(discounts).map(|(line, off)| QuoteLine::new(line, off, settings, destination));
        let lines: Vec<QuoteLine> = lines.collect();
        let goods: Money = lines.iter().map(|l| l.goods).sum();
        let discount: Money = lines.iter().map(|l| l.discount).sum();
        let shipping = chosen_method(cart, settings).map(|method| {
            // Where nothing can be had, nothing is sent, and sending it costs nothing.
            let free = lines.is_empty() || coupon.is_some_and(CouponTerms::frees_shipping);
            QuoteShipping::new(method, method.price_for(goods.saturating_sub(discount), free), settings, destination)
        });
        let sum = |of_line: fn(&QuoteLine) -> Money, of_shipping: fn(&QuoteShipping) -> Money| {
            lines.iter().map(of_line).chain(shipping.iter().map(of_shipping)).sum::<Money>()
        };
        let (tax, total) = (sum(|l| l.tax, |s| s.tax), sum(|l| l.total, |s| s.total));
        Self { currency, goods, discount, tax, total, prices_include_tax: settings.taxes.prices_include_tax, lines, shipping }
    }
}

impl QuoteLine {
    fn new(billed: &Billed<'_>, discount: Money, settings: &Settings, destination: Option<&Destination>) -> Self {
        let (offer, currency) = (&billed.line.offer, settings.currency);
        let goods = currency.round(billed.total().amount());
        let tax_rate = settings.taxes.rate(destination, offer.tax_class);
        let Taxed { tax, total } = settings.taxes.apply(goods.saturating_sub(discount), tax_rate, currency);
        Self {
            sku: offer.sku.clone(),
            quantity: billed.units,
            unit_price: currency.round(offer.price.amount()),
            goods,
            discount,
            tax_rate,
            tax,
            total,
        }
    }
}

impl QuoteShipping {
    fn new(method: &ShippingMethod, price: Money, settings: &Settings, destination: Option<&Destination>) -> Self {
        let price = settings.currency.round(price.amount());
        let tax_rate = settings.taxes.rate(destination, TaxClass::Standard);
        let Taxed { tax, total } = settings.taxes.apply(price, tax_rate, settings.currency);
        let (id, name, estimate) = (method.id.clone(), method.name.clone(), method.estimate.clone());
        Self { method: id, name, estimate, price, tax_rate, tax, total }
    }
}

impl Quote {
    /// Whether everything is known that makes the total, and it is nothing: then no payment is asked for.
    pub fn is_free(&self) -> bool {
        self.shipping.is_some() && self.total.is_zero()
    }

    /// The amounts that differ from what somebody saw, the total last. Tax within the prices is named when nothing else
    /// differs: it follows the other amounts. Without a delivery there is no shipping, tax or total yet to compare.
    pub fn differences(&self, seen: &SeenAmounts) -> Vec<Difference> {
        let shipping = self.shipping.as_ref().map(|s| s.price).unwrap_or_default();
        let differs =
            |part, now: Money, seen: Option<Money>| seen.filter(|seen| *seen != now).map(|seen| Difference { part, seen, now });
        let mut found: Vec<Difference> = [
            differs(Amount::Goods, self.goods, seen.goods),
            differs(Amount::Discount, self.discount, seen.discount),
            differs(Amount::Shipping, shipping, seen.shipping),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.shipping.is_none() {
            found.retain(|d| d.part != Amount::Shipping);
            return found;
        }
        if found.is_empty() || !self.prices_include_tax {
            found.extend(differs(Amount::Tax, self.tax, seen.tax));
        }
        found.extend(differs(Amount::Total, self.total, Some(seen.total)));
        found
    }
}

/// The amounts that a shopper saw on the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeenAmounts {
    /// What is paid.
    pub total: Money,
    /// Goods at listed prices, as far as it is known what was seen.
    pub goods: Option<Money>,
    /// What the coupon took off.
    pub discount: Option<Money>,
    /// Shipping at its listed price.
    pub shipping: Option<Money>,
    /// All tax.
    pub tax: Option<Money>,
}

/// One of the amounts of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Amount {
    /// Goods at listed prices.
    Goods,
    /// What the coupon takes off.
    Discount,
    /// Shipping at its listed price.
    Shipping,
    /// All tax.
    Tax,
    /// What is paid.
    Total,
}

/// An amount that is another one than the shopper saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// Which.
    pub part: Amount,
    /// What the shopper saw.
    pub seen: Money,
    /// What it is.
    pub now: Money,
}

impl Difference {
    /// `Shipping is now €6.90; you saw €4.90.`
    pub fn sentence(&self, currency: Currency) -> String {
        let (now, seen) = (currency.format(self.now), currency.format(self.seen));
        let what = match self.part {
            Amount::Goods => "The price of the goods",
            Amount::Discount => "The discount",
            Amount::Shipping => "Shipping",
            Amount::Tax => "The tax",
            Amount::Total => "The total",
        };
        format!("{what} is now {now}; you saw {seen}.")
    }
}

/// The chosen method, while it goes to the chosen address.
fn chosen_method<'a>(cart: &Cart, settings: &'a Settings) -> Option<&'a ShippingMethod> {
    let to = settings.destination(cart.checkout.address.as_ref()?);
    let id = cart.checkout.shipping_method.as_ref()?;
    settings.shipping_to(&to).find(|m| &m.id == id)
}
