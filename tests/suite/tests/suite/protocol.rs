//! The order protocol: what is promised however requests overlap and whatever gets lost, and that each clause of its conditions
//! is needed for it.
//!
//! Who adds a condition adds its clauses to [`Clause`] and to the model, and a race that each decides. The tests name what is
//! missing.

mod clause;
mod model;
mod races;

use clause::Clause;
use domain::{customer::Role, order::OrderStatus};
use http::StatusCode;
use model::Protocol;
use stateright::{Checker, HasDiscoveries, Model};
use std::collections::BTreeSet;
use store::mail::{Mail, MailKind};
use suite::{Client, Shop, Table, goods};
use tokio::task::JoinSet;

const EMAIL: &str = "ada@example.com";

#[test]
fn every_history_of_the_model_keeps_every_promise() {
    Protocol { without: None }.checker().threads(2).spawn_bfs().join().assert_properties();
}

#[test]
fn without_any_one_clause_the_model_breaks_the_promise_that_the_clause_guards() {
    for clause in Clause::ALL {
        let promise = clause.guards();
        let model = Protocol { without: Some(clause) }.checker();
        let checker = model.finish_when(HasDiscoveries::AnyOf([promise].into())).spawn_bfs().join();
        assert!(checker.discovery(promise).is_some(), "without {clause:?} it is kept nevertheless: {promise}");
    }
}

#[tokio::test]
async fn without_any_one_clause_of_what_is_really_sent_a_race_breaks_the_promise_that_the_clause_guards() {
    let mut races = JoinSet::new();
    for clause in Clause::ALL {
        races.spawn(async move {
            let table = Table::with_goods().await;
            assert!(races::is_kept(clause, &table).await, "{clause:?}: {}", clause.guards());
            assert!(table.faults.clauses().contains(clause.sent()), "{clause:?} is not sent");
            let table = Table::with_goods().await;
            table.faults.without(clause.sent());
            assert!(!races::is_kept(clause, &table).await, "without {clause:?} it is kept nevertheless: {}", clause.guards());
        });
    }
    races.join_all().await;
}

#[tokio::test]
async fn the_clauses_that_are_sent_for_an_order_and_its_mails_are_those_of_the_model() {
    let shop = Shop::open().await;
    let mut sent = BTreeSet::new();
    for mut shopper in [shop.visitor(), shop.customer(EMAIL).await] {
        for end in [OrderStatus::Processing, OrderStatus::Cancelled, OrderStatus::Pending] {
            let number = places(&shop, &mut shopper, &mut sent).await;
            ends(&shop, &mut shopper, &number, end, &mut sent).await;
        }
    }
    let cut_off = crate::mail::cut_off(&shop).await;
    let (unsent, done) =
        (goods::order_mail("nobody@example.com"), Mail::new(MailKind::Reset, goods::parse("nobody@example.com")));
    for mail in [&unsent, &done] {
        shop.table.store.send_mail(mail).await.unwrap();
        assert_eq!(cut_off.send(mail).await.is_ok(), *mail == done);
    }
    sent.extend(shop.table.faults.clauses());
    let known: BTreeSet<String> = Clause::ALL.map(|clause| clause.sent().to_owned()).into();
    let unknown: Vec<&String> = sent.difference(&known).collect();
    let unsent: Vec<&String> = known.difference(&sent).collect();
    assert!(unknown.is_empty(), "sent, and in no model and no race: {unknown:#?}");
    assert!(unsent.is_empty(), "in the model, and not sent: {unsent:#?}");
}

/// Orders a mug with a coupon that has every limit; notes the clauses of placing it.
async fn places(shop: &Shop, shopper: &mut Client, sent: &mut BTreeSet<String>) -> String {
    let terms = domain::coupon::CouponTerms { total_limit: Some(99), customer_limit: Some(99), ..goods::coupon("TEN") };
    shop.table.store.put_coupon(&terms).await.unwrap();
    shopper.post("/cart/lines", &[("sku", "MUG")]).await;
    shopper.post("/cart/coupon", &[("code", "TEN")]).await;
    let review = shopper.checks_out(EMAIL).await;
    shop.table.faults.clauses();
    let placed = shopper.places(&review).await;
    sent.extend(shop.table.faults.clauses());
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    placed.location().rsplit('/').next().unwrap().to_owned()
}

/// The order is packed and cancelled by staff, cancelled by the shopper, or expires; notes the clauses of that.
async fn ends(shop: &Shop, shopper: &mut Client, number: &str, end: OrderStatus, sent: &mut BTreeSet<String>) {
    let store = &shop.table.store;
    let mut staff = shop.staff(Role::Orders).await;
    shop.table.faults.clauses();
    match end {
        OrderStatus::Processing => {
            let page = format!("/admin/orders/{number}");
            let packs = [("status", "processing"), ("version", "1")];
            assert!(staff.post(&format!("{page}/status"), &packs).await.is_done());
            assert!(staff.post(&format!("{page}/cancel"), &[]).await.is_done());
        }
        OrderStatus::Cancelled => assert!(shopper.post(&format!("/orders/{number}/cancel"), &[]).await.is_done()),
        _ => assert_eq!(sweep::expire_unpaid(store, clock::now().plus_days(15)).await.unwrap(), 1),
    }
    sent.extend(shop.table.faults.clauses());
}
