//! What exactly lies in the table, and how many requests it took.

use domain::{
    cart::{Cart, CartLimits},
    customer::Role,
    order::OrderStatus,
};
use serde_json::{Value, json};
use store::{
    cart::CartKey,
    session::Session,
    token::{Token, TokenKind},
};
use suite::{Table, goods};

/// Runs something and says how many requests it sent.
async fn requests<T>(table: &Table, what: impl Future<Output = T>) -> (T, u64) {
    let before = table.store.requests();
    let done = what.await;
    (done, table.store.requests() - before)
}

/// The shard of a list with so many of them.
fn shard(id: &str, shards: u64) -> u64 {
    u64::from_str_radix(&ids::sha256_hex(id)[..2], 16).unwrap() % shards
}

/// An item without the mark of the write that it comes from.
async fn unmarked(table: &Table, pk: &str, sk: &str) -> Value {
    let mut item = table.item(pk, sk).await;
    let mark = item.as_object_mut().unwrap().remove("write_id");
    assert_eq!(mark.unwrap().as_str().unwrap().len(), 16, "{pk}");
    item
}

#[tokio::test]
async fn settings_are_one_attribute_and_those_of_a_former_version_are_read_and_rewritten() {
    let table = Table::with_goods().await;
    let settings = table.store.settings().await.unwrap().unwrap();
    // As a former version wrote them, and moved their lists since: the item's version counts.
    let mut former = serde_json::to_value(&settings).unwrap();
    let former_item = former.as_object_mut().unwrap();
    former_item.retain(|_, value| !value.is_null());
    former_item.extend([("pk", json!("SETTINGS")), ("sk", json!("SETTINGS"))].map(|(name, value)| (name.to_owned(), value)));
    table.put(&former).await;
    let read = table.store.settings().await.unwrap().unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&settings).unwrap());

    let saved = table.store.put_settings(&read).await.unwrap();
    let item = table.item("SETTINGS", "SETTINGS").await;
    assert_eq!((&item["version"], item.get("taxes")), (&json!(settings.version + 1), None), "{item}");
    let document: Value = serde_json::from_str(item["document"].as_str().unwrap()).unwrap();
    assert_eq!(document, serde_json::to_value(&saved).unwrap());
    table.set("SETTINGS", "SETTINGS", "version", 77).await;
    let moved = table.store.settings().await.unwrap().unwrap();
    assert_eq!((moved.version, &moved.name), (77, &settings.name));
    table.spoil("SETTINGS", "SETTINGS", "document").await;
    assert!(matches!(table.store.settings().await, Err(store::StoreError::Corrupt(what)) if what.contains("document")));
}

#[tokio::test]
async fn a_variant_is_one_flat_item_with_what_a_cart_wants_of_its_product() {
    let table = Table::with_goods().await;
    assert_eq!(
        table.item("SKU#SHIRT-S", "SKU").await,
        json!({
            "pk": "SKU#SHIRT-S", "sk": "SKU", "sku": "SHIRT-S", "product": "shirt", "product_version": 1,
            "slug": "shirt", "name": "Shirt",
            "options": [{ "name": "Size", "value": "S" }],
            "image": { "src": "/media/shirt.svg", "alt": "Shirt", "width": 800, "height": 800 },
            "categories": ["clothes"], "price": 20, "stock": 10, "available": true, "for_sale": true, "tax_class": "standard"
        })
    );
}

#[tokio::test]
async fn a_product_is_one_item_that_names_its_variants_and_claims_slug_and_name() {
    let table = Table::with_goods().await;
    assert_eq!(
        unmarked(&table, "PRODUCT#shirt", "PRODUCT").await,
        json!({
            "pk": "PRODUCT#shirt", "sk": "PRODUCT", "gsi3pk": format!("PRODUCTS#{}", shard("shirt", 4)), "gsi3sk": "shirt#shirt",
            "words": "shirt",
            "id": "shirt", "slug": "shirt", "name": "Shirt", "category": "clothes", "description": "<p>Good.</p>",
            "images": [{ "src": "/media/shirt.svg", "alt": "Shirt", "width": 800, "height": 800 }],
            "tags": ["good"], "options": [{ "name": "Size", "values": ["S", "M"] }], "skus": ["SHIRT-S", "SHIRT-M"],
            "visible": true, "featured": false, "created_at": "2026-01-02T03:04:05.000Z",
            "updated_at": "2026-01-02T03:04:05.000Z", "version": 1
        })
    );
    assert_eq!(
        table.item("SLUG#PRODUCT#shirt", "SLUG").await,
        json!({ "pk": "SLUG#PRODUCT#shirt", "sk": "SLUG", "id": "shirt" })
    );
    assert_eq!(table.item("NAME#shirt", "NAME").await, json!({ "pk": "NAME#shirt", "sk": "NAME", "product": "shirt" }));
}

#[tokio::test]
async fn a_category_counts_its_products() {
    let table = Table::with_goods().await;
    assert_eq!(
        table.item("CATEGORY#clothes", "CATEGORY").await,
        json!({
            "pk": "CATEGORY#clothes", "sk": "CATEGORY", "gsi4pk": "CATEGORIES", "gsi4sk": "clothes", "id": "clothes",
            "slug": "clothes", "name": "Clothes", "description": "To wear.", "position": 0, "version": 1,
            "products": 2, "children": 0
        })
    );
}

#[tokio::test]
async fn a_guests_cart_is_kept_under_a_hash_of_its_secret_and_expires_in_thirty_days() {
    let table = Table::with_goods().await;
    let of = goods::guest();
    let mut cart = Cart::new(of.id().clone());
    let offer = table.store.offers(&[goods::parse("MUG")]).await.unwrap().remove(&goods::parse("MUG")).unwrap();
    cart.add(offer, 2, CartLimits::default()).unwrap();
    let (_, sent) = requests(&table, table.store.save_cart(&of, &cart)).await;
    assert_eq!(sent, 1);
    let pk = format!("CART#GUEST#{}", ids::sha256_hex(of.id().as_str()));
    let mut item = table.item(&pk, "CART").await;
    let expires = item["expires_at"].take().as_i64().unwrap();
    let in_days = (expires - clock::now().unix()) / 86_400;
    assert!((29..=30).contains(&in_days), "{in_days} days");
    let write_id = item["write_id"].take();
    assert_eq!(write_id.as_str().unwrap().len(), 16, "which write it comes from");
    assert!(!item.to_string().contains(of.id().as_str()), "the secret is not stored");
    assert!(item["version"].take().as_u64().unwrap() > 0, "any, and one more at each change");
    assert_eq!(
        item,
        json!({
            "pk": pk, "sk": "CART", "expires_at": null, "write_id": null, "version": null, "checkout": {
                "email": null, "phone": null, "address": null, "shipping_method": null, "payment_method": null
            },
            "lines": [{ "quantity": 2, "price_when_added": "7.5", "offer": {
                "sku": "MUG", "product": "mug", "slug": "mug", "name": "Mug", "options": [],
                "image": { "src": "/media/mug.svg", "alt": "Mug", "width": 800, "height": 800 },
                "categories": ["clothes"], "price": "7.5", "stock": 100, "available": true, "tax_class": "standard"
            } }]
        })
    );
}

#[tokio::test]
async fn a_customers_cart_stays() {
    let table = Table::with_goods().await;
    let of = CartKey::Customer(goods::parse("c1"));
    goods::full_cart(&table.store, &of, "ada@example.com", &[("MUG", 1)]).await;
    assert_eq!(table.item("CART#CUSTOMER#c1", "CART").await["expires_at"], Value::Null);
}

#[tokio::test]
async fn an_account_is_a_customer_and_an_address_that_only_one_can_have() {
    let table = Table::new().await;
    let customer = goods::customer("ada@example.com", Role::Customer);
    table.store.create_account(&customer, "hash").await.unwrap();
    let id = customer.id.to_string();
    assert_eq!(
        table.item(&format!("CUSTOMER#{id}"), "CUSTOMER").await,
        json!({
            "pk": format!("CUSTOMER#{id}"), "sk": "CUSTOMER", "id": id, "email": "ada@example.com", "email_verified": true,
            "name": "Ada Example", "addresses": [], "role": "customer", "created_at": customer.created_at.to_string(),
            "version": 1
        })
    );
    let address = unmarked(&table, "EMAIL#ada@example.com", "EMAIL").await;
    assert_eq!(
        address,
        json!({ "pk": "EMAIL#ada@example.com", "sk": "EMAIL", "customer": id, "password_hash": "hash", "verified": true })
    );
    let second = goods::customer("ada@example.com", Role::Owner);
    let taken = table.store.create_account(&second, "other").await;
    assert!(matches!(taken, Err(store::account::CreateAccountError::EmailTaken)));
    assert_eq!(unmarked(&table, "EMAIL#ada@example.com", "EMAIL").await, address);
}

#[tokio::test]
async fn an_order_is_one_item_found_by_number_by_owner_and_by_status() {
    let table = Table::with_goods().await;
    let number = crate::placing::place(&table, &[("SHIRT-S", 2)]).await.unwrap();
    let item = table.item(&format!("ORDER#{number}"), "ORDER").await;
    let moment = item["placed_at"].as_str().unwrap();
    assert_eq!(item["gsi3pk"], "GUEST#ada@example.com");
    assert_eq!(item["gsi3sk"], format!("{moment}#{number}"));
    assert_eq!(item["gsi4pk"], format!("ORDERS#pending#{}", shard(number.as_str(), 8)));
    assert_eq!(item["gsi4sk"], format!("{moment}#{number}"));
    let former: Vec<_> =
        item.as_object().unwrap().keys().filter(|name| name.starts_with("gsi1") || name.starts_with("gsi2")).collect();
    assert!(former.is_empty(), "no keys of before: {former:?}");
    assert_eq!((&item["total"], &item["units"], &item["name"]), (&json!("45.00"), &json!(2), &json!("Ada Example")), "for lists");
    assert_eq!(
        item["lines"],
        json!([{
            "product": "shirt", "slug": "shirt", "name": "Shirt", "options": [{ "name": "Size", "value": "S" }],
            "image": { "src": "/media/shirt.svg", "alt": "Shirt", "width": 800, "height": 800 },
            "sku": "SHIRT-S", "quantity": 2, "unit_price": "20.00", "goods": "40.00", "discount": "0", "tax_rate": "20",
            "tax": "6.67", "total": "40.00"
        }])
    );
    assert_eq!(
        (&item["quote"]["total"], item["quote"].get("lines")),
        (&json!("45.00"), None),
        "amounts of a line are there once"
    );
    assert_eq!(item["timeline"], json!([{ "status": "pending", "at": moment, "by": { "kind": "shopper" } }]));
    let found = table.store.orders(None, 10).await.unwrap().items;
    assert_eq!(found.iter().map(|o| o.number.to_string()).collect::<Vec<_>>(), [number.to_string()]);
}

#[tokio::test]
async fn an_order_of_a_former_version_with_amounts_in_its_quote_too_is_read() {
    let table = Table::with_goods().await;
    let number = crate::placing::place(&table, &[("SHIRT-S", 2), ("MUG", 1)]).await.unwrap();
    let read = table.store.order(&number).await.unwrap().unwrap();
    let amounts: Vec<_> = read.lines.iter().map(|line| line.amounts.clone()).collect();
    assert_eq!((read.quote.lines.len(), &read.quote.lines), (2, &amounts));
    let mut former = table.item(&format!("ORDER#{number}"), "ORDER").await;
    former["quote"]["lines"] = serde_json::to_value(&amounts).unwrap();
    table.put(&former).await;
    assert_eq!(table.store.order(&number).await.unwrap(), Some(read));
}

#[tokio::test]
async fn links_and_sessions_are_stored_hashed() {
    let table = Table::new().await;
    let id = goods::account(&table.store, "ada@example.com", Role::Customer).await;
    let (token, kind) = (Token::new(TokenKind::Reset, id.clone(), 0), TokenKind::Reset);
    table.store.put_token(&token, "the secret").await.unwrap();
    assert!(!table.items("").await.iter().any(|item| item.to_string().contains("the secret")));
    assert!(table.store.link(TokenKind::Verify, "the secret").await.unwrap().is_none(), "of another kind");
    let link = table.store.link(kind, "the secret").await.unwrap().unwrap();
    let moment = clock::now();
    let session = Session {
        sid: goods::parse("s1"),
        customer: id.clone(),
        role: Role::Customer,
        refresh_hash: ids::sha256_hex("r"),
        previous_hash: None,
        rotated_at: moment,
        opened_at: moment,
        unproven: false,
    };
    assert!(table.store.open_session(&session, &link.customer.email, &link.credentials).await.unwrap());
    let item = table.item(&format!("CUSTOMER#{id}"), "SESSION#s1").await;
    assert_eq!(item["refresh_hash"], ids::sha256_hex("r"));
    assert_eq!(item["expires_at"].as_i64().unwrap(), moment.plus_days(30).unix());
}

#[tokio::test]
async fn every_access_pattern_takes_the_requests_the_documentation_names() {
    let table = Table::with_goods().await;
    let store = &table.store;
    let of = goods::guest();
    let sku = goods::parse("MUG");
    assert_eq!(requests(&table, store.settings()).await.1, 1);
    assert_eq!(requests(&table, store.categories()).await.1, 1);
    assert_eq!(requests(&table, store.product(&goods::parse("shirt"))).await.1, 2);
    assert_eq!(requests(&table, store.offers(&[sku])).await.1, 1);
    assert_eq!(requests(&table, store.cart_and_offer(&of, &goods::parse("MUG"))).await.1, 1);
    assert_eq!(requests(&table, store.cart_and_coupon(&of, &goods::parse("TEN"))).await.1, 1);
    assert_eq!(requests(&table, store.cart_of_buyer(&CartKey::Customer(goods::parse("c1")))).await.1, 1);
    let mut cart = goods::full_cart(store, &of, "ada@example.com", &[("MUG", 1), ("SHIRT-S", 1)]).await;
    cart.coupon = Some(goods::coupon("TEN"));
    let buyer = domain::order::Buyer { customer: Some(goods::parse("c1")), email: Some(goods::parse("bob@example.com")) };
    assert_eq!(requests(&table, store.current(&cart, &buyer)).await.1, 1);
    let users = buyer.coupon_users(cart.checkout.email.as_ref());
    assert_eq!(requests(&table, store.coupon_uses(&goods::parse("TEN"), &users)).await.1, 1);
    assert_eq!(requests(&table, store.read_for_placing(&of, &goods::parse("key"))).await.1, 1);
    assert_eq!(requests(&table, store.order(&goods::parse("ABCDE-ABCDE"))).await.1, 1);
    assert_eq!(requests(&table, store.orders_of(&goods::parse("c1"), None, 20)).await.1, 1);
    assert_eq!(requests(&table, store.session(&goods::parse("c1"), &goods::parse("s1"))).await.1, 1);
    assert_eq!(requests(&table, store.link(TokenKind::Verify, "x")).await.1, 1);
    assert_eq!(requests(&table, store.count_attempt("x", 60)).await.1, 1);
    assert_eq!(requests(&table, store.orders_with_status(OrderStatus::Pending, None, 50)).await.1, 8, "at once, one a key");
    assert_eq!(requests(&table, store.orders_with_status(OrderStatus::Shipped, None, 50)).await.1, 2, "at once");
    assert_eq!(requests(&table, store.orders(None, 50)).await.1, 8 + 4 * 2, "at once");
    assert_eq!(requests(&table, store.products_page("", None, 50)).await.1, 4 + 1, "four at once, and their variants");
}
