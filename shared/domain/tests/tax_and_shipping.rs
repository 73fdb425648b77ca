//! Tax rates, shipping methods, and the settings that hold them.

mod common;
use common::{euros, german_taxes, parcel, percent, read, settings};
use domain::{
    catalogue::TaxClass,
    money::{Currency, Money},
    settings::Settings,
    shipping::ShippingMethod,
    tax::{CountryRates, TaxRate, Taxed, Taxes},
    text::Country,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn country(code: &str) -> Country {
    read(code)
}

#[test]
fn the_rate_is_the_destinations_for_the_class() {
    let rate = |class| german_taxes().rate(Some(&country("DE")), class);
    assert_eq!(rate(TaxClass::Standard), percent("19"));
    assert_eq!(rate(TaxClass::Reduced), percent("7"));
    assert_eq!(rate(TaxClass::Zero), percent("0"));
}

#[test]
fn a_country_without_a_reduced_rate_has_the_standard_one() {
    let mut taxes = german_taxes();
    taxes.rates.insert(country("DK"), CountryRates { standard: percent("25"), reduced: None });
    assert_eq!(taxes.rate(Some(&country("DK")), TaxClass::Reduced), percent("25"));
}

#[test]
fn home_counts_until_the_destination_is_known() {
    let rate = |destination: Option<&str>| german_taxes().rate(destination.map(country).as_ref(), TaxClass::Standard);
    assert_eq!(rate(None), percent("19"));
    assert_eq!(rate(Some("US")), percent("0"), "a country that is not named has no tax");
    assert_eq!(Taxes { home: None, ..german_taxes() }.rate(None, TaxClass::Standard), percent("0"));
}

#[test]
fn tax_is_rounded_half_away_from_zero() {
    let taxed = |code, amount, rate, prices_include_tax| {
        let currency: Currency = read(code);
        let Taxed { tax, total } = Taxes { prices_include_tax, ..Taxes::default() }.apply(read(amount), percent(rate), currency);
        (tax.to_string(), total.to_string())
    };
    let are = |tax: &str, total: &str| (tax.to_owned(), total.to_owned());
    assert_eq!(taxed("EUR", "382.30", "20", false), are("76.46", "458.76"));
    assert_eq!(taxed("EUR", "0.10", "5", false), are("0.01", "0.11"));
    assert_eq!(taxed("EUR", "0.30", "5", false), are("0.02", "0.32"));
    assert_eq!(taxed("JPY", "105", "10", false), are("11", "116"));
    assert_eq!(taxed("KWD", "0.050", "5", false), are("0.003", "0.053"));
    assert_eq!(taxed("EUR", "119.00", "19", true), are("19.00", "119.00"));
    assert_eq!(taxed("EUR", "0.03", "100", true), are("0.02", "0.03"));
    assert_eq!(taxed("JPY", "110", "10", true), are("10", "110"));
}

#[test]
fn a_method_serves_its_countries_or_all() {
    assert!(parcel().serves(&country("AT")));
    assert!(!parcel().serves(&country("US")));
    assert!(ShippingMethod { countries: Vec::new(), ..parcel() }.serves(&country("US")));
}

#[test]
fn shipping_is_free_from_its_amount_on_or_by_coupon() {
    let method = ShippingMethod { free_from: Some(euros("50.00")), ..parcel() };
    assert_eq!(method.price_for(euros("49.99"), false), euros("4.90"));
    assert_eq!(method.price_for(euros("50.00"), false), Money::ZERO);
    assert_eq!(method.price_for(euros("1.00"), true), Money::ZERO);
    assert_eq!(parcel().price_for(euros("9999.00"), false), euros("4.90"));
}

#[test]
fn the_shop_offers_the_methods_of_a_country_in_its_order() {
    let mut settings = settings();
    settings.shipping.push(ShippingMethod { id: read("express"), countries: Vec::new(), ..parcel() });
    let offered = |code| settings.shipping_to(&country(code)).map(|m| m.id.to_string()).collect::<Vec<_>>();
    assert_eq!(offered("DE"), ["parcel", "express"]);
    assert_eq!(offered("US"), ["express"]);
    assert_eq!(settings.shipping_method(&read("express")), settings.shipping.get(1));
    assert_eq!(settings.shipping_method(&read("gone")), None);
}

#[test]
fn settings_survive_json() {
    let settings = settings();
    assert_eq!(serde_json::from_str::<Settings>(&serde_json::to_string(&settings).unwrap()).unwrap(), settings);
}

proptest! {
    #[test]
    fn taxes_are_within_half_a_minor_unit_of_exact(
        minor in 0..=1_000_000_000_000_i64,
        rate in 0..=10_000_i64,
        inclusive: bool,
        code in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
    ) {
        let currency: Currency = read(code);
        let (listed, rate) = (currency.round(Decimal::new(minor, currency.minor_units())), TaxRate(Decimal::new(rate, 2)));
        let taxed = Taxes { prices_include_tax: inclusive, ..Taxes::default() }.apply(listed, rate, currency);
        let net = taxed.total.checked_sub(taxed.tax).unwrap();
        prop_assert_eq!(if inclusive { taxed.total } else { net }, listed);
        let base = if inclusive { Decimal::ONE_HUNDRED + rate.0 } else { Decimal::ONE_HUNDRED };
        let off = taxed.tax.amount() * base - listed.amount() * rate.0;
        prop_assert!(off.abs() * Decimal::TWO <= base * Decimal::new(1, currency.minor_units()));
    }
}
