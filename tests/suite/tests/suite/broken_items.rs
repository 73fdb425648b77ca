//! Things in the table that cannot be read: each is passed over, counted and logged, and never stops what is done with the
//! others.

use crate::publishing::Published;
use domain::{catalogue::Category, customer::Role, order::OrderStatus, text::OrderNumber};
use http::StatusCode;
use serde_json::Value;
use std::{
    io::Write,
    sync::{Arc, Mutex},
};
use store::{Meter, StoreError};
use suite::{Fault, Shop, Table, goods, tour::link};
use tracing::subscriber::DefaultGuard;

const EMAIL: &str = "ada@example.com";

/// Three orders of which the second cannot be read.
async fn orders(table: &Table) -> [OrderNumber; 3] {
    let mut numbers = Vec::new();
    for _ in 0..3 {
        numbers.push(crate::placing::place(table, &[("MUG", 1)]).await.unwrap());
    }
    table.spoil(&format!("ORDER#{}", numbers[1]), "ORDER", "placed_at").await;
    numbers.try_into().unwrap()
}

#[tokio::test]
async fn a_sweep_goes_on_behind_an_order_that_cannot_be_read() {
    let table = Table::with_goods().await;
    let numbers = orders(&table).await;
    let (meter, late) = (Meter::default(), clock::now().plus_days(15));
    assert_eq!(meter.measure(sweep::expire_unpaid(&table.store, late)).await.unwrap(), 2);
    assert_eq!(meter.usage().unreadable, 1, "it is counted");
    for number in [&numbers[0], &numbers[2]] {
        assert_eq!(table.store.order(number).await.unwrap().unwrap().status, OrderStatus::Cancelled);
    }
    assert_eq!(table.stock("MUG").await, 99);
}

#[tokio::test]
async fn a_sweep_goes_on_behind_an_order_that_cannot_be_cancelled() {
    let table = Table::with_goods().await;
    let stuck = crate::placing::place(&table, &[("MUG", 4)]).await.unwrap();
    crate::placing::place(&table, &[("SHIRT-S", 2)]).await.unwrap();
    // The stock is no number: nothing can be added to it.
    table.spoil("SKU#MUG", "SKU", "stock").await;
    assert_eq!(sweep::expire_unpaid(&table.store, clock::now().plus_days(15)).await.unwrap(), 1);
    assert_eq!(table.stock("SHIRT-S").await, 10);
    assert_eq!(table.store.order(&stuck).await.unwrap().unwrap().status, OrderStatus::Pending);
}

#[tokio::test]
async fn a_sweep_ends_with_the_table_and_not_before() {
    let table = Table::with_goods().await;
    for _ in 0..3 {
        crate::placing::place(&table, &[("MUG", 1)]).await.unwrap();
    }
    let late = clock::now().plus_days(15);
    table.faults.nth("TransactWriteItems", 1, Fault::Refused(400, "ValidationException"));
    assert_eq!(sweep::expire_unpaid(&table.store, late).await.unwrap(), 2);
    table.faults.every("TransactWriteItems", Fault::Refused(400, "AccessDeniedException"));
    assert_eq!(sweep::expire_unpaid(&table.store, late).await.unwrap(), 0, "one alone may have its own reason");
    for _ in 0..3 {
        table.faults.end();
        crate::placing::place(&table, &[("MUG", 1)]).await.unwrap();
    }
    table.faults.every("TransactWriteItems", Fault::Refused(400, "AccessDeniedException"));
    assert!(matches!(sweep::expire_unpaid(&table.store, late).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn stock_of_a_variant_that_cannot_be_read_comes_back_nevertheless() {
    let table = Table::with_goods().await;
    crate::placing::place(&table, &[("MUG", 2)]).await.unwrap();
    table.spoil("SKU#MUG", "SKU", "name").await;
    assert_eq!(sweep::expire_unpaid(&table.store, clock::now().plus_days(15)).await.unwrap(), 1);
    assert_eq!(table.stock("MUG").await, 100);
}

#[tokio::test]
async fn lists_of_orders_show_the_others() {
    let shop = Shop::open().await;
    let numbers = orders(&shop.table).await;
    let mut staff = shop.staff(Role::Orders).await;
    for path in ["/admin", "/admin/orders", "/admin/orders?status=pending"] {
        let page = staff.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        let shown = numbers.iter().map(|number| page.text.contains(number.as_str())).collect::<Vec<_>>();
        assert_eq!(shown, [true, false, true], "{path}");
        assert!(page.usage.unreadable > 0, "{path} counts it");
    }
    let own = staff.get(&format!("/admin/orders/{}", numbers[1])).await;
    assert_eq!(own.status, StatusCode::INTERNAL_SERVER_ERROR, "who asks for it by its number hears that it is broken");
}

#[tokio::test]
async fn a_page_whose_orders_are_all_broken_still_leads_on() {
    let table = Table::with_goods().await;
    let numbers = [(), (), ()].map(|()| crate::placing::place(&table, &[("MUG", 1)]));
    let mut placed = Vec::new();
    for number in numbers {
        placed.push(number.await.unwrap());
    }
    for number in &placed[1..] {
        table.spoil(&format!("ORDER#{number}"), "ORDER", "placed_at").await;
    }
    let first = table.store.orders(None, 2).await.unwrap();
    let second = table.store.orders(first.next.as_deref(), 2).await.unwrap();
    let found: Vec<_> = first.items.into_iter().chain(second.items).map(|order| order.number).collect();
    assert_eq!((found, second.next), (vec![placed[0].clone()], None));
}

#[tokio::test]
async fn a_customers_orders_and_guest_orders_that_join_are_the_others() {
    let shop = Shop::open().await;
    let numbers = orders(&shop.table).await;
    let customer = goods::customer(EMAIL, Role::Customer);
    shop.table.store.create_account(&customer, "hash").await.unwrap();
    assert_eq!(shop.table.store.adopt_guest_orders(&customer).await.unwrap(), 2);
    let joined = shop.table.store.orders_of(&customer.id, None, 20).await.unwrap().items;
    let mut joined: Vec<_> = joined.into_iter().map(|order| order.number).collect();
    let mut expected = vec![numbers[0].clone(), numbers[2].clone()];
    joined.sort();
    expected.sort();
    assert_eq!(joined, expected);
}

#[tokio::test]
async fn lists_of_the_catalogue_show_the_others() {
    let shop = Shop::open().await;
    let hats = Category { id: goods::parse("hats"), slug: goods::parse("hats"), name: goods::parse("Hats"), ..goods::category() };
    shop.table.store.create_category(&hats).await.unwrap();
    shop.table.spoil("PRODUCT#mug", "PRODUCT", "slug").await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let products = staff.get("/admin/products").await;
    assert_eq!(products.status, StatusCode::OK, "{}", products.text);
    assert!(products.text.contains(">Shirt<") && !products.text.contains(">Mug<"), "{}", products.text);
    assert_eq!(products.usage.unreadable, 1);
    shop.table.spoil("CATEGORY#hats", "CATEGORY", "name").await;
    let categories = staff.get("/admin/categories").await;
    assert_eq!(categories.status, StatusCode::OK, "{}", categories.text);
    assert!(categories.text.contains("Clothes"), "{}", categories.text);
    assert_eq!(staff.get("/admin/products/mug").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let snapshot = shop.table.store.snapshot().await.unwrap();
    assert_eq!((snapshot.products.len(), snapshot.tree.iter().count(), snapshot.unreadable), (1, 1, 2));
}

#[tokio::test]
async fn an_order_whose_coupons_count_is_no_number_is_cancelled_nevertheless() {
    let shop = Shop::open().await;
    let store = &shop.table.store;
    store.put_coupon(&goods::coupon("TEN")).await.unwrap();
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "4")]).await;
    guest.post("/cart/coupon", &[("code", "TEN")]).await;
    let review = guest.checks_out(EMAIL).await;
    assert_eq!(guest.places(&review).await.status, StatusCode::SEE_OTHER);
    shop.table.spoil("COUPON#TEN", "COUPON", "used").await;
    assert_eq!(sweep::expire_unpaid(store, clock::now().plus_days(15)).await.unwrap(), 1);
    assert_eq!(shop.table.stock("MUG").await, 100);
}

#[tokio::test]
async fn a_cart_with_a_variant_that_cannot_be_read_can_be_looked_at_and_mended() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    for sku in ["MUG", "SHIRT-S"] {
        visitor.post("/cart/lines", &[("sku", sku), ("quantity", "1")]).await;
    }
    shop.table.spoil("SKU#MUG", "SKU", "name").await;
    let cart = visitor.get("/cart").await;
    assert_eq!(cart.status, StatusCode::OK, "{}", cart.text);
    assert!(cart.text.contains("Shirt") && cart.text.contains("Mug"), "{}", cart.text);
    assert!(cart.text.contains("Not available any more."), "{}", cart.text);
    let mended = visitor.post("/cart/lines/MUG", &[("quantity", "0")]).await;
    assert_eq!(mended.status, StatusCode::SEE_OTHER, "{}", mended.text);
    assert!(visitor.get("/cart").await.text.contains(">Checkout</a>"));
}

#[tokio::test]
async fn a_full_build_publishes_the_others_and_takes_nothing_away() {
    let mut shop = Published::open().await;
    let mug = shop.bucket.get("products/mug/index.html").await.unwrap().unwrap();
    shop.table.spoil("PRODUCT#mug", "PRODUCT", "description").await;
    let category = shop.table.store.category(&goods::parse("clothes")).await.unwrap().unwrap();
    let renamed = Category { name: goods::parse("Garments"), ..category.clone() };
    shop.table.store.update_category(&category, &renamed).await.unwrap();
    let (written, gone) = shop.follow().await;
    assert!(written.contains("categories/clothes/index.html") && gone.is_empty(), "{written:?} {gone:?}");
    let kept = shop.bucket.get("products/mug/index.html").await.unwrap().unwrap();
    assert_eq!(kept.body, mug.body, "its page stays as it was");
}

#[tokio::test]
async fn a_new_password_ends_a_session_that_cannot_be_read_too() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    shop.visitor().signs_in(EMAIL).await;
    let sessions = shop.table.items("CUSTOMER#").await.into_iter().filter(|i| i["sk"].as_str().unwrap().starts_with("SESSION#"));
    let own = ada.cookies["__Host-refresh"].clone();
    let other = sessions.into_iter().find(|s| !own.contains(s["sid"].as_str().unwrap())).unwrap();
    let (pk, sk) = (other["pk"].as_str().unwrap(), other["sk"].as_str().unwrap());
    shop.table.spoil(pk, sk, "rotated_at").await;
    let fields = [("current", goods::PASSWORD), ("password", "a quite different sentence of mine")];
    let changed = ada.post("/account/password", &fields).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
    assert_eq!(shop.table.item(pk, sk).await, Value::Null);
}

/// What this thread logs, as lines of JSON.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines about what cannot be read, since the last time.
    fn unreadable(&self) -> String {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().filter(|line| line.contains("an item cannot be read")).collect::<Vec<_>>().join("\n")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The key of the only item whose partition begins so.
async fn only_key(table: &Table, start: &str) -> (String, String) {
    let items = table.items(start).await;
    assert_eq!(items.len(), 1, "{start}: {items:?}");
    (items[0]["pk"].as_str().unwrap().to_owned(), items[0]["sk"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn one_thing_that_cannot_be_read_is_logged_by_its_key_and_names_nobody() {
    const BOB: &str = "bob@example.com";
    let shop = Shop::open().await;
    let (mut staff, mut guest) = (shop.staff(Role::Owner).await, shop.visitor());
    let number = guest.buys("MUG", "1", EMAIL).await;
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    goods::account(&shop.table.store, BOB, Role::Customer).await;
    shop.visitor().post("/auth/forgot", &[("email", BOB)]).await;
    let reset = link(&shop, "reset", BOB).await;
    let (cart, cart_sk) = only_key(&shop.table, "CART#GUEST#").await;
    let (token, token_sk) = only_key(&shop.table, "TOKEN#").await;
    let order = format!("ORDER#{number}");
    for (pk, sk, name) in [
        (order.as_str(), "ORDER", "quote"),
        ("PRODUCT#mug", "PRODUCT", "skus"),
        ("SKU#SHIRT-S", "SKU", "price"),
        (&cart, &cart_sk, "lines"),
        (&token, &token_sk, "until"),
        ("EMAIL#bob@example.com", "EMAIL", "customer"),
    ] {
        shop.table.spoil(pk, sk, name).await;
    }
    let (log, _listening) = Log::listen();
    let secrets = [BOB, EMAIL, cart.trim_start_matches("CART#GUEST#"), token.trim_start_matches("TOKEN#")];
    let check = |answer: suite::Answer, key: &str| {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{key}: {}", answer.text);
        let lines = log.unreadable();
        assert!(lines.contains(key), "{key} is not in {lines:?}");
        assert!(!secrets.iter().any(|secret| lines.contains(secret)), "{key}: {lines}");
    };
    check(staff.get(&format!("/admin/orders/{number}")).await, &order);
    check(staff.get("/admin/products/mug").await, "PRODUCT#mug");
    check(staff.get("/admin/products/shirt").await, "SKU#SHIRT-S");
    check(guest.get("/cart").await, "CART#…");
    check(shop.visitor().get(&format!("/auth/reset?token={reset}")).await, "TOKEN#…");
    check(shop.visitor().post("/auth/sign-in", &[("email", BOB), ("password", goods::PASSWORD)]).await, "EMAIL#…");
}

#[tokio::test]
async fn what_a_list_passes_over_is_logged_by_its_key_too() {
    let shop = Shop::open().await;
    let numbers = orders(&shop.table).await;
    let mut staff = shop.staff(Role::Orders).await;
    let (log, _listening) = Log::listen();
    assert_eq!(staff.get("/admin/orders").await.status, StatusCode::OK);
    let lines = log.unreadable();
    assert!(lines.contains(&format!("ORDER#{}", numbers[1])) && lines.contains("passed over"), "{lines}");
}
