//! The quote: what a cart costs, every part of it, the parts adding up to the total exactly.

use crate::{
    cart::Cart,
    catalogue::TaxClass,
    coupon::CouponTerms,
    money::{Currency, Money},
    settings::Settings,
    shipping::ShippingMethod,
    tax::{TaxRate, Taxed},
    text::{Id, Name, Sku},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a cart costs now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quote {
    /// Of every amount here.
    pub currency: Currency,
    /// One per sellable line of the cart, in its order.
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
    /// How many.
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
    /// Quotes the sellable lines of a cart at the prices it holds. The coupon counts while its terms hold; shipping while the
    /// method goes to the address's destination. Tax follows that destination, or the shop's home while there is none.
    pub fn new(cart: &Cart, settings: &Settings, now: Timestamp) -> Self {
        let currency = settings.currency;
        let destination = cart.checkout.address.as_ref().map(|a| settings.destination(a));
        let destination = destination.as_ref();
        let sellable: Vec<_> = cart.sellable_lines().collect();
        let coupon = cart.coupon.as_ref().filter(|terms| terms.check(&sellable, currency, now).is_ok());
        let discounts = coupon.map_or_else(|| vec![Money::ZERO; sellable.len()], |terms| terms.discounts(&sellable, currency));
        let lines: Vec<QuoteLine> = sellable
            .iter()
            .zip(discounts)
            .map(|(line, discount)| {
                let goods = currency.round(line.total().amount());
                let tax_rate = settings.taxes.rate(destination, line.offer.tax_class);
                let Taxed { tax, total } = settings.taxes.apply(goods.saturating_sub(discount), tax_rate, currency);
                QuoteLine {
                    sku: line.offer.sku.clone(),
                    quantity: line.quantity,
                    unit_price: currency.round(line.offer.price.amount()),
                    goods,
                    discount,
                    tax_rate,
                    tax,
                    total,
                }
            })
            .collect();
        let goods: Money = lines.iter().map(|l| l.goods).sum();
        let discount: Money = lines.iter().map(|l| l.discount).sum();
        let shipping = chosen_method(cart, settings).map(|method| {
            let price = method.price_for(goods.saturating_sub(discount), coupon.is_some_and(CouponTerms::frees_shipping));
            let price = currency.round(price.amount());
            let tax_rate = settings.taxes.rate(destination, TaxClass::Standard);
            let Taxed { tax, total } = settings.taxes.apply(price, tax_rate, currency);
            QuoteShipping {
                method: method.id.clone(),
                name: method.name.clone(),
                estimate: method.estimate.clone(),
                price,
                tax_rate,
                tax,
                total,
            }
        });
        let sum = |of_line: fn(&QuoteLine) -> Money, of_shipping: fn(&QuoteShipping) -> Money| {
            lines.iter().map(of_line).chain(shipping.iter().map(of_shipping)).sum::<Money>()
        };
        let (tax, total) = (sum(|l| l.tax, |s| s.tax), sum(|l| l.total, |s| s.total));
        Self { currency, goods, discount, tax, total, prices_include_tax: settings.taxes.prices_include_tax, lines, shipping }
    }
}

/// The chosen method, while it goes to the chosen address.
fn chosen_method<'a>(cart: &Cart, settings: &'a Settings) -> Option<&'a ShippingMethod> {
    let to = settings.destination(cart.checkout.address.as_ref()?);
    let id = cart.checkout.shipping_method.as_ref()?;
    settings.shipping_to(&to).find(|m| &m.id == id)
}
