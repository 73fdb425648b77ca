//! For each clause, a race at the real table that it decides.

use super::clause::Clause;
use crate::placing::{Asked, change_variant, with_coupon};
use domain::{
    coupon::{Benefit, CouponTerms},
    order::{Actor, Order, OrderStatus},
    text::Id,
};
use store::{StoreError, mail::Claim};
use suite::{Fault, Table, goods};

const EMAIL: &str = "ada@example.com";
const KEY: &str = "key-1";

/// Runs a clause's race; returns whether the promise was kept that the clause guards.
pub(crate) async fn is_kept(clause: Clause, table: &Table) -> bool {
    match clause {
        Clause::NewRequest => one_order_of_one_key(table).await,
        Clause::SameCart | Clause::SamePrice | Clause::Available | Clause::SameTerms | Clause::Active => {
            nothing_but_what_was_seen(clause, table).await
        }
        Clause::EnoughStock => {
            both_place(table, [asks(table, &[("SHIRT-M", 2)]).await, asks(table, &[("SHIRT-M", 2)]).await]).await;
            number(table, "SKU#SHIRT-M", "SKU", "stock").await >= 0
        }
        Clause::NewNumber => an_order_is_never_written_over(table).await,
        Clause::UsesLeft => last_use(table, CouponTerms { total_limit: Some(1), ..goods::coupon("TEN") }, "COUPON").await,
        Clause::OwnUsesLeft => last_use(table, CouponTerms { customer_limit: Some(1), ..goods::coupon("TEN") }, USES).await,
        Clause::SameOrder => both_cancel(table).await,
        Clause::VariantThere => the_variant_is_deleted_meanwhile(table).await,
        Clause::Used => the_count_is_lost_meanwhile(table, "COUPON").await,
        Clause::UsedByCustomer => the_count_is_lost_meanwhile(table, USES).await,
        Clause::MailThere => no_mail_comes_back(table, table.store.claim_mail(&ids::new_id()).await.map(drop)).await,
        Clause::MailUnsent => a_record_comes_again(table, true).await == Claim::Done,
        Clause::MailFree => a_record_comes_again(table, false).await == Claim::Busy,
        Clause::SentMailThere => no_mail_comes_back(table, table.store.mail_was_sent(&ids::new_id()).await).await,
        Clause::ReturnedMailThere => no_mail_comes_back(table, table.store.mail_was_not_sent(&ids::new_id()).await).await,
    }
}

const USES: &str = "USES#ada@example.com";

async fn number(table: &Table, pk: &str, sk: &str, name: &str) -> i64 {
    table.item(pk, sk).await[name].as_i64().expect("a number")
}

/// A new guest who has read a cart and is about to order it.
async fn asks(table: &Table, units: &[(&str, u32)]) -> Asked {
    let of = goods::guest();
    goods::full_cart(&table.store, &of, EMAIL, units).await;
    Asked::read(table, &of, KEY, None).await.unwrap()
}

async fn asks_with(table: &Table, terms: &CouponTerms) -> Asked {
    let of = goods::guest();
    with_coupon(table, &of, terms).await;
    Asked::read(table, &of, KEY, None).await.unwrap()
}

async fn both_place(table: &Table, asked: [Asked; 2]) {
    for asked in asked {
        let _ = asked.place(table).await;
    }
}

/// The request comes twice. The second reads its key before the first is carried out, and the cart when it was filled again.
async fn one_order_of_one_key(table: &Table) -> bool {
    let of = goods::guest();
    for _ in 0..2 {
        goods::full_cart(&table.store, &of, EMAIL, &[("MUG", 1)]).await;
        table.faults.next("BatchGetItem", Fault::Before("IDEMPOTENCY#"));
        let _ = Asked::read(table, &of, KEY, None).await.unwrap().place(table).await;
    }
    table.items("ORDER#").await.len() == 1
}

/// What the order depends on changes after it was read.
async fn nothing_but_what_was_seen(clause: Clause, table: &Table) -> bool {
    let (store, terms, of) = (&table.store, goods::coupon("TEN"), goods::guest());
    with_coupon(table, &of, &terms).await;
    let asked = Asked::read(table, &of, KEY, None).await.unwrap();
    match clause {
        Clause::SameCart => drop(store.save_cart(&of, &store.cart(&of).await.unwrap()).await.unwrap()),
        Clause::SamePrice => change_variant(table, "mug", |v| v.price = goods::money("8.00")).await,
        Clause::Available => change_variant(table, "mug", |v| v.available = false).await,
        Clause::SameTerms => {
            let benefit = Benefit::Percentage { percent: 5.into() };
            store.put_coupon(&CouponTerms { benefit, version: 2, ..terms }).await.unwrap();
        }
        _ => store.put_coupon(&CouponTerms { active: false, ..terms }).await.unwrap(),
    }
    asked.place(table).await.is_err()
}

/// The second order has drawn the first one's number.
async fn an_order_is_never_written_over(table: &Table) -> bool {
    let (first, mut second) = (asks(table, &[("MUG", 1)]).await, asks(table, &[("MUG", 2)]).await);
    let first_order = first.order.clone();
    second.order.number = first_order.number.clone();
    both_place(table, [first, second]).await;
    table.store.order(&first_order.number).await.unwrap() == Some(first_order)
}

async fn last_use(table: &Table, terms: CouponTerms, count: &str) -> bool {
    both_place(table, [asks_with(table, &terms).await, asks_with(table, &terms).await]).await;
    number(table, "COUPON#TEN", count, "used").await == 1
}

/// An order that was placed with a coupon, as it is cancelled next.
async fn cancelled(table: &Table) -> Order {
    let number = asks_with(table, &goods::coupon("TEN")).await.place(table).await.unwrap();
    let mut order = table.store.order(&number).await.unwrap().unwrap();
    order.advance(OrderStatus::Cancelled, Actor::Shopper, clock::now()).unwrap();
    order
}

/// Shopper and staff have read the order at once.
async fn both_cancel(table: &Table) -> bool {
    let order = cancelled(table).await;
    for _ in 0..2 {
        let _ = table.store.save_move(&order, None).await;
    }
    table.stock("MUG").await == 100
}

/// Cancels the order; something happens after it was read what there is to give back to.
async fn cancel_while(table: &Table, order: &Order, happens: impl Future<Output = ()>) {
    let held = table.faults.hold("TransactWriteItems");
    let meanwhile = async {
        held.reached().await;
        happens.await;
        held.release();
    };
    let (saved, ()) = tokio::join!(table.store.save_move(order, None), meanwhile);
    saved.unwrap();
}

async fn the_variant_is_deleted_meanwhile(table: &Table) -> bool {
    let (order, mug) = (cancelled(table).await, table.store.product(&goods::parse("mug")).await.unwrap().unwrap());
    cancel_while(table, &order, async { table.store.delete_product(&mug).await.unwrap() }).await;
    table.items("SKU#MUG").await.is_empty()
}

async fn the_count_is_lost_meanwhile(table: &Table, count: &str) -> bool {
    let order = cancelled(table).await;
    cancel_while(table, &order, table.set("COUPON#TEN", count, "used", 0)).await;
    number(table, "COUPON#TEN", count, "used").await == 0
}

/// What was asked of a mail that is gone leaves nothing.
async fn no_mail_comes_back(table: &Table, _: Result<(), StoreError>) -> bool {
    table.items("MAIL#").await.is_empty()
}

/// What a second delivery of a mail's record hears when the mail was claimed, or sent too.
async fn a_record_comes_again(table: &Table, sent: bool) -> Claim {
    let mail = goods::order_mail(EMAIL);
    let (store, id): (_, &Id) = (&table.store, &mail.id);
    store.send_mail(&mail).await.unwrap();
    assert_eq!(store.claim_mail(id).await.unwrap(), Claim::Taken);
    if sent {
        store.mail_was_sent(id).await.unwrap();
    }
    store.claim_mail(id).await.unwrap()
}
