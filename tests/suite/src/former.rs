//! The table as it was before lists lay under several keys: two indexes, `gsi1` and `gsi2`, one key a list, a full copy of each
//! item.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, StreamSpecification, StreamViewType,
    },
};
use serde_json::Value;

fn schema(name: &str) -> Vec<KeySchemaElement> {
    let key = |part: &str, kind| KeySchemaElement::builder().attribute_name(format!("{name}{part}")).key_type(kind).build();
    vec![key("pk", KeyType::Hash).expect("a key"), key("sk", KeyType::Range).expect("a key")]
}

pub(crate) async fn create(client: &Client, table: &str) {
    let keys = ["", "gsi1", "gsi2"].into_iter().flat_map(|name| ["pk", "sk"].map(|part| format!("{name}{part}")));
    let definition = |key| AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S).build();
    let index = |name: &str| {
        let whole = Projection::builder().projection_type(ProjectionType::All).build();
        GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(schema(name))).projection(whole).build()
    };
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages).build();
    let made = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(schema("")))
        .set_attribute_definitions(Some(keys.map(|key| definition(key).expect("a definition")).collect()))
        .set_global_secondary_indexes(Some(["gsi1", "gsi2"].map(|name| index(name).expect("an index")).to_vec()))
        .stream_specification(stream.expect("a stream"));
    made.send().await.expect("the table is made");
}

/// An item as it was written then.
pub(crate) fn item(mut item: Value) -> Value {
    let attributes = item.as_object_mut().expect("an item");
    attributes.retain(|name, _| !name.starts_with("gsi") && name != "lists_moved");
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let owner = item["customer"].as_str().map_or_else(|| format!("GUEST#{}", text("email")), |id| format!("CUSTOMER#{id}"));
    let moment = format!("{}#{}", text("placed_at"), text("number"));
    let places = match text("sk").as_str() {
        "ORDER" => vec![("gsi1", owner, moment.clone()), ("gsi2", format!("ORDERS#{}", text("status")), moment)],
        "PRODUCT" => vec![("gsi1", "PRODUCTS".to_owned(), format!("{}#{}", text("name").to_lowercase(), text("id")))],
        "CATEGORY" => vec![("gsi1", "CATEGORIES".to_owned(), text("id"))],
        _ => Vec::new(),
    };
    if text("sk") == "ORDER" {
        item.as_object_mut().expect("an item").retain(|name, _| !["total", "units", "name"].contains(&name.as_str()));
    }
    for (index, key, place) in places {
        item[format!("{index}pk")] = key.into();
        item[format!("{index}sk")] = place.into();
    }
    item
}
