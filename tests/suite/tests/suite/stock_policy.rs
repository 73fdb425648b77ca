//! Variants that are sold on when they are out, and those that nobody counts.

use domain::{
    catalogue::{Image, OptionType, OptionValue, Product, StockPolicy, Variant},
    customer::Role,
};
use http::StatusCode;
use serde_json::{Value, json};
use store::changes::Change;
use suite::{Answer, Client, Shop, goods};
use tokio::task::JoinSet;

async fn change(shop: &Shop, product: &str, change: impl FnOnce(&mut Product)) {
    let seen = read(shop, product).await;
    let mut next = seen.clone();
    change(&mut next);
    shop.table.store.update_product(&seen, &next).await.unwrap();
}

async fn read(shop: &Shop, product: &str) -> Product {
    shop.table.store.product(&goods::parse(product)).await.unwrap().unwrap()
}

/// Mugs of which there are two, under a policy.
async fn with_two_mugs(policy: StockPolicy) -> Shop {
    let shop = Shop::open().await;
    change(&shop, "mug", |mug| {
        (mug.variants[0].stock, mug.variants[0].stock_policy) = (2, policy);
    })
    .await;
    shop
}

async fn mugs(shop: &Shop) -> (u32, u32) {
    let mug = read(shop, "mug").await;
    (mug.variants[0].stock, mug.variants[0].sold_beyond)
}

/// What the product's form says, as JSON.
pub(crate) async fn form(staff: &Client, product: &str) -> Value {
    staff.clone().wanting_json().get(&format!("/admin/products/{product}")).await.json()["form"]["input"].clone()
}

async fn saves(staff: &Client, product: &str, input: &Value) -> Answer {
    staff.clone().wanting_json().post_json(&format!("/admin/products/{product}"), input).await
}

pub(crate) async fn is_saved(staff: &Client, product: &str, input: &Value) {
    let answer = saves(staff, product, input).await;
    assert!(answer.is_done(), "{} {}", answer.status, answer.text);
}

#[tokio::test]
async fn what_is_sold_beyond_the_stock_is_counted_apart_and_given_back_by_a_cancellation() {
    for policy in [StockPolicy::SellWhenOut, StockPolicy::Untracked] {
        let shop = with_two_mugs(policy).await;
        let (mut ada, mut bob) = (shop.customer("ada@example.com").await, shop.visitor());
        let number = ada.buys("MUG", "3", "ada@example.com").await;
        assert_eq!(mugs(&shop).await, (0, 1), "{policy:?}");
        bob.buys("MUG", "4", "bob@example.com").await;
        assert_eq!(mugs(&shop).await, (0, 5));
        let answer = ada.post(&format!("/account/orders/{number}/cancel"), &[]).await;
        assert!(answer.is_done(), "{}", answer.text);
        assert_eq!(mugs(&shop).await, (0, 2));

        let mut staff = shop.staff(Role::Catalogue).await;
        let page = staff.get("/admin/products/mug").await.text;
        assert!(page.contains("2 sold beyond stock"), "{page}");
        assert!(staff.get("/admin/products").await.text.contains("2 sold beyond stock"));
    }
}

#[tokio::test]
async fn nobody_is_told_that_it_is_sold_out() {
    for policy in [StockPolicy::SellWhenOut, StockPolicy::Untracked] {
        let shop = with_two_mugs(policy).await;
        let mut guest = shop.visitor();
        guest.buys("MUG", "2", "ada@example.com").await;
        let added = guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "5")]).await;
        assert!(added.is_done(), "{policy:?}: {}", added.text);
        let cart = guest.get("/cart").await.text;
        assert!(!cart.contains("Sold out") && !cart.contains("left"), "{cart}");
        assert!(cart.contains("€37.50"), "{cart}");
        let too_many = guest.clone().wanting_json().post("/cart/lines", &[("sku", "MUG"), ("quantity", "99")]).await;
        assert!(too_many.text.contains("94 more fit"), "the limit of the cart still holds: {}", too_many.text);
    }
}

#[tokio::test]
async fn ten_who_buy_at_once_all_get_what_is_sold_on_and_two_what_is_tracked() {
    for (policy, sold, left) in [(StockPolicy::Track, 2, (0, 0)), (StockPolicy::SellWhenOut, 10, (0, 8))] {
        let shop = with_two_mugs(policy).await;
        let mut ready = Vec::new();
        for n in 0..10 {
            let mut guest = shop.visitor();
            guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
            let review = guest.checks_out(&format!("guest{n}@example.com")).await;
            ready.push((guest, review));
        }
        let mut race: JoinSet<_> =
            ready.into_iter().map(|(mut guest, review)| async move { guest.places(&review).await.status }).collect();
        let mut placed = 0;
        while let Some(status) = race.join_next().await {
            placed += usize::from(status.unwrap() == StatusCode::SEE_OTHER);
        }
        assert_eq!((placed, mugs(&shop).await), (sold, left), "{policy:?}");
    }
}

#[tokio::test]
async fn stock_that_staff_count_anew_takes_the_place_of_what_was_sold_beyond_unless_somebody_buys_meanwhile() {
    let shop = with_two_mugs(StockPolicy::SellWhenOut).await;
    shop.visitor().buys("MUG", "5", "ada@example.com").await;
    let staff = shop.staff(Role::Catalogue).await;
    let mut input = form(&staff, "mug").await;
    assert_eq!((&input["variants"][0]["stock"], &input["variants"][0]["sold_beyond"]), (&json!("0"), &json!(3)));
    is_saved(&staff, "mug", &input).await;
    assert_eq!(mugs(&shop).await, (0, 3), "a number that was not touched stays what it is");

    input = form(&staff, "mug").await;
    shop.visitor().buys("MUG", "1", "bob@example.com").await;
    input["variants"][0]["stock"] = json!("20");
    let refused = saves(&staff, "mug", &input).await;
    assert!(refused.text.contains("The stock of MUG changed meanwhile."), "{}", refused.text);
    assert_eq!(mugs(&shop).await, (0, 4));

    input = form(&staff, "mug").await;
    input["variants"][0]["stock"] = json!("20");
    is_saved(&staff, "mug", &input).await;
    assert_eq!(mugs(&shop).await, (20, 0));
}

/// A product with all that it may have, and with separators in every text.
async fn full_product(shop: &Shop) -> Product {
    let picture = |name: &str, alt: &str| Image {
        origin: Some(format!("https://elsewhere.example/{name}.png")),
        ..goods::image(&format!("/media/{name}.png"), alt)
    };
    let options = |size: &str, colour: &str| {
        let value = |name: &str, value: &str| OptionValue { name: name.to_owned(), value: value.to_owned() };
        vec![value("Size: EU/US", size), value("Colour", colour)]
    };
    let variant = |sku: &str, size: &str, colour: &str| Variant {
        options: options(size, colour),
        image: Some("/media/b.png".to_owned()),
        barcode: Some(goods::parse("Fach – 4 (Ä)")),
        cost: Some(goods::money("3.10")),
        measure: Some("750 ml / 1 l".parse().unwrap()),
        weight_grams: Some(227),
        stock_policy: StockPolicy::SellWhenOut,
        compare_at: Some(goods::money("30.00")),
        ..goods::variant(sku, "20.00", 4)
    };
    let full = Product {
        images: vec![picture("a", "Left | right, 3/4 \"view\""), picture("b", "Front | 800x800")],
        tags: vec!["a tag of more than sixty characters, which one line of a form cannot know before".replace(',', "")],
        vendor: Some("Müller & Söhne".to_owned()),
        manufacturer: Some("Müller GmbH\nWeg 1\n10115 Berlin\ninfo@mueller.example".to_owned()),
        responsible_person: Some("Rep BV\nDam 1, Amsterdam".to_owned()),
        seo: domain::catalogue::Seo { title: Some("A title".to_owned()), description: Some("A description".to_owned()) },
        options: vec![
            OptionType { name: "Size: EU/US".to_owned(), values: vec!["38 / 6, narrow".to_owned(), "12\" wide".to_owned()] },
            OptionType { name: "Colour".to_owned(), values: vec!["Blue/Green".to_owned(), "Red, dark".to_owned()] },
        ],
        variants: vec![variant("FULL-1", "38 / 6, narrow", "Blue/Green"), variant("FULL-2", "12\" wide", "Red, dark")],
        ..goods::simple("full", "FULL-1", "20.00", 4)
    };
    assert_eq!(full.check(), Ok(()));
    shop.table.store.create_product(&full).await.unwrap();
    full
}

#[tokio::test]
async fn a_product_with_everything_is_stored_and_read_as_it_is() {
    let shop = Shop::open().await;
    let full = full_product(&shop).await;
    assert_eq!(read(&shop, "full").await, full);
    change(&shop, "full", |p| {
        let variant = &mut p.variants[0];
        (variant.image, variant.barcode, variant.cost, variant.measure) = (None, None, None, None);
        variant.stock_policy = StockPolicy::Track;
    })
    .await;
    let bare = &read(&shop, "full").await.variants[0];
    assert_eq!((&bare.image, &bare.barcode, bare.cost, bare.measure), (&None, &None, None, None), "what is taken away is gone");
    assert_eq!(bare.stock_policy, StockPolicy::Track);
}

#[tokio::test]
async fn a_form_that_is_saved_unchanged_changes_nothing_whatever_stands_in_its_texts() {
    let shop = Shop::open().await;
    let full = full_product(&shop).await;
    let staff = shop.staff(Role::Catalogue).await;
    let input = form(&staff, "full").await;
    is_saved(&staff, "full", &input).await;
    let saved = read(&shop, "full").await;
    assert_eq!(saved, Product { version: 2, updated_at: saved.updated_at, ..full });
}

#[tokio::test]
async fn a_variants_own_picture_is_in_the_cart_and_in_the_order_and_its_cost_in_neither() {
    let shop = Shop::open().await;
    full_product(&shop).await;
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "FULL-2"), ("quantity", "1")]).await;
    let cart = guest.get("/cart").await.text;
    assert!(cart.contains("/media/b.png") && !cart.contains("/media/a.png"), "{cart}");
    let json = guest.clone().wanting_json().get("/cart").await.text;
    assert!(!json.contains("cost") && !json.contains("3.1") && !json.contains("elsewhere.example"), "{json}");
    let number = guest.buys("FULL-2", "1", "ada@example.com").await;
    let page = guest.get(&format!("/orders/{number}")).await.text;
    assert!(page.contains("/media/b.png") && !page.contains("/media/a.png"), "{page}");
    let order = shop.table.item(&format!("ORDER#{number}"), "ORDER").await.to_string();
    assert!(order.contains("/media/b.png") && !order.contains("elsewhere.example"), "{order}");
}

#[tokio::test]
async fn the_mail_of_an_order_names_what_was_bought_and_shows_the_variants_own_picture() {
    let shop = Shop::open().await;
    full_product(&shop).await;
    change(&shop, "full", |p| p.name = goods::parse("Shoe <b> & co")).await;
    let mut stream = shop.table.store.stream(None).await.unwrap();
    let number = shop.visitor().buys("FULL-2", "2", "ada@example.com").await;
    let changes = shop.table.changes(&mut stream).await;
    let mail = changes.into_iter().find_map(|change| if let Change::Mail(mail) = change { Some(mail) } else { None }).unwrap();
    let words = web::mail::compose(&shop.app, &mail).await.unwrap().unwrap();
    let line = "2 × Shoe <b> & co (Size: EU/US: 12\" wide, Colour: Red, dark): €40.00";
    assert!(words.text.contains(line) && words.text.contains(&number), "{}", words.text);
    let html = words.html.unwrap();
    let picture = format!("<img src=\"{}/media/b.png\"", shop.app.base_url);
    assert!(html.contains(&picture) && !html.contains("/media/a.png"), "{html}");
    for shown in ["Shoe &lt;b&gt; &amp; co", "2 × €20.00", "€40.00", &number, "/products/full/", "shop@shop.example"] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert!(!html.contains("3.10") && !html.contains("elsewhere.example"), "{html}");
    let whole = notify::message(&shop.app, &mail, &goods::parse("shop@shop.example")).await.unwrap().unwrap();
    assert!(String::from_utf8(whole).unwrap().contains("multipart/alternative"));
    shop.table.spoil(&format!("ORDER#{number}"), "ORDER", "lines").await;
    let without = web::mail::compose(&shop.app, &mail).await.unwrap().unwrap();
    assert!(without.html.is_none() && without.text.contains(&number), "{}", without.text);
}
