use crate::{Client, Faults, endpoint, former, goods, is_elsewhere};
use axum::Router;
use embedded::{ACCESS_KEY, DynamoDb, IN_PROCESS, REGION, SECRET_KEY};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{
    Service, Store, StoreConfig,
    changes::Change,
    mail::{Mail, MailKind},
    stream::Stream,
};
use web::{App, Keys};

/// A table of its own, gone with it.
pub struct Table {
    /// The store over it.
    pub store: Store,
    /// What goes wrong between the store and the table: nothing, until a test says so.
    pub faults: Faults,
    raw: aws_sdk_dynamodb::Client,
    service: Service,
    engine: Option<DynamoDb>,
}

impl Table {
    /// A new, empty table.
    pub async fn new() -> Self {
        let table = Self::place().await;
        table.store.create_table().await.expect("the table is made");
        table
    }

    /// A table as it was before lists lay under several keys: with the indexes of then, and what another table holds, item by
    /// item as it was written then.
    pub async fn of_former_keys(like: &Self) -> Self {
        let table = Self::place().await;
        former::create(&table.raw, table.store.table()).await;
        for item in like.items("").await {
            table.put(&former::item(item)).await;
        }
        table
    }

    /// Where a table can be made.
    async fn place() -> Self {
        let engine =
            if is_elsewhere("DYNAMODB") { None } else { Some(DynamoDb::start(None).await.expect("the embedded engine starts")) };
        let (service, sender) = match &engine {
            Some(engine) => {
                let service = Service::at(IN_PROCESS, ACCESS_KEY, SECRET_KEY, REGION).over(engine.client());
                (service, engine.client())
            }
            None => (another(), store::http_client()),
        };
        let faults = Faults::over(sender);
        let config = StoreConfig { table: format!("test-{}", ids::new_id()), service: service.clone().over(faults.client()) };
        let store = Store::connect(&config).await;
        let raw = aws_sdk_dynamodb::Client::new(&service.load("AWS_ENDPOINT_URL_DYNAMODB").await);
        Self { store, faults, raw, service, engine }
    }

    /// A table with settings, a category and two products (see [`goods`]).
    pub async fn with_goods() -> Self {
        let table = Self::new().await;
        table.store.put_settings(&goods::settings()).await.expect("settings");
        table.store.create_category(&goods::category()).await.expect("category");
        for product in [goods::shirt(), goods::mug()] {
            table.store.create_product(&product).await.expect("product");
        }
        table
    }

    /// An item as it is stored, `Null` where there is none.
    pub async fn item(&self, pk: &str, sk: &str) -> Value {
        let text = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
        let key = HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]);
        let found = self.raw.get_item().table_name(self.store.table()).set_key(Some(key)).consistent_read(true).send().await;
        let item = found.expect("an item is read").item;
        item.map_or(Value::Null, |item| serde_dynamo::from_item(item).expect("an item is JSON"))
    }

    /// Writes an item as it is, whatever the store thinks of it.
    pub async fn put(&self, item: &Value) {
        let item = serde_dynamo::to_item(item).expect("an item");
        self.raw.put_item().table_name(self.store.table()).set_item(Some(item)).send().await.expect("an item is written");
    }

    /// Makes an attribute of an item unreadable.
    pub async fn spoil(&self, pk: &str, sk: &str, attribute: &str) {
        let mut item = self.item(pk, sk).await;
        assert!(item[attribute] != Value::Null, "{pk} has no {attribute}: {item}");
        item[attribute] = Value::Bool(true);
        self.put(&item).await;
    }

    /// Puts a number into a stored item, past the store.
    pub async fn set(&self, pk: &str, sk: &str, name: &str, value: u32) {
        let text = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
        let key = HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]);
        let update = self.raw.update_item().table_name(self.store.table()).set_key(Some(key));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        let value = aws_sdk_dynamodb::types::AttributeValue::N(value.to_string());
        update.expression_attribute_values(":value", value).send().await.expect("an item is changed");
    }

    /// All items whose partition key begins so.
    pub async fn items(&self, start: &str) -> Vec<Value> {
        let scan = self.raw.scan().table_name(self.store.table()).consistent_read(true);
        let found: Vec<_> = scan.into_paginator().items().send().collect::<Result<_, _>>().await.expect("a scan");
        let items = found.into_iter().map(|item| serde_dynamo::from_item::<_, Value>(item).expect("JSON"));
        items.filter(|item| item["pk"].as_str().is_some_and(|pk| pk.starts_with(start))).collect()
    }

    /// What the table's stream says of all that was written so far. A stream may lag: a mail of our own marks the end.
    pub async fn changes(&self, stream: &mut Stream) -> Vec<Change> {
        let mail = Mail::new(MailKind::AlreadyRegistered, goods::parse(&format!("{}@mark.example", ids::new_id())));
        self.store.send_mail(&mail).await.expect("a mark");
        let (mark, start, mut changes) = (Change::Mail(Box::new(mail)), Instant::now(), Vec::new());
        loop {
            let records = stream.next().await.expect("the stream is read");
            changes.extend(records.iter().map(|record| record.change().expect("a change")));
            if let Some(end) = changes.iter().position(|change| *change == mark) {
                assert_eq!(end + 1, changes.len(), "nothing was written after the mark: {changes:?}");
                changes.pop();
                return changes;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "the stream does not come up to its end: {changes:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The table's description, as the engine gives it.
    pub async fn description(&self) -> aws_sdk_dynamodb::types::TableDescription {
        let described = self.raw.describe_table().table_name(self.store.table()).send().await.expect("a description");
        described.table.expect("a table")
    }

    /// A store that knows nothing yet, as in a new process.
    pub async fn new_store(&self) -> Store {
        let service = self.service.clone().over(self.faults.client());
        Store::connect(&StoreConfig { table: self.store.table().to_owned(), service }).await
    }

    /// Units left of a variant.
    pub async fn stock(&self, sku: &str) -> u64 {
        self.item(&format!("SKU#{sku}"), "SKU").await["stock"].as_u64().expect("a stock")
    }
}

impl Drop for Table {
    /// Another engine keeps what is not deleted.
    fn drop(&mut self) {
        if self.engine.is_some() {
            return;
        }
        let (name, service) = (self.store.table().to_owned(), self.service.clone());
        // The test's own runtime may be busy in this very function.
        let end = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let client = aws_sdk_dynamodb::Client::new(&service.load("AWS_ENDPOINT_URL_DYNAMODB").await);
                let _ = client.delete_table().table_name(name).send().await;
            });
        });
        let _ = end.join();
    }
}

/// The engine that the variables name. DynamoDB Local has a database for each access key, and a transaction takes the longer the
/// more was ever written to that: so tables are spread over a few keys where any key does.
fn another() -> Service {
    match endpoint("DYNAMODB") {
        Some(local) if local.starts_with("http://") => {
            let random = u128::from_str_radix(ids::new_secret().as_str(), 16).expect("hexadecimal");
            Service::at(&local, &format!("{:012}", random % 50), SECRET_KEY, REGION)
        }
        _ => Service::default(),
    }
}

/// All functions over one table.
pub struct Shop {
    /// The table.
    pub table: Table,
    /// What the functions hold.
    pub app: Arc<App>,
    router: Router,
    json: bool,
}

impl Shop {
    /// A shop with goods.
    pub async fn open() -> Self {
        Self::over(Table::with_goods().await)
    }

    /// The same shop, not yet moved from the former keys of its lists.
    pub async fn of_former_keys() -> Self {
        Self::over(Table::of_former_keys(&Table::with_goods().await).await)
    }

    /// A shop over a table.
    pub fn over(table: Table) -> Self {
        let keys = Keys::parse(&format!("k1:{}", "s".repeat(40)), &"l".repeat(40)).expect("keys");
        let app = App::new(table.store.clone(), keys, "https://shop.example").expect("an app");
        let router = functions(&app);
        Self { table, app, router, json: false }
    }

    /// The same shop, whose visitors are programs: they ask for JSON.
    #[must_use]
    pub fn for_programs(self) -> Self {
        Self { json: true, ..self }
    }

    /// The same shop with routes that it does not have, served at this path.
    #[must_use]
    pub fn with_routes(self, path: &str, routes: Router) -> Self {
        let answer = |request: axum::extract::Request| tower::ServiceExt::oneshot(routes, request);
        Self { router: self.router.route(path, axum::routing::any(answer)), ..self }
    }

    /// A visitor with an empty cookie jar.
    pub fn visitor(&self) -> Client {
        let visitor = Client::new(self.router.clone());
        if self.json { visitor.wanting_json() } else { visitor }
    }

    /// A customer who has just signed in.
    pub async fn customer(&self, email: &str) -> Client {
        let mut client = self.visitor();
        goods::account(&self.table.store, email, domain::customer::Role::Customer).await;
        client.signs_in(email).await;
        client
    }

    /// A member of staff who has just signed in.
    pub async fn staff(&self, role: domain::customer::Role) -> Client {
        let email = format!("{}@shop.example", ids::new_id());
        goods::account(&self.table.store, &email, role).await;
        let mut client = self.visitor();
        client.signs_in(&email).await;
        client
    }
}

/// All HTTP functions by their paths.
pub fn functions(app: &Arc<App>) -> Router {
    let routers = [
        ("/auth", auth::router(app.clone())),
        ("/account", account::router(app.clone())),
        ("/cart", cart::router(app.clone())),
        ("/categories", cart::router(app.clone())),
        ("/checkout", checkout::router(app.clone())),
        ("/orders", checkout::router(app.clone())),
        ("/admin", admin::router(app.clone())),
    ];
    Router::new().fallback(move |request: axum::extract::Request| {
        let path = request.uri().path().to_owned();
        let found = routers.iter().find(|(start, _)| path == *start || path.starts_with(&format!("{start}/")));
        let router = found.expect("a function for the path").1.clone();
        async move { tower::ServiceExt::oneshot(router, request).await.expect("infallible") }
    })
}
