//! A shop whose lists lie under the former keys, one a list, is moved to those of today while it is open.

use domain::{
    catalogue::Category,
    customer::Role,
    order::{Actor, OrderStatus},
    text::OrderNumber,
};
use std::sync::Arc;
use store::{Page, Store, StoreError, changes::Change};
use suite::{Fault, Held, Table, goods};

/// Every item of a list, page by page.
async fn pages<T>(read: impl AsyncFn(Option<String>) -> Result<Page<T>, StoreError>) -> Vec<T> {
    let (mut found, mut start) = (Vec::new(), None);
    loop {
        let page = read(start).await.unwrap();
        found.extend(page.items);
        start = page.next;
        if start.is_none() {
            return found;
        }
    }
}

/// What lists show, in their order: orders, those of each status, products, categories.
#[derive(Debug, PartialEq)]
struct Listed {
    orders: Vec<String>,
    by_status: Vec<Vec<String>>,
    products: Vec<String>,
    categories: Vec<String>,
}

async fn listed(store: &Store) -> Listed {
    let mut by_status = Vec::new();
    for status in OrderStatus::ALL {
        let orders = pages(async |start| store.orders_with_status(status, start.as_deref(), 4).await).await;
        assert_eq!(store.count_orders(status, 100).await.unwrap(), orders.len());
        by_status.push(orders.into_iter().map(|order| order.number.to_string()).collect());
    }
    let orders = pages(async |start| store.orders(start.as_deref(), 4).await).await;
    let products = pages(async |start| store.products_page("", start.as_deref(), 3).await).await;
    Listed {
        orders: orders.into_iter().map(|order| order.number.to_string()).collect(),
        by_status,
        products: products.into_iter().map(|product| format!("{} {}", product.name, product.variants.len())).collect(),
        categories: store.categories().await.unwrap().iter().map(|category| category.name.to_string()).collect(),
    }
}

/// What the table itself holds, in the order of the lists.
async fn held(table: &Table) -> Listed {
    let mut orders = table.items("ORDER#").await;
    orders.sort_by_key(|o| std::cmp::Reverse(format!("{}#{}", o["placed_at"].as_str().unwrap(), o["number"].as_str().unwrap())));
    let number = |order: &serde_json::Value| order["number"].as_str().unwrap().to_owned();
    let mut products: Vec<_> = table.items("PRODUCT#").await.iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect();
    products.sort_by_key(|name| name.to_lowercase());
    Listed {
        orders: orders.iter().map(number).collect(),
        by_status: OrderStatus::ALL
            .map(|status| orders.iter().filter(|o| o["status"] == status.as_str()).map(number).collect())
            .to_vec(),
        products: products.iter().map(|name| format!("{name} {}", if name == "Shirt" { 2 } else { 1 })).collect(),
        categories: vec!["Clothes".to_owned(), "Hats".to_owned()],
    }
}

async fn everything_is_listed_once(table: &Table, when: &str) {
    let held = held(table).await;
    assert_eq!(listed(&table.store).await, held, "{when}");
    assert_eq!(listed(&table.new_store().await).await, held, "{when}, in a new process");
}

async fn starts_packing(table: &Table, number: &OrderNumber) {
    let mut order = table.store.order(number).await.unwrap().unwrap();
    order.advance(OrderStatus::Processing, Actor::Shop, clock::now()).unwrap();
    table.store.save_move(&order, None).await.unwrap();
}

/// A shop of the former keys, with what lists show.
async fn former() -> Table {
    let like = Table::with_goods().await;
    let hats = Category { id: goods::parse("hats"), slug: goods::parse("hats"), name: goods::parse("Hats"), ..goods::category() };
    like.store.create_category(&hats).await.unwrap();
    for i in 0..8 {
        like.store.create_product(&goods::simple(&format!("n{i}"), &format!("N-{i}"), "1.00", 1)).await.unwrap();
    }
    for i in 0..14 {
        let number = crate::placing::place(&like, &[("MUG", 1)]).await.unwrap();
        if i % 3 == 0 {
            starts_packing(&like, &number).await;
        }
    }
    Table::of_former_keys(&like).await
}

#[tokio::test]
async fn everything_is_listed_once_before_a_move_while_it_goes_on_and_after_it() {
    let table = former().await;
    everything_is_listed_once(&table, "before").await;
    let first = crate::placing::place(&table, &[("MUG", 1)]).await.unwrap();
    everything_is_listed_once(&table, "with an order of before the move").await;
    let early = table.store.move_lists(|_| ()).await;
    assert!(matches!(&early, Err(StoreError::Unavailable(why)) if why.contains("gsi3")), "not without indexes: {early:?}");
    table.store.add_indexes().await.unwrap();
    let page = table.store.orders(None, 4).await.unwrap();
    let (mover, half) = (table.new_store().await, Arc::new(Held::default()));
    table.faults.nth("UpdateItem", 12, Fault::Held(half.clone()));
    let (outcome, during) = tokio::join!(mover.move_lists(|_| ()), async {
        half.reached().await;
        assert!(!table.new_store().await.lists_have_moved().await.unwrap());
        everything_is_listed_once(&table, "in the middle").await;
        let during = crate::placing::place(&table, &[("MUG", 1)]).await.unwrap();
        starts_packing(&table, &first).await;
        everything_is_listed_once(&table, "in the middle, with an order of that moment").await;
        half.release();
        during
    });
    assert_eq!(outcome.unwrap().unreadable, 0);
    everything_is_listed_once(&table, "after it").await;
    assert!(listed(&table.store).await.orders.contains(&during.to_string()));
    let rest = pages(async |start| table.store.orders(start.or(page.next.clone()).as_deref(), 4).await).await;
    assert_eq!(rest.len(), 15 - 4, "a page of before the move leads on after it");
    let last = crate::placing::place(&table, &[("MUG", 1)]).await.unwrap();
    starts_packing(&table, &during).await;
    everything_is_listed_once(&table, "with an order of after the move").await;
    assert_eq!(former_keys(table.item(&format!("ORDER#{last}"), "ORDER").await), 0);
    table.store.clear_former_keys(|_| ()).await.unwrap();
    assert_eq!(table.items("").await.into_iter().map(former_keys).sum::<usize>(), 0);
    everything_is_listed_once(&table, "without the former keys").await;
}

fn former_keys(item: serde_json::Value) -> usize {
    item.as_object().unwrap().keys().filter(|name| name.starts_with("gsi1") || name.starts_with("gsi2")).count()
}

#[tokio::test]
async fn a_move_that_was_stopped_goes_on_where_it_was() {
    let table = former().await;
    table.store.add_indexes().await.unwrap();
    table.faults.nth("UpdateItem", 9, Fault::Refused(400, "AccessDeniedException"));
    table.store.move_lists(|_| ()).await.unwrap_err();
    assert!(!table.store.lists_have_moved().await.unwrap());
    everything_is_listed_once(&table, "half way").await;
    let rest = table.new_store().await.move_lists(|_| ()).await.unwrap();
    // Updates that were on their way beside the one that was refused may have been given up.
    assert!((1..=26).contains(&rest.written), "{rest:?}");
    everything_is_listed_once(&table, "after it").await;
}

#[tokio::test]
async fn the_table_of_one_machine_is_brought_up_to_date_at_its_start() {
    let table = former().await;
    assert_eq!(table.store.bring_up_to_date().await.unwrap().written, 14 + 10 + 2);
    everything_is_listed_once(&table, "after it").await;
    let indexes = table.description().await.global_secondary_indexes.unwrap();
    let mut names: Vec<_> = indexes.iter().map(|index| index.index_name().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["gsi3", "gsi4"]);
    assert_eq!(table.items("").await.into_iter().map(former_keys).sum::<usize>(), 0);
    assert_eq!(table.new_store().await.bring_up_to_date().await.unwrap(), store::Moved::default(), "once");
}

#[tokio::test]
async fn a_guests_order_joins_its_account_before_a_move_and_stays_there() {
    let table = former().await;
    let customer = goods::customer("ada@example.com", Role::Customer);
    table.store.create_account(&customer, "hash").await.unwrap();
    assert_eq!(table.store.adopt_guest_orders(&customer).await.unwrap(), 14);
    let own = async || pages(async |start| table.store.orders_of(&customer.id, start.as_deref(), 4).await).await.len();
    assert_eq!(own().await, 14);
    table.store.bring_up_to_date().await.unwrap();
    assert_eq!(own().await, 14);
    assert_eq!(table.store.adopt_guest_orders(&customer).await.unwrap(), 0);
}

#[tokio::test]
async fn settings_as_they_were_before_a_move_are_not_saved_over_it() {
    let table = former().await;
    let other = table.new_store().await;
    let before = other.settings().await.unwrap().unwrap();
    table.store.bring_up_to_date().await.unwrap();
    assert!(matches!(other.put_settings(&before).await, Err(StoreError::Conflict)));
    let now = other.settings().await.unwrap().unwrap();
    other.put_settings(&now).await.unwrap();
    assert!(table.new_store().await.lists_have_moved().await.unwrap(), "saving settings keeps it");
}

#[tokio::test]
async fn a_move_publishes_nothing() {
    let table = former().await;
    table.store.add_indexes().await.unwrap();
    let mut stream = table.store.stream(None).await.unwrap();
    table.store.move_lists(|_| ()).await.unwrap();
    table.store.clear_former_keys(|_| ()).await.unwrap();
    let mut changes = table.changes(&mut stream).await;
    changes.retain(|change| *change != Change::Other);
    assert_eq!(changes, [Change::Settings], "pages know their version, and are the same");
}
