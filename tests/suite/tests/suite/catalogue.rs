//! Products and categories under the store's conditions.

use domain::{
    catalogue::{Category, CategoryError, Source},
    text::Slug,
};
use store::{
    StoreError,
    catalogue::{CategoryWriteError, ProductWriteError},
};
use suite::{Table, goods};

fn slug(text: &str) -> Slug {
    goods::parse(text)
}

fn below(id: &str, parent: &str) -> Category {
    Category {
        id: goods::parse(id),
        slug: slug(id),
        name: goods::parse(id),
        parent: Some(goods::parse(parent)),
        ..goods::category()
    }
}

#[tokio::test]
async fn slug_name_and_sku_belong_to_one_product() {
    let table = Table::with_goods().await;
    let create = async |change: fn(&mut domain::catalogue::Product)| {
        let mut product = goods::simple("new", "NEW", "1.00", 1);
        change(&mut product);
        table.store.create_product(&product).await
    };
    assert!(matches!(create(|p| p.slug = goods::parse("mug")).await, Err(ProductWriteError::SlugTaken)));
    assert!(matches!(create(|p| p.name = goods::parse("MUG")).await, Err(ProductWriteError::NameTaken)));
    let taken = create(|p| p.variants[0].sku = goods::parse("MUG")).await;
    assert!(matches!(taken, Err(ProductWriteError::SkuTaken(sku)) if sku.as_str() == "MUG"));
    assert!(matches!(create(|p| p.category = goods::parse("none")).await, Err(ProductWriteError::NoCategory)));
    assert!(table.store.product(&goods::parse("new")).await.unwrap().is_none(), "nothing of it was written");
    assert!(table.items("SLUG#PRODUCT#new").await.is_empty());
}

#[tokio::test]
async fn a_handle_belongs_to_one_product_until_that_is_deleted() {
    let table = Table::with_goods().await;
    let handle = "Чашка Белая";
    let product = |id: &str| domain::catalogue::Product { handle: Some(handle.to_owned()), ..goods::simple(id, id, "1.00", 1) };
    let of_handle =
        async || table.store.product_of_handle(Source::Shopify, handle).await.unwrap().map(|found| found.id.to_string());
    table.store.create_product(&product("cup")).await.unwrap();
    assert_eq!(of_handle().await.as_deref(), Some("cup"));
    let taken = table.store.create_product(&product("plate")).await;
    assert!(matches!(taken, Err(ProductWriteError::HandleTaken)), "{taken:?}");
    let mug = goods::mug();
    let with_handle = domain::catalogue::Product { handle: Some(handle.to_owned()), ..mug.clone() };
    assert!(matches!(table.store.update_product(&mug, &with_handle).await, Err(ProductWriteError::HandleTaken)));
    let cup = table.store.product(&goods::parse("cup")).await.unwrap().unwrap();
    table.store.delete_product(&cup).await.unwrap();
    assert_eq!(of_handle().await, None);
    table.store.create_product(&product("plate")).await.unwrap();
    assert_eq!(of_handle().await.as_deref(), Some("plate"));
}

#[tokio::test]
async fn what_is_read_is_what_was_written() {
    let table = Table::with_goods().await;
    assert_eq!(table.store.product(&goods::parse("shirt")).await.unwrap(), Some(goods::shirt()));
    let snapshot = table.store.snapshot().await.unwrap();
    assert_eq!(snapshot.products.values().cloned().collect::<Vec<_>>(), [goods::mug(), goods::shirt()]);
    assert_eq!(table.store.product_named(&goods::parse("sHiRt")).await.unwrap(), Some(goods::parse("shirt")));
}

#[tokio::test]
async fn an_old_slug_leads_to_the_new_one_and_can_come_back() {
    let table = Table::with_goods().await;
    let seen = goods::mug();
    let renamed =
        table.store.update_product(&seen, &domain::catalogue::Product { slug: slug("cup"), ..seen.clone() }).await.unwrap();
    let old = table.store.product_slug(&slug("mug")).await.unwrap().unwrap();
    assert_eq!(old.moved_to, Some(slug("cup")));
    assert_eq!(table.store.snapshot().await.unwrap().product_redirects.get(&slug("mug")), Some(&slug("cup")));
    table.store.update_product(&renamed, &domain::catalogue::Product { slug: slug("mug"), ..renamed.clone() }).await.unwrap();
    assert_eq!(table.store.product_slug(&slug("mug")).await.unwrap().unwrap().moved_to, None);
    assert_eq!(table.store.product_slug(&slug("cup")).await.unwrap().unwrap().moved_to, Some(slug("mug")));
}

#[tokio::test]
async fn an_old_slug_is_not_given_to_another_product() {
    let table = Table::with_goods().await;
    let seen = goods::mug();
    table.store.update_product(&seen, &domain::catalogue::Product { slug: slug("cup"), ..seen.clone() }).await.unwrap();
    let taken = table.store.create_product(&goods::simple("mug", "NEW", "1.00", 1)).await;
    assert!(taken.is_err(), "links to the old page still lead there");
}

#[tokio::test]
async fn saving_over_somebody_elses_change_is_a_conflict() {
    let table = Table::with_goods().await;
    let seen = goods::mug();
    table.store.update_product(&seen, &seen).await.unwrap();
    let of_another = domain::catalogue::Product { slug: slug("shirt"), ..seen.clone() };
    for second in [seen.clone(), of_another] {
        let late = table.store.update_product(&seen, &second).await;
        assert!(matches!(late, Err(ProductWriteError::Store(StoreError::Conflict))), "{late:?}");
    }
}

#[tokio::test]
async fn a_sale_while_staff_edits_is_never_lost() {
    let table = Table::with_goods().await;
    let seen = table.store.product(&goods::parse("mug")).await.unwrap().unwrap();
    crate::placing::place(&table, &[("MUG", 4)]).await.unwrap();
    let mut next = seen.clone();
    next.variants[0].price = goods::money("9.00");
    let saved = table.store.update_product(&seen, &next).await.unwrap();
    assert_eq!(table.stock("MUG").await, 96, "an edit without new stock leaves the stock alone");
    let mut counted = saved.clone();
    counted.variants[0].stock = 50;
    let refused = table.store.update_product(&saved, &counted).await;
    assert!(matches!(refused, Err(ProductWriteError::StockChanged(_))), "{refused:?}");
}

#[tokio::test]
async fn variants_come_and_go_with_a_save() {
    let table = Table::with_goods().await;
    let seen = goods::shirt();
    let mut next = seen.clone();
    next.variants.remove(1);
    next.options[0].values = vec!["S".to_owned()];
    next.variants[0].compare_at = Some(goods::money("25.00"));
    let saved = table.store.update_product(&seen, &next).await.unwrap();
    assert!(table.items("SKU#SHIRT-M").await.is_empty());
    assert_eq!(table.item("SKU#SHIRT-S", "SKU").await["compare_at"].as_f64(), Some(25.0));
    table
        .store
        .update_product(&saved, &domain::catalogue::Product { variants: goods::shirt().variants, ..saved.clone() })
        .await
        .unwrap();
    assert_eq!(table.item("SKU#SHIRT-S", "SKU").await["compare_at"], serde_json::Value::Null);
    assert_eq!(table.stock("SHIRT-M").await, 3);
}

#[tokio::test]
async fn a_deleted_product_frees_its_name_and_address() {
    let table = Table::with_goods().await;
    table.store.delete_product(&goods::mug()).await.unwrap();
    assert_eq!(table.item("CATEGORY#clothes", "CATEGORY").await["products"], 1);
    table.store.create_product(&goods::mug()).await.unwrap();
    assert_eq!(table.item("CATEGORY#clothes", "CATEGORY").await["products"], 2);
}

#[tokio::test]
async fn a_category_with_products_or_children_is_not_deleted() {
    let table = Table::with_goods().await;
    let clothes = table.store.category(&goods::parse("clothes")).await.unwrap().unwrap();
    let refused = table.store.delete_category(&clothes).await;
    assert!(matches!(refused, Err(CategoryWriteError::Tree(CategoryError::HasProducts))), "{refused:?}");
    let socks = below("socks", "clothes");
    table.store.create_category(&socks).await.unwrap();
    let refused = table.store.delete_category(&clothes).await;
    assert!(matches!(refused, Err(CategoryWriteError::Tree(CategoryError::HasChildren))), "{refused:?}");
    table.store.delete_category(&socks).await.unwrap();
    assert_eq!(table.item("CATEGORY#clothes", "CATEGORY").await["children"], 0);
    assert!(table.items("SLUG#CATEGORY#socks").await.is_empty());
}

#[tokio::test]
async fn a_category_is_never_moved_below_itself() {
    let table = Table::with_goods().await;
    table.store.create_category(&below("socks", "clothes")).await.unwrap();
    let clothes = table.store.category(&goods::parse("clothes")).await.unwrap().unwrap();
    let moved = Category { parent: Some(goods::parse("socks")), ..clothes.clone() };
    let refused = table.store.update_category(&clothes, &moved).await;
    assert!(matches!(refused, Err(CategoryWriteError::Tree(CategoryError::Cycle))), "{refused:?}");
    let refused = table.store.create_category(&below("lost", "nowhere")).await;
    assert!(matches!(refused, Err(CategoryWriteError::Tree(CategoryError::UnknownParent))), "{refused:?}");
}

#[tokio::test]
async fn a_moved_category_takes_the_paths_of_its_products_along() {
    let table = Table::with_goods().await;
    let top = Category { id: goods::parse("all"), slug: slug("all"), name: goods::parse("All"), ..goods::category() };
    table.store.create_category(&top).await.unwrap();
    let clothes = table.store.category(&goods::parse("clothes")).await.unwrap().unwrap();
    let moved = Category { parent: Some(top.id.clone()), slug: slug("wear"), ..clothes.clone() };
    table.store.update_category(&clothes, &moved).await.unwrap();
    assert_eq!(table.item("SKU#MUG", "SKU").await["categories"], serde_json::json!(["all", "clothes"]));
    assert_eq!(table.store.category_slug(&slug("clothes")).await.unwrap().unwrap().moved_to, Some(slug("wear")));
    let again = table.store.update_category(&clothes, &moved).await;
    assert!(matches!(again, Err(CategoryWriteError::Store(StoreError::Conflict))), "{again:?}");
    let taken = table.store.create_category(&Category { slug: slug("all"), ..below("other", "all") }).await;
    assert!(matches!(taken, Err(CategoryWriteError::SlugTaken)), "{taken:?}");
}

#[tokio::test]
async fn products_are_listed_by_name_a_page_at_a_time_and_found_by_words() {
    let table = Table::with_goods().await;
    for i in 0..7 {
        table.store.create_product(&goods::simple(&format!("n{i}"), &format!("N-{i}"), "1.00", 1)).await.unwrap();
    }
    let mut names = Vec::new();
    let mut start = None;
    loop {
        let page = table.store.products_page("", start.as_deref(), 4).await.unwrap();
        assert!(page.items.len() <= 4);
        names.extend(page.items.iter().map(|p| p.name.to_string()));
        start = page.next;
        if start.is_none() {
            break;
        }
    }
    assert_eq!(names.len(), 9);
    assert!(names.is_sorted_by_key(|n| n.to_lowercase()));
    let found = table.store.products_page("thing", None, 5).await.unwrap();
    assert_eq!(found.items.len(), 5);
    let rest = table.store.products_page("thing", found.next.as_deref(), 5).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (2, None));
    let tampered = table.store.products_page("", Some("not a position"), 50).await;
    assert!(matches!(tampered, Err(store::StoreError::Position)), "{tampered:?}");
}

#[tokio::test]
async fn settings_are_saved_over_the_version_that_was_seen() {
    let table = Table::new().await;
    let saved = table.store.put_settings(&goods::settings()).await.unwrap();
    assert_eq!(table.store.settings().await.unwrap(), Some(saved.clone()));
    assert!(matches!(table.store.put_settings(&goods::settings()).await, Err(StoreError::Conflict)));
    assert_eq!(table.store.put_settings(&saved).await.unwrap().version, 2);
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_unavailable() {
    let service = store::Service::at("http://127.0.0.1:9", "k", "s", "us-east-1");
    let store = store::Store::connect(&store::StoreConfig { table: "t".to_owned(), service }).await;
    assert!(matches!(store.settings().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.warm().await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn two_moves_at_once_never_put_categories_into_each_other() {
    // The second category hangs below the first one's new parent, or is it.
    for below in [None, Some("b")] {
        let table = Table::with_goods().await;
        let mut made = Vec::new();
        for id in ["a", "b", "c"] {
            let parent = below.filter(|_| id == "c").map(goods::parse);
            let new = Category { id: goods::parse(id), slug: slug(id), name: goods::parse(id), parent, ..goods::category() };
            table.store.create_category(&new).await.unwrap();
            made.push(new);
        }
        let under = |index: usize, parent: &str| Category { parent: Some(goods::parse(parent)), ..made[index].clone() };
        let held = table.faults.hold("TransactWriteItems");
        let (store, seen, first) = (table.store.clone(), made[0].clone(), under(0, if below.is_some() { "c" } else { "b" }));
        let first = tokio::spawn(async move { store.update_category(&seen, &first).await });
        held.reached().await;
        table.store.update_category(&made[1], &under(1, "a")).await.unwrap();
        held.release();
        let refused = first.await.unwrap();
        assert!(matches!(refused, Err(CategoryWriteError::Store(StoreError::Conflict))), "{refused:?}");
        let tree = table.store.categories().await.unwrap();
        let top: Vec<&str> = tree.children(None).map(|c| c.id.as_str()).filter(|id| *id != "clothes").collect();
        assert_eq!(top, if below.is_some() { vec!["a"] } else { vec!["a", "c"] });
        for (id, children) in [("a", 1), ("b", usize::from(below.is_some())), ("c", 0)] {
            assert_eq!(table.item(&format!("CATEGORY#{id}"), "CATEGORY").await["children"], children, "{id}");
            assert_eq!(tree.children(Some(&goods::parse(id))).count(), children, "{id}");
        }
    }
}

#[tokio::test]
async fn of_two_who_move_a_category_at_once_the_second_hears_that_somebody_changed_it() {
    let table = Table::with_goods().await;
    let top = Category { id: goods::parse("all"), slug: slug("all"), name: goods::parse("All"), ..goods::category() };
    table.store.create_category(&top).await.unwrap();
    let clothes = table.store.category(&goods::parse("clothes")).await.unwrap().unwrap();
    let moved = Category { parent: Some(top.id.clone()), ..clothes.clone() };
    table.store.update_category(&clothes, &moved).await.unwrap();
    for second in [
        moved.clone(),
        Category { slug: slug("garments"), ..moved.clone() },
        // The address of another one, too: who looks at what is stored by now may not want it any more.
        Category { slug: slug("all"), ..moved.clone() },
        Category { position: 3, ..clothes.clone() },
    ] {
        let refused = table.store.update_category(&clothes, &second).await;
        assert!(matches!(refused, Err(CategoryWriteError::Store(StoreError::Conflict))), "{refused:?}");
    }
    let clothes = table.store.category(&clothes.id).await.unwrap().unwrap();
    let taken = Category { slug: slug("all"), parent: None, ..clothes.clone() };
    assert!(matches!(table.store.update_category(&clothes, &taken).await, Err(CategoryWriteError::SlugTaken)));
}

#[tokio::test]
async fn every_change_of_a_price_is_kept_with_its_moment_and_nothing_else_is() {
    let table = Table::with_goods().await;
    let kept = async || {
        let items = table.items("PRICES#shirt").await;
        items.into_iter().map(|item| item["prices"].clone()).collect::<Vec<_>>()
    };
    let price = |kept: &serde_json::Value, sku: &str| kept[sku].as_f64();
    let first = kept().await;
    assert_eq!((first.len(), price(&first[0], "SHIRT-S"), price(&first[0], "SHIRT-M")), (1, Some(20.0), Some(20.0)));
    let mut seen = table.store.product(&goods::parse("shirt")).await.unwrap().unwrap();
    for (price, stock) in [("18.50", 9), ("18.50", 8), ("20.00", 8)] {
        let mut next = seen.clone();
        (next.variants[0].price, next.variants[0].stock) = (goods::money(price), stock);
        seen = table.store.update_product(&seen, &next).await.unwrap();
    }
    let after = kept().await;
    assert_eq!(after.len(), 3, "stock alone is no change of a price");
    assert_eq!((price(&after[1], "SHIRT-S"), price(&after[1], "SHIRT-M")), (Some(18.5), None));
    assert_eq!(price(&after[2], "SHIRT-S"), Some(20.0));
    table.store.delete_product(&seen).await.unwrap();
    assert_eq!(kept().await.len(), 3, "they outlive the product");
}
