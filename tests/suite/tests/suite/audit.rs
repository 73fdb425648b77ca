//! The audit log: who of staff changed what, and when.

use domain::customer::Role;
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use suite::{Client, Shop};
use utoipa::OpenApi;

/// What staff can change, as the back office's document has it. A route that is new here needs a step in the test below.
const CHANGES: [&str; 8] = [
    "/admin/categories",
    "/admin/categories/{id}",
    "/admin/categories/{id}/delete",
    "/admin/orders/{number}/cancel",
    "/admin/orders/{number}/status",
    "/admin/products",
    "/admin/products/{id}",
    "/admin/products/{id}/delete",
];

/// A record: whose role, what it was about, and the fields before and after; null where there are none.
#[derive(Debug, PartialEq)]
struct Recorded(Value, String, Value, Value);

impl Recorded {
    fn of(item: &Value) -> Self {
        let fields = |name: &str| item[name].as_str().filter(|text| !text.is_empty()).map_or(Value::Null, parsed);
        let (subject, role) = (item["subject"].as_str().unwrap().to_owned(), item["role"].clone());
        assert_eq!(item["gsi3pk"], format!("AUDIT#{subject}"), "all of one thing can be listed");
        Self(role, subject, fields("before"), fields("after"))
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The records so far, oldest first.
async fn records(shop: &Shop) -> Vec<Value> {
    let mut items = shop.table.items("AUDIT#").await;
    items.sort_by_key(|item| item["sk"].as_str().unwrap().to_owned());
    items
}

/// The records since the last time.
async fn new_records(shop: &Shop, seen: &mut usize) -> Vec<Recorded> {
    let all = records(shop).await;
    let new = all.iter().skip(*seen).map(Recorded::of).collect();
    *seen = all.len();
    new
}

fn mug(price: &str, version: &str) -> Vec<(&'static str, String)> {
    let fields = [
        ("name", "Mug"),
        ("slug", "mug"),
        ("category", "clothes"),
        ("visible", "true"),
        ("version", version),
        ("sku.0", "MUG"),
        ("price.0", price),
        ("stock.0", "10"),
        ("seen_stock.0", "10"),
        ("available.0", "true"),
        ("tax_class.0", "standard"),
    ];
    fields.map(|(name, value)| (name, value.to_owned())).to_vec()
}

async fn post(client: &mut Client, path: &str, fields: &[(&'static str, String)]) -> suite::Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.post(path, &fields).await
}

#[test]
fn every_route_that_changes_something_is_known_here() {
    let document = serde_json::to_value(admin::Api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let changing = ["post", "put", "patch", "delete"];
    let found = paths.filter(|(_, methods)| changing.iter().any(|method| methods.get(method).is_some()));
    let found: BTreeSet<&str> = found.map(|(path, _)| path.as_str()).collect();
    assert_eq!(found, BTreeSet::from(CHANGES));
}

#[tokio::test]
async fn each_change_by_staff_leaves_one_record_of_who_when_before_and_after() {
    let (shop, mut seen) = (Shop::open().await, 0);
    let mut staff = shop.staff(Role::Manager).await;
    let id = staff.cookies["__Host-refresh"].split('.').next().unwrap().to_owned();
    let paid = shop.visitor().buys("MUG", "1", "ada@example.com").await;
    let cancelled = shop.visitor().buys("MUG", "1", "ada@example.com").await;
    assert!(new_records(&shop, &mut seen).await.is_empty(), "a shopper is no member of staff");

    let made = staff.post("/admin/categories", &[("name", "Hats"), ("position", "7")]).await;
    let hats = made.location().to_owned();
    let [Recorded(role, subject, before, after)] = &new_records(&shop, &mut seen).await[..] else { panic!("one record") };
    assert_eq!((role, before), (&json!("manager"), &Value::Null));
    assert_eq!((&after["name"], &after["position"]), (&json!("Hats"), &json!(7)));
    let path = match hats.as_str() {
        "/admin/categories" => format!("/admin/categories/{}", subject.trim_start_matches("CATEGORY#")),
        form => form.to_owned(),
    };
    let record = &records(&shop).await[0];
    assert_eq!(record["staff"], id.as_str());
    assert!(record["pk"].as_str().unwrap().ends_with(record["at"].as_str().unwrap().get(..7).unwrap()), "{record}");

    let changed = [("name", "Hats"), ("slug", "hats"), ("position", "8"), ("version", "1")];
    assert_eq!(staff.post(&path, &changed).await.status, StatusCode::SEE_OTHER);
    let expected = Recorded(json!("manager"), subject.clone(), json!({ "position": 7 }), json!({ "position": 8 }));
    assert_eq!(new_records(&shop, &mut seen).await, [expected]);
    assert_eq!(staff.post(&path, &changed).await.status, StatusCode::CONFLICT);
    assert!(new_records(&shop, &mut seen).await.is_empty(), "what was not done is not recorded");
    let same = [("name", "Hats"), ("slug", "hats"), ("position", "8"), ("version", "2")];
    assert_eq!(staff.post(&path, &same).await.status, StatusCode::SEE_OTHER);
    assert!(new_records(&shop, &mut seen).await.is_empty(), "nothing has changed");
    staff.post(&format!("{path}/delete"), &[]).await;
    let [Recorded(_, of, before, after)] = &new_records(&shop, &mut seen).await[..] else { panic!("one record") };
    assert_eq!((of, &before["name"], after), (subject, &json!("Hats"), &Value::Null));

    let version = shop.table.item("PRODUCT#mug", "PRODUCT").await["version"].to_string();
    let stock = shop.table.item("SKU#MUG", "SKU").await["stock"].to_string();
    let mut fields = mug("12.50", &version);
    fields.retain(|(name, _)| !name.ends_with("stock.0"));
    fields.extend([("stock.0", stock.clone()), ("seen_stock.0", stock)]);
    let saved = post(&mut staff, "/admin/products/mug", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let [Recorded(_, of, before, after)] = &new_records(&shop, &mut seen).await[..] else { panic!("one record") };
    assert_eq!((of.as_str(), before["name"].is_null()), ("PRODUCT#mug", true), "the name is as it was: {before}");
    assert_eq!(after["variants"][0]["price"], "12.50");
    assert_ne!(before["variants"][0]["price"], "12.50");

    for (number, to) in [(&paid, "processing"), (&cancelled, "cancelled")] {
        let version = shop.table.item(&format!("ORDER#{number}"), "ORDER").await["version"].to_string();
        let path = if to == "processing" { "status" } else { "cancel" };
        let fields = [("status", to), ("version", version.as_str())];
        let moved = staff.post(&format!("/admin/orders/{number}/{path}"), &fields).await;
        assert!(moved.is_done(), "{}", moved.text);
        let [Recorded(_, of, before, after)] = &new_records(&shop, &mut seen).await[..] else { panic!("one record") };
        assert_eq!((of, &before["status"], &after["status"]), (&format!("ORDER#{number}"), &json!("pending"), &json!(to)));
        assert!(!format!("{before}{after}").contains("ada@example.com"), "nothing of the shopper: {before} {after}");
    }

    staff.post("/admin/products/mug/delete", &[]).await;
    let [Recorded(_, of, before, after)] = &new_records(&shop, &mut seen).await[..] else { panic!("one record") };
    assert_eq!((of.as_str(), &before["slug"], after), ("PRODUCT#mug", &json!("mug"), &Value::Null));
    let mut cap = mug("3", "");
    for (name, value) in &mut cap {
        match *name {
            "name" => *value = "A Cap".to_owned(),
            "slug" => *value = "a-cap".to_owned(),
            "sku.0" => *value = "CAP".to_owned(),
            _ => {}
        }
    }
    let made = post(&mut staff, "/admin/products", &cap).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let [Recorded(_, _, before, after)] = &new_records(&shop, &mut seen).await[..] else { panic!("one record") };
    assert_eq!((before, &after["slug"]), (&Value::Null, &json!("a-cap")));
}

#[tokio::test]
async fn a_customer_who_cancels_leaves_no_record() {
    let shop = Shop::open().await;
    let mut ada = shop.customer("ada@example.com").await;
    let number = ada.buys("MUG", "1", "ada@example.com").await;
    let cancelled = ada.post(&format!("/account/orders/{number}/cancel"), &[]).await;
    assert!(cancelled.is_done(), "{}", cancelled.text);
    assert_eq!(shop.table.item(&format!("ORDER#{number}"), "ORDER").await["status"], "cancelled");
    assert!(records(&shop).await.is_empty());
}
