//! What a cart costs.

mod common;
use common::{cart_of, complete_cart, euros, noon, offer, percent, percent_off, read, settings, terms};
use domain::{
    cart::{Cart, CartLine, Offer},
    catalogue::TaxClass,
    coupon::{Benefit, CouponTerms},
    money::{Currency, Money},
    quote::{Amount, Quote, QuoteLine, SeenAmounts},
    settings::Settings,
    tax::{CountryRates, TaxRate},
};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn quote(cart: &Cart, settings: &Settings) -> Quote {
    Quote::new(cart, settings, noon())
}

/// Goods, discount, shipping, tax and total.
fn amounts(quote: &Quote) -> [String; 5] {
    let shipping = quote.shipping.as_ref().map(|s| s.price).unwrap_or_default();
    [quote.goods, quote.discount, shipping, quote.tax, quote.total].map(|m| read::<Currency>("EUR").round(m.amount()).to_string())
}

fn at_home(rate: &str, inclusive: bool) -> Settings {
    let mut settings = settings();
    settings.taxes.rates = [(read("DE"), CountryRates { standard: percent(rate), reduced: None })].into();
    settings.taxes.prices_include_tax = inclusive;
    settings
}

#[test]
fn tax_is_computed_once_on_the_line_not_on_the_unit() {
    let cart = cart_of([(Offer { price: euros("38.23"), ..offer("A") }, 10)]);
    assert_eq!(amounts(&quote(&cart, &at_home("20", false))), ["382.30", "0.00", "0.00", "76.46", "458.76"]);
}

#[test]
fn tax_within_the_prices_leaves_the_total_as_listed() {
    let cart = cart_of([(Offer { price: euros("38.23"), ..offer("A") }, 10)]);
    let quote = quote(&cart, &at_home("20", true));
    assert_eq!(amounts(&quote), ["382.30", "0.00", "0.00", "63.72", "382.30"]);
    assert!(quote.prices_include_tax);
}

#[test]
fn tax_is_computed_after_discount() {
    let mut cart = cart_of([(offer("A"), 10)]);
    cart.coupon = Some(terms(percent_off("25")));
    assert_eq!(amounts(&quote(&cart, &at_home("20", false))), ["100.00", "25.00", "0.00", "15.00", "90.00"]);
}

#[test]
fn each_line_is_taxed_by_its_class() {
    let of = |sku, tax_class| (Offer { tax_class, ..offer(sku) }, 1);
    let cart = cart_of([of("A", TaxClass::Standard), of("B", TaxClass::Reduced), of("C", TaxClass::Zero)]);
    let taxes: Vec<String> = quote(&cart, &settings()).lines.iter().map(|l| l.tax.to_string()).collect();
    assert_eq!(taxes, ["1.90", "0.70", "0.00"]);
}

#[test]
fn shipping_is_taxed_and_part_of_the_total() {
    let quote = quote(&complete_cart(), &settings());
    assert_eq!(amounts(&quote), ["20.00", "0.00", "4.90", "4.73", "29.63"]);
    let shipping = quote.shipping.unwrap();
    assert_eq!((shipping.method, shipping.tax, shipping.total), (read("parcel"), euros("0.93"), euros("5.83")));
}

#[test]
fn the_destinations_taxes_count() {
    let mut cart = complete_cart();
    cart.checkout.address.as_mut().unwrap().country = read("AT");
    assert_eq!(amounts(&quote(&cart, &settings())), ["20.00", "0.00", "4.90", "0.00", "24.90"]);
}

#[test]
fn shipping_that_does_not_go_there_is_not_quoted() {
    let shipping = |change: fn(&mut Cart)| {
        let mut cart = complete_cart();
        change(&mut cart);
        quote(&cart, &settings()).shipping
    };
    assert!(shipping(|_| ()).is_some());
    assert_eq!(shipping(|c| c.checkout.address.as_mut().unwrap().country = read("US")), None);
    assert_eq!(shipping(|c| c.checkout.address = None), None);
    assert_eq!(shipping(|c| c.checkout.shipping_method = Some(read("gone"))), None);
    assert_eq!(shipping(|c| c.checkout.shipping_method = None), None);
}

#[test]
fn shipping_is_free_from_an_amount_of_goods_after_discount() {
    let mut settings = settings();
    settings.shipping[0].free_from = Some(euros("20.00"));
    let mut cart = complete_cart();
    assert_eq!(amounts(&quote(&cart, &settings))[2], "0.00");
    cart.coupon = Some(terms(Benefit::Fixed { amount: euros("0.01") }));
    assert_eq!(amounts(&quote(&cart, &settings))[2], "4.90");
}

#[test]
fn a_coupon_for_free_shipping_takes_the_charge_off() {
    let mut cart = complete_cart();
    cart.coupon = Some(terms(Benefit::FreeShipping));
    assert_eq!(amounts(&quote(&cart, &settings())), ["20.00", "0.00", "0.00", "3.80", "23.80"]);
}

#[test]
fn units_that_are_not_there_are_left_out() {
    let mut cart = cart_of([(offer("A"), 3), (offer("B"), 2), (offer("C"), 1)]);
    cart.lines[0].offer.stock = 2;
    cart.lines[1].offer.stock = 0;
    let quote = quote(&cart, &at_home("20", true));
    assert_eq!(amounts(&quote), ["30.00", "0.00", "0.00", "5.00", "30.00"]);
    assert_eq!(quote.lines.iter().map(|l| (l.sku.as_str(), l.quantity)).collect::<Vec<_>>(), [("A", 2), ("C", 1)]);
}

#[test]
fn a_cart_of_which_nothing_can_be_had_costs_nothing_to_send() {
    let mut cart = complete_cart();
    let settings = at_home("20", true);
    assert_eq!(quote(&cart, &settings).shipping.unwrap().price, euros("4.90"));
    cart.lines.iter_mut().for_each(|line| line.offer.stock = 0);
    let quote = quote(&cart, &settings);
    assert_eq!((quote.shipping.unwrap().price, quote.total), (Money::ZERO, Money::ZERO));
}

#[test]
fn what_differs_from_what_was_seen_is_named_with_both_amounts() {
    let seen = |quote: &Quote| SeenAmounts {
        total: quote.total,
        goods: Some(quote.goods),
        discount: Some(quote.discount),
        shipping: quote.shipping.as_ref().map(|s| s.price),
        tax: Some(quote.tax),
    };
    let said = |change: fn(&mut Settings, &mut Cart), inclusive| {
        let (mut settings, mut cart) = (at_home("20", inclusive), complete_cart());
        let before = seen(&quote(&cart, &settings));
        change(&mut settings, &mut cart);
        let differences = quote(&cart, &settings).differences(&before);
        differences.iter().map(|d| d.sentence(settings.currency)).collect::<Vec<_>>()
    };
    assert!(said(|_, _| (), true).is_empty());
    let dearer = said(|s, _| s.shipping[0].price = euros("6.90"), true);
    assert_eq!(dearer, ["Shipping is now €6.90; you saw €4.90.", "The total is now €26.90; you saw €24.90."]);
    let taxed = said(|s, _| s.taxes.rates.values_mut().next().unwrap().standard = percent("25"), true);
    assert_eq!(taxed, ["The tax is now €4.98; you saw €4.15."], "within the prices");
    let taxed = said(|s, _| s.taxes.rates.values_mut().next().unwrap().standard = percent("10"), false);
    assert_eq!(taxed, ["The tax is now €2.49; you saw €4.98.", "The total is now €27.39; you saw €29.88."]);
    let goods = said(|_, c| c.lines[0].offer.price = euros("11.00"), true);
    assert_eq!(goods[0], "The price of the goods is now €22.00; you saw €20.00.");
    let discount = said(|_, c| c.coupon = Some(terms(percent_off("10"))), true);
    assert_eq!(discount[0], "The discount is now €2.00; you saw €0.00.");

    let little = SeenAmounts { total: euros("1.00"), ..SeenAmounts::default() };
    let quote = quote(&complete_cart(), &at_home("20", true));
    assert_eq!(quote.differences(&little).iter().map(|d| d.part).collect::<Vec<_>>(), [Amount::Total], "all it knows");
}

#[test]
fn a_coupon_whose_terms_do_not_hold_takes_nothing_off() {
    let mut cart = complete_cart();
    cart.coupon = Some(CouponTerms { ends_at: Some(noon()), ..terms(percent_off("50")) });
    assert_eq!(amounts(&quote(&cart, &settings()))[1], "0.00");
}

#[test]
fn an_unavailable_line_is_left_out_of_the_total() {
    let mut cart = cart_of([(offer("A"), 1), (offer("B"), 1)]);
    cart.lines[0].offer.available = false;
    let quote = quote(&cart, &settings());
    assert_eq!((quote.lines.len(), amounts(&quote)), (1, ["10.00", "0.00", "0.00", "1.90", "11.90"].map(String::from)));
}

#[test]
fn a_quote_survives_json() {
    let quote = quote(&complete_cart(), &settings());
    assert_eq!(serde_json::from_str::<Quote>(&serde_json::to_string(&quote).unwrap()).unwrap(), quote);
}

fn any_benefit() -> impl Strategy<Value = Benefit> {
    prop_oneof![
        (1..=10_000_i64).prop_map(|p| Benefit::Percentage { percent: Decimal::new(p, 2) }),
        (0..10_000_000_i64).prop_map(|m| Benefit::Fixed { amount: read(&Decimal::new(m, 3).to_string()) }),
        Just(Benefit::FreeShipping),
    ]
}

prop_compose! {
    fn any_coupon()(
        benefit in any_benefit(),
        category in prop::option::weighted(0.3, prop::sample::select(vec!["home", "garden"])),
        minimum in prop::option::weighted(0.2, 0..10_000_i64),
    ) -> CouponTerms {
        CouponTerms {
            categories: category.map(read).into_iter().collect(),
            minimum: minimum.map(|m| read(&m.to_string())),
            ..terms(benefit)
        }
    }
}

prop_compose! {
    /// Prices of three decimals, as they stay in a cart when the shop moves to a coarser currency.
    fn any_offer()(
        price in prop_oneof![0..100_i64, 0..10_000_000_i64, 0..=9_999_999_999_999_i64],
        class in prop::sample::select(vec![TaxClass::Standard, TaxClass::Reduced, TaxClass::Zero]),
        category in prop::sample::select(vec!["home", "garden"]),
        available in prop::bool::weighted(0.9),
    ) -> Offer {
        Offer {
            price: read(&Decimal::new(price, 3).to_string()),
            tax_class: class,
            categories: vec![read(category)],
            available,
            ..offer("A")
        }
    }
}

prop_compose! {
    fn any_cart()(
        lines in prop::collection::vec((any_offer(), 1..=99_u32), 0..20),
        coupon in prop::option::weighted(0.8, any_coupon()),
    ) -> Cart {
        let mut cart = complete_cart();
        cart.lines = lines.into_iter().enumerate().map(|(n, (offer, quantity))| {
            let offer = Offer { sku: read(&format!("S{n}")), ..offer };
            CartLine { price_when_added: offer.price, offer, quantity }
        }).collect();
        cart.coupon = coupon;
        cart
    }
}

prop_compose! {
    fn any_settings()(
        inclusive: bool,
        standard in 0..=10_000_i64,
        reduced in prop::option::of(0..=10_000_i64),
        code in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
        shipping in 0..100_000_i64,
        free_from in prop::option::of(0..10_000_i64),
    ) -> Settings {
        let mut settings = settings();
        let rate = |r| TaxRate(Decimal::new(r, 2));
        settings.currency = read(code);
        settings.taxes.prices_include_tax = inclusive;
        settings.taxes.rates = [(read("DE"), CountryRates { standard: rate(standard), reduced: reduced.map(rate) })].into();
        settings.shipping[0].price = read(&Decimal::new(shipping, 3).to_string());
        settings.shipping[0].free_from = free_from.map(|m| read(&m.to_string()));
        settings
    }
}

proptest! {
    #[test]
    fn the_parts_of_any_quote_add_up_to_its_totals(cart in any_cart(), settings in any_settings()) {
        let quote = quote(&cart, &settings);
        let sum = |part: fn(&QuoteLine) -> Money| quote.lines.iter().map(part).sum::<Money>();
        let shipping = quote.shipping.as_ref().unwrap();
        prop_assert_eq!(quote.goods, sum(|l| l.goods));
        prop_assert_eq!(quote.discount, sum(|l| l.discount));
        prop_assert_eq!(quote.tax, sum(|l| l.tax) + shipping.tax);
        prop_assert_eq!(quote.total, sum(|l| l.total) + shipping.total);
        let listed = quote.goods.checked_sub(quote.discount).unwrap() + shipping.price;
        let on_top = if quote.prices_include_tax { Money::ZERO } else { quote.tax };
        prop_assert_eq!(quote.total, listed + on_top);
        prop_assert!(quote.tax <= quote.total);
    }

    #[test]
    fn no_line_of_any_quote_is_discounted_below_nothing(cart in any_cart(), settings in any_settings()) {
        let quote = quote(&cart, &settings);
        prop_assert!(quote.discount <= quote.goods);
        for line in &quote.lines {
            prop_assert!(line.discount <= line.goods, "{:?}", line);
        }
    }

    #[test]
    fn every_amount_of_any_quote_is_in_the_currencys_minor_unit(cart in any_cart(), settings in any_settings()) {
        let quote = quote(&cart, &settings);
        let shipping = quote.shipping.iter().flat_map(|s| [s.price, s.tax, s.total]);
        let lines = quote.lines.iter().flat_map(|l| [l.unit_price, l.goods, l.discount, l.tax, l.total]);
        for amount in lines.chain(shipping).chain([quote.goods, quote.discount, quote.tax, quote.total]) {
            prop_assert_eq!(amount, settings.currency.round(amount.amount()));
        }
    }
}
