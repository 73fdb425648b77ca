//! What changes while somebody buys: settings, stock, the cart itself in another tab, and the same request again.

use domain::{catalogue::Product, order::PaymentMethod, settings::Settings};
use http::StatusCode;
use serde_json::{Value, json};
use suite::{Answer, Client, Fault, Shop, goods};
use tokio::task::JoinSet;

const EMAIL: &str = "ada@example.com";

async fn change_product(shop: &Shop, product: &str, change: impl FnOnce(&mut Product)) {
    let store = &shop.table.store;
    let seen = store.product(&goods::parse(product)).await.unwrap().unwrap();
    let mut next = seen.clone();
    change(&mut next);
    store.update_product(&seen, &next).await.unwrap();
}

async fn change_settings(shop: &Shop, change: impl FnOnce(&mut Settings)) {
    let mut settings = shop.table.store.settings().await.unwrap().unwrap();
    change(&mut settings);
    shop.table.store.put_settings(&settings).await.unwrap();
}

async fn adds(client: &mut Client, sku: &str, quantity: &str) -> Answer {
    client.post("/cart/lines", &[("sku", sku), ("quantity", quantity)]).await
}

/// A guest with two mugs, at the review.
async fn at_review(shop: &Shop) -> (Client, Answer) {
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "2").await;
    let review = guest.checks_out(EMAIL).await;
    (guest, review)
}

async fn json(client: &Client, path: &str) -> Value {
    client.clone().wanting_json().get(path).await.json()
}

/// Places the order of a review as a program does.
async fn places_by_api(client: &Client, key: &str, total: &str) -> Answer {
    let mut api = client.clone().wanting_json().with("idempotency-key", key);
    api.post_json("/checkout/place", &json!({ "seen_total": total })).await
}

fn says(answer: &Answer, all: &[&str]) {
    for words in all {
        assert!(answer.text.contains(words), "{words} is not in {}", answer.text);
    }
}

#[tokio::test]
async fn a_refusal_names_what_changed_with_both_amounts_and_the_next_press_succeeds() {
    let shop = Shop::open().await;
    let (mut guest, review) = at_review(&shop).await;
    change_settings(&shop, |s| s.shipping[0].price = goods::money("6.90")).await;
    let refused = guest.places(&review).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &["Shipping is now €6.90; you saw €5.00.", "The total is now €21.90; you saw €20.00.", "Order for €21.90"]);
    says(&guest.get("/checkout/review").await, &["Order for €21.90"]);
    assert_eq!(guest.places(&refused).await.status, StatusCode::SEE_OTHER, "what is shown now can be ordered");
    assert_eq!(shop.table.items("ORDER#").await.len(), 1);
}

#[tokio::test]
async fn the_review_shows_settings_as_they_are_even_where_other_pages_keep_them_for_a_minute() {
    let shop = Shop::open().await;
    let (mut guest, _) = at_review(&shop).await;
    change_settings(&shop, |s| s.taxes.rates.values_mut().next().unwrap().standard = domain::tax::TaxRate(25.into())).await;
    let review = guest.get("/checkout/review").await;
    assert_eq!(review.field("seen_tax"), "4.00");
    assert_eq!(guest.places(&review).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn programs_read_every_amount_that_differs() {
    let shop = Shop::open().await;
    let (guest, _) = at_review(&shop).await;
    change_settings(&shop, |s| s.shipping[0].price = goods::money("6.90")).await;
    let mut api = guest.clone().wanting_json().with("idempotency-key", "k");
    let body = json!({ "seen_total": "20.00", "seen_shipping": "5.00", "seen_goods": "15.00" });
    let refused = api.post_json("/checkout/place", &body).await;
    let problem = refused.json();
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(problem["differences"][0], json!({ "part": "shipping", "seen": "5.00", "now": "6.90" }));
    assert_eq!((&problem["total"], &problem["location"]), (&json!("21.90"), &json!("/checkout/review")));
}

#[tokio::test]
async fn what_the_shop_no_longer_offers_leads_to_its_step_with_the_reason() {
    type Change = fn(&mut Settings);
    let cases: [(Change, &str, &str); 4] = [
        (
            |s| s.shipping.retain(|m| m.id.as_str() != "standard"),
            "/checkout/delivery",
            "The delivery method you chose is no longer available",
        ),
        (
            |s| s.shipping[0].countries = vec![goods::parse("AT")],
            "/checkout/delivery",
            "The delivery method you chose is no longer available",
        ),
        (
            |s| s.payment = vec![PaymentMethod::OnDelivery],
            "/checkout/payment",
            "The payment method you chose is no longer available",
        ),
        (|s| s.countries = vec![goods::parse("AT")], "/checkout", "We do not deliver to this country any more"),
    ];
    for (change, step, reason) in cases {
        let shop = Shop::open().await;
        let (mut guest, review) = at_review(&shop).await;
        change_settings(&shop, change).await;
        let refused = guest.places(&review).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        says(&refused, &[reason, &format!("href=\"{step}\"")]);
        assert!(!refused.text.contains("total is now") && !refused.text.contains("try again."), "{}", refused.text);
        let problem = places_by_api(&guest, "k", "20.00").await.json();
        assert_eq!(problem["location"], step);
        assert_eq!(guest.get("/checkout/review").await.location(), step);
        says(&guest.get(step).await, &[reason]);
        assert!(shop.table.items("ORDER#").await.is_empty());
    }
}

#[tokio::test]
async fn what_the_shop_offers_since_a_moment_ago_is_taken_at_once() {
    let to_austria =
        [("email", EMAIL), ("name", "Ada"), ("line1", "Am Hang 3"), ("postal_code", "1010"), ("city", "Wien"), ("country", "AT")];
    for (path, fields, next) in [
        ("/checkout", &to_austria[..], "/checkout/delivery"),
        ("/checkout/delivery", &[("shipping_method", "far")], "/checkout/payment"),
        ("/checkout/payment", &[("payment_method", "on_delivery")], "/checkout/review"),
    ] {
        let shop = Shop::open().await;
        change_settings(&shop, |s| {
            s.countries.retain(|c| c.as_str() != "AT");
            s.shipping.retain(|m| m.id.as_str() == "standard");
            s.payment = vec![PaymentMethod::BankTransfer];
        })
        .await;
        let (mut guest, _) = at_review(&shop).await;
        let refused = guest.post(path, fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: not offered yet");
        change_settings(&shop, |s| *s = Settings { version: s.version, ..goods::settings() }).await;
        let answer = guest.post(path, fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, next), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn limits_and_countries_of_a_moment_ago_count_in_the_cart_and_the_address_book_at_once() {
    let shop = Shop::open().await;
    change_settings(&shop, |s| {
        s.cart.quantity = 2;
        s.countries.retain(|c| c.as_str() != "AT");
    })
    .await;
    let mut ada = shop.customer(EMAIL).await;
    let in_austria = [("name", "Ada"), ("line1", "Am Hang 3"), ("postal_code", "1010"), ("city", "Wien"), ("country", "AT")];
    assert_eq!(adds(&mut ada, "MUG", "3").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ada.post("/account/addresses", &in_austria).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    change_settings(&shop, |s| s.cart.quantity = 4).await;
    assert_eq!(adds(&mut ada, "MUG", "4").await.status, StatusCode::SEE_OTHER, "as many as are allowed by now");
    change_settings(&shop, |s| s.cart.quantity = 5).await;
    assert_eq!(ada.post("/cart/lines/MUG", &[("quantity", "5")]).await.status, StatusCode::SEE_OTHER);
    says(&ada.post("/cart/lines/MUG", &[("quantity", "6")]).await, &["from 0 to 5"]);
    assert_eq!(json(&ada, "/cart").await["units"], 5);
    change_settings(&shop, |s| s.countries.push(goods::parse("AT"))).await;
    assert_eq!(ada.post("/account/addresses", &in_austria).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_line_that_sold_out_says_so_with_its_fix_and_counts_nowhere() {
    let shop = Shop::open().await;
    let (mut guest, _) = at_review(&shop).await;
    adds(&mut guest, "SHIRT-S", "1").await;
    change_product(&shop, "mug", |p| p.variants[0].stock = 0).await;
    let cart = guest.get("/cart").await;
    says(&cart, &["Sold out.", "Remove it", "€20.00", "Please fix the items marked above"]);
    assert!(!cart.text.contains(">Checkout</a>"));
    let review = guest.get("/checkout/review").await;
    says(&review, &["Sold out.", "Remove it", "Something in your cart cannot be ordered as it is."]);
    assert!(!review.text.contains("Order for"));
    for (cart, path) in
        [(json(&guest, "/cart").await, "/cart"), (json(&guest, "/checkout/review").await["cart"].clone(), "review")]
    {
        assert_eq!((&cart["quote"]["goods"], &cart["ready"]), (&json!("20.00"), &json!(false)), "{path}");
        assert!(cart["lines"][0]["total"].as_str().unwrap().starts_with('0'), "{path}");
        assert_eq!(cart["lines"][0]["problem"], json!({ "kind": "sold_out", "text": "Sold out", "take": 0 }));
        assert_eq!(cart["lines"][1]["problem"], Value::Null);
    }
    let mended = guest.post("/cart/lines/MUG", &[("quantity", &review.field("quantity")), ("next", "/checkout/review")]).await;
    assert_eq!(mended.location(), "/checkout/review");
    says(&guest.get("/checkout/review").await, &["Order for €25.00"]);
}

#[tokio::test]
async fn of_a_line_with_too_few_left_those_that_are_there_count_and_are_offered() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    adds(&mut guest, "SHIRT-M", "3").await;
    guest.checks_out(EMAIL).await;
    change_product(&shop, "shirt", |p| p.variants[1].stock = 2).await;
    says(&guest.get("/cart").await, &["Only 2 left.", "Take 2", "€40.00"]);
    let problem = places_by_api(&guest, "k", "65.00").await;
    assert_eq!((problem.status, problem.json()["location"].clone()), (StatusCode::CONFLICT, json!("/cart")));
    assert!(problem.text.contains("Only 2 of Shirt left."), "{}", problem.text);
    guest.post("/cart/lines/SHIRT-M", &[("quantity", "2")]).await;
    says(&guest.get("/checkout/review").await, &["Order for €45.00"]);
}

#[tokio::test]
async fn a_line_above_a_lowered_limit_says_how_many_there_may_be() {
    let shop = Shop::open().await;
    let (mut guest, _) = at_review(&shop).await;
    change_settings(&shop, |s| s.cart.quantity = 1).await;
    says(&guest.get("/checkout/review").await, &["At most 1 in one order.", "Take 1"]);
    assert_eq!(json(&guest, "/cart").await["quote"]["goods"], "7.50");
}

#[tokio::test]
async fn a_refused_order_shows_the_line_with_its_fix() {
    let shop = Shop::open().await;
    let mut slow = shop.visitor();
    adds(&mut slow, "SHIRT-M", "2").await;
    let review = slow.checks_out(EMAIL).await;
    shop.visitor().buys("SHIRT-M", "2", "bob@example.com").await;
    let refused = slow.places(&review).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &["Only 1 of Shirt left.", "Take 1", "href=\"/cart\""]);
}

#[tokio::test]
async fn another_cart_under_a_used_key_is_refused_and_stays() {
    let shop = Shop::open().await;
    let (mut guest, review) = at_review(&shop).await;
    let first = places_by_api(&guest, "k", "20.00").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert_eq!(places_by_api(&guest, "k", "20.00").await.json(), first.json(), "the cart is gone: the same request");
    assert_eq!(places_by_api(&guest, "k", "21.00").await.status, StatusCode::UNPROCESSABLE_ENTITY, "another total");

    // The same again, and then one that costs the same.
    guest.cookies.remove("__Host-order");
    adds(&mut guest, "MUG", "2").await;
    guest.checks_out(EMAIL).await;
    assert_eq!(places_by_api(&guest, "k", "20.00").await.json(), first.json(), "the same request");
    assert_eq!(json(&guest, "/cart").await["units"], 2);
    guest.checks_out("other@example.com").await;
    let other = places_by_api(&guest, "k", "20.00").await;
    assert_eq!((other.status, &other.json()["number"]), (StatusCode::UNPROCESSABLE_ENTITY, &first.json()["number"]));
    assert_eq!(json(&guest, "/cart").await["units"], 2, "the new cart stays");
    let key = review.field("idempotency_key");
    assert_eq!(places_by_api(&guest, &key, "20.00").await.status, StatusCode::CREATED, "a key of its own");
    assert_eq!(shop.table.items("ORDER#").await.len(), 2);
}

#[tokio::test]
async fn the_form_of_an_old_tab_does_not_order_a_new_cart_and_leads_to_it() {
    let shop = Shop::open().await;
    let (mut guest, review) = at_review(&shop).await;
    let first = guest.places(&review).await;
    adds(&mut guest, "SHIRT-S", "1").await;
    let stale = guest.places(&review).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    let number = first.location().rsplit('/').next().unwrap();
    says(&stale, &[number, "What is in your cart now is not ordered yet.", "href=\"/checkout/review\""]);
}

#[tokio::test]
async fn a_key_is_one_to_255_visible_characters_in_header_and_form() {
    let shop = Shop::open().await;
    let (mut guest, _) = at_review(&shop).await;
    let long = "k".repeat(256);
    for key in [long.as_str(), "", "a b"] {
        assert_eq!(places_by_api(&guest, key, "20.00").await.status, StatusCode::BAD_REQUEST, "{key}");
        let sent = guest.post("/checkout/place", &[("idempotency_key", key), ("seen_total", "20.00")]).await;
        assert_eq!(sent.status, StatusCode::BAD_REQUEST, "{key}");
    }
    let key = "schlüssel";
    let sent = guest.post("/checkout/place", &[("idempotency_key", key), ("seen_total", "20.00")]).await;
    assert_eq!(sent.status, StatusCode::BAD_REQUEST);
    assert_eq!(places_by_api(&guest, &long[..255], "20.00").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn the_same_request_many_times_at_once_is_one_order_and_one_answer() {
    let shop = Shop::open().await;
    let (guest, _) = at_review(&shop).await;
    let mut placing = JoinSet::new();
    for _ in 0..12 {
        let guest = guest.clone();
        placing.spawn(async move { places_by_api(&guest, "k", "20.00").await });
    }
    let answers = placing.join_all().await;
    assert!(answers.iter().all(|a| a.status == StatusCode::CREATED && a.json() == answers[0].json()), "{answers:?}");
    assert_eq!((shop.table.items("ORDER#").await.len(), shop.table.stock("MUG").await), (1, 98));
}

#[tokio::test]
async fn a_second_press_that_reads_while_the_first_is_carried_out_gets_its_order_and_not_an_empty_cart() {
    let shop = Shop::open().await;
    let (guest, review) = at_review(&shop).await;
    let (mut first, mut second) = (guest.clone(), guest);
    let placed = first.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    // One answer has the key as it was before the order, and the cart as it is after it.
    shop.table.faults.next("BatchGetItem", Fault::Before("IDEMPOTENCY#"));
    let again = second.places(&review).await;
    assert_eq!((again.status, shop.table.faults.met()), (StatusCode::SEE_OTHER, 1), "{}", again.text);
    assert_eq!(again.location(), placed.location());
}

#[tokio::test]
async fn a_full_line_says_how_many_there_are_and_how_many_more_fit() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "90").await;
    let refused = adds(&mut guest, "MUG", "10").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&refused, &["You have 90 in your cart; 9 more fit.", "Take 99"]);
    let problem = guest.clone().wanting_json().post("/cart/lines", &[("sku", "MUG"), ("quantity", "100")]).await.json();
    assert_eq!((&problem["in_cart"], &problem["fits"], &problem["max"]), (&json!(90), &json!(9), &json!(99)));
    assert_eq!(problem["detail"], "You have 90 in your cart; 9 more fit.");
    assert_eq!(json(&guest, "/cart").await["units"], 90);
}

#[tokio::test]
async fn many_adds_to_one_cart_at_once_all_succeed() {
    for (tabs, wants_json) in [(8, false), (16, true)] {
        let shop = Shop::open().await;
        let mut guest = shop.visitor();
        adds(&mut guest, "MUG", "1").await;
        let mut adding = JoinSet::new();
        for _ in 0..tabs {
            let mut tab = if wants_json { guest.clone().wanting_json() } else { guest.clone() };
            adding.spawn(async move { adds(&mut tab, "MUG", "1").await.status });
        }
        let done = adding.join_all().await;
        assert!(done.iter().all(|status| status.is_success() || status.is_redirection()), "{done:?}");
        assert_eq!(json(&guest, "/cart").await["units"], tabs + 1);
    }
}

/// Every kind of change of a cart.
const CHANGES: [(&str, &[(&str, &str)]); 6] = [
    ("/cart/lines/MUG", &[("quantity", "3")]),
    ("/cart/lines", &[("sku", "SHIRT-S")]),
    ("/cart/coupon", &[("code", "TEN")]),
    (
        "/checkout",
        &[
            ("email", EMAIL),
            ("name", "Ada"),
            ("line1", "Am Hang 3"),
            ("postal_code", "10115"),
            ("city", "Berlin"),
            ("country", "DE"),
        ],
    ),
    ("/checkout/delivery", &[("shipping_method", "far")]),
    ("/checkout/payment", &[("payment_method", "on_delivery")]),
];

#[tokio::test]
async fn every_change_of_ones_own_cart_waits_for_the_others() {
    let shop = Shop::open().await;
    shop.table.store.put_coupon(&goods::coupon("TEN")).await.unwrap();
    let (guest, _) = at_review(&shop).await;
    let mut tabs = JoinSet::new();
    for (path, fields) in CHANGES.iter().cycle().take(12) {
        let mut tab = guest.clone();
        tabs.spawn(async move { (path, tab.post(path, fields).await.status) });
    }
    for (path, status) in tabs.join_all().await {
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
    }
    let review = json(&guest, "/checkout/review").await;
    assert_eq!((&review["cart"]["units"], &review["cart"]["coupon"]), (&json!(5), &json!("TEN")));
    assert_eq!((&review["payment"], &review["cart"]["quote"]["shipping"]["method"]), (&json!("On delivery"), &json!("far")));
}

#[tokio::test]
async fn looking_writes_nothing_and_stands_in_no_orders_way() {
    let shop = Shop::open().await;
    let (mut guest, review) = at_review(&shop).await;
    change_product(&shop, "mug", |p| p.variants[0].stock = 50).await;
    for path in ["/cart", "/checkout", "/checkout/delivery", "/checkout/payment", "/checkout/review"] {
        let seen = guest.get(path).await;
        assert_eq!((seen.status, seen.usage.write_halves), (StatusCode::OK, 0), "{path}");
        assert!(seen.usage.round_trips <= 2, "{path}: {}", seen.usage.round_trips);
    }
    let placed = guest.places(&review).await;
    assert_eq!((placed.status, placed.usage.round_trips), (StatusCode::SEE_OTHER, 2), "{}", placed.text);
}

#[tokio::test]
async fn a_price_that_the_review_shows_as_changed_can_be_ordered() {
    let shop = Shop::open().await;
    let (mut guest, _) = at_review(&shop).await;
    change_product(&shop, "mug", |p| p.variants[0].price = goods::money("8.00")).await;
    let review = guest.get("/checkout/review").await;
    says(&review, &["Order for €21.00"]);
    let placed = guest.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    let order = shop.table.items("ORDER#").await.remove(0);
    assert_eq!((&order["quote"]["total"], &order["lines"][0]["unit_price"]), (&json!("21.00"), &json!("8.00")));
}

#[tokio::test]
async fn a_browser_keeps_the_pages_of_all_its_orders() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let mut numbers = Vec::new();
    for _ in 0..3 {
        numbers.push(guest.buys("MUG", "1", EMAIL).await);
    }
    for number in &numbers {
        assert_eq!(guest.get(&format!("/orders/{number}")).await.status, StatusCode::OK);
        assert_eq!(guest.get(&format!("/checkout/done/{number}")).await.status, StatusCode::OK);
    }
    let mut single = shop.visitor();
    single.cookies.insert("__Host-order".to_owned(), shop.app.keys.get().seal(&numbers[0]));
    assert_eq!(single.get(&format!("/orders/{}", numbers[0])).await.status, StatusCode::OK, "a cookie of earlier times");
    single.post("/orders", &[("number", &numbers[1]), ("email", EMAIL)]).await;
    for number in &numbers[..2] {
        assert_eq!(single.get(&format!("/orders/{number}")).await.status, StatusCode::OK, "looked up");
    }
    assert_eq!(single.get(&format!("/orders/{}", numbers[2])).await.status, StatusCode::NOT_FOUND);
}
