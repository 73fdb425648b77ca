//! Orders and the moves they make.

mod common;
use common::{berlin, complete_cart, noon, offer, percent_off, read, settings, terms};
use domain::{
    cart::{Cart, CartLine},
    catalogue::{Image, OptionValue},
    order::{Actor, CouponUse, IllegalMove, Incomplete, Order, OrderStatus, PaymentMethod, check_complete},
    quote::Quote,
    text::OrderNumber,
};
use proptest::prelude::*;

use OrderStatus::{Cancelled, Delivered, Pending, Processing, Shipped};

fn place(cart: &Cart) -> Result<Order, Incomplete> {
    let quote = Quote::new(cart, &settings(), noon());
    assert_eq!(check_complete(cart, &quote).err(), Order::place(cart, quote.clone(), number(), None, noon()).err());
    Order::place(cart, quote, number(), Some(read("ada")), noon())
}

fn number() -> OrderNumber {
    OrderNumber::from_bits(42)
}

fn refusal(change: impl FnOnce(&mut Cart)) -> Option<Incomplete> {
    let mut cart = complete_cart();
    change(&mut cart);
    place(&cart).err()
}

#[test]
fn the_moves_are_exactly_those_of_the_rules() {
    let moves: Vec<_> = OrderStatus::ALL.into_iter().flat_map(|from| from.next().map(move |to| (from, to))).collect();
    assert_eq!(
        moves,
        [(Pending, Processing), (Pending, Cancelled), (Processing, Shipped), (Processing, Cancelled), (Shipped, Delivered)]
    );
    for from in OrderStatus::ALL {
        for to in OrderStatus::ALL {
            assert_eq!(from.can_become(to), moves.contains(&(from, to)), "{from} to {to}");
        }
    }
}

#[test]
fn a_placed_order_is_pending_and_holds_what_was_bought() {
    let mut cart = complete_cart();
    cart.lines[0].offer.options = vec![OptionValue { name: "Size".into(), value: "M".into() }];
    cart.lines[0].offer.image = Some(Image { src: "/m.webp".into(), alt: "A mug".into(), width: 1, height: 1 });
    cart.checkout.phone = Some(read("030 12345"));
    cart.coupon = Some(terms(percent_off("10")));
    let order = place(&cart).unwrap();
    assert_eq!((order.status, order.placed_at, order.timeline[0].at), (Pending, noon(), noon()));
    let used = CouponUse { code: read("SAVE"), customer: Some(read("ada")) };
    assert_eq!((&order.number, &order.customer, &order.coupon), (&number(), &Some(read("ada")), &Some(used)));
    assert_eq!((&order.email, &order.phone, &order.address), (&read("ada@example.com"), &cart.checkout.phone, &berlin()));
    let (line, offer) = (&order.lines[0], &cart.lines[0].offer);
    assert_eq!((&line.product, &line.slug, &line.name), (&offer.product, &offer.slug, &offer.name));
    assert_eq!((&line.options, &line.image), (&offer.options, &offer.image));
    assert_eq!((&line.amounts, line.amounts.quantity), (&order.quote.lines[0], 2));
}

#[test]
fn an_incomplete_cart_says_what_is_missing_first() {
    assert_eq!(refusal(|_| ()), None);
    assert_eq!(refusal(|c| c.lines.clear()), Some(Incomplete::Empty));
    assert_eq!(refusal(|c| c.lines[0].offer.available = false), Some(Incomplete::UnavailableLine));
    assert_eq!(refusal(|c| c.checkout.email = None), Some(Incomplete::Contact));
    assert_eq!(refusal(|c| c.checkout.address = None), Some(Incomplete::Contact));
    assert_eq!(refusal(|c| c.checkout.shipping_method = None), Some(Incomplete::Delivery));
    assert_eq!(refusal(|c| c.checkout.address.as_mut().unwrap().country = read("US")), Some(Incomplete::Delivery));
    assert_eq!(refusal(|c| c.checkout.payment_method = None), Some(Incomplete::Payment));
    assert_eq!(refusal(|c| c.checkout = domain::cart::Checkout::default()), Some(Incomplete::Contact));
}

#[test]
fn one_unavailable_line_stops_the_whole_order() {
    let mut unavailable = offer("CUP");
    unavailable.available = false;
    let line = CartLine { price_when_added: unavailable.price, offer: unavailable, quantity: 1 };
    assert_eq!(refusal(|c| c.lines.push(line)), Some(Incomplete::UnavailableLine));
}

#[test]
fn a_move_is_stamped_with_who_and_when() {
    let mut order = place(&complete_cart()).unwrap();
    let staff = Actor::Staff(read("grace"));
    order.advance(Processing, staff.clone(), noon().plus_days(1)).unwrap();
    let last = order.timeline.last().unwrap();
    assert_eq!((last.status, &last.by, last.at), (Processing, &staff, noon().plus_days(1)));
    assert_eq!(order.version, 2);
}

#[test]
fn an_order_is_cancelled_once_and_only_until_it_is_shipped() {
    let mut order = place(&complete_cart()).unwrap();
    let mut cancelled = order.clone();
    cancelled.advance(Cancelled, Actor::Shopper, noon()).unwrap();
    let again = cancelled.advance(Cancelled, Actor::Shopper, noon());
    assert_eq!(again, Err(IllegalMove { from: Cancelled, to: Cancelled }));
    assert!(order.is_cancellable() && !cancelled.is_cancellable());
    for (to, cancellable) in [(Processing, true), (Shipped, false), (Delivered, false)] {
        order.advance(to, Actor::Shop, noon()).unwrap();
        assert_eq!(order.is_cancellable(), cancellable, "{to}");
    }
}

#[test]
fn an_illegal_move_is_named_in_words() {
    let refusal = IllegalMove { from: Shipped, to: Cancelled };
    assert_eq!(refusal.to_string(), "an order that is shipped cannot become cancelled");
}

#[test]
fn statuses_and_payments_are_stored_as_they_are_called() {
    for status in OrderStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    for method in [PaymentMethod::BankTransfer, PaymentMethod::OnDelivery] {
        assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
    }
}

#[test]
fn an_order_survives_json() {
    let mut order = place(&complete_cart()).unwrap();
    order.advance(Processing, Actor::Staff(read("grace")), noon()).unwrap();
    order.advance(Shipped, Actor::Shop, noon()).unwrap();
    assert_eq!(serde_json::from_str::<Order>(&serde_json::to_string(&order).unwrap()).unwrap(), order);
}

proptest! {
    #[test]
    fn no_attempts_ever_make_an_illegal_move(attempts in prop::collection::vec(prop::sample::select(&OrderStatus::ALL), 0..30)) {
        let mut order = place(&complete_cart()).unwrap();
        let mut passed = vec![Pending];
        for to in attempts {
            let before = order.clone();
            match order.advance(to, Actor::Shop, noon()) {
                Ok(()) => {
                    prop_assert!(before.status.can_become(to));
                    passed.push(to);
                }
                Err(refusal) => {
                    prop_assert!(!before.status.can_become(to));
                    prop_assert_eq!(refusal, IllegalMove { from: before.status, to });
                    prop_assert_eq!(&order, &before);
                }
            }
            prop_assert_eq!(order.timeline.iter().map(|t| t.status).collect::<Vec<_>>(), passed.clone());
            prop_assert_eq!(order.timeline.last().map(|t| t.status), Some(order.status));
        }
        prop_assert!(order.timeline.windows(2).all(|w| w[0].status.can_become(w[1].status)));
    }
}
