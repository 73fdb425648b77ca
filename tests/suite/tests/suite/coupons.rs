//! Coupons between the moment they are applied and the order, and who has used them.

use domain::{
    coupon::{Benefit, CouponTerms},
    order::{Actor, OrderStatus},
};
use http::StatusCode;
use serde_json::{Value, json};
use suite::{Answer, Client, Shop, goods};

const EMAIL: &str = "ada@example.com";

async fn put(shop: &Shop, terms: CouponTerms) {
    shop.table.store.put_coupon(&terms).await.unwrap();
}

async fn json(client: &Client, path: &str) -> Value {
    client.clone().wanting_json().get(path).await.json()
}

/// A shopper with two shirts and a coupon.
async fn with_coupon(shop: &Shop, terms: CouponTerms) -> Client {
    let mut guest = shop.visitor();
    applies(shop, &mut guest, terms).await;
    guest
}

async fn applies(shop: &Shop, client: &mut Client, terms: CouponTerms) {
    let code = terms.code.to_string();
    put(shop, terms).await;
    client.post("/cart/lines", &[("sku", "SHIRT-S"), ("quantity", "2")]).await;
    let applied = client.post("/cart/coupon", &[("code", &code)]).await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
}

fn once(code: &str) -> CouponTerms {
    CouponTerms { customer_limit: Some(1), ..goods::coupon(code) }
}

fn says(answer: &Answer, all: &[&str]) {
    for words in all {
        assert!(answer.text.contains(words), "{words} is not in {}", answer.text);
    }
}

#[tokio::test]
async fn a_change_that_takes_the_cart_below_a_minimum_says_so_in_that_answer() {
    let shop = Shop::open().await;
    let terms = CouponTerms { minimum: Some(goods::money("30.00")), ..goods::coupon("BIG") };
    let mut guest = with_coupon(&shop, terms).await;
    let reason = "The coupon BIG cannot be used: this coupon needs goods for at least €30.00.";
    let changed = guest.clone().wanting_json().post("/cart/lines/SHIRT-S", &[("quantity", "1")]).await.json();
    assert_eq!((&changed["coupon"], &changed["coupon_refused"]), (&json!(null), &json!("BIG")));
    assert_eq!((&changed["coupon_news"], &changed["quote"]["total"]), (&json!(reason), &json!("20.00")));
    let answer = guest.post("/cart/lines/SHIRT-S", &[("quantity", "1")]).await;
    says(&guest.get(answer.location()).await, &[reason, "Remove coupon BIG"]);
    let back = guest.clone().wanting_json().post("/cart/lines/SHIRT-S", &[("quantity", "2")]).await.json();
    assert_eq!((&back["coupon"], &back["coupon_news"], &back["quote"]["total"]), (&json!("BIG"), &json!(null), &json!("36.00")));
}

#[tokio::test]
async fn a_coupon_that_ended_elsewhere_is_off_at_every_step_with_its_reason_and_the_order_goes_on_without() {
    let day = |days| Some(clock::now().plus_days(days));
    for (now, why) in [
        (CouponTerms { active: false, version: 2, ..goods::coupon("TEN") }, "this coupon is not valid any more"),
        (CouponTerms { ends_at: day(-1), version: 2, ..goods::coupon("TEN") }, "this coupon has expired"),
        (CouponTerms { total_limit: Some(0), version: 2, ..goods::coupon("TEN") }, "this coupon has been used up"),
    ] {
        let shop = Shop::open().await;
        let mut guest = with_coupon(&shop, goods::coupon("TEN")).await;
        let before = guest.checks_out(EMAIL).await;
        put(&shop, now).await;
        let sentence = format!("The coupon TEN cannot be used: {why}.");
        for path in ["/cart", "/checkout", "/checkout/delivery", "/checkout/payment", "/checkout/review"] {
            says(&guest.get(path).await, &[&sentence]);
        }
        let refused = guest.places(&before).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        says(&refused, &[&sentence, "The discount is now €0.00; you saw €4.00.", "The total is now €45.00; you saw €41.00."]);
        assert_eq!(guest.places(&refused).await.status, StatusCode::SEE_OTHER);
        assert_eq!(shop.table.items("ORDER#").await[0]["coupon"], json!(null));
        assert_eq!(shop.table.item("COUPON#TEN", "COUPON").await["used"], 0);
    }
}

#[tokio::test]
async fn the_last_use_that_goes_elsewhere_is_said_before_and_at_placing() {
    let shop = Shop::open().await;
    let last = CouponTerms { total_limit: Some(1), ..goods::coupon("LAST") };
    let mut first = with_coupon(&shop, last.clone()).await;
    let mut second = with_coupon(&shop, last).await;
    let (one, other) = (first.checks_out(EMAIL).await, second.checks_out("bob@example.com").await);
    assert_eq!(first.places(&one).await.status, StatusCode::SEE_OTHER);
    says(&second.get("/cart").await, &["The coupon LAST cannot be used: this coupon has been used up."]);
    let refused = second.places(&other).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &["this coupon has been used up", "Order for €45.00"]);
    assert_eq!(second.places(&refused).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_coupon_that_got_better_counts_as_it_is_now_and_says_so() {
    let shop = Shop::open().await;
    let mut guest = with_coupon(&shop, goods::coupon("TEN")).await;
    let before = guest.checks_out(EMAIL).await;
    let twenty = Benefit::Percentage { percent: 20.into() };
    put(&shop, CouponTerms { benefit: twenty, version: 2, ..goods::coupon("TEN") }).await;
    let news = "The coupon TEN gives 20 % off now; it was 10 % off when you applied it.";
    let refused = guest.places(&before).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &[news, "The total is now €37.00; you saw €41.00."]);
    let review = guest.get("/checkout/review").await;
    says(&review, &[news, "Order for €37.00"]);
    assert_eq!(guest.places(&review).await.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.table.item("COUPON#TEN", "COUPON").await["used"], 1);
}

#[tokio::test]
async fn new_terms_that_leave_the_total_refuse_nothing() {
    let shop = Shop::open().await;
    let mut guest = with_coupon(&shop, goods::coupon("TEN")).await;
    let review = guest.checks_out(EMAIL).await;
    put(&shop, CouponTerms { total_limit: Some(500), version: 2, ..goods::coupon("TEN") }).await;
    let placed = guest.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    assert_eq!(shop.table.item("COUPON#TEN", "COUPON").await["used"], 1);
}

#[tokio::test]
async fn a_coupon_that_is_refused_leaves_the_one_that_is_there() {
    let shop = Shop::open().await;
    let mut guest = with_coupon(&shop, once("MINE")).await;
    let review = guest.checks_out(EMAIL).await;
    guest.places(&review).await;
    applies(&shop, &mut guest, goods::coupon("TEN")).await;
    guest.checks_out(EMAIL).await;
    let refused = guest.post("/cart/coupon", &[("code", "MINE")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&refused, &["You have used this coupon already.", "Coupon <strong>TEN</strong>"]);
    assert_eq!(json(&guest, "/cart").await["coupon"], "TEN");
}

/// Buys with a coupon that works once a customer; returns the order's number.
async fn uses(shop: &Shop, client: &mut Client, email: &str) -> String {
    applies(shop, client, once("ONCE")).await;
    let review = client.checks_out(email).await;
    let placed = client.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    placed.location().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_coupon_for_one_use_is_used_once_as_guest_or_with_the_account_of_the_address() {
    let shop = Shop::open().await;
    uses(&shop, &mut shop.visitor(), EMAIL).await;
    let mut ada = shop.customer(EMAIL).await;
    ada.post("/cart/lines", &[("sku", "SHIRT-S"), ("quantity", "2")]).await;
    let refused = ada.post("/cart/coupon", &[("code", "ONCE")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "after a guest's order, with the account");
    says(&refused, &["You have used this coupon already."]);

    let mut bob = shop.customer("bob@example.com").await;
    uses(&shop, &mut bob, "Bob@Example.com").await;
    let mut guest = with_coupon(&shop, once("ONCE")).await;
    assert_eq!(json(&guest, "/cart").await["coupon"], "ONCE", "nobody knows the address yet");
    let review = guest.checks_out("bob@example.com").await;
    says(&review, &["The coupon ONCE cannot be used: you have used this coupon already.", "Order for €45.00"]);
    assert_eq!(guest.places(&review).await.status, StatusCode::SEE_OTHER, "without it");
}

#[tokio::test]
async fn an_account_that_orders_to_another_address_is_still_the_same_customer() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    uses(&shop, &mut ada, "work@example.com").await;
    for email in [EMAIL, "work@example.com"] {
        let mut guest = with_coupon(&shop, once("ONCE")).await;
        let review = guest.checks_out(email).await;
        says(&review, &["you have used this coupon already"]);
    }
}

#[tokio::test]
async fn two_orders_at_once_with_guest_and_account_share_the_one_use() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    applies(&shop, &mut ada, once("ONCE")).await;
    let mut guest = with_coupon(&shop, once("ONCE")).await;
    let (one, other) = (ada.checks_out(EMAIL).await, guest.checks_out(EMAIL).await);
    let (one, other) = tokio::join!(ada.places(&one), guest.places(&other));
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
    assert_eq!(shop.table.item("COUPON#ONCE", "USES#ada@example.com").await["used"], 1);
}

async fn cancels(shop: &Shop, number: &str) {
    let mut order = shop.table.store.order(&goods::parse(number)).await.unwrap().unwrap();
    order.advance(OrderStatus::Cancelled, Actor::Shopper, clock::now()).unwrap();
    shop.table.store.save_move(&order, None).await.unwrap();
}

#[tokio::test]
async fn cancelling_gives_every_count_of_a_use_back() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let number = uses(&shop, &mut ada, "work@example.com").await;
    let id = shop.table.items("CUSTOMER#").await.iter().find(|i| i["sk"] == "CUSTOMER").unwrap()["id"].clone();
    let counts =
        ["COUPON".to_owned(), "USES#work@example.com".into(), format!("USES#{EMAIL}"), format!("USES#{}", id.as_str().unwrap())];
    for count in &counts {
        assert_eq!(shop.table.item("COUPON#ONCE", count).await["used"], 1, "{count}");
    }
    cancels(&shop, &number).await;
    for count in &counts {
        assert_eq!(shop.table.item("COUPON#ONCE", count).await["used"], 0, "{count}");
    }
    uses(&shop, &mut ada, EMAIL).await;
}

#[tokio::test]
async fn a_count_that_is_wrong_stands_in_no_cancellations_way_and_never_goes_below_nothing() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let number = uses(&shop, &mut guest, EMAIL).await;
    // Another order gives back what this one counted.
    for count in ["COUPON".to_owned(), format!("USES#{EMAIL}")] {
        shop.table.set("COUPON#ONCE", &count, "used", 0).await;
    }
    let cancelled = guest.post(&format!("/orders/{number}/cancel"), &[]).await;
    assert_eq!(cancelled.status, StatusCode::SEE_OTHER, "{}", cancelled.text);
    assert_eq!(shop.table.item("COUPON#ONCE", "COUPON").await["used"], 0);
    assert_eq!(shop.table.stock("SHIRT-S").await, 10);
}

#[tokio::test]
async fn an_order_of_earlier_times_gives_back_the_one_count_it_stands_in() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let number = uses(&shop, &mut ada, EMAIL).await;
    let mut order = shop.table.store.order(&goods::parse(&number)).await.unwrap().unwrap();
    order.coupon.as_mut().unwrap().emails.clear();
    order.advance(OrderStatus::Cancelled, Actor::Shop, clock::now()).unwrap();
    shop.table.store.save_move(&order, None).await.unwrap();
    assert_eq!(shop.table.item("COUPON#ONCE", &format!("USES#{}", order.customer.unwrap())).await["used"], 0);
    assert_eq!(shop.table.item("COUPON#ONCE", "COUPON").await["used"], 0);
}

#[tokio::test]
async fn an_orders_page_does_not_name_the_accounts_own_address() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let number = uses(&shop, &mut ada, "work@example.com").await;
    let mut other = shop.visitor();
    other.post("/orders", &[("number", &number), ("email", "work@example.com")]).await;
    let page = json(&other, &format!("/orders/{number}")).await;
    assert_eq!(page["order"]["email"], "work@example.com");
    assert!(!page.to_string().contains(EMAIL), "{page}");
}
