//! Builders of valid values, so that a test says only what it is about.
#![allow(dead_code)] // each test file uses its own part
#![allow(clippy::unwrap_used)]

use domain::{
    address::{Address, AddressInput},
    cart::{Cart, CartLimits, Offer},
    catalogue::{StockPolicy, TaxClass},
    coupon::{Benefit, CouponTerms},
    money::{Currency, Money},
    order::PaymentMethod,
    settings::Settings,
    shipping::ShippingMethod,
    tax::{CountryRates, TaxRate, Taxes},
    timestamp::Timestamp,
};
use rust_decimal::Decimal;
use std::{fmt::Debug, str::FromStr};

pub(crate) const LIMITS: CartLimits = CartLimits { quantity: 99, lines: 80 };

/// Any of the domain's texts, numbers and moments.
pub(crate) fn read<T: FromStr<Err: Debug>>(raw: &str) -> T {
    raw.parse().unwrap()
}

pub(crate) fn euros(amount: &str) -> Money {
    read::<Currency>("EUR").parse(amount).unwrap()
}

pub(crate) fn percent(rate: &str) -> TaxRate {
    TaxRate(read(rate))
}

pub(crate) fn noon() -> Timestamp {
    read("2026-11-23T12:00:00Z")
}

/// A mug of 10 euros, plenty of them, in `home` and `home-kitchen`.
pub(crate) fn offer(sku: &str) -> Offer {
    Offer {
        sku: read(sku),
        product: read("p-mug"),
        slug: read("mug"),
        name: read("Mug"),
        options: Vec::new(),
        image: None,
        categories: vec![read("home"), read("home-kitchen")],
        price: euros("10.00"),
        stock: 1000,
        stock_policy: StockPolicy::Track,
        available: true,
        tax_class: TaxClass::Standard,
    }
}

pub(crate) fn empty_cart() -> Cart {
    Cart::new(read("c-1"))
}

pub(crate) fn cart_of(offers: impl IntoIterator<Item = (Offer, u32)>) -> Cart {
    let mut cart = empty_cart();
    for (offer, quantity) in offers {
        cart.add(offer, quantity, LIMITS).unwrap();
    }
    cart
}

/// Two mugs, and all that checkout asks for.
pub(crate) fn complete_cart() -> Cart {
    let mut cart = cart_of([(offer("MUG"), 2)]);
    cart.checkout.email = Some(read("ada@example.com"));
    cart.checkout.address = Some(berlin());
    cart.checkout.shipping_method = Some(read("parcel"));
    cart.checkout.payment_method = Some(PaymentMethod::BankTransfer);
    cart
}

pub(crate) fn typed_address() -> AddressInput {
    AddressInput {
        name: "Ada Lovelace".into(),
        line1: "Lindenstr. 9".into(),
        postal_code: "10969".into(),
        city: "Berlin".into(),
        country: "DE".into(),
        ..AddressInput::default()
    }
}

pub(crate) fn berlin() -> Address {
    typed_address().check(&[]).unwrap()
}

/// In a town of any country, with a region.
pub(crate) fn address_in(country: &str, postal_code: &str) -> Address {
    let typed = AddressInput { country: country.into(), postal_code: postal_code.into(), ..typed_address() };
    AddressInput { region: "Region".into(), ..typed }.check(&[]).unwrap()
}

pub(crate) fn terms(benefit: Benefit) -> CouponTerms {
    CouponTerms {
        code: read("SAVE"),
        benefit,
        categories: Vec::new(),
        minimum: None,
        starts_at: None,
        ends_at: None,
        total_limit: None,
        customer_limit: None,
        active: true,
        version: 1,
    }
}

pub(crate) fn percent_off(percent: &str) -> Benefit {
    Benefit::Percentage { percent: read::<Decimal>(percent) }
}

pub(crate) fn parcel() -> ShippingMethod {
    ShippingMethod {
        id: read("parcel"),
        name: read("Standard parcel"),
        price: euros("4.90"),
        countries: vec![read("DE"), read("AT")],
        free_from: None,
        estimate: "2 to 4 working days".into(),
    }
}

/// German taxes, on top of the prices.
pub(crate) fn german_taxes() -> Taxes {
    let rates = CountryRates { standard: percent("19"), reduced: Some(percent("7")) };
    Taxes { prices_include_tax: false, rates: [(read("DE"), rates)].into(), home: Some(read("DE")) }
}

pub(crate) fn settings() -> Settings {
    Settings {
        name: read("Shop"),
        tagline: String::new(),
        promises: Vec::new(),
        hero: None,
        email: read("shop@example.com"),
        currency: read("EUR"),
        taxes: german_taxes(),
        countries: vec![read("DE"), read("AT"), read("US")],
        territories: Vec::new(),
        shipping: vec![parcel()],
        payment: vec![PaymentMethod::BankTransfer],
        bank_details: String::new(),
        payment_days: 14,
        cart: LIMITS,
        version: 1,
    }
}
