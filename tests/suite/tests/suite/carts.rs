//! The cart, as shoppers change it.

use domain::{catalogue::Product, coupon::CouponTerms};
use http::StatusCode;
use serde_json::json;
use suite::{Client, Shop, goods};

async fn change(shop: &Shop, product: &str, change: impl FnOnce(&mut Product)) {
    let store = &shop.table.store;
    let seen = store.product(&goods::parse(product)).await.unwrap().unwrap();
    let mut next = seen.clone();
    change(&mut next);
    store.update_product(&seen, &next).await.unwrap();
}

async fn lines(client: &Client) -> Vec<(String, u64)> {
    let cart = client.clone().wanting_json().get("/cart").await.json();
    let line = |l: &serde_json::Value| (l["sku"].as_str().unwrap().to_owned(), l["quantity"].as_u64().unwrap());
    cart["lines"].as_array().unwrap().iter().map(line).collect()
}

async fn adds(client: &mut Client, sku: &str, quantity: &str) -> StatusCode {
    client.post("/cart/lines", &[("sku", sku), ("quantity", quantity)]).await.status
}

#[tokio::test]
async fn adding_what_is_there_adds_up() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    assert_eq!(adds(&mut guest, "SHIRT-S", "2").await, StatusCode::SEE_OTHER);
    assert_eq!(adds(&mut guest, "shirt-s", "3").await, StatusCode::SEE_OTHER);
    assert_eq!(lines(&guest).await, [("SHIRT-S".to_owned(), 5)]);
    assert_eq!(guest.cookies["cart-count"], "5");
}

#[tokio::test]
async fn more_than_the_stock_is_refused_and_what_there_is_is_offered() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let refused = guest.post("/cart/lines", &[("sku", "SHIRT-M"), ("quantity", "4")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("Only 3 of Shirt left in stock."), "{}", refused.text);
    assert!(refused.text.contains("Take 3"), "{}", refused.text);
    assert!(lines(&guest).await.is_empty(), "a refused first add leaves no line");
    assert_eq!(adds(&mut guest, "SHIRT-M", "2").await, StatusCode::SEE_OTHER);
    let refused = guest.clone().wanting_json().post("/cart/lines", &[("sku", "SHIRT-M"), ("quantity", "2")]).await;
    assert_eq!((refused.status, refused.json()["in_stock"].clone()), (StatusCode::CONFLICT, json!(3)));
    let refused = guest.post("/cart/lines/SHIRT-M", &[("quantity", "9")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("action=\"/cart/lines/SHIRT-M\""), "the offer changes the line");
    assert_eq!(lines(&guest).await, [("SHIRT-M".to_owned(), 2)]);
}

#[tokio::test]
async fn an_absurd_quantity_is_refused_and_changes_nothing() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "1").await;
    for quantity in ["-1", "0", "1.5", "100", "1e3", "999999999999999999999", "", "one", "٣", "0x2"] {
        assert_eq!(adds(&mut guest, "MUG", quantity).await, StatusCode::UNPROCESSABLE_ENTITY, "{quantity}");
    }
    for quantity in ["-1", "2.5", "100", "many"] {
        let answer = guest.post("/cart/lines/MUG", &[("quantity", quantity)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{quantity}");
    }
    assert_eq!(adds(&mut guest, "MUG", "99").await, StatusCode::UNPROCESSABLE_ENTITY, "100 in one line");
    assert_eq!(lines(&guest).await, [("MUG".to_owned(), 1)]);
}

#[tokio::test]
async fn a_refused_quantity_is_told_from_where_to_where_it_may_be() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let fields = |quantity| [("sku", "MUG"), ("quantity", quantity)];
    for quantity in ["0", "", "-1", "1.5", "100", "many"] {
        let refused = guest.post("/cart/lines", &fields(quantity)).await;
        assert!(refused.text.contains("Quantity must be a whole number from 1 to 99."), "{quantity}: {}", refused.text);
        let problem = guest.clone().wanting_json().post("/cart/lines", &fields(quantity)).await.json();
        assert_eq!(problem["detail"], "Quantity must be a whole number from 1 to 99.");
        assert_eq!((&problem["min"], &problem["max"]), (&json!(1), &json!(99)));
    }
    adds(&mut guest, "MUG", "1").await;
    let refused = guest.post("/cart/lines", &fields("0")).await;
    assert!(refused.text.contains("Quantity must be a whole number from 1 to 99."), "there already: {}", refused.text);
    for quantity in ["", "-1", "1.5", "100", "many"] {
        let refused = guest.post("/cart/lines/MUG", &[("quantity", quantity)]).await;
        assert!(refused.text.contains("Quantity must be a whole number from 0 to 99."), "{quantity}: {}", refused.text);
        let problem = guest.clone().wanting_json().post("/cart/lines/MUG", &[("quantity", quantity)]).await.json();
        assert_eq!((&problem["min"], &problem["max"]), (&json!(0), &json!(99)));
    }
    guest.post("/cart/lines/MUG", &[("quantity", "0")]).await;
    assert!(lines(&guest).await.is_empty(), "0 removes the line");
}

#[tokio::test]
async fn programs_send_json_and_get_the_cart_or_a_problem() {
    let shop = Shop::open().await;
    let mut program = shop.visitor().wanting_json();
    for (quantity, status) in [
        (json!(2), StatusCode::OK),
        (json!("1"), StatusCode::OK),
        (json!(1.5), StatusCode::UNPROCESSABLE_ENTITY),
        (json!(-1), StatusCode::UNPROCESSABLE_ENTITY),
        (json!(1e30), StatusCode::UNPROCESSABLE_ENTITY),
        (json!(true), StatusCode::UNPROCESSABLE_ENTITY),
        (json!(null), StatusCode::UNPROCESSABLE_ENTITY),
        (json!([1]), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = program.post_json("/cart/lines", &json!({ "sku": "MUG", "quantity": quantity })).await;
        assert_eq!(answer.status, status, "{quantity}: {}", answer.text);
    }
    let cart = program.post_json("/cart/lines/MUG", &json!({ "quantity": 5 })).await.json();
    assert_eq!((&cart["units"], &cart["quote"]["total"], &cart["ready"]), (&json!(5), &json!("37.50"), &json!(true)));
}

#[tokio::test]
async fn an_unknown_sku_is_not_found() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    for sku in ["NOTHING", "", "' OR 1=1", "<script>", &"A".repeat(500)] {
        assert_eq!(adds(&mut guest, sku, "1").await, StatusCode::NOT_FOUND, "{sku}");
    }
    assert_eq!(guest.post("/cart/lines/MUG", &[("quantity", "2")]).await.status, StatusCode::NOT_FOUND, "not in the cart");
}

#[tokio::test]
async fn a_removed_line_can_be_put_back() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "3").await;
    let removed = guest.post("/cart/lines/MUG", &[("quantity", "0")]).await;
    let page = guest.get(removed.location()).await;
    assert!(page.text.contains("Put it back"), "{}", page.text);
    assert_eq!((page.field("sku"), page.field("quantity")), ("MUG".to_owned(), "3".to_owned()));
    assert_eq!(guest.cookies["cart-count"], "0");
    let again = guest.post("/cart/lines/MUG", &[("quantity", "0")]).await;
    assert_eq!(again.location(), "/cart", "a second press does nothing");
}

#[tokio::test]
async fn a_change_of_the_cart_takes_two_requests_and_a_look_two() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    guest.get("/cart").await;
    let start = shop.table.store.requests();
    assert_eq!(adds(&mut guest, "MUG", "1").await, StatusCode::SEE_OTHER);
    let added = shop.table.store.requests();
    assert_eq!(guest.get("/cart").await.status, StatusCode::OK);
    let looked = shop.table.store.requests();
    guest.post("/cart/lines/MUG", &[("quantity", "0")]).await;
    let removed = shop.table.store.requests();
    assert_eq!((added - start, looked - added, removed - looked), (2, 2, 2));
}

#[tokio::test]
async fn a_changed_price_is_shown_as_changed() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "2").await;
    change(&shop, "mug", |p| p.variants[0].price = goods::money("8.00")).await;
    let page = guest.get("/cart").await;
    assert!(page.text.contains("The price changed: it was €7.50, now it is €8.00."), "{}", page.text);
    assert!(page.text.contains("€16.00"));
}

#[tokio::test]
async fn an_unavailable_line_is_shown_left_out_of_the_total_and_stops_checkout() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "2").await;
    adds(&mut guest, "SHIRT-S", "1").await;
    change(&shop, "mug", |p| p.visible = false).await;
    let page = guest.get("/cart").await;
    assert!(page.text.contains("<dt>Total</dt>"), "{}", page.text);
    assert!(page.text.contains("Not available any more.") && page.text.contains("Remove it"), "{}", page.text);
    assert!(!page.text.contains(">Checkout</a>"));
    let cart = guest.clone().wanting_json().get("/cart").await.json();
    assert_eq!(cart["quote"]["goods"], "20.00");
    assert_eq!(guest.get("/checkout").await.location(), "/cart");
    shop.table.store.delete_product(&shop.table.store.product(&goods::parse("mug")).await.unwrap().unwrap()).await.unwrap();
    let removed = guest.post("/cart/lines/MUG", &[("quantity", "0")]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "what has left the catalogue can be removed");
    assert_eq!(guest.get("/checkout").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cart_of_which_nothing_can_be_had_has_no_total_and_no_delivery() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "2").await;
    change(&shop, "mug", |p| p.visible = false).await;
    let page = guest.get("/cart").await;
    assert!(page.text.contains("Nothing in your cart can be ordered as it is."), "{}", page.text);
    assert!(!page.text.contains("Total") && !page.text.contains("Delivery"), "{}", page.text);
}

#[tokio::test]
async fn a_guests_cart_is_merged_once_at_sign_in_with_the_larger_quantity() {
    let shop = Shop::open().await;
    let mut customer = shop.customer("ada@example.com").await;
    adds(&mut customer, "MUG", "5").await;
    adds(&mut customer, "SHIRT-S", "1").await;
    let mut guest = shop.visitor();
    adds(&mut guest, "MUG", "2").await;
    adds(&mut guest, "SHIRT-S", "4").await;
    adds(&mut guest, "SHIRT-M", "1").await;
    let before_sign_in = guest.clone();
    guest.signs_in("ada@example.com").await;
    let expected = [("MUG".to_owned(), 5), ("SHIRT-S".to_owned(), 4), ("SHIRT-M".to_owned(), 1)];
    assert_eq!(lines(&guest).await, expected);
    assert_eq!(guest.cookies["cart-count"], "10");
    assert!(lines(&before_sign_in).await.is_empty(), "the guest's cart is gone");
    let mut again = before_sign_in.clone();
    again.signs_in("ada@example.com").await;
    assert_eq!(lines(&again).await, expected, "signing in again changes nothing");
    assert!(lines(&shop.customer("bob@example.com").await).await.is_empty(), "nobody sees another's cart");
}

#[tokio::test]
async fn a_coupon_is_applied_once_in_any_case_and_taken_off() {
    let shop = Shop::open().await;
    shop.table.store.put_coupon(&goods::coupon("TEN")).await.unwrap();
    let mut guest = shop.visitor();
    adds(&mut guest, "SHIRT-S", "1").await;
    for _ in 0..2 {
        let applied = guest.post("/cart/coupon", &[("code", "tEn")]).await;
        assert_eq!(applied.status, StatusCode::SEE_OTHER);
    }
    let cart = guest.clone().wanting_json().get("/cart").await.json();
    assert_eq!((&cart["quote"]["discount"], &cart["quote"]["total"]), (&json!("2.00"), &json!("18.00")));
    guest.post("/cart/coupon", &[("code", "")]).await;
    assert_eq!(guest.clone().wanting_json().get("/cart").await.json()["quote"]["total"], "20.00");
}

#[tokio::test]
async fn every_refused_coupon_says_why() {
    let shop = Shop::open().await;
    let store = &shop.table.store;
    let day = |days| Some(clock::now().plus_days(days));
    for terms in [
        CouponTerms { starts_at: day(1), ..goods::coupon("SOON") },
        CouponTerms { ends_at: day(-1), ..goods::coupon("OLD") },
        CouponTerms { minimum: Some(goods::money("500.00")), ..goods::coupon("BIG") },
        CouponTerms { total_limit: Some(0), ..goods::coupon("NONE") },
        CouponTerms { categories: vec![goods::parse("other")], ..goods::coupon("OTHER") },
        CouponTerms { active: false, ..goods::coupon("OFF") },
        CouponTerms { customer_limit: Some(0), ..goods::coupon("NOTYOU") },
    ] {
        store.put_coupon(&terms).await.unwrap();
    }
    let mut customer = shop.customer("ada@example.com").await;
    adds(&mut customer, "SHIRT-S", "1").await;
    let mut seen = std::collections::BTreeSet::new();
    for (code, words) in [
        ("SOON", "valid from"),
        ("OLD", "expired"),
        ("BIG", "at least €500.00"),
        ("NONE", "used up"),
        ("OTHER", "not for anything in your cart"),
        ("NOTYOU", "used this coupon already"),
        ("NOPE", "do not know"),
    ] {
        let refused = customer.post("/cart/coupon", &[("code", code)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        assert!(refused.text.contains(words), "{code}: {}", refused.text);
        let problem = customer.clone().wanting_json().post("/cart/coupon", &[("code", code)]).await.json();
        seen.insert(problem["detail"].to_string());
    }
    assert_eq!(seen.len(), 7, "seven different answers");
    let off = customer.post("/cart/coupon", &[("code", "OFF")]).await;
    assert!(off.text.contains("do not know"));
}

#[tokio::test]
async fn a_coupon_is_checked_again_whenever_the_cart_changes() {
    let shop = Shop::open().await;
    let terms = CouponTerms { minimum: Some(goods::money("30.00")), ..goods::coupon("BIG") };
    shop.table.store.put_coupon(&terms).await.unwrap();
    let mut guest = shop.visitor();
    adds(&mut guest, "SHIRT-S", "2").await;
    guest.post("/cart/coupon", &[("code", "BIG")]).await;
    guest.post("/cart/lines/SHIRT-S", &[("quantity", "1")]).await;
    let cart = guest.clone().wanting_json().get("/cart").await.json();
    assert_eq!((&cart["coupon"], &cart["quote"]["total"]), (&json!(null), &json!("20.00")));
}
