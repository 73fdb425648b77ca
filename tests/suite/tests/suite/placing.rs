//! Placing an order: one read, one transaction, and everything that can stand in its way.

use domain::{
    catalogue::Variant,
    coupon::{CouponRefusal, CouponTerms},
    money::Money,
    order::{Actor, Buyer, Order, OrderStatus},
    quote::Quote,
    text::{Id, IdempotencyKey, OrderNumber},
};
use std::time::{Duration, Instant};
use store::{
    StoreError,
    cart::CartKey,
    order::{ForPlacing, PlaceError, Placement, Refusal},
};
use suite::{Fault, Table, goods};
use tokio::task::JoinSet;

const EMAIL: &str = "ada@example.com";

/// Orders what a guest's new cart holds.
pub(crate) async fn place(table: &Table, units: &[(&str, u32)]) -> Result<OrderNumber, PlaceError> {
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, units).await;
    submit(table, &of, "key-1", None).await
}

/// Orders a stored cart at the prices it holds.
async fn submit(table: &Table, of: &CartKey, key: &str, customer: Option<Id>) -> Result<OrderNumber, PlaceError> {
    Asked::read(table, of, key, customer).await?.place(table).await
}

/// An order that is asked for, of what was read.
pub(crate) struct Asked {
    pub(crate) order: Order,
    of: CartKey,
    read: ForPlacing,
    key: IdempotencyKey,
}

impl Asked {
    pub(crate) async fn read(table: &Table, of: &CartKey, key: &str, customer: Option<Id>) -> Result<Self, PlaceError> {
        let key = goods::parse(key);
        let read = table.store.read_for_placing(of, &key).await?;
        if let Some((number, fingerprint)) = read.earlier {
            return Err(PlaceError::Replayed { number, fingerprint });
        }
        let quote = Quote::new(&read.cart, &read.settings, clock::now());
        let number = OrderNumber::from_bits(ids::random_bits());
        let buyer = Buyer { customer, ..read.buyer.clone() };
        let order = Order::place(&read.cart, quote, &read.settings, number, &buyer, clock::now()).expect("a complete cart");
        Ok(Self { order, of: of.clone(), read, key })
    }

    pub(crate) async fn place(&self, table: &Table) -> Result<OrderNumber, PlaceError> {
        let placement = Placement {
            order: &self.order,
            cart: &self.of,
            cart_version: self.read.cart.version,
            coupon: self.read.cart.coupon.as_ref(),
            key: &self.key,
            fingerprint: "print",
            mail: &goods::order_mail(self.order.email.as_str()),
        };
        table.store.place_order(&placement, Instant::now() + Duration::from_secs(20)).await?;
        Ok(self.order.number.clone())
    }
}

fn refusals(placed: Result<OrderNumber, PlaceError>) -> Vec<Refusal> {
    match placed {
        Err(PlaceError::Refused(refusals)) => refusals,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) async fn change_variant(table: &Table, product: &str, change: impl Fn(&mut Variant)) {
    let seen = table.store.product(&goods::parse(product)).await.unwrap().unwrap();
    let mut next = seen.clone();
    next.variants.iter_mut().for_each(change);
    table.store.update_product(&seen, &next).await.unwrap();
}

pub(crate) async fn with_coupon(table: &Table, of: &CartKey, terms: &CouponTerms) {
    table.store.put_coupon(terms).await.unwrap();
    let mut cart = goods::full_cart(&table.store, of, EMAIL, &[("MUG", 2)]).await;
    cart.coupon = Some(terms.clone());
    table.store.save_cart(of, &cart).await.unwrap();
}

#[tokio::test]
async fn an_order_takes_two_requests_however_many_lines_it_has() {
    let table = Table::with_goods().await;
    for i in 0..20 {
        table.store.create_product(&goods::simple(&format!("p{i}"), &format!("P-{i}"), "1.00", 5)).await.unwrap();
    }
    let skus: Vec<String> = (0..20).map(|i| format!("P-{i}")).collect();
    let units: Vec<(&str, u32)> = skus.iter().map(|s| (s.as_str(), 1)).collect();
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, &units).await;
    let before = table.store.requests();
    submit(&table, &of, "k", None).await.unwrap();
    assert_eq!(table.store.requests() - before, 2);
}

#[tokio::test]
async fn an_order_takes_stock_and_cart_with_it_and_leaves_mail_and_memory() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, &[("SHIRT-S", 2), ("MUG", 5)]).await;
    let number = submit(&table, &of, "k", None).await.unwrap();
    assert_eq!((table.stock("SHIRT-S").await, table.stock("MUG").await), (8, 95));
    assert!(table.store.cart(&of).await.unwrap().lines.is_empty());
    assert_eq!(table.items("MAIL#").await.len(), 1);
    assert_eq!(table.items("IDEMPOTENCY#").await[0]["number"], number.to_string());
}

#[tokio::test]
async fn a_hundred_shoppers_for_ten_units_make_ten_orders_and_ninety_clear_refusals() {
    let table = std::sync::Arc::new(Table::with_goods().await);
    let mut carts = Vec::new();
    for _ in 0..100 {
        let of = goods::guest();
        goods::full_cart(&table.store, &of, EMAIL, &[("SHIRT-S", 1)]).await;
        carts.push(of);
    }
    let mut shoppers = JoinSet::new();
    for of in carts {
        let table = table.clone();
        shoppers.spawn(async move { submit(&table, &of, "key-1", None).await });
    }
    let (mut orders, mut sold_out) = (0, 0);
    while let Some(placed) = shoppers.join_next().await {
        match placed.unwrap() {
            Ok(_) => orders += 1,
            Err(PlaceError::Refused(why)) => {
                assert_eq!(why, [Refusal::NotEnoughStock { sku: goods::parse("SHIRT-S"), left: 0 }]);
                sold_out += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((orders, sold_out, table.stock("SHIRT-S").await), (10, 90, 0));
    assert_eq!(table.items("ORDER#").await.len(), 10);
}

#[tokio::test]
async fn with_conflicts_and_throttling_all_shoppers_get_an_order_or_hear_that_it_is_sold_out() {
    let table = std::sync::Arc::new(Table::with_goods().await);
    let mut carts = Vec::new();
    for _ in 0..60 {
        let of = goods::guest();
        goods::full_cart(&table.store, &of, EMAIL, &[("SHIRT-S", 1)]).await;
        carts.push(of);
    }
    table.faults.of_a_busy_table();
    let mut shoppers = JoinSet::new();
    for of in carts {
        let table = table.clone();
        shoppers.spawn(async move { submit(&table, &of, "key-1", None).await });
    }
    let placed = shoppers.join_all().await;
    assert!(table.faults.met() > 6, "{} faults", table.faults.met());
    let (orders, refused): (Vec<_>, Vec<_>) = placed.into_iter().partition(Result::is_ok);
    assert_eq!((orders.len(), table.stock("SHIRT-S").await), (10, 0));
    for refused in refused {
        assert_eq!(refusals(refused), [Refusal::NotEnoughStock { sku: goods::parse("SHIRT-S"), left: 0 }]);
    }
}

#[tokio::test]
async fn who_contends_for_what_is_sold_out_hears_it_at_once_and_who_has_ordered_it_unheard_gets_the_order() {
    let table = Table::with_goods().await;
    let (late, heard) = (goods::guest(), goods::guest());
    for of in [&late, &heard] {
        goods::full_cart(&table.store, of, EMAIL, &[("SHIRT-M", 2)]).await;
    }
    // The first order is placed, and told of as a conflict: its answer was lost, and the attempt after it came too early.
    let conflict = || Fault::Cancelled(vec!["TransactionConflict"]);
    table.faults.next("TransactWriteItems", Fault::LostAnswer);
    table.faults.nth("TransactWriteItems", 2, Fault::Refused(400, "TransactionInProgressException"));
    let answered = submit(&table, &heard, "key-1", None).await;
    let replayed = matches!(&answered, Err(PlaceError::Replayed { fingerprint, .. }) if fingerprint == "print");
    assert!(replayed || answered.is_ok(), "{answered:?}");
    assert_eq!((table.items("ORDER#").await.len(), table.stock("SHIRT-M").await), (1, 1));

    table.faults.every("TransactWriteItems", conflict());
    let before = Instant::now();
    let sold_out = refusals(submit(&table, &late, "key-1", None).await);
    assert_eq!(sold_out, [Refusal::NotEnoughStock { sku: goods::parse("SHIRT-M"), left: 1 }]);
    assert!(before.elapsed() < Duration::from_secs(5), "not until the end of its patience");
}

#[tokio::test]
async fn a_repeated_submit_is_answered_with_the_first_order() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, &[("MUG", 1)]).await;
    let first = submit(&table, &of, "k", None).await.unwrap();
    match submit(&table, &of, "k", None).await {
        Err(PlaceError::Replayed { number, fingerprint }) => assert_eq!((number, fingerprint.as_str()), (first, "print")),
        other => panic!("{other:?}"),
    }
    assert_eq!(table.stock("MUG").await, 99);
}

#[tokio::test]
async fn the_same_submit_many_times_at_once_makes_one_order() {
    let table = std::sync::Arc::new(Table::with_goods().await);
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, &[("MUG", 1)]).await;
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (table, of) = (table.clone(), of.clone());
        tries.spawn(async move {
            // Who comes late finds the cart gone, or the order remembered.
            let cart = table.store.read_for_placing(&of, &goods::parse("k")).await.unwrap();
            if cart.cart.lines.is_empty() {
                return cart.earlier.map(|(number, _)| number);
            }
            match submit(&table, &of, "k", None).await {
                Ok(number) | Err(PlaceError::Replayed { number, .. }) => Some(number),
                Err(other) => panic!("{other}"),
            }
        });
    }
    let mut numbers = std::collections::BTreeSet::new();
    while let Some(number) = tries.join_next().await {
        numbers.insert(number.unwrap().expect("every try learns the order's number"));
    }
    assert_eq!((numbers.len(), table.items("ORDER#").await.len(), table.stock("MUG").await), (1, 1, 99));
}

#[tokio::test]
async fn a_price_that_changed_refuses_with_the_new_price() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, &[("MUG", 1), ("SHIRT-S", 1)]).await;
    change_variant(&table, "mug", |v| v.price = goods::money("8.25")).await;
    let why = refusals(submit(&table, &of, "k", None).await);
    assert_eq!(why, [Refusal::PriceChanged { sku: goods::parse("MUG"), now: goods::money("8.25") }]);
    assert_eq!((table.stock("MUG").await, table.stock("SHIRT-S").await), (100, 10), "nothing was taken");
}

#[tokio::test]
async fn what_is_withdrawn_or_gone_refuses_as_unavailable() {
    let table = Table::with_goods().await;
    let (first, second) = (goods::guest(), goods::guest());
    goods::full_cart(&table.store, &first, EMAIL, &[("MUG", 1)]).await;
    goods::full_cart(&table.store, &second, EMAIL, &[("SHIRT-S", 1)]).await;
    change_variant(&table, "mug", |v| v.available = false).await;
    let shirt = table.store.product(&goods::parse("shirt")).await.unwrap().unwrap();
    table.store.delete_product(&shirt).await.unwrap();
    assert_eq!(refusals(submit(&table, &first, "k", None).await), [Refusal::Unavailable { sku: goods::parse("MUG") }]);
    assert_eq!(refusals(submit(&table, &second, "k", None).await), [Refusal::Unavailable { sku: goods::parse("SHIRT-S") }]);
}

#[tokio::test]
async fn a_cart_that_changed_in_another_tab_refuses() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    let cart = goods::full_cart(&table.store, &of, EMAIL, &[("MUG", 1)]).await;
    let quote = Quote::new(&cart, &goods::settings(), clock::now());
    let (settings, buyer) = (goods::settings(), Buyer::default());
    let order = Order::place(&cart, quote, &settings, OrderNumber::from_bits(7), &buyer, clock::now()).unwrap();
    table.store.save_cart(&of, &cart).await.unwrap();
    let mail = goods::order_mail(order.email.as_str());
    let placement = Placement {
        order: &order,
        cart: &of,
        cart_version: cart.version,
        coupon: None,
        key: &goods::parse("k"),
        fingerprint: "f",
        mail: &mail,
    };
    let placed = table.store.place_order(&placement, Instant::now()).await;
    assert_eq!(refusals(placed.map(|()| order.number.clone())), [Refusal::CartChanged]);
}

#[tokio::test]
async fn a_cart_that_is_filled_again_is_not_the_one_that_was_ordered_meanwhile() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, &[("MUG", 1)]).await;
    let (first, other) = (Asked::read(&table, &of, "one", None).await.unwrap(), Asked::read(&table, &of, "other", None).await);
    first.place(&table).await.unwrap();
    goods::full_cart(&table.store, &of, EMAIL, &[("SHIRT-S", 1)]).await;
    assert_eq!(refusals(other.unwrap().place(&table).await), [Refusal::CartChanged]);
    assert_eq!((table.items("ORDER#").await.len(), table.stock("MUG").await), (1, 99), "the cart was ordered once");
    assert_eq!(table.store.cart(&of).await.unwrap().lines.len(), 1, "the new cart stays");
}

#[tokio::test]
async fn the_last_use_of_a_coupon_goes_to_one_shopper() {
    let table = Table::with_goods().await;
    let terms = CouponTerms { total_limit: Some(1), ..goods::coupon("ONCE") };
    let (first, second) = (goods::guest(), goods::guest());
    with_coupon(&table, &first, &terms).await;
    with_coupon(&table, &second, &terms).await;
    submit(&table, &first, "k", None).await.unwrap();
    assert_eq!(refusals(submit(&table, &second, "k", None).await), [Refusal::Coupon(CouponRefusal::Exhausted)]);
    assert_eq!(table.item("COUPON#ONCE", "COUPON").await["used"], 1);
}

#[tokio::test]
async fn a_guests_coupon_counts_by_e_mail_address() {
    let table = Table::with_goods().await;
    let terms = CouponTerms { customer_limit: Some(1), ..goods::coupon("MINE") };
    let (first, second) = (goods::guest(), goods::guest());
    with_coupon(&table, &first, &terms).await;
    with_coupon(&table, &second, &terms).await;
    submit(&table, &first, "k", None).await.unwrap();
    assert_eq!(refusals(submit(&table, &second, "k", None).await), [Refusal::Coupon(CouponRefusal::NotForYou)]);
}

#[tokio::test]
async fn a_coupon_whose_terms_changed_refuses() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    with_coupon(&table, &of, &goods::coupon("TEN")).await;
    table.store.put_coupon(&CouponTerms { version: 2, ..goods::coupon("TEN") }).await.unwrap();
    assert_eq!(refusals(submit(&table, &of, "k", None).await), [Refusal::CouponChanged]);
    table.store.put_coupon(&CouponTerms { active: false, version: 3, ..goods::coupon("TEN") }).await.unwrap();
    assert_eq!(refusals(submit(&table, &of, "k", None).await), [Refusal::Coupon(CouponRefusal::Withdrawn)]);
}

#[tokio::test]
async fn cancelling_returns_stock_and_coupon_exactly_once() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    with_coupon(&table, &of, &CouponTerms { customer_limit: Some(1), ..goods::coupon("TEN") }).await;
    let number = submit(&table, &of, "k", None).await.unwrap();
    assert_eq!(table.stock("MUG").await, 98);
    let order = table.store.order(&number).await.unwrap().unwrap();
    let cancel = || async {
        let mut order = order.clone();
        order.advance(OrderStatus::Cancelled, Actor::Shopper, clock::now()).unwrap();
        table.store.save_move(&order, None).await
    };
    let (first, second, third) = tokio::join!(cancel(), cancel(), cancel());
    let done = [first, second, third];
    assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1, "{done:?}");
    assert!(done.iter().all(|d| matches!(d, Ok(()) | Err(StoreError::Conflict))), "{done:?}");
    assert_eq!(table.stock("MUG").await, 100);
    assert_eq!(table.item("COUPON#TEN", "COUPON").await["used"], 0);
    assert_eq!(table.item("COUPON#TEN", "USES#ada@example.com").await["used"], 0);
    assert_eq!(table.item(&format!("ORDER#{number}"), "ORDER").await["status"], "cancelled");
}

#[tokio::test]
async fn a_guests_order_that_has_joined_an_account_gives_its_coupon_back_too() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    with_coupon(&table, &of, &CouponTerms { customer_limit: Some(1), ..goods::coupon("TEN") }).await;
    let number = submit(&table, &of, "k", None).await.unwrap();
    let id = goods::account(&table.store, EMAIL, domain::customer::Role::Customer).await;
    let customer = table.store.customer(&id).await.unwrap().unwrap();
    assert_eq!(table.store.adopt_guest_orders(&customer).await.unwrap(), 1);
    let mut order = table.store.order(&number).await.unwrap().unwrap();
    assert_eq!(order.customer, Some(id));
    order.advance(OrderStatus::Cancelled, Actor::Shopper, clock::now()).unwrap();
    table.store.save_move(&order, None).await.unwrap();
    assert_eq!(table.item("COUPON#TEN", "USES#ada@example.com").await["used"], 0);
    assert_eq!(table.item("COUPON#TEN", "COUPON").await["used"], 0);
}

#[tokio::test]
async fn an_order_stays_readable_and_cancellable_when_its_product_is_deleted() {
    let table = Table::with_goods().await;
    let number = place(&table, &[("MUG", 1), ("SHIRT-S", 1)]).await.unwrap();
    let mug = table.store.product(&goods::parse("mug")).await.unwrap().unwrap();
    table.store.delete_product(&mug).await.unwrap();
    let mut order = table.store.order(&number).await.unwrap().unwrap();
    assert_eq!(order.lines[0].name.as_str(), "Mug");
    order.advance(OrderStatus::Cancelled, Actor::Shop, clock::now()).unwrap();
    table.store.save_move(&order, None).await.unwrap();
    assert_eq!(table.stock("SHIRT-S").await, 10);
    assert!(table.items("SKU#MUG").await.is_empty(), "no stock of what is not there");
}

#[tokio::test]
async fn two_orders_contend_on_nothing_but_the_variants_they_share() {
    let table = std::sync::Arc::new(Table::with_goods().await);
    // All have it in their carts before the first one orders.
    let mut carts = Vec::new();
    for i in 0..40 {
        let of = goods::guest();
        goods::full_cart(&table.store, &of, EMAIL, &[(if i % 2 == 0 { "MUG" } else { "SHIRT-S" }, 1)]).await;
        carts.push(of);
    }
    let mut shoppers = JoinSet::new();
    for of in carts {
        let table = table.clone();
        shoppers.spawn(async move { submit(&table, &of, "key-1", None).await.is_ok() });
    }
    let mut placed = 0;
    while let Some(ok) = shoppers.join_next().await {
        placed += u32::from(ok.unwrap());
    }
    assert_eq!((placed, table.stock("MUG").await, table.stock("SHIRT-S").await), (30, 80, 0));
}

#[tokio::test]
async fn the_amounts_of_an_order_are_those_of_the_quote_to_the_cent() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    with_coupon(&table, &of, &goods::coupon("TEN")).await;
    let number = submit(&table, &of, "k", None).await.unwrap();
    let order = table.store.order(&number).await.unwrap().unwrap();
    let sum: Money = order.quote.lines.iter().map(|l| l.total).chain(order.quote.shipping.iter().map(|s| s.total)).sum();
    assert_eq!(
        (order.quote.discount, order.quote.total, sum),
        (goods::money("1.50"), goods::money("18.50"), goods::money("18.50"))
    );
}
