//! Addresses that a product or category had before: they lead to it while it is there, and are free when it is gone.

use crate::publishing::Published;
use domain::{
    catalogue::{Category, Product},
    text::Slug,
};
use store::catalogue::ProductWriteError;
use suite::{Table, goods};

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
