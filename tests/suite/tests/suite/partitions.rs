//! What each partition key of the table and of its indexes takes, computed from what placing orders really writes.
//!
//! DynamoDB gives one partition key 1,000 write units a second, in the table and in each index. A write of a transaction takes
//! two units for each kilobyte, any other one; an index takes one unit for each kilobyte of an entry that is put, changed or
//! removed.

use aws_sdk_dynamodb::types::{ProjectionType, TableDescription};
use domain::{
    cart::{Cart, CartLimits, Offer},
    order::{Buyer, Order},
    quote::Quote,
    text::{OrderNumber, Sku},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use store::{cart::CartKey, order::Placement, stream::Stream};
use suite::{Table, goods};
use tokio::task::JoinSet;

/// As many in a quick run; `ORDERS=10000` places as many as that.
const QUICKLY: u64 = 2_000;
const PRODUCTS: u64 = 1_000;
/// Tables at once: each has an engine of its own.
const TABLES: u64 = 4;
/// Orders between two looks at the stream.
const AT_ONCE: u64 = 10;
const ORDERS_A_SECOND: u64 = 5_000;
const MOST: u64 = 1_000;
/// Units that one shopper's purchase writes at one key: a cart that is filled and ordered.
const OF_ONE_SHOPPER: u64 = 6;

fn orders() -> u64 {
    std::env::var("ORDERS").map_or(QUICKLY, |orders| orders.parse().expect("a number"))
}

/// Write units by index (or table) and partition key.
type Units = BTreeMap<(String, String), u64>;

/// Places an order of two products for somebody who has not ordered before: every second one has an account.
async fn place(table: &Table, offers: &[Offer], i: u64) {
    let store = &table.store;
    let of = if i.is_multiple_of(2) { goods::guest() } else { CartKey::Customer(ids::new_id()) };
    let mut cart = Cart::new(of.id().clone());
    let count = offers.len() as u64;
    for line in [i % count, (i * 7 + 3) % count] {
        let offer = offers[usize::try_from(line).unwrap()].clone();
        cart.add(offer, 1, CartLimits::default()).expect("in stock");
    }
    cart.checkout = goods::checkout(&format!("shopper-{}@example.com", ids::new_id()));
    store.save_cart(&of, &cart).await.expect("saved");
    let key = goods::parse("key-1");
    let read = store.read_for_placing(&of, &key).await.expect("read");
    let quote = Quote::new(&read.cart, &read.settings, clock::now());
    let number = OrderNumber::from_bits(ids::random_bits());
    let customer = if let CartKey::Customer(id) = &of { Some(id.clone()) } else { None };
    let buyer = Buyer { customer, ..read.buyer };
    let order = Order::place(&read.cart, quote, &read.settings, number, &buyer, clock::now()).expect("complete");
    let mail = goods::order_mail(order.email.as_str());
    let placement = Placement {
        order: &order,
        cart: &of,
        cart_version: read.cart.version,
        coupon: None,
        key: &key,
        fingerprint: &ids::sha256_hex("a request"),
        mail: &mail,
    };
    store.place_order(&placement, Instant::now() + Duration::from_secs(20)).await.expect("placed");
}

/// Places a share of the orders, on a share of the products, and counts what that wrote.
async fn share(number: u64) -> Units {
    let table = Table::with_goods().await;
    for i in (0..PRODUCTS).filter(|i| i % TABLES == number) {
        table.store.create_product(&goods::simple(&format!("p{i}"), &format!("P-{i}"), "10.00", 1_000_000)).await.unwrap();
    }
    let skus: Vec<Sku> = (0..PRODUCTS).filter(|i| i % TABLES == number).map(|i| goods::parse(&format!("P-{i}"))).collect();
    let offers: Vec<Offer> = table.store.offers(&skus).await.unwrap().into_values().collect();
    let (description, mut units) = (table.description().await, Units::new());
    let mut stream = table.store.stream(None).await.unwrap();
    for i in 0..orders() / TABLES {
        place(&table, &offers, i).await;
        if i % AT_ONCE == 0 {
            follow(&mut stream, &mut units, &description).await;
        }
    }
    while follow(&mut stream, &mut units, &description).await {}
    units
}

/// Counts what was written since the last time; nothing more when there is nothing.
async fn follow(stream: &mut Stream, units: &mut Units, description: &TableDescription) -> bool {
    let records = stream.next().await.unwrap();
    for (old, new) in records.iter().map(store::changes::Record::images) {
        let read = |item| serde_dynamo::from_item::<_, Value>(item).unwrap();
        count(units, description, &read(old), &read(new));
    }
    !records.is_empty()
}

/// Counts one write.
fn count(units: &mut Units, table: &TableDescription, old: &Value, new: &Value) {
    let item = if has(new, "pk") { new } else { old };
    // A cart is filled on its own. All else is written by the transaction, the removal of the cart too.
    let each = if item["sk"] == "CART" && has(new, "pk") { 1 } else { 2 };
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    *units.entry(("table".to_owned(), text(item, "pk"))).or_default() += each * kilobytes(old).max(kilobytes(new));
    for index in table.global_secondary_indexes() {
        let name = index.index_name().unwrap();
        let (before, after) = (entry(index, old), entry(index, new));
        if before == after {
            continue;
        }
        let place = |entry: &Value| (text(entry, &format!("{name}pk")), text(entry, &format!("{name}sk")));
        // One that stays in its place is changed there, any other removed from one key and put under another.
        let sides = if place(&before) == place(&after) { vec![&after] } else { vec![&before, &after] };
        for side in sides.into_iter().filter(|side| !side.is_null()) {
            *units.entry((name.to_owned(), place(side).0)).or_default() += kilobytes(side);
        }
    }
}

fn has(item: &Value, name: &str) -> bool {
    !item[name].is_null()
}

/// An item's entry by the index's own definition; null where it has none.
fn entry(index: &aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription, item: &Value) -> Value {
    let keys = index.key_schema().iter().map(|key| key.attribute_name().to_owned()).collect::<Vec<_>>();
    if !keys.iter().all(|key| has(item, key)) {
        return Value::Null;
    }
    let projection = index.projection().unwrap();
    let whole = projection.projection_type() == Some(&ProjectionType::All);
    let shown = |name: &String| {
        whole || keys.contains(name) || ["pk", "sk"].contains(&name.as_str()) || projection.non_key_attributes().contains(name)
    };
    let attributes = item.as_object().unwrap().iter().filter(|(name, _)| shown(name));
    Value::Object(attributes.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Begun kilobytes. JSON's quotes and brackets make it rather more than DynamoDB counts.
fn kilobytes(item: &Value) -> u64 {
    if item.as_object().is_none_or(serde_json::Map::is_empty) { 0 } else { (item.to_string().len() as u64).div_ceil(1024) }
}

/// What kind of key it is: its words without what tells one from another.
fn kind(key: &str) -> &str {
    let end = key.find('#').map_or(key.len(), |end| end);
    if key.starts_with("ORDERS#") { "ORDERS#status#shard" } else { &key[..end] }
}

#[tokio::test]
async fn the_stack_and_the_scripts_make_the_indexes_that_the_store_makes() {
    let infra = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra");
    let read = |file: &str| std::fs::read_to_string(infra.join(file)).unwrap();
    let template = read("template.yaml").split_whitespace().collect::<Vec<_>>().join(" ");
    let scripts: BTreeMap<String, Vec<String>> = serde_json::from_str(&read("indexes.json")).unwrap();
    let made = Table::new().await.description().await.global_secondary_indexes.unwrap();
    let made: BTreeMap<String, Vec<String>> = made
        .into_iter()
        .map(|index| (index.index_name.unwrap(), index.projection.unwrap().non_key_attributes.unwrap()))
        .collect();
    assert_eq!(scripts, made);
    for (name, shown) in made {
        let keys = format!("{{AttributeName: {name}pk, KeyType: HASH}} - {{AttributeName: {name}sk, KeyType: RANGE}}");
        let projection = format!("ProjectionType: INCLUDE NonKeyAttributes: [{}]", shown.join(", "));
        let index = format!("IndexName: {name} KeySchema: - {keys} Projection: {projection}");
        assert!(template.contains(&index), "infra/template.yaml has no {index}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_5000_orders_a_second_of_1000_products_no_partition_key_takes_more_than_1000_writes() {
    let mut shares = JoinSet::new();
    (0..TABLES).for_each(|number| drop(shares.spawn(share(number))));
    let mut units = Units::new();
    for of_table in shares.join_all().await {
        for (key, count) in of_table {
            *units.entry(key).or_default() += count;
        }
    }
    let a_second = |count: u64| count * ORDERS_A_SECOND / orders();
    let mut hottest: BTreeMap<(String, String), (u64, String, usize)> = BTreeMap::new();
    for ((index, key), count) in &units {
        let entry = hottest.entry((index.clone(), kind(key).to_owned())).or_default();
        entry.2 += 1;
        if *count > entry.0 {
            (entry.0, entry.1) = (*count, key.clone());
        }
    }
    println!("| where | keys | how many | writes a second at the hottest |\n|---|---|---:|---:|");
    for ((index, kind), (count, _, keys)) in &hottest {
        println!("| {index} | {kind} | {keys} | {} |", a_second(*count));
    }
    for ((index, key), count) in &units {
        assert!(a_second(*count) <= MOST, "{index} {key} takes {} writes a second", a_second(*count));
    }
    let written: Vec<_> = hottest.keys().map(|(index, kind)| (index.as_str(), kind.as_str())).collect();
    let expected = [
        ("gsi3", "CUSTOMER"),
        ("gsi3", "GUEST"),
        ("gsi4", "ORDERS#status#shard"),
        ("table", "CART"),
        ("table", "IDEMPOTENCY"),
        ("table", "MAIL"),
        ("table", "ORDER"),
        ("table", "SKU"),
    ];
    assert_eq!(written, expected, "an order writes these and no others: no entry of a product or category, no counter");
    let busy: Vec<_> = hottest.iter().filter(|(_, (count, _, _))| *count > OF_ONE_SHOPPER).map(|((_, kind), _)| kind).collect();
    assert_eq!(busy, ["ORDERS#status#shard", "SKU"], "all else belongs to one shopper or one order");
    let of = |index: &str, kind: &str| hottest[&(index.to_owned(), kind.to_owned())].clone();
    let (count, _, keys) = of("gsi4", "ORDERS#status#shard");
    assert!(keys == 8 && (625..800).contains(&a_second(count)), "{keys} keys of about 625: {}", a_second(count));
    assert_eq!(of("table", "SKU").2 as u64, PRODUCTS);
    let entries: u64 = units.iter().filter(|((index, _), _)| index == "gsi4").map(|(_, count)| count).sum();
    assert_eq!(entries, orders(), "an order is one entry of at most a kilobyte");
}
