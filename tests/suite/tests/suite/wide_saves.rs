//! Saves of products with more variants than one transaction has writes: whole or not at all, to every reader, whatever happens.

mod every_call;

use crate::{
    placing::place,
    stock_policy::{form, is_saved},
};
use domain::{
    catalogue::{Image, MAX_IMAGES, MAX_VARIANTS, OptionType, OptionValue, Product, Variant},
    customer::Role,
    text::Sku,
};
use std::{collections::BTreeSet, sync::Arc};
use store::{StoreError, catalogue::ProductWriteError};
use suite::{Shop, Table, goods};

/// More than a transaction has writes, and few enough to be quick.
const VARIANTS: usize = 105;

fn sku(at: usize) -> Sku {
    goods::parse(&format!("TILE-{at}"))
}

/// A product with so many variants, at 2.00, five units of each.
fn tiles(variants: usize) -> Product {
    let number = |at: usize| vec![OptionValue { name: "Number".to_owned(), value: at.to_string() }];
    let values = (0..variants).map(|at| at.to_string()).collect();
    let variant = |at: usize| Variant { options: number(at), ..goods::variant(sku(at).as_str(), "2.00", 5) };
    Product {
        options: vec![OptionType { name: "Number".to_owned(), values }],
        variants: (0..variants).map(variant).collect(),
        ..goods::simple("tile", "TILE-0", "2.00", 5)
    }
}

async fn stored(table: &Table) -> Option<Product> {
    table.store.product(&goods::parse("tile")).await.unwrap()
}

/// The same at another price, with one variant less, and two units of each more.
fn changed(seen: &Product) -> Product {
    let mut next = seen.clone();
    next.name = goods::parse("Dear tile");
    let last = next.variants.pop().unwrap();
    next.options[0].values.retain(|value| *value != last.options[0].value);
    for variant in &mut next.variants {
        (variant.price, variant.stock) = (goods::money("3.00"), variant.stock + 2);
    }
    next
}

/// What every reader sees of it: the product, the offers, the whole catalogue and the list agree. `None` where there is none.
async fn seen_by_all(table: &Table, here: &str) -> Option<Product> {
    let product = stored(table).await;
    let all: Vec<Sku> = (0..VARIANTS).map(sku).collect();
    let offers = table.store.offers(&all).await.unwrap();
    let of_product: Vec<&Variant> = product.iter().flat_map(|product| &product.variants).collect();
    assert_eq!(offers.len(), of_product.len(), "{here}: offers");
    for variant in of_product {
        let offer = &offers[&variant.sku];
        assert_eq!((offer.price, offer.stock), (variant.price, variant.stock), "{here}: {}", variant.sku);
        assert_eq!(Some(&offer.name), product.as_ref().map(|product| &product.name), "{here}: {}", variant.sku);
    }
    let snapshot = table.store.snapshot().await.unwrap();
    assert!(snapshot.products.get(&goods::parse("tile")) == product.as_ref(), "{here}: everything");
    assert_eq!(snapshot.unreadable, 0, "{here}");
    let listed = table.store.products_page("tile", None, 10).await.unwrap().items;
    assert!(listed.first().map(|l| &l.variants) == product.as_ref().map(|p| &p.variants), "{here}: the list");
    product
}

/// No save has left anything behind, whose items beside these are.
async fn nothing_is_left(table: &Table) {
    assert!(table.items("SAVE#").await.is_empty());
    for item in table.items("").await {
        assert!(item["next"].is_null() && item["rolling"].is_null(), "{item}");
    }
}

#[tokio::test]
async fn as_many_variants_as_a_product_may_have_are_written_read_changed_and_deleted() {
    let table = Table::with_goods().await;
    let before: BTreeSet<String> = table.items("").await.iter().map(|item| item["pk"].to_string()).collect();
    let product = tiles(MAX_VARIANTS);
    table.store.create_product(&product).await.unwrap();
    assert!(stored(&table).await.as_ref() == Some(&product), "it is read as it was written");
    nothing_is_left(&table).await;
    let saved = table.store.update_product(&product, &changed(&product)).await.unwrap();
    assert!(stored(&table).await.as_ref() == Some(&saved), "it is read as it was saved");
    assert!(table.items(&format!("SKU#{}", sku(MAX_VARIANTS - 1))).await.is_empty());
    nothing_is_left(&table).await;
    table.store.delete_product(&saved).await.unwrap();
    let after = table.items("").await.into_iter().map(|item| item["pk"].to_string());
    let left: Vec<String> = after.filter(|pk| !before.contains(pk) && !pk.contains("PRICES#")).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_save_writes_the_variants_that_it_changes_and_no_others() {
    let table = Table::with_goods().await;
    let product = tiles(MAX_VARIANTS);
    table.store.create_product(&product).await.unwrap();
    let mut next = product.clone();
    next.variants[7].price = goods::money("9.00");
    let since = table.faults.sent();
    table.store.update_product(&product, &next).await.unwrap();
    let calls = table.faults.calls(since);
    assert_eq!(calls.iter().filter(|call| call.contains("Write") || call.contains("UpdateItem")).count(), 1, "{calls:?}");
    let written = table.items("SKU#TILE-").await.into_iter().filter(|item| item["product_version"] == 2).count();
    assert_eq!(written, 1);
    assert!(stored(&table).await.unwrap().variants == next.variants);
}

#[tokio::test]
async fn a_sku_of_another_product_leaves_nothing_of_a_new_one() {
    let table = Table::with_goods().await;
    let mut product = tiles(VARIANTS);
    product.variants[90].sku = goods::parse("MUG");
    let taken = table.store.create_product(&product).await;
    assert!(matches!(&taken, Err(ProductWriteError::SkuTaken(sku)) if sku.as_str() == "MUG"), "{taken:?}");
    let named = table.store.create_product(&Product { name: goods::parse("Shirt"), ..tiles(VARIANTS) }).await;
    assert!(matches!(named, Err(ProductWriteError::NameTaken)), "{named:?}");
    assert_eq!(table.items("SKU#TILE-").await.len(), 0);
    assert_eq!(table.stock("MUG").await, 100);
    nothing_is_left(&table).await;
}

/// A save at one moment of it, and a visitor meanwhile.
#[tokio::test]
async fn until_a_save_is_committed_nobody_sees_it_and_from_then_on_everybody_does() {
    let table = Arc::new(Table::with_goods().await);
    let product = tiles(VARIANTS);
    table.store.create_product(&product).await.unwrap();
    let saving = async |seen: Product, next: Product| {
        let (staged, store) = (table.faults.hold("TransactWriteItems"), table.store.clone());
        let save = tokio::spawn(async move { store.update_product(&seen, &next).await });
        staged.reached().await;
        (staged, save)
    };
    let next = changed(&product);
    let (commit, save) = saving(product.clone(), next.clone()).await;
    assert!(seen_by_all(&table, "staged").await.as_ref() == Some(&product), "nothing is seen of it");
    place(&table, &[("TILE-1", 2)]).await.expect("sold at the former price");
    let rolled = table.faults.hold("UpdateItem");
    commit.release();
    rolled.reached().await;
    let mut committed = seen_by_all(&table, "committed").await.unwrap();
    assert_eq!((&committed.name, committed.variants[1].stock), (&next.name, 5 - 2 + 2), "a sale in between is not lost");
    committed.variants[1].stock += 2;
    assert!(committed.variants == next.variants, "all of it is seen");
    place(&table, &[("TILE-2", 1)]).await.expect("sold at the new price");
    rolled.release();
    let saved = save.await.unwrap().unwrap();
    assert_eq!(saved.version, 2);
    assert_eq!(seen_by_all(&table, "done").await.unwrap().variants[2].stock, 6);
    nothing_is_left(&table).await;
}

#[tokio::test]
async fn of_two_who_save_at_once_one_is_told_and_what_is_there_is_of_one() {
    let table = Arc::new(Table::with_goods().await);
    let product = tiles(VARIANTS);
    table.store.create_product(&product).await.unwrap();
    let save = |price: &'static str| {
        let (store, seen, mut next) = (table.store.clone(), product.clone(), product.clone());
        next.variants.iter_mut().for_each(|variant| variant.price = goods::money(price));
        tokio::spawn(async move { store.update_product(&seen, &next).await })
    };
    let (one, two) = (save("3.00"), save("4.00"));
    let done = [one.await.unwrap(), two.await.unwrap()];
    let told = done.iter().filter(|done| matches!(done, Err(ProductWriteError::Store(StoreError::Conflict)))).count();
    let now = seen_by_all(&table, "afterwards").await.unwrap();
    let prices: BTreeSet<String> = now.variants.iter().map(|variant| variant.price.to_string()).collect();
    assert_eq!(prices.len(), 1, "{prices:?}");
    // Each may have ended the other's.
    let saved = done.iter().filter_map(|done| done.as_ref().ok()).map(|saved| saved.variants.clone()).next();
    assert!(saved.as_ref().unwrap_or(&product.variants) == &now.variants, "{told} were told");
    assert!(told >= 1 && done.len() - told <= 1);
    let next = changed(&now);
    table.store.update_product(&now, &next).await.expect("nothing is in the way of the next");
    nothing_is_left(&table).await;
}

#[tokio::test]
async fn the_form_of_a_product_with_the_most_variants_saves_them_all() {
    let shop = Shop::open().await;
    shop.table.store.create_product(&tiles(MAX_VARIANTS)).await.unwrap();
    let staff = shop.staff(Role::Catalogue).await;
    let mut input = form(&staff, "tile").await;
    let variants = input["variants"].as_array_mut().unwrap();
    assert!(variants.len() >= MAX_VARIANTS, "{}", variants.len());
    variants.iter_mut().take(MAX_VARIANTS).for_each(|variant| variant["price"] = "3.00".into());
    is_saved(&staff, "tile", &input).await;
    let now = stored(&shop.table).await.unwrap();
    assert!(now.variants.len() == MAX_VARIANTS && now.variants.iter().all(|v| v.price == goods::money("3.00")));
}

#[tokio::test]
async fn a_product_that_no_item_has_room_for_is_refused_with_the_reason_and_the_largest_one_is_saved_by_staff() {
    let shop = Shop::open().await;
    let image = |at: usize, length: usize| goods::image(&format!("/media/{at}.png"), &"ä".repeat(length));
    let too_large = Product {
        images: (0..MAX_IMAGES).map(|at| Image { origin: Some("x".repeat(1500)), ..image(at, 200) }).collect(),
        ..tiles(MAX_VARIANTS)
    };
    let refused = shop.table.store.create_product(&too_large).await;
    assert!(matches!(refused, Err(ProductWriteError::TooLarge(kilobytes)) if kilobytes > 390), "{refused:?}");
    assert!(stored(&shop.table).await.is_none());
    let large = Product {
        description: "ä".repeat(50_000),
        images: (0..MAX_IMAGES).map(|at| image(at, 200)).collect(),
        ..tiles(MAX_VARIANTS)
    };
    shop.table.store.create_product(&large).await.unwrap();
    let staff = shop.staff(Role::Catalogue).await;
    let mut input = form(&staff, "tile").await;
    input["description"] = "ö".repeat(50_000).into();
    for variant in input["variants"].as_array_mut().unwrap().iter_mut().take(MAX_VARIANTS) {
        variant["price"] = "3.00".into();
    }
    is_saved(&staff, "tile", &input).await;
    let records = shop.table.items("AUDIT#").await;
    assert!(records.iter().any(|record| record["subject"] == "PRODUCT#tile"), "the change is on record");
}
