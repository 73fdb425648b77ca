//! What every route asks of the table, what that costs, and what its function must be allowed.

use embedded::{ACCESS_KEY, REGION, SECRET_KEY};
use lambda::Delivery;
use notify::{Notifier, Sender};
use publish::{Batches, Publisher};
use render::Renderer;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use store::{Meter, Service, Usage, changes::Change, mail::Mail, mail::MailKind};
use suite::{Shop, SiteBucket, Table, costs, goods, tour};
use utoipa::OpenApi;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[tokio::test]
async fn the_tour_goes_through_every_operation_of_the_api() {
    let steps = tour::everything(&Shop::open().await).await;
    let seen: BTreeSet<String> = steps.into_iter().map(|step| step.operation).collect();
    let mut described = BTreeSet::new();
    for api in
        [account::Api::openapi(), admin::Api::openapi(), auth::Api::openapi(), cart::Api::openapi(), checkout::Api::openapi()]
    {
        let document = serde_json::to_value(api).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            described.extend(methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
        }
    }
    assert_eq!(seen, described);
}

#[tokio::test]
async fn no_route_costs_more_than_what_is_recorded() {
    let shop = Shop::open().await;
    let file = root().join("COSTS.md");
    let before = costs::recorded(&std::fs::read_to_string(&file).unwrap_or_default());
    let now = costs::of(&tour::everything(&shop).await, &before);
    let buying = Shop::open().await;
    let (purchase, _) = tour::purchase(&buying).await;
    let after = costs::aftermath(&buying).await;
    let template = std::fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let alarms = template.matches("Type: AWS::CloudWatch::Alarm").count();
    let document = costs::document(&purchase, &after, &now, &buying.table.store.snapshot().await.unwrap(), alarms);
    if std::env::var_os("UPDATE_COSTS").is_some() {
        std::fs::write(&file, &document).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let recorded = costs::recorded(&committed);
    // DynamoDB Local counts the units of transactions and indexes in its own way.
    let same_units = !suite::is_elsewhere("DYNAMODB");
    for (route, cost) in &now {
        let budget = recorded.get(route).unwrap_or_else(|| panic!("{route:?} is not recorded: {cost:?}"));
        let units = cost.read_halves > budget.read_halves || cost.write_halves > budget.write_halves;
        let dearer = cost.round_trips > budget.round_trips || cost.kilobytes > budget.kilobytes || (same_units && units);
        assert!(!dearer, "{route:?} has got dearer: {cost:?} in place of {budget:?}");
    }
    if same_units {
        assert_eq!(committed, document, "COSTS.md is out of date: UPDATE_COSTS=1 cargo test -p suite costs");
    }
}

#[tokio::test]
async fn an_order_is_placed_by_two_requests_and_followed_by_three_and_three() {
    let shop = Shop::open().await;
    let (purchase, _) = tour::purchase(&shop).await;
    let placing = purchase.iter().find(|step| step.operation == "POST /checkout/place").unwrap();
    assert_eq!(placing.usage.round_trips, 2);
    let after = costs::aftermath(&shop).await;
    assert_eq!(after.publishing.round_trips, 3, "a turn, the products, their variants");
    assert_eq!(after.notifying.round_trips, 3, "a claim, the order, and what became of it");
}

/// `{"dynamodb": {"table": [..], "gsi1": [..]}}` of what was asked.
fn asked(usages: impl IntoIterator<Item = Usage>) -> BTreeMap<String, BTreeSet<String>> {
    let mut asked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in usages.into_iter().flat_map(|usage| usage.operations) {
        asked.entry(operation.index.unwrap_or("table").to_owned()).or_default().insert(operation.action.to_owned());
    }
    asked
}

/// A function's own list of what it must be allowed.
fn permissions(function: &str) -> Value {
    let file = root().join("functions").join(function).join("permissions.json");
    serde_json::from_str(&std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))).unwrap()
}

fn on_table(function: &str) -> BTreeMap<String, BTreeSet<String>> {
    serde_json::from_value(permissions(function)["dynamodb"].clone()).unwrap()
}

#[tokio::test]
async fn http_functions_may_do_what_their_routes_do_and_nothing_else() {
    let shop = Shop::open().await;
    let mut steps = tour::everything(&shop).await;
    // Until a shop has moved, its lists are read where they were.
    steps.extend(tour::everything(&Shop::of_former_keys().await).await);
    for function in ["account", "admin", "auth", "cart", "checkout"] {
        let warm = Meter::default();
        warm.measure(shop.table.store.settings()).await.unwrap();
        let session = tour::session(&shop, function).await;
        let own = steps.iter().chain(&session).filter(|step| step.function == function).map(|step| step.usage.clone());
        assert_eq!(asked(own.chain([warm.usage()])), on_table(function), "{function}");
    }
}

#[tokio::test]
async fn publish_may_do_what_publishing_does_and_nothing_else() {
    let table = Table::with_goods().await;
    let site = SiteBucket::new().await;
    let publisher = Publisher::new(table.store.clone(), site.bucket.clone(), Renderer::new().unwrap(), "https://shop.example");
    let batches = Batches::new(publisher);
    let mug = Change::Product(goods::parse("mug"));
    let slug = Change::ProductSlug(goods::parse("mug"));
    let meter = Meter::default();
    meter.measure(table.store.warm()).await.unwrap();
    for (id, change) in [Change::Settings, mug.clone(), slug, Change::Other].into_iter().enumerate() {
        let record = Delivery { id: id.to_string(), written: std::time::Duration::ZERO, change: Ok(change) };
        assert!(meter.measure(batches.handle(&[record])).await.is_empty());
    }
    let product = table.store.product(&goods::parse("mug")).await.unwrap().unwrap();
    table.store.delete_product(&product).await.unwrap();
    let record = Delivery { id: "9".to_owned(), written: std::time::Duration::ZERO, change: Ok(mug) };
    assert!(meter.measure(batches.handle(&[record])).await.is_empty());
    assert_eq!(asked([meter.usage()]), on_table("publish"));
    let allowed: BTreeSet<String> = serde_json::from_value(permissions("publish")["s3"]["site"].clone()).unwrap();
    // What IAM calls them: heads are reads, the version of a listing has no name of its own.
    let named = |operation: &str| match operation {
        "HeadObject" => "GetObject".to_owned(),
        "ListObjectsV2" => "ListBucket".to_owned(),
        other => other.to_owned(),
    };
    let done: BTreeSet<String> =
        site.bucket.operations().iter().map(|o| named(o)).filter(|o| o != "HeadBucket" && o != "CreateBucket").collect();
    assert_eq!(done, allowed);
}

#[tokio::test]
async fn notify_may_do_what_sending_does_and_nothing_else() {
    let shop = Shop::open().await;
    shop.customer("ada@example.com").await;
    let nowhere = Sender::connect(&Service::at("http://127.0.0.1:9", ACCESS_KEY, SECRET_KEY, REGION)).await;
    let notifier = Notifier::new(shop.app.clone(), nowhere.clone(), goods::parse("shop@shop.example"));
    let meter = Meter::default();
    meter.measure(shop.table.store.settings()).await.unwrap();
    let mail = Mail::new(MailKind::Reset, goods::parse("ada@example.com"));
    shop.table.store.send_mail(&mail).await.unwrap();
    meter.measure(notifier.send(&mail)).await.unwrap_err();
    assert_eq!(asked([meter.usage()]), on_table("notify"));
    let allowed: BTreeSet<String> = serde_json::from_value(permissions("notify")["ses"].clone()).unwrap();
    assert_eq!(nowhere.operations(), allowed);
}

#[tokio::test]
async fn sweep_may_do_what_sweeping_does_and_nothing_else() {
    let table = Table::with_goods().await;
    crate::placing::place(&table, &[("MUG", 1)]).await.unwrap();
    let meter = Meter::default();
    let later = clock::now().plus_days(15);
    assert_eq!(meter.measure(sweep::expire_unpaid(&table.store, later)).await.unwrap(), 1);
    let former = Table::of_former_keys(&table).await;
    assert_eq!(meter.measure(sweep::expire_unpaid(&former.store, later)).await.unwrap(), 0);
    assert_eq!(asked([meter.usage()]), on_table("sweep"));
}
