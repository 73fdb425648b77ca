//! From the cart to an order, and the order afterwards.

use domain::{customer::Role, settings::Settings};
use http::StatusCode;
use serde_json::json;
use suite::{Client, Shop, goods};

const EMAIL: &str = "ada@example.com";

async fn with_mug(shop: &Shop) -> Client {
    let mut guest = shop.visitor();
    let added = guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    guest
}

const CONTACT: [(&str, &str); 6] = [
    ("email", EMAIL),
    ("name", "Ada Example"),
    ("line1", "Am Hang 3"),
    ("postal_code", "10115"),
    ("city", "Berlin"),
    ("country", "DE"),
];

#[tokio::test]
async fn a_guest_buys_and_finds_the_order_again() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let number = guest.buys("MUG", "2", EMAIL).await;
    let done = guest.get(&format!("/checkout/done/{number}")).await;
    assert_eq!(done.status, StatusCode::OK);
    for words in ["Thank you", "€20.00", "IBAN 123", "Create an account", &number] {
        assert!(done.text.contains(words), "{words} is not in {}", done.text);
    }
    assert_eq!(shop.table.stock("MUG").await, 98);
    assert_eq!(guest.cookies["cart-count"], "0");
    let mut elsewhere = shop.visitor();
    assert_eq!(elsewhere.get(&format!("/orders/{number}")).await.status, StatusCode::NOT_FOUND);
    let found =
        elsewhere.post("/orders", &[("number", &number.to_lowercase().replace('-', "")), ("email", "ADA@example.com ")]).await;
    assert_eq!((found.status, found.location()), (StatusCode::SEE_OTHER, format!("/orders/{number}").as_str()));
    assert_eq!(elsewhere.get(found.location()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_pair_of_number_and_address_is_answered_as_an_unknown_one() {
    let shop = Shop::open().await;
    let number = shop.visitor().buys("MUG", "1", EMAIL).await;
    let mut other = shop.visitor();
    let mut answers = Vec::new();
    for (number, email) in
        [(number.as_str(), "bob@example.com"), ("AAAAA-AAAAA", EMAIL), ("nonsense", EMAIL), (&number, "nonsense")]
    {
        let answer = other.post("/orders", &[("number", number), ("email", email)]).await;
        assert!(!other.cookies.contains_key("__Host-order"));
        answers.push((answer.status, answer.text.replace(number, "").replace(email, "")));
    }
    assert!(answers.iter().all(|a| *a == answers[0]), "all the same");
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_order_page_opens_for_nobody_else() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let number = ada.buys("MUG", "1", EMAIL).await;
    assert_eq!(ada.get(&format!("/account/orders/{number}")).await.status, StatusCode::OK);
    let mut bob = shop.customer("bob@example.com").await;
    let mut forged = shop.visitor();
    forged.cookies.insert("__Host-order".to_owned(), format!("{number}.0000"));
    for path in ["/account/orders/", "/orders/", "/checkout/done/"] {
        let path = format!("{path}{number}");
        assert_eq!(bob.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        if !path.starts_with("/account") {
            assert_eq!(forged.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for path in [format!("/account/orders/{number}/cancel"), format!("/orders/{number}/cancel")] {
        assert_eq!(bob.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn each_step_leads_to_the_first_one_that_lacks_something() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    for path in ["/checkout", "/checkout/delivery", "/checkout/payment", "/checkout/review"] {
        assert_eq!(guest.get(path).await.location(), "/cart", "{path} without a cart");
    }
    let mut guest = with_mug(&shop).await;
    assert_eq!(guest.get("/checkout/review").await.location(), "/checkout");
    assert_eq!(guest.post("/checkout", &CONTACT).await.location(), "/checkout/delivery");
    assert_eq!(guest.get("/checkout/review").await.location(), "/checkout/delivery");
    assert_eq!(guest.post("/checkout/delivery", &[("shipping_method", "standard")]).await.location(), "/checkout/payment");
    assert_eq!(guest.get("/checkout/review").await.location(), "/checkout/payment");
    assert_eq!(guest.post("/checkout/payment", &[("payment_method", "on_delivery")]).await.location(), "/checkout/review");
    let review = guest.get("/checkout/review").await;
    assert!(review.text.contains("On delivery") && review.text.contains("Order for €20.00"), "{}", review.text);
}

#[tokio::test]
async fn everything_typed_survives_a_refused_field() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    let fields: Vec<(&str, &str)> =
        CONTACT.iter().map(|(n, v)| if *n == "postal_code" { (*n, "12 <b>") } else { (*n, *v) }).collect();
    let refused = guest.post("/checkout", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in
        ["is not a postal code of this country", "value=\"12 &lt;b&gt;\"", "value=\"Am Hang 3\"", "value=\"ada@example.com\""]
    {
        assert!(refused.text.contains(words), "{words} is not in {}", refused.text);
    }
}

#[tokio::test]
async fn a_throw_away_address_is_refused_with_the_reason() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    let fields: Vec<(&str, &str)> =
        CONTACT.iter().map(|(n, v)| if *n == "email" { (*n, "x@mailinator.com") } else { (*n, *v) }).collect();
    let refused = guest.post("/checkout", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("throw-away"), "{}", refused.text);
}

#[tokio::test]
async fn a_method_that_does_not_go_to_the_new_address_is_asked_for_again() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    guest.checks_out(EMAIL).await;
    let fields: Vec<(&str, &str)> = CONTACT
        .iter()
        .map(|(n, v)| match *n {
            "country" => (*n, "AT"),
            "postal_code" => (*n, "1010"),
            _ => (*n, *v),
        })
        .collect();
    guest.post("/checkout", &fields).await;
    assert_eq!(guest.get("/checkout/review").await.location(), "/checkout/delivery");
    let refused = guest.post("/checkout/delivery", &[("shipping_method", "standard")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "it does not go to Austria");
}

#[tokio::test]
async fn a_submit_that_is_repeated_is_one_order() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    let review = guest.checks_out(EMAIL).await;
    let first = guest.places(&review).await;
    let second = guest.places(&review).await;
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, second.location()));
    assert_eq!(shop.table.items("ORDER#").await.len(), 1);
}

#[tokio::test]
async fn a_price_change_on_the_review_page_is_refused_with_the_difference() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    let review = guest.checks_out(EMAIL).await;
    let store = &shop.table.store;
    let seen = store.product(&goods::parse("mug")).await.unwrap().unwrap();
    let mut next = seen.clone();
    next.variants[0].price = goods::money("9.00");
    store.update_product(&seen, &next).await.unwrap();
    let refused = guest.places(&review).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    for words in ["The price of Mug changed from €7.50 to €9.00.", "The total is now €23.00; you saw €20.00.", "Order for €23.00"]
    {
        assert!(refused.text.contains(words), "{words} is not in {}", refused.text);
    }
    assert!(shop.table.items("ORDER#").await.is_empty());
    let placed = guest.places(&refused).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "what is shown now can be ordered");
}

#[tokio::test]
async fn a_shipping_price_that_changed_is_refused_with_the_difference() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    let review = guest.checks_out(EMAIL).await;
    let store = &shop.table.store;
    let settings = store.settings().await.unwrap().unwrap();
    let mut shipping = settings.shipping.clone();
    shipping[0].price = goods::money("6.00");
    store.put_settings(&Settings { shipping, ..settings }).await.unwrap();
    let refused = guest.places(&review).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert!(shop.table.items("ORDER#").await.is_empty());
}

#[tokio::test]
async fn sold_out_on_the_way_is_said_and_nothing_is_ordered() {
    let shop = Shop::open().await;
    let mut slow = shop.visitor();
    slow.post("/cart/lines", &[("sku", "SHIRT-M"), ("quantity", "2")]).await;
    let review = slow.checks_out(EMAIL).await;
    shop.visitor().buys("SHIRT-M", "2", "bob@example.com").await;
    let refused = slow.places(&review).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("Only 1 of Shirt left."), "{}", refused.text);
    assert!(!refused.text.contains("Order for"), "it cannot be ordered as it is");
    assert_eq!(shop.table.stock("SHIRT-M").await, 1);
}

#[tokio::test]
async fn the_api_places_an_order_under_its_idempotency_key() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    guest.checks_out(EMAIL).await;
    let api = guest.clone().wanting_json();
    let place = async |key: &str, total: &str| {
        api.clone().with("idempotency-key", key).post_json("/checkout/place", &json!({ "seen_total": total })).await
    };
    assert_eq!(place("", "20.00").await.status, StatusCode::BAD_REQUEST, "a key is needed");
    let wrong = place("k0", "19.00").await;
    assert_eq!((wrong.status, wrong.json()["total"].clone()), (StatusCode::CONFLICT, json!("20.00")));
    let first = place("k1", "20.00").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let again = place("k1", "20").await;
    assert_eq!(first.json(), again.json(), "the same key and body: the first answer");
    let other = place("k1", "21.00").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "the same key, another body");
    assert_eq!(shop.table.items("ORDER#").await.len(), 1);
}

#[tokio::test]
async fn placing_through_the_page_takes_two_requests_of_its_own() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    let review = guest.checks_out(EMAIL).await;
    let before = shop.table.store.requests();
    guest.places(&review).await;
    assert_eq!(shop.table.store.requests() - before, 2);
}

#[tokio::test]
async fn a_hundred_shoppers_at_once_for_ten_units_get_ten_orders_and_ninety_pages_that_say_sold_out() {
    let shop = Shop::open().await;
    let mut ready = Vec::new();
    for i in 0..100 {
        let mut guest = shop.visitor();
        guest.post("/cart/lines", &[("sku", "SHIRT-S"), ("quantity", "1")]).await;
        let review = guest.checks_out(&format!("guest{i}@example.com")).await;
        ready.push((guest, review));
    }
    let mut placing = tokio::task::JoinSet::new();
    for (mut guest, review) in ready {
        placing.spawn(async move { guest.places(&review).await });
    }
    let answers = placing.join_all().await;
    let with = |status| answers.iter().filter(|a| a.status == status).count();
    assert_eq!((with(StatusCode::SEE_OTHER), with(StatusCode::CONFLICT)), (10, 90));
    assert!(answers.iter().filter(|a| a.status == StatusCode::CONFLICT).all(|a| a.text.contains("Shirt is sold out.")));
    assert_eq!(shop.table.stock("SHIRT-S").await, 0);
}

#[tokio::test]
async fn shoppers_cancel_while_nothing_is_sent_and_staff_moves_are_seen() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let number = guest.buys("MUG", "2", EMAIL).await;
    let confirm = guest.get(&format!("/orders/{number}/cancel")).await;
    assert!(confirm.text.contains("This cannot be undone"), "{}", confirm.text);
    let cancelled = guest.post(&format!("/orders/{number}/cancel"), &[]).await;
    assert_eq!(cancelled.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.table.stock("MUG").await, 100);
    let page = guest.get(&format!("/orders/{number}")).await;
    assert!(page.text.contains("Cancelled") && !page.text.contains("Cancel this order"));

    let number = guest.buys("MUG", "1", EMAIL).await;
    let mut staff = shop.staff(Role::Orders).await;
    for status in ["processing", "shipped"] {
        let page = staff.get(&format!("/admin/orders/{number}")).await;
        let fields = [("status", status), ("version", &page.field("version"))];
        let moved = staff.post(&format!("/admin/orders/{number}/status"), &fields).await;
        assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text);
    }
    let page = guest.get(&format!("/orders/{number}")).await;
    for words in ["Shipped", "Processing", "Pending"] {
        assert!(page.text.contains(words));
    }
    assert_eq!(guest.post(&format!("/orders/{number}/cancel"), &[]).await.status, StatusCode::CONFLICT, "it is on its way");
}

#[tokio::test]
async fn a_customers_checkout_knows_the_account() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let address: Vec<(&str, &str)> = CONTACT[1..].to_vec();
    assert_eq!(ada.post("/account/addresses", &address).await.status, StatusCode::SEE_OTHER);
    ada.post("/cart/lines", &[("sku", "MUG")]).await;
    let form = ada.get("/checkout").await;
    for words in ["value=\"ada@example.com\"", "value=\"Am Hang 3\"", "From your address book"] {
        assert!(form.text.contains(words), "{words} is not in {}", form.text);
    }
    let number = ada.buys("MUG", "1", EMAIL).await;
    let orders = ada.get("/account/orders").await;
    assert!(orders.text.contains(&number));
    let json = ada.clone().wanting_json().get("/account/orders").await.json();
    assert_eq!(json["orders"][0]["number"], number);
}
