//! Coupons: when they count and what they take off.

mod common;
use common::{LIMITS, cart_of, euros, noon, offer, percent_off, read, terms};
use domain::{
    cart::{Cart, Offer},
    coupon::{Benefit, Coupon, CouponNews, CouponRefusal, CouponTerms, spread},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// A coupon of ten per cent, already used twice.
fn coupon(change: impl FnOnce(&mut CouponTerms)) -> Coupon {
    let mut terms = terms(percent_off("10"));
    change(&mut terms);
    Coupon { terms, used: 2 }
}

fn check_at(coupon: &Coupon, cart: &Cart, used_by_customer: u32, now: Timestamp) -> Result<(), CouponRefusal> {
    coupon.check(&cart.billed(LIMITS), used_by_customer, read("EUR"), now)
}

/// For one who used it once and has two mugs for 20 euros.
fn check(change: impl FnOnce(&mut CouponTerms)) -> Result<(), CouponRefusal> {
    check_at(&coupon(change), &cart_of([(offer("MUG"), 2)]), 1, noon())
}

fn discounts(terms: &CouponTerms, cart: &Cart) -> Vec<Money> {
    terms.discounts(&cart.billed(LIMITS), read("EUR"))
}

fn priced(sku: &str, price: &str) -> Offer {
    Offer { price: euros(price), ..offer(sku) }
}

#[test]
fn every_refusal_is_another_answer() {
    let refusals = [
        check(|t| t.active = false),
        check(|t| t.starts_at = Some(noon().plus_days(1))),
        check(|t| t.ends_at = Some(noon())),
        check(|t| t.total_limit = Some(2)),
        check(|t| t.minimum = Some(euros("20.01"))),
        check(|t| t.customer_limit = Some(1)),
        check(|t| t.categories = vec![read("garden")]),
    ]
    .map(Result::unwrap_err);
    assert_eq!(
        refusals,
        [
            CouponRefusal::Unknown,
            CouponRefusal::NotYetValid("24 November 2026".into()),
            CouponRefusal::Expired,
            CouponRefusal::Exhausted,
            CouponRefusal::BelowMinimum("€20.01".into()),
            CouponRefusal::NotForYou,
            CouponRefusal::NothingToDiscount,
        ]
    );
    assert_eq!(refusals.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len(), refusals.len());
}

#[test]
fn a_coupon_counts_up_to_its_very_bounds() {
    assert_eq!(
        check(|t| {
            t.minimum = Some(euros("20.00"));
            t.starts_at = Some(noon());
            t.ends_at = Some(noon().plus_seconds(1));
            t.total_limit = Some(3);
            t.customer_limit = Some(2);
            t.categories = vec![read("home")];
        }),
        Ok(())
    );
}

#[test]
fn the_minimum_is_met_by_goods_that_can_be_bought() {
    let mut cart = cart_of([(offer("MUG"), 2), (offer("CUP"), 2)]);
    let coupon = coupon(|t| t.minimum = Some(euros("40.00")));
    assert_eq!(check_at(&coupon, &cart, 0, noon()), Ok(()));
    cart.lines[1].offer.stock = 1;
    assert!(matches!(check_at(&coupon, &cart, 0, noon()), Err(CouponRefusal::BelowMinimum(_))), "one of two is left");
    cart.lines[1].offer.available = false;
    assert!(matches!(check_at(&coupon, &cart, 0, noon()), Err(CouponRefusal::BelowMinimum(_))));
}

#[test]
fn a_coupon_is_for_nothing_in_an_empty_cart() {
    assert_eq!(check_at(&coupon(|_| ()), &common::empty_cart(), 0, noon()), Err(CouponRefusal::NothingToDiscount));
}

#[test]
fn a_percentage_goes_to_a_hundredth_and_is_rounded_once() {
    let cart = cart_of([(priced("A", "0.05"), 1), (priced("B", "0.05"), 1), (priced("C", "0.05"), 1)]);
    assert_eq!(discounts(&terms(percent_off("10")), &cart), ["0.01", "0.01", "0.00"].map(euros));
    let cart = cart_of([(priced("A", "100.00"), 1)]);
    assert_eq!(discounts(&terms(percent_off("12.35")), &cart), ["12.35"].map(euros));
}

#[test]
fn a_fixed_amount_is_spread_over_the_lines_and_adds_up() {
    let cart = cart_of([(offer("A"), 1), (offer("B"), 1), (offer("C"), 1)]);
    assert_eq!(discounts(&terms(Benefit::Fixed { amount: euros("10.00") }), &cart), ["3.33", "3.34", "3.33"].map(euros));
}

#[test]
fn a_coupon_never_takes_off_more_than_the_goods() {
    let cart = cart_of([(offer("A"), 1), (priced("B", "2.50"), 2)]);
    for benefit in [Benefit::Fixed { amount: euros("99.00") }, percent_off("100")] {
        assert_eq!(discounts(&terms(benefit), &cart), ["10.00", "5.00"].map(euros));
    }
}

#[test]
fn a_coupon_for_a_category_leaves_other_goods_alone() {
    let plant = Offer { categories: vec![read("garden")], ..priced("PLANT", "5.00") };
    let cart = cart_of([(offer("MUG"), 1), (plant, 1)]);
    let off = |category| {
        discounts(&CouponTerms { categories: vec![read(category)], ..terms(Benefit::Fixed { amount: euros("50.00") }) }, &cart)
    };
    assert_eq!(off("garden"), ["0.00", "5.00"].map(euros));
    assert_eq!(off("home"), ["10.00", "0.00"].map(euros));
    assert_eq!(off("home-kitchen"), ["10.00", "0.00"].map(euros));
}

#[test]
fn free_shipping_takes_nothing_off_the_goods() {
    let terms = terms(Benefit::FreeShipping);
    assert!(terms.frees_shipping());
    assert!(!common::terms(percent_off("100")).frees_shipping());
    assert_eq!(discounts(&terms, &cart_of([(offer("A"), 3)])), ["0.00"].map(euros));
}

/// Two mugs with a coupon of ten per cent, judged by what has become of it; whether it counts, and the news.
fn judged(used: u32, change: impl FnOnce(&mut CouponTerms)) -> (bool, Option<String>) {
    let mut cart = cart_of([(offer("MUG"), 2)]);
    cart.coupon = Some(terms(percent_off("10")));
    let news = cart.judge_coupon(Some(coupon(change)), used, LIMITS, read("EUR"), noon());
    (cart.coupon.is_some(), news.map(|n| n.sentence(read("EUR"))))
}

#[test]
fn a_coupon_on_a_cart_is_judged_as_it_is_now_and_what_became_of_it_is_said() {
    let off = |why: &str| (false, Some(format!("The coupon SAVE cannot be used: {why}.")));
    assert_eq!(judged(0, |_| ()), (true, None));
    assert_eq!(judged(0, |t| t.version = 2), (true, None), "nothing that a shopper notices");
    assert_eq!(judged(0, |t| t.active = false), off("this coupon is not valid any more"));
    assert_eq!(judged(0, |t| t.ends_at = Some(noon())), off("this coupon has expired"));
    assert_eq!(judged(0, |t| t.minimum = Some(euros("20.01"))), off("this coupon needs goods for at least €20.01"));
    assert_eq!(judged(0, |t| t.total_limit = Some(2)), off("this coupon has been used up"));
    assert_eq!(judged(1, |t| t.customer_limit = Some(1)), off("you have used this coupon already"));
    let better = "The coupon SAVE gives 20 % off now; it was 10 % off when you applied it.";
    assert_eq!(judged(0, |t| t.benefit = percent_off("20.00")), (true, Some(better.to_owned())));
    let other = judged(0, |t| t.categories = vec![read("home")]);
    assert_eq!(other, (true, Some("The coupon SAVE is for other goods now than when you applied it.".to_owned())));

    let mut cart = cart_of([(offer("MUG"), 2)]);
    assert_eq!(cart.judge_coupon(Some(coupon(|_| ())), 0, LIMITS, read("EUR"), noon()), None, "none is applied");
    cart.coupon = Some(terms(percent_off("10")));
    let news = cart.judge_coupon(None, 0, LIMITS, read("EUR"), noon());
    assert_eq!(news, Some(CouponNews::Refused { code: read("SAVE"), why: CouponRefusal::Withdrawn }), "it is deleted");
    assert_eq!(cart.coupon, None);
}

#[test]
fn benefits_are_said_in_words() {
    let words = |benefit: Benefit| benefit.in_words(read("EUR"));
    assert_eq!(words(percent_off("12.50")), "12.5 % off");
    assert_eq!(words(Benefit::Fixed { amount: euros("5.00") }), "€5.00 off");
    assert_eq!(words(Benefit::FreeShipping), "free shipping");
}

#[test]
fn a_coupon_survives_json() {
    for benefit in [percent_off("12.5"), Benefit::Fixed { amount: euros("5.00") }, Benefit::FreeShipping] {
        let coupon = Coupon { terms: terms(benefit), used: 7 };
        assert_eq!(serde_json::from_str::<Coupon>(&serde_json::to_string(&coupon).unwrap()).unwrap(), coupon);
    }
}

proptest! {
    #[test]
    fn the_parts_of_a_spread_add_up_exactly_and_none_is_above_its_weight(
        weights in prop::collection::vec(prop_oneof![0..10_i64, 0..1_000_000_000_000_i64], 1..80),
        share in 0..=1000_i64,
        code in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
    ) {
        let currency: Currency = read(code);
        let weights: Vec<Money> = weights.iter().map(|w| currency.round(Decimal::new(*w, currency.minor_units()))).collect();
        let sum: Money = weights.iter().copied().sum();
        let amount = currency.round(sum.amount() * Decimal::new(share, 3));
        let parts = spread(amount, &weights, currency);
        prop_assert_eq!(parts.iter().copied().sum::<Money>(), amount);
        prop_assert_eq!(parts.len(), weights.len());
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!(part <= weight, "{} of {}", part, weight);
            prop_assert_eq!(*part, currency.round(part.amount()));
        }
    }
}
