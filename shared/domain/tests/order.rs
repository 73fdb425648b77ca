//! Orders and the moves they make.

mod common;
use common::{berlin, complete_cart, noon, offer, percent_off, read, settings, terms};
use domain::{
    cart::{Cart, CartLine},
    catalogue::{Image, OptionValue},
    coupon::Benefit,
    money::Money,
    order::{
        Actor, Buyer, CouponUse, CouponUser, IllegalMove, Incomplete, Order, OrderStatus, Owed, PaymentMethod, check_complete,
    },
    quote::Quote,
    settings::Settings,
    text::{Email, OrderNumber},
};
use proptest::prelude::*;

use OrderStatus::{Cancelled, Delivered, Pending, Processing, Shipped};

fn place(cart: &Cart) -> Result<Order, Incomplete> {
    place_in(cart, &settings())
}

fn place_in(cart: &Cart, settings: &Settings) -> Result<Order, Incomplete> {
    let quote = Quote::new(cart, settings, noon());
    let placed = Order::place(cart, quote.clone(), settings, number(), &ada(), noon());
    assert_eq!(check_complete(cart, &quote, settings).err(), placed.as_ref().err().copied());
    placed
}

fn ada() -> Buyer {
    Buyer { customer: Some(read("ada")), email: Some(read("ada@example.com")) }
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
    cart.lines[0].offer.image = Some(Image { src: "/m.webp".into(), alt: "A mug".into(), width: 1, height: 1, origin: None });
    cart.checkout.phone = Some(read("030 12345"));
    cart.coupon = Some(terms(percent_off("10")));
    let order = place(&cart).unwrap();
    assert_eq!((order.status, order.placed_at, order.timeline[0].at), (Pending, noon(), noon()));
    let used = CouponUse { code: read("SAVE"), customer: Some(read("ada")), emails: vec![read("ada@example.com")] };
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
    assert_eq!(refusal(|c| c.lines[0].offer.available = false), Some(Incomplete::Lines));
    assert_eq!(refusal(|c| c.checkout.email = None), Some(Incomplete::Contact));
    assert_eq!(refusal(|c| c.checkout.address = None), Some(Incomplete::Contact));
    assert_eq!(refusal(|c| c.checkout.shipping_method = None), Some(Incomplete::Delivery));
    assert_eq!(refusal(|c| c.checkout.address.as_mut().unwrap().country = read("US")), Some(Incomplete::DeliveryGone));
    assert_eq!(refusal(|c| c.checkout.payment_method = None), Some(Incomplete::Payment));
    assert_eq!(refusal(|c| c.checkout = domain::cart::Checkout::default()), Some(Incomplete::Contact));
}

#[test]
fn one_unavailable_line_stops_the_whole_order() {
    let mut unavailable = offer("CUP");
    unavailable.available = false;
    let line = CartLine { price_when_added: unavailable.price, offer: unavailable, quantity: 1 };
    assert_eq!(refusal(|c| c.lines.push(line)), Some(Incomplete::Lines));
}

#[test]
fn a_line_with_too_few_left_stops_the_order_too() {
    assert_eq!(refusal(|c| c.lines[0].offer.stock = 1), Some(Incomplete::Lines));
    assert_eq!(refusal(|c| c.lines[0].offer.stock = 0), Some(Incomplete::Lines));
}

#[test]
fn what_the_shop_no_longer_offers_is_asked_for_again() {
    let refused = |change: fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        place_in(&complete_cart(), &settings).err()
    };
    assert_eq!(refused(|_| ()), None);
    assert_eq!(refused(|s| s.countries = vec![read("AT")]), Some(Incomplete::Country));
    assert_eq!(refused(|s| s.shipping.clear()), Some(Incomplete::DeliveryGone));
    assert_eq!(refused(|s| s.shipping[0].countries = vec![read("AT")]), Some(Incomplete::DeliveryGone));
    assert_eq!(refused(|s| s.payment = vec![PaymentMethod::OnDelivery]), Some(Incomplete::PaymentGone));
    assert_eq!(refused(|s| s.cart.quantity = 1), Some(Incomplete::Lines));
}

/// A complete cart of which nothing is to be paid.
fn free_cart() -> Cart {
    let mut cart = complete_cart();
    cart.lines.iter_mut().for_each(|l| l.offer.price = Money::ZERO);
    cart.coupon = Some(terms(Benefit::FreeShipping));
    cart
}

#[test]
fn with_nothing_to_pay_no_payment_is_asked_for_and_none_is_kept() {
    let mut cart = free_cart();
    let order = place(&cart).unwrap();
    assert_eq!((order.payment_method, order.owed(), order.pay_by(14)), (None, Owed::Nothing, None));
    cart.checkout.payment_method = None;
    assert_eq!(place(&cart).unwrap().owed(), Owed::Nothing);
    let json = serde_json::to_value(&order).unwrap();
    assert!(json.get("payment_method").is_none(), "{json}");
    let before = Order { payment_method: Some(PaymentMethod::BankTransfer), ..order };
    assert_eq!((before.owed(), before.pay_by(14)), (Owed::Nothing, None), "an order that was stored with one");
}

#[test]
fn what_is_owed_follows_from_where_the_order_stands() {
    use Owed::{Due, Settled, Void};
    use PaymentMethod::{BankTransfer, OnDelivery};
    let owed = |method, moves: &[OrderStatus]| {
        let mut order = place(&complete_cart()).unwrap();
        order.payment_method = Some(method);
        for to in moves {
            order.advance(*to, Actor::Shop, noon()).unwrap();
        }
        assert_eq!(order.amount_owed().is_zero(), !matches!(order.owed(), Due(_)));
        order.owed()
    };
    let to_the_door = [Processing, Shipped, Delivered];
    assert_eq!(owed(BankTransfer, &[]), Due(BankTransfer));
    for moves in 1..=3 {
        assert_eq!(owed(BankTransfer, &to_the_door[..moves]), Settled(BankTransfer));
    }
    for moves in 0..=2 {
        assert_eq!(owed(OnDelivery, &to_the_door[..moves]), Due(OnDelivery));
    }
    assert_eq!(owed(OnDelivery, &to_the_door), Settled(OnDelivery));
    assert_eq!(owed(BankTransfer, &[Cancelled]), Void(BankTransfer));
    assert_eq!(owed(OnDelivery, &[Processing, Cancelled]), Void(OnDelivery));
}

#[test]
fn a_coupons_use_is_counted_for_the_account_its_address_and_the_orders() {
    let emails = |of: &[&str]| of.iter().map(|e| read::<Email>(e)).map(CouponUser::Email).collect::<Vec<_>>();
    let account = CouponUser::Account(read("ada"));
    let users = |buyer: &Buyer, contact: &str| buyer.coupon_users(Some(&read(contact)));
    assert_eq!(users(&Buyer::default(), "ada@example.com"), emails(&["ada@example.com"]));
    assert_eq!(users(&ada(), "ada@example.com"), [&emails(&["ada@example.com"])[..], std::slice::from_ref(&account)].concat());
    let both = [&emails(&["other@example.com", "ada@example.com"])[..], std::slice::from_ref(&account)].concat();
    assert_eq!(users(&ada(), "other@example.com"), both);

    let mut cart = complete_cart();
    cart.checkout.email = Some(read("other@example.com"));
    cart.coupon = Some(terms(percent_off("10")));
    let order = place(&cart).unwrap();
    assert_eq!(order.coupon.as_ref().unwrap().users(&order.email), both);
    let old = |customer| CouponUse { code: read("SAVE"), customer, emails: Vec::new() }.users(&read("other@example.com"));
    assert_eq!((old(None), old(Some(read("ada")))), (emails(&["other@example.com"]), vec![account]));
}

#[test]
fn a_coupon_that_does_not_count_is_not_used() {
    let mut cart = complete_cart();
    cart.coupon = Some(domain::coupon::CouponTerms { ends_at: Some(noon()), ..terms(percent_off("10")) });
    assert_eq!(place(&cart).unwrap().coupon, None);
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
