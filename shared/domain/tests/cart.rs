//! The cart.

mod common;
use common::{LIMITS, berlin, cart_of, empty_cart, euros, offer, percent_off, read, terms};
use domain::{
    cart::{Cart, CartError, CartLimits, LineProblem, Offer, parse_quantity, parse_units},
    money::Money,
    order::PaymentMethod,
    text::Sku,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn stocked(sku: &str, stock: u32) -> Offer {
    Offer { stock, ..offer(sku) }
}

fn quantity(cart: &Cart, sku: &str) -> Option<u32> {
    cart.line(&read::<Sku>(sku)).map(|l| l.quantity)
}

fn offers(of: impl IntoIterator<Item = Offer>) -> BTreeMap<Sku, Offer> {
    of.into_iter().map(|o| (o.sku.clone(), o)).collect()
}

#[test]
fn adding_what_is_there_adds_up_into_its_line() {
    let mut cart = cart_of([(offer("A"), 2), (offer("B"), 1)]);
    cart.add(offer("a"), 3, LIMITS).unwrap();
    assert_eq!((quantity(&cart, "A"), cart.lines.len(), cart.units()), (Some(5), 2, 6));
    assert_eq!(cart.goods(LIMITS), euros("60.00"));
}

#[test]
fn a_line_holds_at_most_the_limit_and_says_how_many_more_fit() {
    let mut cart = cart_of([(offer("A"), 90)]);
    for excess in [10, u32::MAX] {
        let full = cart.add(offer("A"), excess, LIMITS).unwrap_err();
        assert_eq!(full, CartError::LineFull { in_cart: 90, max: 99 });
        assert_eq!(full.to_string(), "you have 90 in your cart; 9 more fit");
    }
    assert_eq!(cart.add(offer("A"), 9, LIMITS), Ok(()));
    let full = cart.add(offer("A"), 1, LIMITS).unwrap_err();
    assert_eq!(full.to_string(), "you have 99 in your cart; no more fit");
    assert_eq!(cart.add(offer("B"), 100, LIMITS), Err(CartError::Quantity { min: 1, max: 99 }), "nothing of it is there");
    assert_eq!(cart.set_quantity(offer("A"), 100, LIMITS), Err(CartError::Quantity { min: 0, max: 99 }));
    assert_eq!(quantity(&cart, "A"), Some(99));
}

#[test]
fn the_narrower_of_stock_and_limit_is_the_one_that_is_named() {
    let mut cart = cart_of([(stocked("A", 95), 90)]);
    let few = cart.add(stocked("A", 95), 10, LIMITS).unwrap_err();
    assert_eq!(few.to_string(), "only 95 of Mug left in stock; you have 90 in your cart");
    assert_eq!(cart.add(stocked("A", 200), 10, LIMITS), Err(CartError::LineFull { in_cart: 90, max: 99 }));
}

#[test]
fn adding_nothing_is_refused() {
    assert_eq!(empty_cart().add(offer("A"), 0, LIMITS), Err(CartError::Quantity { min: 1, max: 99 }));
}

#[test]
fn a_cart_holds_at_most_its_lines_but_a_full_one_still_takes_more_of_the_same() {
    assert_eq!(CartLimits::default(), LIMITS);
    let mut cart = cart_of((0..80).map(|n| (offer(&format!("S{n}")), 1)));
    assert_eq!(cart.add(offer("NEW"), 1, LIMITS), Err(CartError::TooManyLines { max: 80 }));
    assert_eq!(cart.add(offer("S7"), 1, LIMITS), Ok(()));
    assert_eq!((cart.lines.len(), quantity(&cart, "S7")), (80, Some(2)));
}

#[test]
fn more_than_the_stock_is_refused_with_how_many_there_are() {
    let mut cart = cart_of([(stocked("A", 3), 2)]);
    let refusal = Err(CartError::NotEnoughStock { name: "Mug".into(), stock: 3, in_cart: 2 });
    assert_eq!(cart.add(stocked("A", 3), 2, LIMITS), refusal);
    assert_eq!(cart.set_quantity(stocked("A", 3), 4, LIMITS), refusal);
    assert_eq!(quantity(&cart, "A"), Some(2));
}

#[test]
fn a_refused_first_add_leaves_no_line() {
    let mut cart = empty_cart();
    let unavailable = Err(CartError::Unavailable { name: "Mug".into() });
    assert!(cart.add(stocked("A", 3), 4, LIMITS).is_err());
    assert_eq!(cart.add(stocked("A", 0), 1, LIMITS), unavailable);
    assert_eq!(cart.add(Offer { available: false, ..offer("A") }, 1, LIMITS), unavailable);
    assert_eq!(cart, empty_cart());
}

#[test]
fn quantity_zero_removes_the_line() {
    let mut cart = cart_of([(offer("A"), 2), (offer("B"), 1)]);
    assert_eq!(cart.set_quantity(stocked("A", 0), 0, LIMITS), Ok(()), "even when it is sold out");
    assert_eq!((quantity(&cart, "A"), quantity(&cart, "B")), (None, Some(1)));
}

#[test]
fn what_is_not_in_the_cart_is_neither_set_nor_removed() {
    let mut cart = cart_of([(offer("A"), 2)]);
    for quantity in [0, 1] {
        assert_eq!(cart.set_quantity(offer("B"), quantity, LIMITS), Err(CartError::NoSuchLine));
    }
    assert_eq!(cart.remove(&read("B")), Err(CartError::NoSuchLine));
    assert_eq!(cart, cart_of([(offer("A"), 2)]));
}

#[test]
fn a_typed_quantity_is_a_whole_number_up_to_the_limit() {
    for (typed, quantity) in [("0", 0), (" 7 ", 7), ("099", 99)] {
        assert_eq!(parse_quantity(typed, LIMITS), Ok(quantity));
    }
    assert_eq!(parse_units("100"), Some(100), "how many fit is another question");
    for typed in ["", "-1", "+1", "1.5", "1,5", "1e1", "100", "4294967297", "999999999999999999999", "two", "٣"] {
        assert_eq!(parse_quantity(typed, LIMITS), Err(CartError::Quantity { min: 0, max: 99 }), "{typed:?}");
    }
}

#[test]
fn a_changed_price_counts_at_once_and_is_shown_as_changed() {
    let mut cart = cart_of([(offer("A"), 2)]);
    let dearer = Offer { price: euros("12.00"), ..offer("A") };
    assert!(!cart.refresh(&offers([offer("A")])));
    assert_eq!(cart.lines[0].changed_from(), None);
    assert!(cart.refresh(&offers([dearer.clone()])));
    assert!(!cart.refresh(&offers([dearer])));
    assert_eq!((cart.goods(LIMITS), cart.lines[0].changed_from()), (euros("24.00"), Some(euros("10.00"))));
}

/// What is wrong with each line, and how many of it count.
fn problems(cart: &Cart, limits: CartLimits) -> Vec<(Option<String>, u32)> {
    let count = |problem: Option<LineProblem>, wanted| problem.map_or(wanted, LineProblem::can_have);
    cart.looked_over(limits).map(|(line, problem)| (problem.map(|p| p.to_string()), count(problem, line.quantity))).collect()
}

#[test]
fn a_line_that_cannot_be_had_as_it_is_says_what_is_wrong_and_counts_as_far_as_it_can_be_had() {
    let mut cart = cart_of([(offer("A"), 2), (offer("B"), 1), (offer("C"), 1), (offer("D"), 3), (offer("E"), 7)]);
    assert!(cart.is_orderable(LIMITS));
    let limits = CartLimits { quantity: 5, ..LIMITS };
    cart.refresh(&offers([Offer { available: false, ..offer("B") }, stocked("C", 0), stocked("D", 2), offer("E")]));
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        problems(&cart, limits),
        [
            (said("Not available any more"), 0),
            (said("Not available any more"), 0),
            (said("Sold out"), 0),
            (said("Only 2 left"), 2),
            (said("At most 5 in one order"), 5),
        ]
    );
    let counted: Vec<(&str, u32)> = cart.billed(limits).iter().map(|b| (b.line.offer.sku.as_str(), b.units)).collect();
    assert_eq!((counted, cart.goods(limits)), (vec![("D", 2), ("E", 5)], euros("70.00")));
    assert!(!cart.is_orderable(limits));
    cart.refresh(&offers([]));
    assert_eq!(cart.goods(limits), Money::ZERO);
}

#[test]
fn lines_beyond_a_lowered_limit_have_no_room_and_what_is_gone_takes_none() {
    let mut cart = cart_of([(offer("A"), 1), (offer("B"), 1), (offer("C"), 1)]);
    cart.lines[0].offer.available = false;
    let limits = CartLimits { lines: 1, ..LIMITS };
    let room = "An order holds at most 1 different items".to_owned();
    assert_eq!(problems(&cart, limits), [(Some("Not available any more".to_owned()), 0), (None, 1), (Some(room), 0)]);
}

#[test]
fn more_than_stock_and_limit_leaves_what_both_allow() {
    for (stock, max, left) in [(3, 5, 3), (5, 3, 3), (4, 4, 4)] {
        let mut cart = cart_of([(stocked("A", 9), 9)]);
        cart.refresh(&offers([stocked("A", stock)]));
        assert_eq!(problems(&cart, CartLimits { quantity: max, ..LIMITS })[0].1, left);
    }
}

#[test]
fn merging_keeps_the_larger_quantity_of_each_item() {
    let mut cart = cart_of([(offer("A"), 2), (offer("B"), 5)]);
    cart.merge(cart_of([(offer("B"), 3), (offer("A"), 4), (offer("C"), 1)]), LIMITS);
    assert_eq!(cart.lines, cart_of([(offer("A"), 4), (offer("B"), 5), (offer("C"), 1)]).lines);
}

#[test]
fn merging_takes_new_lines_only_while_there_is_room() {
    let mut cart = cart_of((0..79).map(|n| (offer(&format!("S{n}")), 1)));
    cart.merge(cart_of([(offer("X"), 1), (offer("Y"), 1), (offer("S0"), 9)]), LIMITS);
    assert_eq!(
        (cart.lines.len(), quantity(&cart, "X"), quantity(&cart, "Y"), quantity(&cart, "S0")),
        (80, Some(1), None, Some(9))
    );
}

#[test]
fn merging_keeps_a_guests_coupon_and_checkout_where_the_customer_has_none() {
    let mut guest = empty_cart();
    guest.coupon = Some(terms(percent_off("10")));
    guest.checkout.email = Some(read("guest@example.com"));
    guest.checkout.phone = Some(read("030 12345"));
    guest.checkout.address = Some(berlin());
    guest.checkout.shipping_method = Some(read("parcel"));
    guest.checkout.payment_method = Some(PaymentMethod::OnDelivery);

    let mut cart = empty_cart();
    cart.merge(guest.clone(), LIMITS);
    assert_eq!((&cart.coupon, &cart.checkout), (&guest.coupon, &guest.checkout));

    let mut cart = empty_cart();
    let own = terms(percent_off("20"));
    cart.coupon = Some(own.clone());
    cart.checkout.email = Some(read("ada@example.com"));
    cart.merge(guest.clone(), LIMITS);
    guest.checkout.email = Some(read("ada@example.com"));
    assert_eq!((cart.coupon, cart.checkout), (Some(own), guest.checkout));
}

#[test]
fn a_cart_survives_json() {
    let cart = common::complete_cart();
    assert_eq!(serde_json::from_str::<Cart>(&serde_json::to_string(&cart).unwrap()).unwrap(), cart);
}

#[derive(Debug, Clone)]
enum Change {
    Add(Offer, u32),
    Set(Offer, u32),
    Remove(Sku),
    Refresh(Vec<Offer>),
    Merge(Vec<(Offer, u32)>),
}

/// Makes a change; whether it was refused.
fn make(cart: &mut Cart, change: Change, limits: CartLimits) -> bool {
    match change {
        Change::Add(offer, quantity) => cart.add(offer, quantity, limits).is_err(),
        Change::Set(offer, quantity) => cart.set_quantity(offer, quantity, limits).is_err(),
        Change::Remove(sku) => cart.remove(&sku).is_err(),
        Change::Refresh(now) => {
            cart.refresh(&offers(now));
            false
        }
        Change::Merge(lines) => {
            cart.merge(guest(lines, limits), limits);
            false
        }
    }
}

fn guest(lines: Vec<(Offer, u32)>, limits: CartLimits) -> Cart {
    let mut guest = empty_cart();
    for (offer, quantity) in lines {
        let _ = guest.add(offer, quantity, limits);
    }
    guest
}

prop_compose! {
    fn any_offer()(n in 0..100_u32, stock in prop_oneof![0..5_u32, Just(1000)], available in prop::bool::weighted(0.9)) -> Offer {
        Offer { available, ..stocked(&format!("S{n}"), stock) }
    }
}

fn any_quantity() -> impl Strategy<Value = u32> {
    prop_oneof![0..4_u32, 90..110_u32, Just(u32::MAX)]
}

fn any_lines() -> impl Strategy<Value = Vec<(Offer, u32)>> {
    prop::collection::vec((any_offer(), any_quantity()), 0..100)
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        8 => (any_offer(), any_quantity()).prop_map(|(o, q)| Change::Add(o, q)),
        4 => (any_offer(), any_quantity()).prop_map(|(o, q)| Change::Set(o, q)),
        2 => any_offer().prop_map(|o| Change::Remove(o.sku)),
        1 => prop::collection::vec(any_offer(), 0..50).prop_map(Change::Refresh),
        1 => any_lines().prop_map(Change::Merge),
    ]
}

proptest! {
    #[test]
    fn no_changes_break_the_carts_bounds_and_a_refused_one_changes_nothing(
        start in any_lines(),
        changes in prop::collection::vec(any_change(), 1..30),
        small: bool,
    ) {
        let limits = if small { CartLimits { quantity: 3, lines: 4 } } else { LIMITS };
        let mut cart = guest(start, limits);
        for change in changes {
            let before = cart.clone();
            if make(&mut cart, change, limits) {
                prop_assert_eq!(&cart, &before);
            }
            prop_assert!(cart.lines.len() <= limits.lines);
            prop_assert!(cart.lines.iter().all(|l| (1..=limits.quantity).contains(&l.quantity)));
            let skus: BTreeSet<_> = cart.lines.iter().map(|l| &l.offer.sku).collect();
            prop_assert_eq!(skus.len(), cart.lines.len(), "one line a SKU");
        }
    }

    #[test]
    fn merging_the_same_guest_twice_is_merging_it_once(own in any_lines(), theirs in any_lines()) {
        let mut cart = guest(own, LIMITS);
        let guest = guest(theirs, LIMITS);
        cart.merge(guest.clone(), LIMITS);
        let once = cart.clone();
        cart.merge(guest, LIMITS);
        prop_assert_eq!(cart, once);
    }

    #[test]
    fn any_typed_quantity_is_refused_or_within_the_limit(typed in r"\PC{0,5}|-?[0-9]{1,12}(\.0)?") {
        if let Ok(quantity) = parse_quantity(&typed, LIMITS) {
            prop_assert_eq!(domain::text::strict(&typed).parse(), Ok(quantity));
            prop_assert!(quantity <= LIMITS.quantity);
        }
    }
}
