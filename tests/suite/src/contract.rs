//! The OpenAPI document as a contract: whether an answer is one of those that it names.

use crate::Answer;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;

/// The document, as the shop publishes it.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let functions = [
        ("account", account::Api::openapi()),
        ("admin", admin::Api::openapi()),
        ("auth", auth::Api::openapi()),
        ("cart", cart::Api::openapi()),
        ("checkout", checkout::Api::openapi()),
    ];
    serde_json::to_value(web::api::document(functions, "test")).expect("a document")
});

/// Fails unless the document has this answer for this operation: its status, its type, its body by the schema, its headers.
pub fn check(method: &Method, pattern: &str, answer: &Answer) {
    if let Err(why) = agrees(method, pattern, answer) {
        panic!("{method} {pattern} answers {}: {why}\n{}", answer.status, answer.text);
    }
}

fn agrees(method: &Method, pattern: &str, answer: &Answer) -> Result<(), String> {
    let operation = &DOCUMENT["paths"][pattern][method.as_str().to_lowercase()];
    let response = &operation["responses"][answer.status.as_str()];
    if response.is_null() {
        return Err("the document has no such status".to_owned());
    }
    let media = answer.header("content-type").split(';').next().unwrap_or_default();
    match response["content"].as_object() {
        None if answer.text.is_empty() => {}
        None => return Err("the document has no body".to_owned()),
        Some(content) => {
            let content = content.get(media).ok_or_else(|| format!("the document does not have {media:?}"))?;
            if media.ends_with("json") {
                valid(&content["schema"], &serde_json::from_str(&answer.text).map_err(|e| e.to_string())?)?;
            }
        }
    }
    headers(response, answer)
}

fn valid(schema: &Value, document: &Value) -> Result<(), String> {
    let mut schema = schema.clone();
    schema["components"] = DOCUMENT["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).map_err(|e| e.to_string())?;
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

fn headers(response: &Value, answer: &Answer) -> Result<(), String> {
    let described = |name: &str| !response["headers"][name].is_null();
    let leads_on = matches!(answer.status, StatusCode::CREATED | StatusCode::SEE_OTHER | StatusCode::MOVED_PERMANENTLY)
        || answer.text.starts_with("{\"location\"");
    if leads_on == answer.location().is_empty() || (leads_on && !described("Location")) {
        return Err(format!("Location is {:?}", answer.location()));
    }
    let wait = answer.header("retry-after");
    let has_to_wait = matches!(answer.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if has_to_wait != wait.parse::<u32>().is_ok_and(|seconds| seconds > 0) || (has_to_wait && !described("Retry-After")) {
        return Err(format!("Retry-After is {wait:?}"));
    }
    Ok(())
}

/// The value of what an answer has under a name: a hidden field of a page, or a member of a document, wherever it stands.
pub(crate) fn value_of(answer: &Answer, name: &str) -> Option<String> {
    fn find(document: &Value, name: &str) -> Option<String> {
        match document {
            Value::Object(members) => match members.get(name) {
                Some(Value::String(text)) => Some(text.clone()),
                _ => members.values().find_map(|member| find(member, name)),
            },
            Value::Array(items) => items.iter().find_map(|item| find(item, name)),
            _ => None,
        }
    }
    if answer.header("content-type").starts_with("application/json") {
        // What the page sends back as seen are the amounts of its quote.
        let document = answer.json();
        let Some(part) = name.strip_prefix("seen_") else { return find(&document, name) };
        let amount = &document["cart"]["quote"][part];
        return amount.as_str().or(amount["price"].as_str()).map(str::to_owned);
    }
    let rest = answer.text.split_once(&format!("name=\"{name}\" value=\""))?.1;
    Some(rest.split('"').next().unwrap_or_default().to_owned())
}

/// The fields of a form as a document.
pub(crate) fn as_document(fields: &[(&str, &str)]) -> Value {
    fields.iter().fold(json!({}), |mut document, (name, value)| {
        document[name] = json!(value);
        document
    })
}
