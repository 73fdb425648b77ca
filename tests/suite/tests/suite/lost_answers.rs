//! Answers of the table that get lost: the SDK sends a request again, and what had been done is done once and counts as done.

use domain::{catalogue::Category, customer::Role, text::Id};
use http::StatusCode;
use serde_json::Value;
use std::time::{Duration, Instant};
use store::{
    StoreError,
    account::{RenewError, Renewal},
    mail::Claim,
    session::{Rotation, Session},
    token::{Token, TokenKind},
};
use suite::{Fault, Faults, Shop, Table, goods};

const EMAIL: &str = "ada@example.com";

/// The answer to the next write of one item gets lost.
fn lose(faults: &Faults, operation: &'static str) {
    faults.next(operation, Fault::LostAnswer);
}

#[tokio::test]
async fn an_addition_whose_answer_is_lost_adds_once() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    let add = [("sku", "MUG"), ("quantity", "2")];
    assert_eq!(visitor.post("/cart/lines", &add).await.status, StatusCode::SEE_OTHER);
    for _ in 0..2 {
        lose(&shop.table.faults, "PutItem");
        let added = visitor.post("/cart/lines", &add).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    }
    assert_eq!(shop.table.faults.met(), 2);
    let cart = visitor.wanting_json().get("/cart").await.json();
    assert_eq!(cart["lines"][0]["quantity"], 6, "{cart}");
}

#[tokio::test]
async fn the_first_addition_to_a_cart_may_lose_its_answer_too() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    lose(&shop.table.faults, "PutItem");
    let added = visitor.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    assert_eq!((added.status, shop.table.faults.met()), (StatusCode::SEE_OTHER, 1), "{}", added.text);
    assert_eq!(visitor.wanting_json().get("/cart").await.json()["lines"][0]["quantity"], 2);
}

#[tokio::test]
async fn a_session_keeps_its_new_secret_when_the_answer_is_lost() {
    let table = Table::new().await;
    let (store, sid): (_, Id) = (&table.store, goods::parse("s1"));
    let customer = goods::account(store, EMAIL, Role::Customer).await;
    let credentials = store.credentials(&goods::parse(EMAIL)).await.unwrap().unwrap();
    let moment = clock::now();
    let session = Session {
        sid: sid.clone(),
        customer: customer.clone(),
        role: Role::Customer,
        refresh_hash: "first".to_owned(),
        previous_hash: None,
        rotated_at: moment,
        opened_at: moment,
        unproven: false,
    };
    lose(&table.faults, "TransactWriteItems");
    assert!(store.open_session(&session, &goods::parse(EMAIL), &credentials).await.unwrap());
    lose(&table.faults, "PutItem");
    let rotated = store.rotate_session(&customer, &sid, "first", "second").await.unwrap();
    assert!(matches!(&rotated, Rotation::Rotated(session) if session.refresh_hash == "second"), "{rotated:?}");
    assert_eq!(table.faults.met(), 2);
    let on = store.rotate_session(&customer, &sid, "second", "third").await.unwrap();
    assert!(matches!(on, Rotation::Rotated(_)), "the browser has the secret that counts: {on:?}");
}

#[tokio::test]
async fn a_browser_stays_signed_in_when_the_answer_to_its_refresh_is_lost() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let before = ada.cookies["__Host-refresh"].clone();
    ada.cookies.remove("__Host-session");
    lose(&shop.table.faults, "PutItem");
    assert_eq!(ada.get("/account").await.status, StatusCode::OK);
    assert_eq!(shop.table.faults.met(), 1);
    assert_ne!(ada.cookies["__Host-refresh"], before, "the new secret came with the answer");
    ada.cookies.remove("__Host-session");
    assert_eq!(ada.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_step_of_checkout_and_placing_may_lose_an_answer() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    visitor.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    for (path, fields) in goods::checkout_steps(EMAIL) {
        lose(&shop.table.faults, "PutItem");
        let kept = visitor.post(path, &fields).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{path}: {}", kept.text);
    }
    assert_eq!(shop.table.faults.met(), 3);
    let review = visitor.get("/checkout/review").await;
    lose(&shop.table.faults, "TransactWriteItems");
    let placed = visitor.places(&review).await;
    assert_eq!((placed.status, shop.table.faults.met()), (StatusCode::SEE_OTHER, 4), "{}", placed.text);
    assert!(placed.location().starts_with("/checkout/done/"), "{}", placed.location());
    assert_eq!(shop.table.stock("MUG").await, 98, "taken once");
    assert_eq!(shop.table.items("ORDER#").await.len(), 1);
    assert_eq!(visitor.get(placed.location()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_order_whose_every_answer_is_lost_is_found_by_its_key_and_one_that_never_got_there_can_be_placed_again() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    visitor.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    let review = visitor.checks_out(EMAIL).await;
    shop.table.faults.every("TransactWriteItems", Fault::LostRequest);
    let failed = visitor.places(&review).await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", failed.text);
    assert!(failed.text.contains("We could not find out whether your order was placed."), "{}", failed.text);
    shop.table.faults.end();
    assert!(shop.table.items("ORDER#").await.is_empty());

    shop.table.faults.every("TransactWriteItems", Fault::LostAnswer);
    let placed = visitor.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    shop.table.faults.end();
    let order = shop.table.items("ORDER#").await.remove(0);
    assert_eq!(placed.location(), format!("/checkout/done/{}", order["number"].as_str().unwrap()));
    assert_eq!(visitor.get(placed.location()).await.status, StatusCode::OK);
    assert_eq!((shop.table.items("ORDER#").await.len(), shop.table.stock("MUG").await), (1, 98), "placed once");
}

#[tokio::test]
async fn when_nobody_can_tell_whether_an_order_was_placed_one_button_shows_it_or_places_it() {
    for (placed, fault) in [(true, Fault::LostAnswer), (false, Fault::LostRequest)] {
        for kind in ["guest", "customer"] {
            let shop = Shop::open().await;
            let mut visitor = if kind == "guest" { shop.visitor() } else { shop.customer(EMAIL).await };
            visitor.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
            let review = visitor.checks_out(EMAIL).await;
            // The table is there until the order is sent, and gone from then on.
            let before = visitor.clone().wanting_json().get("/cart").await;
            assert_eq!(before.status, StatusCode::OK);
            shop.table.faults.every("TransactWriteItems", fault.clone());
            for nth in 2..40 {
                shop.table.faults.nth("BatchGetItem", nth, Fault::LostRequest);
            }
            let unknown = visitor.places(&review).await;
            assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE, "{}", unknown.text);
            assert!(unknown.text.contains("We could not find out whether your order was placed."), "{}", unknown.text);
            assert_eq!(unknown.header("retry-after"), "10");
            assert_eq!(unknown.text.matches("<button").count(), 1, "one button");
            let program = visitor.clone().wanting_json().places(&review).await;
            let detail = program.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains("with the same Idempotency-Key"), "{detail}");
            shop.table.faults.end();
            assert_eq!(shop.table.items("ORDER#").await.len(), usize::from(placed), "{kind}");

            let pressed = visitor.places(&unknown).await;
            assert_eq!(pressed.status, StatusCode::SEE_OTHER, "{}", pressed.text);
            assert!(visitor.get(pressed.location()).await.text.contains("Thank you"), "{kind}");
            assert_eq!((shop.table.items("ORDER#").await.len(), shop.table.stock("MUG").await), (1, 98), "{kind}: once");
            assert_eq!(visitor.wanting_json().get("/cart").await.json()["units"], 0);
        }
    }
}

#[tokio::test]
async fn a_password_change_whose_answer_is_lost_is_done() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let new = "a quite different sentence of mine";
    for operation in ["UpdateItem", "PutItem", "TransactWriteItems", "DeleteItem"] {
        lose(&shop.table.faults, operation);
    }
    let changed = ada.post("/account/password", &[("current", goods::PASSWORD), ("password", new)]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
    assert!(shop.table.faults.met() > 0);
    shop.table.faults.end();
    let signed_in = shop.visitor().post("/auth/sign-in", &[("email", EMAIL), ("password", new)]).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{}", signed_in.text);
}

#[tokio::test]
async fn a_product_and_a_category_are_saved_though_the_answer_is_lost() {
    let table = Table::with_goods().await;
    let store = &table.store;
    let seen = store.product(&goods::parse("mug")).await.unwrap().unwrap();
    let mut renamed = seen.clone();
    (renamed.slug, renamed.name) = (goods::parse("cup"), goods::parse("Cup"));
    lose(&table.faults, "TransactWriteItems");
    let saved = store.update_product(&seen, &renamed).await.unwrap();
    assert_eq!(store.product(&seen.id).await.unwrap(), Some(saved));
    let hats = Category { id: goods::parse("hats"), slug: goods::parse("hats"), name: goods::parse("Hats"), ..goods::category() };
    lose(&table.faults, "TransactWriteItems");
    store.create_category(&hats).await.unwrap();
    lose(&table.faults, "TransactWriteItems");
    let moved = Category { parent: Some(goods::parse("clothes")), ..hats.clone() };
    assert_eq!(store.update_category(&hats, &moved).await.unwrap().version, 2);
    assert_eq!(table.item("CATEGORY#clothes", "CATEGORY").await["children"], 1, "counted once");
    assert_eq!(table.faults.met(), 3);
}

#[tokio::test]
async fn settings_a_coupon_and_an_accounts_data_are_saved_though_the_answer_is_lost() {
    let table = Table::with_goods().await;
    let store = &table.store;
    lose(&table.faults, "PutItem");
    let settings = store.settings().await.unwrap().unwrap();
    assert_eq!(store.put_settings(&settings).await.unwrap().version, 2);
    for _ in 0..2 {
        lose(&table.faults, "PutItem");
        store.put_coupon(&goods::coupon("TEN")).await.unwrap();
    }
    let customer = goods::customer(EMAIL, Role::Customer);
    lose(&table.faults, "TransactWriteItems");
    store.create_account(&customer, "hash").await.unwrap();
    lose(&table.faults, "PutItem");
    assert_eq!(store.update_customer(&customer).await.unwrap().version, 2);
    assert_eq!(table.faults.met(), 5);
}

#[tokio::test]
async fn a_link_whose_answer_is_lost_is_taken_once_and_by_who_asked() {
    let table = Table::new().await;
    let store = &table.store;
    let id = goods::account(store, EMAIL, Role::Customer).await;
    lose(&table.faults, "PutItem");
    store.put_token(&Token::new(TokenKind::Reset, id, 0), "secret").await.unwrap();
    let link = store.link(TokenKind::Reset, "secret").await.unwrap().unwrap();
    let renewal = Renewal {
        customer: &link.customer,
        credentials: &link.credentials,
        password_hash: Some("another"),
        link: Some(&link),
        session: None,
        forgiven: &[],
    };
    lose(&table.faults, "TransactWriteItems");
    store.renew(&renewal).await.unwrap();
    assert_eq!(table.faults.met(), 2);
    assert!(matches!(store.renew(&renewal).await, Err(RenewError::OutOfDate)), "a link works once");
    assert!(store.link(TokenKind::Reset, "secret").await.unwrap().is_none());
    assert_eq!(store.credentials(&goods::parse(EMAIL)).await.unwrap().unwrap().password_hash, "another");
}

#[tokio::test]
async fn who_claims_a_mail_and_loses_the_answer_sends_it() {
    let table = Table::new().await;
    let mail = goods::order_mail(EMAIL);
    table.store.send_mail(&mail).await.unwrap();
    lose(&table.faults, "UpdateItem");
    assert_eq!(table.store.claim_mail(&mail.id).await.unwrap(), Claim::Taken);
    assert_eq!(table.store.claim_mail(&mail.id).await.unwrap(), Claim::Busy, "nobody else does");
    lose(&table.faults, "UpdateItem");
    table.store.mail_was_sent(&mail.id).await.unwrap();
    assert_eq!(table.store.claim_mail(&mail.id).await.unwrap(), Claim::Done);
    assert_eq!(table.faults.met(), 2);
}

#[tokio::test]
async fn what_is_counted_is_counted_once() {
    let table = Table::new().await;
    let store = &table.store;
    for attempt in 1..=3 {
        lose(&table.faults, "UpdateItem");
        assert_eq!(store.count_attempt("door", 3600).await.unwrap(), attempt);
        lose(&table.faults, "UpdateItem");
        assert_eq!(store.take_turn_at_publishing().await.unwrap(), u64::from(attempt));
    }
    assert_eq!(table.faults.met(), 6);
}

#[tokio::test]
async fn a_transaction_in_the_way_of_a_single_write_is_waited_for() {
    let table = Table::with_goods().await;
    table.faults.next("PutItem", Fault::conflict());
    table.faults.nth("PutItem", 2, Fault::throttled());
    goods::full_cart(&table.store, &goods::guest(), EMAIL, &[("MUG", 1)]).await;
    assert_eq!(table.faults.met(), 2);
}

#[tokio::test]
async fn a_transaction_that_is_still_being_carried_out_is_not_done_twice() {
    let table = Table::with_goods().await;
    let seen = table.store.product(&goods::parse("mug")).await.unwrap().unwrap();
    // It is done, and all the SDK hears is that it is in progress, until the SDK gives up: the store asks again.
    table.faults.next("TransactWriteItems", Fault::LostAnswer);
    for nth in 2..=4 {
        table.faults.nth("TransactWriteItems", nth, Fault::Refused(400, "TransactionInProgressException"));
    }
    assert_eq!(table.store.update_product(&seen, &seen).await.unwrap().version, 2);
    assert_eq!(table.faults.met(), 4);
}

#[tokio::test]
async fn a_write_that_somebody_else_was_faster_with_is_still_a_conflict() {
    let table = Table::new().await;
    let customer = goods::customer(EMAIL, Role::Customer);
    table.store.create_account(&customer, "hash").await.unwrap();
    table.store.update_customer(&customer).await.unwrap();
    lose(&table.faults, "PutItem");
    assert!(matches!(table.store.update_customer(&customer).await, Err(StoreError::Conflict)));
    let stored = table.item(&format!("CUSTOMER#{}", customer.id), "CUSTOMER").await;
    assert_eq!((&stored["version"], stored["write_id"].as_str().map(str::len)), (&Value::from(2), Some(16)));
}

#[tokio::test]
async fn a_table_that_never_answers_is_unavailable() {
    let table = Table::new().await;
    for fault in [Fault::LostRequest, Fault::LostAnswer, Fault::throttled()] {
        table.faults.every("*", fault);
        assert!(matches!(table.store.settings().await, Err(StoreError::Unavailable(_))));
        table.faults.end();
    }
    assert!(table.store.settings().await.is_ok());
}

#[tokio::test]
async fn keys_left_unprocessed_are_asked_for_again_after_a_pause_and_not_for_ever() {
    let table = Table::with_goods().await;
    let mug = [goods::parse("MUG")];
    for nth in 1..=3 {
        table.faults.nth("BatchGetItem", nth, Fault::Unprocessed);
    }
    assert_eq!(table.store.offers(&mug).await.unwrap().len(), 1);
    table.faults.every("BatchGetItem", Fault::Unprocessed);
    let (since, start) = (table.faults.sent(), Instant::now());
    assert!(matches!(table.store.offers(&mug).await, Err(StoreError::Unavailable(_))));
    let tries = table.faults.calls(since).len();
    assert!((4..=20).contains(&tries), "{tries} tries");
    assert!((Duration::from_millis(50)..Duration::from_secs(4)).contains(&start.elapsed()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_shopper_whose_cart_stays_unprocessed_reads_that_the_shop_is_back_in_a_moment() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    visitor.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    shop.table.faults.every("BatchGetItem", Fault::Unprocessed);
    let answer = visitor.get("/cart").await;
    assert_eq!((answer.status, answer.header("retry-after").is_empty()), (StatusCode::SERVICE_UNAVAILABLE, false));
    assert!(answer.text.contains("Back in a moment"), "{}", answer.text);
}
