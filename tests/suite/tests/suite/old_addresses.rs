//! Addresses that a product or category had before: they lead to it while it is there, and are free when it is gone.

use crate::publishing::Published;
use builder::{PageKey, Site, Sort};
use domain::{
    catalogue::{Category, Product},
    text::Slug,
};
use http::StatusCode;
use render::Renderer;
use store::catalogue::ProductWriteError;
use suite::{Fault, Shop, Table, goods};

fn slug(text: &str) -> Slug {
    goods::parse(text)
}

async fn rename(table: &Table, mut product: Product, slugs: &[&str]) -> Product {
    for name in slugs {
        let next = Product { slug: slug(name), ..product.clone() };
        product = table.store.update_product(&product, &next).await.unwrap();
    }
    product
}

#[tokio::test]
async fn a_deleted_product_frees_every_address_it_ever_had() {
    let table = Table::with_goods().await;
    // There and back, and on: a chain, and a circle within it.
    let mug = rename(&table, goods::mug(), &["cup", "beaker", "mug", "beaker", "tumbler"]).await;
    let stored = table.items("SLUG#PRODUCT#").await;
    assert_eq!(stored.len(), 5, "shirt and the four of the mug: {stored:?}");
    let taken = table.store.create_product(&Product { slug: slug("cup"), ..goods::simple("x", "X", "1.00", 1) }).await;
    assert!(matches!(taken, Err(ProductWriteError::SlugTaken)), "while the mug is there: {taken:?}");
    table.store.delete_product(&mug).await.unwrap();
    let left = table.items("SLUG#PRODUCT#").await;
    assert_eq!(left.iter().map(|item| item["pk"].as_str().unwrap()).collect::<Vec<_>>(), ["SLUG#PRODUCT#shirt"]);
    for (id, address) in [("a", "mug"), ("b", "cup"), ("c", "beaker"), ("d", "tumbler")] {
        let product = Product { slug: slug(address), ..goods::simple(id, &id.to_uppercase(), "1.00", 1) };
        table.store.create_product(&product).await.unwrap();
    }
}

#[tokio::test]
async fn a_deleted_category_frees_every_address_it_ever_had() {
    let table = Table::with_goods().await;
    let mut hats = Category { id: goods::parse("hats"), slug: slug("hats"), name: goods::parse("Hats"), ..goods::category() };
    table.store.create_category(&hats).await.unwrap();
    for name in ["caps", "headwear"] {
        let next = Category { slug: slug(name), ..hats.clone() };
        hats = table.store.update_category(&hats, &next).await.unwrap();
    }
    assert_eq!(table.store.snapshot().await.unwrap().category_redirects.len(), 2);
    table.store.delete_category(&hats).await.unwrap();
    assert_eq!(table.items("SLUG#CATEGORY#").await.len(), 1, "clothes alone");
    assert!(table.store.snapshot().await.unwrap().category_redirects.is_empty());
    let other = Category { id: goods::parse("other"), slug: slug("hats"), name: goods::parse("Other"), ..goods::category() };
    table.store.create_category(&other).await.unwrap();
}

#[tokio::test]
async fn a_product_with_more_addresses_than_a_transaction_has_room_for_is_deleted_too() {
    let table = Table::with_goods().await;
    let names: Vec<String> = (0..110).map(|i| format!("mug-{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mug = rename(&table, goods::mug(), &names).await;
    table.store.delete_product(&mug).await.unwrap();
    assert_eq!(table.items("SLUG#PRODUCT#").await.len(), 1);
}

#[tokio::test]
async fn old_addresses_of_another_shop_are_taken_in_once_and_none_that_something_else_has() {
    let table = Table::with_goods().await;
    let mug = goods::mug();
    for _ in 0..2 {
        let of_others =
            table.store.lead_to_product(&mug, &[slug("cup"), slug("shirt"), slug("mug"), slug("beaker")]).await.unwrap();
        assert_eq!(of_others, [slug("shirt")]);
        let led = table.store.snapshot().await.unwrap().product_redirects;
        assert_eq!(led, [(slug("beaker"), slug("mug")), (slug("cup"), slug("mug"))].into());
    }
    assert!(table.store.lead_to_category(&goods::category(), &[slug("clothes-2025")]).await.unwrap().is_empty());
    let led = table.store.snapshot().await.unwrap().category_redirects;
    assert_eq!(led.keys().map(Slug::as_str).collect::<Vec<_>>(), ["clothes-2025"]);
    let mug = rename(&table, mug, &["cup"]).await;
    table.store.delete_product(&mug).await.unwrap();
    assert_eq!(table.items("SLUG#PRODUCT#").await.len(), 1, "the shirt's: all went with the mug");
}

#[tokio::test]
async fn an_answer_that_is_lost_while_old_addresses_are_taken_in_loses_none() {
    let conflict = Fault::Cancelled(vec!["TransactionConflict", "None"]);
    for fault in [Fault::LostAnswer, Fault::LostRequest, conflict, Fault::throttled(), Fault::Twice] {
        let table = Table::with_goods().await;
        table.faults.nth("TransactWriteItems", 1, fault);
        assert!(table.store.lead_to_product(&goods::mug(), &[slug("cup"), slug("beaker")]).await.unwrap().is_empty());
        let led = table.store.snapshot().await.unwrap().product_redirects;
        assert_eq!(led, [(slug("beaker"), slug("mug")), (slug("cup"), slug("mug"))].into());
    }
}

#[tokio::test]
async fn redirects_of_a_deleted_product_go_from_the_site_and_another_can_have_the_address() {
    let mut shop = Published::open().await;
    let mug = rename(&shop.table, goods::mug(), &["cup", "beaker"]).await;
    shop.follow().await;
    for (from, to) in [("mug", "/products/cup/"), ("cup", "/products/beaker/")] {
        let redirect = shop.bucket.get(&format!("products/{from}/index.html")).await.unwrap().unwrap();
        assert_eq!(redirect.location.as_deref(), Some(to));
    }
    shop.table.store.delete_product(&mug).await.unwrap();
    let (_, gone) = shop.follow().await;
    for address in ["mug", "cup", "beaker"] {
        let key = format!("products/{address}/index.html");
        assert!(gone.contains(&key), "{key} is not in {gone:?}");
        assert!(shop.bucket.get(&key).await.unwrap().is_none(), "{key}");
    }
    shop.table.store.create_product(&Product { slug: slug("mug"), ..goods::simple("new", "NEW", "1.00", 1) }).await.unwrap();
    shop.follow().await;
    let page = shop.bucket.get("products/mug/index.html").await.unwrap().unwrap();
    assert_eq!(page.location, None);
    let full = shop.publisher.publish_all().await.unwrap();
    assert_eq!((full.uploaded, full.removed), (Vec::new(), Vec::new()), "a full build has nothing to add");
}

#[tokio::test]
async fn an_address_that_led_to_what_is_gone_leads_nowhere_on_a_full_build() {
    let mut shop = Published::open().await;
    for kind in ["PRODUCT", "CATEGORY"] {
        let pk = format!("SLUG#{kind}#old");
        let left = serde_json::json!({ "pk": pk, "sk": "SLUG", "id": "deleted-long-ago", "moved_to": "newer" });
        shop.table.put(&left).await;
    }
    shop.publisher.publish_all().await.unwrap();
    for key in ["products/old/index.html", "categories/old/index.html"] {
        assert!(shop.bucket.get(key).await.unwrap().is_none(), "{key}");
    }
}

/// Where the old addresses of the mug lead now.
async fn leading(shop: &Published) -> [Option<String>; 2] {
    let mut found = [None, None];
    for (found, address) in found.iter_mut().zip(["mug", "cup"]) {
        let object = shop.bucket.get(&format!("products/{address}/index.html")).await.unwrap();
        *found = object.map(|object| object.location.expect("no page, but what leads to one"));
    }
    found
}

async fn show(shop: &Published, visible: bool) {
    let mug = shop.table.store.product(&goods::parse("mug")).await.unwrap().unwrap();
    shop.table.store.update_product(&mug, &Product { visible, ..mug.clone() }).await.unwrap();
}

#[tokio::test]
async fn old_addresses_of_a_hidden_product_lead_nowhere_until_it_is_shown_again() {
    let mut shop = Published::open().await;
    rename(&shop.table, goods::mug(), &["cup", "beaker"]).await;
    shop.follow().await;
    let there = ["/products/cup/", "/products/beaker/"].map(|to| Some(to.to_owned()));
    for somebody_else_published in [false, true] {
        for (visible, expected) in [(false, [None, None]), (true, there.clone())] {
            show(&shop, visible).await;
            if somebody_else_published {
                shop.table.store.take_turn_at_publishing().await.unwrap();
            }
            shop.follow().await;
            assert_eq!(leading(&shop).await, expected, "shown: {visible}");
            let page = shop.bucket.get("products/beaker/index.html").await.unwrap();
            assert_eq!(page.is_some(), visible, "the page itself");
            let full = shop.publisher.publish_all().await.unwrap();
            assert_eq!((full.uploaded, full.removed), (Vec::new(), Vec::new()), "a full build has nothing to add");
        }
    }
}

#[tokio::test]
async fn a_product_renamed_and_hidden_at_once_is_at_none_of_its_addresses() {
    let mut shop = Published::open().await;
    let mug = rename(&shop.table, goods::mug(), &["cup"]).await;
    shop.follow().await;
    let next = Product { slug: slug("beaker"), visible: false, ..mug.clone() };
    shop.table.store.update_product(&mug, &next).await.unwrap();
    shop.follow().await;
    assert_eq!(leading(&shop).await, [None, None]);
    show(&shop, true).await;
    shop.follow().await;
    assert_eq!(leading(&shop).await, ["/products/cup/", "/products/beaker/"].map(|to| Some(to.to_owned())));
}

#[tokio::test]
async fn a_product_that_is_deleted_or_hidden_leaves_every_listing_also_after_a_cold_start() {
    let mut shop = Published::open().await;
    let shirt = shop.table.store.product(&goods::parse("shirt")).await.unwrap().unwrap();
    show(&shop, false).await;
    shop.table.store.take_turn_at_publishing().await.unwrap();
    shop.follow().await;
    shop.table.store.delete_product(&shirt).await.unwrap();
    shop.table.store.take_turn_at_publishing().await.unwrap();
    shop.follow().await;
    for key in ["products/index.html", "categories/clothes/index.html", "sitemap.xml"] {
        let page = String::from_utf8(shop.bucket.get(key).await.unwrap().unwrap().body).unwrap();
        for product in ["mug", "shirt"] {
            assert!(!page.contains(&format!("/products/{product}/")), "{key} leads to the {product}");
        }
    }
}

async fn rename_category(table: &Table, mut category: Category, slugs: &[&str]) -> Category {
    for name in slugs {
        let next = Category { slug: slug(name), ..category.clone() };
        category = table.store.update_category(&category, &next).await.unwrap();
    }
    category
}

/// What the CDN is answered that asks for the file of a page which the bucket does not have.
async fn missing(shop: &Shop, path: &str, query: &str) -> suite::Answer {
    shop.visitor().get(&format!("{path}index.html{query}")).await
}

#[tokio::test]
async fn every_listing_of_a_renamed_category_leads_to_the_same_listing_of_its_address_now() {
    let shop = Shop::open().await;
    rename_category(&shop.table, goods::category(), &["wear", "garments"]).await;
    for (asked, to) in [
        ("clothes/name/", "garments/name/"),
        ("clothes/2/", "garments/2/"),
        ("wear/price-up/13/", "garments/price-up/13/"),
        ("wear/newest/", "garments/newest/"),
    ] {
        let moved = missing(&shop, &format!("/categories/{asked}"), "?utm_source=mail&a=%20").await;
        let to = format!("/categories/{to}?utm_source=mail&a=%20");
        assert_eq!((moved.status, moved.location()), (StatusCode::MOVED_PERMANENTLY, to.as_str()), "{asked}: {}", moved.text);
    }
    for never in [
        "/categories/garments/99/",
        "/categories/hats/name/",
        "/categories/clothes/by-colour/",
        "/categories/clothes/1/",
        "/categories/clothes/02/",
        "/categories/clothes/2/name/",
        "/categories/clothes/name/2/3/",
        "/categories/Clo%20thes/name/",
    ] {
        let nothing = missing(&shop, never, "").await;
        assert_eq!((nothing.status, nothing.location()), (StatusCode::NOT_FOUND, ""), "{never}");
        assert!(nothing.text.contains("There is no such page"), "{never}: {}", nothing.text);
    }
}

#[tokio::test]
async fn every_order_of_a_listing_is_understood_at_an_old_address() {
    let shop = Shop::open().await;
    let (info, renderer) = (web::site_info(&goods::settings(), "https://shop.example"), Renderer::new().unwrap());
    let listings = async || {
        let snapshot = shop.table.store.snapshot().await.unwrap();
        let site = Site::new(&snapshot, &info, &renderer);
        let keys = Sort::ALL.map(|sort| PageKey::Listing { category: Some(goods::category().id), sort, page: 1 });
        keys.map(|key| site.render(&key).unwrap().unwrap().path)
    };
    let before = listings().await;
    rename_category(&shop.table, goods::category(), &["wear"]).await;
    for (old, new) in before.iter().zip(listings().await) {
        assert_eq!(missing(&shop, old, "").await.location(), new, "{old}");
    }
}

#[tokio::test]
async fn a_deleted_category_is_at_none_of_its_addresses() {
    let shop = Shop::open().await;
    let hats = Category { id: goods::parse("hats"), slug: slug("hats"), name: goods::parse("Hats"), ..goods::category() };
    shop.table.store.create_category(&hats).await.unwrap();
    let caps = rename_category(&shop.table, hats, &["caps"]).await;
    assert_eq!(missing(&shop, "/categories/hats/name/", "").await.location(), "/categories/caps/name/");
    shop.table.store.delete_category(&caps).await.unwrap();
    assert_eq!(missing(&shop, "/categories/hats/name/", "").await.status, StatusCode::NOT_FOUND);
}
