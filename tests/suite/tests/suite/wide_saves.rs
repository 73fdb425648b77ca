//! Saves of products with more variants than one transaction has writes: whole or not at all, to every reader, whatever happens.

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
use suite::{Fault, Shop, Table, goods};

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

/// How many calls some work makes.
async fn calls<T>(table: &Table, work: impl Future<Output = T>) -> usize {
    let since = table.faults.sent();
    work.await;
    table.faults.calls(since).len()
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Create,
    Update,
    Delete,
}

impl Step {
    async fn take(self, table: &Table) -> Result<(), ProductWriteError> {
        match (self, table.store.product(&goods::parse("tile")).await?) {
            (Self::Create, None) => table.store.create_product(&tiles(VARIANTS)).await,
            (Self::Update, Some(seen)) if seen.variants.len() == VARIANTS => {
                table.store.update_product(&seen, &changed(&seen)).await.map(drop)
            }
            (Self::Delete, Some(seen)) => table.store.delete_product(&seen).await,
            _ => Ok(()),
        }
    }
}

/// The writer dies: after some call, none of its others arrives. Time stands still while nothing is done.
#[tokio::test(start_paused = true)]
async fn a_writer_may_die_at_any_call_and_the_next_one_brings_it_to_its_end() {
    for step in [Step::Create, Step::Update, Step::Delete] {
        let prepared = async || {
            let table = Table::with_goods().await;
            if !matches!(step, Step::Create) {
                table.store.create_product(&tiles(VARIANTS)).await.unwrap();
            }
            table
        };
        let table = prepared().await;
        let number = calls(&table, step.take(&table)).await;
        let done = stored(&table).await;
        // Around what is done once, and here and there among what is done for each variant.
        let some = (2..=3).chain((30..=number).step_by(75)).chain(number - 2..=number);
        for call in some {
            let (table, here) = (prepared().await, format!("{step:?} at call {call} of {number}"));
            let before = stored(&table).await;
            // One for what was read just now.
            table.faults.from("*", call + 1, usize::MAX, Fault::LostRequest);
            let _ = step.take(&table).await;
            table.faults.end();
            let now = seen_by_all(&table, &here).await;
            assert!(now == before || now == done, "{here}: neither as before nor as afterwards");
            step.take(&table).await.unwrap_or_else(|error| panic!("{here}: the next try: {error}"));
            assert_eq!(seen_by_all(&table, &here).await.is_some(), done.is_some(), "{here}: the next try");
            if let Some(product) = stored(&table).await {
                table.store.update_product(&product, &product).await.unwrap();
                let variants = seen_by_all(&table, &here).await.unwrap().variants;
                assert!(Some(&variants) == done.as_ref().map(|done| &done.variants), "{here}");
                table.store.delete_product(&Product { version: product.version + 1, ..product }).await.unwrap();
            }
            table.store.create_product(&tiles(VARIANTS)).await.unwrap_or_else(|error| panic!("{here}: anew: {error}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_change_nothing_about_a_save() {
    for fault in [Fault::LostAnswer, Fault::throttled(), Fault::Twice] {
        let table = Table::with_goods().await;
        for step in [Step::Create, Step::Update] {
            table.faults.one_of(10, "*", fault.clone());
            let mut tries = 0;
            while let Err(error) = step.take(&table).await {
                tries += 1;
                assert!(tries < 30, "{fault:?}, {step:?}: {error}");
            }
            table.faults.end();
        }
        let product = seen_by_all(&table, &format!("{fault:?}")).await.unwrap();
        assert!(product.variants == changed(&tiles(VARIANTS)).variants, "{fault:?}");
    }
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
