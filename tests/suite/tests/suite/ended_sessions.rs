//! A session that has ended does nothing any more, whatever its token says.

use domain::{customer::Role, text::Id};
use http::StatusCode;
use suite::{Client, Fault, Shop, goods};

const EMAIL: &str = "ada@example.com";
const TOKEN: &str = "__Host-session";
const NEXT: &str = "a quite different sentence of mine";

fn id_of(client: &Client) -> Id {
    client.cookies["__Host-refresh"].split('.').next().unwrap().parse().unwrap()
}

async fn units(shop: &Shop, of: &Id) -> u64 {
    let cart = shop.table.item(&format!("CART#CUSTOMER#{of}"), "CART").await;
    cart["lines"].as_array().map_or(0, |lines| lines.iter().filter_map(|line| line["quantity"].as_u64()).sum())
}

async fn is_nobodys(copy: &Client) {
    let mut copy = copy.clone();
    assert!(copy.cookies.contains_key(TOKEN), "a token that has not expired");
    let page = copy.get("/account").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/auth/sign-in?next=/account"));
    assert!(!copy.cookies.contains_key(TOKEN), "the browser forgets it");
}

#[tokio::test]
async fn a_signed_in_request_reads_the_sessions_record_once_and_a_guests_nothing_more() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    ada.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    for (path, fields) in [
        ("/cart", &[][..]),
        ("/checkout", &[]),
        ("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]),
        ("/cart/lines/MUG", &[("quantity", "1")]),
    ] {
        let send = async |client: &mut Client| {
            let answer = if fields.is_empty() { client.get(path).await } else { client.post(path, fields).await };
            answer.usage.round_trips
        };
        let account = u64::from(path == "/checkout");
        assert_eq!(send(&mut ada).await, send(&mut guest).await + 1 + account, "{path}");
    }
}

#[tokio::test]
async fn the_sessions_record_is_read_while_the_request_reads_what_it_needs() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let mut guest = shop.visitor();
    for client in [&mut ada, &mut guest] {
        client.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    }
    for path in ["/cart", "/checkout", "/checkout/delivery", "/account", "/account/orders", "/account/profile"] {
        shop.table.faults.most_at_once();
        ada.get(path).await;
        assert!(shop.table.faults.most_at_once() > 1, "{path}");
    }
    for path in ["/cart", "/checkout"] {
        shop.table.faults.most_at_once();
        guest.get(path).await;
        assert_eq!(shop.table.faults.most_at_once(), 1, "{path}: one request after the other");
    }
    shop.table.faults.most_at_once();
    ada.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    assert_eq!(shop.table.faults.most_at_once(), 2, "the cart's read and the record's");
}

#[tokio::test]
async fn while_the_sessions_record_cannot_be_read_nothing_is_written_and_nothing_shown() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    ada.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    shop.table.faults.every("GetItem", Fault::throttled());
    let refused = ada.post("/cart/lines", &[("sku", "MUG"), ("quantity", "5")]).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    shop.table.faults.end();
    assert_eq!(units(&shop, &id_of(&ada)).await, 1);
    assert_eq!(ada.get("/account").await.status, StatusCode::OK, "and the session goes on");
}

#[tokio::test]
async fn a_copied_token_is_worth_nothing_after_signing_out() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let copy = ada.clone();
    ada.post("/auth/sign-out", &[]).await;
    is_nobodys(&copy).await;
    for (path, fields) in [
        ("/account/profile", &[("name", "Eve"), ("phone", "")][..]),
        ("/account/password", &[("current", goods::PASSWORD), ("password", NEXT)]),
    ] {
        let answer = copy.clone().post(path, fields).await;
        assert_eq!(answer.location(), "/auth/sign-in?next=/account", "{path}");
        assert_eq!(copy.clone().wanting_json().post(path, fields).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let mut back = shop.visitor();
    back.signs_in(EMAIL).await;
    assert!(back.get("/account").await.text.contains("Hello, Ada Example"), "nothing was written");
}

#[tokio::test]
async fn what_an_ended_session_asks_for_is_answered_as_a_guests_request() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    ada.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    let (copy, id) = (ada.clone(), id_of(&ada));
    ada.post("/auth/sign-out", &[]).await;
    let mut shopping = copy.clone();
    let added = shopping.post("/cart/lines", &[("sku", "MUG"), ("quantity", "5")]).await;
    assert_eq!(added.location(), "/cart");
    let cart = shopping.clone().wanting_json().get("/cart").await.json();
    assert_eq!((cart["units"].as_u64(), units(&shop, &id).await), (Some(5), 2), "a cart of its own");
    let mut back = copy.clone();
    back.signs_in(EMAIL).await;
    assert!(back.get("/account").await.text.contains("Hello, Ada"));
    assert_eq!(copy.clone().post("/auth/sign-out", &[]).await.location(), "/");
    let large = copy.clone().send(http::Method::POST, "/cart/lines", Some("application/json"), vec![b'a'; 1_000_000]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn who_orders_in_a_session_that_has_ended_is_asked_to_sign_in_and_comes_back() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    ada.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    ada.checks_out(EMAIL).await;
    let review = ada.get("/checkout/review").await;
    let placing = [("idempotency_key", review.field("idempotency_key")), ("seen_total", review.field("seen_total"))];
    let placing = placing.each_ref().map(|(name, value)| (*name, value.as_str()));
    let (copy, mut old) = (ada.clone(), ada.clone());
    old.cookies.remove(TOKEN);
    let mut elsewhere = shop.visitor();
    elsewhere.signs_in(EMAIL).await;
    elsewhere.post("/account/password", &[("current", goods::PASSWORD), ("password", NEXT)]).await;
    for (client, state) in [(copy, "with its token"), (old, "with its refresh secret alone")] {
        let mut posts = client.clone().with("referer", "https://shop.example/checkout/review?utm_source=mail");
        let answer = posts.post("/checkout/place", &placing).await;
        let back = "/auth/sign-in?next=/checkout/review%3Futm_source%3Dmail";
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, back), "{state}");
        let page = posts.get(back).await;
        assert!(page.text.contains("You have been signed out. Please sign in again."), "{state}: {}", page.text);
        let program = client.clone().wanting_json().post("/checkout/place", &placing).await;
        assert_eq!((program.status, &program.json()["title"]), (StatusCode::UNAUTHORIZED, &"Please sign in".into()), "{state}");
        for (path, fields) in [
            ("/checkout/payment", &[("payment_method", "bank_transfer")][..]),
            ("/cart/coupon", &[("code", "X")]),
            ("/cart/lines/MUG", &[("quantity", "1")]),
        ] {
            let foreign = client.clone().with("referer", "https://evil.example/x").post(path, fields).await;
            assert_eq!(foreign.location(), "/auth/sign-in?next=/account", "{state}: {path}");
        }
        let mut tabs = client.clone();
        tabs.get("/cart").await;
        assert_eq!(
            tabs.post("/checkout/place", &placing).await.location(),
            "/auth/sign-in?next=/account",
            "{state}: another tab"
        );
        for path in ["/checkout", "/checkout/delivery", "/checkout/review"] {
            assert_eq!(client.clone().get(path).await.location(), format!("/auth/sign-in?next={path}"), "{state}");
        }
        let cart = client.clone().get("/cart").await;
        assert!(cart.text.contains("Sign in again to see the cart of your account."), "{state}: {}", cart.text);
    }
    let mut guest = shop.visitor();
    assert_eq!(guest.get("/checkout/review").await.location(), "/cart", "who never was signed in");
    let mut back = shop.visitor();
    back.post("/auth/sign-in", &[("email", EMAIL), ("password", NEXT)]).await;
    assert!(back.get("/checkout/review").await.text.contains("Order for"), "the cart waits");
}

#[tokio::test]
async fn what_was_on_its_way_when_the_session_ended_is_not_written_at_a_second_try() {
    const ADDRESS: [(&str, &str); 5] =
        [("name", "Mallory"), ("line1", "Am Hang 3"), ("postal_code", "10115"), ("city", "Berlin"), ("country", "DE")];
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    for (path, fields) in [
        ("/account/addresses", &ADDRESS[..]),
        ("/account/profile", &[("name", "Mallory"), ("phone", "")]),
        ("/cart/lines", &[("sku", "MUG"), ("quantity", "7")]),
    ] {
        let mut own = shop.visitor();
        own.signs_in(EMAIL).await;
        own.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
        let mut stranger = own.clone();
        // The stranger's request has confirmed its session and read; its write comes after the new password.
        let held = shop.table.faults.hold("PutItem");
        let sent = tokio::spawn(async move { stranger.post(path, fields).await });
        held.reached().await;
        let changed = own.post("/account/password", &[("current", goods::PASSWORD), ("password", NEXT)]).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
        // Somebody else's write comes first too, so that it has to be tried again.
        own.post("/account/profile", &[("name", "Ada Example"), ("phone", "")]).await;
        own.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
        held.release();
        assert!(sent.await.unwrap().location().starts_with("/auth/sign-in"), "{path}");
        let text = own.get("/account/profile").await.text + &own.get("/account/addresses").await.text;
        assert!(!text.contains("Mallory"), "{path}: {text}");
        assert_eq!(units(&shop, &id_of(&ada)).await, 2, "{path}");
        own.post("/cart/lines/MUG", &[("quantity", "0")]).await;
        let back = own.post("/account/password", &[("current", NEXT), ("password", goods::PASSWORD)]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    }
}

#[tokio::test]
async fn a_token_of_an_ended_session_opens_no_back_office() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Owner).await;
    let mut copy = staff.clone();
    staff.post("/auth/sign-out", &[]).await;
    assert_eq!(copy.get("/admin/products").await.status, StatusCode::NOT_FOUND);
    assert_eq!(copy.post("/admin/products/mug/delete", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.table.items("PRODUCT#").await.len(), 2);
}
