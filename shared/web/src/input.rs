use crate::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use http::{StatusCode, header};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// The body of a request, a form or JSON by its content type: 415 for any other, 413 for too much of it, 400 for one that
/// cannot be read, 422 for one whose fields are not what they should be.
#[derive(Debug)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = Bytes::from_request(request, state).await.map_err(|rejection| too_large(&rejection))?;
        match media.as_str() {
            "application/json" => json(&body).map(Self),
            "application/x-www-form-urlencoded" => form(&body).map(Self),
            _ => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The content type is not known",
                "Send a form (application/x-www-form-urlencoded) or application/json.",
            )),
        }
    }
}

/// An object with the fields of a form. What is not JSON cannot be read (400); what is not such an object is not valid (422).
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let unreadable = |e: serde_json::Error| {
        let place = if e.is_eof() { "it ends too early".to_owned() } else { format!("line {}, column {}", e.line(), e.column()) };
        Problem::malformed(format!("The body is not JSON: {place}."))
    };
    let value: Value = serde_json::from_slice(body).map_err(unreadable)?;
    if !value.is_object() {
        return Err(Problem::unprocessable("The body must be an object with the fields of the form."));
    }
    serde_path_to_error::deserialize(value).map_err(|error| not_valid(&error.path().to_string(), &error.inner().to_string()))
}

fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Broken UTF-8 has become replacement characters.
    if form_urlencoded::parse(body).any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}')) {
        return Err(Problem::malformed("The form is not valid UTF-8."));
    }
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(body));
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| not_valid(&error.path().to_string(), &error.inner().to_string()))
}

/// A field of the wrong kind, or none where there must be one.
fn not_valid(path: &str, said: &str) -> Problem {
    let named = |start: &str| said.strip_prefix(start).and_then(|rest| rest.split('`').nth(1));
    let within = |field: &str| if matches!(path, "." | "?") { field.to_owned() } else { format!("{path}.{field}") };
    let (field, why) = match (named("missing field"), named("duplicate field")) {
        (Some(field), _) => (within(field), "is missing".to_owned()),
        (_, Some(field)) => (field.to_owned(), "was sent twice".to_owned()),
        _ => (path.to_owned(), in_plain_words(said)),
    };
    Problem::invalid([(field, why)].into())
}

/// What is wrong with a field, for who sent it. What serde says by itself (the provided methods of [`serde::de::Error`]) is for
/// programmers; what the shop's own types say is kept.
fn in_plain_words(said: &str) -> String {
    let expected = said.rsplit_once("expected ").map(|(_, expected)| expected.replace('`', ""));
    match expected.as_deref() {
        Some(words) if said.starts_with("unknown variant") => format!("must be {}", words.replace("one of ", "one of: ")),
        Some("a string" | "string" | "string or map") => "must be a text".to_owned(),
        Some("a boolean") => "must be true or false".to_owned(),
        Some("a sequence") => "must be a list".to_owned(),
        Some(struct_or_map) if struct_or_map == "a map" || struct_or_map.starts_with("struct ") => "must be an object".to_owned(),
        Some(number) if number.starts_with(['u', 'i']) && number[1..].parse::<u8>().is_ok() => {
            "must be a whole number".to_owned()
        }
        Some(own) if said.starts_with("expected ") => format!("must be {own}"),
        Some(_) => "is not what it should be".to_owned(),
        None => said.to_owned(),
    }
}

pub(crate) fn too_large(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Request too large", "The request is larger than the shop accepts.")
    } else {
        Problem::malformed("The body ended early.")
    }
}

/// A field that forms send as text and JSON clients perhaps as a number.
///
/// # Errors
///
/// The deserializer's error for anything but a text or a number.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a text or a number")]
    enum TextOrNumber {
        Text(String),
        Number(serde_json::Number),
    }
    Ok(match TextOrNumber::deserialize(deserializer)? {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::json;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Body {
        name: domain::text::Name,
        status: domain::order::OrderStatus,
        #[serde(deserialize_with = "super::text")]
        version: String,
        #[serde(default)]
        count: u32,
        #[serde(default)]
        visible: bool,
        #[serde(default)]
        rows: Vec<Row>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Row {
        sku: String,
    }

    fn refusal(field: &str, value: serde_json::Value) -> (String, String) {
        let mut body = json!({"name": "Ada", "status": "shipped", "version": 1});
        body[field] = value;
        let problem = json::<Body>(body.to_string().as_bytes()).expect_err("a refusal");
        let errors = problem.extra["errors"].as_object().expect("errors by field");
        let (field, why) = errors.iter().next().expect("one");
        (field.clone(), why.as_str().expect("words").to_owned())
    }

    #[test]
    fn what_is_wrong_with_a_field_is_said_in_plain_words() {
        let cases = [
            ("name", json!({}), "name", "must be a text"),
            ("name", json!(null), "name", "must be a text"),
            ("name", json!("  "), "name", "must not be empty"),
            ("status", json!("eaten"), "status", "must be one of: pending, processing, shipped, delivered, cancelled"),
            ("status", json!(7), "status", "must be a text"),
            ("version", json!([1]), "version", "must be a text or a number"),
            ("count", json!(-1), "count", "must be a whole number"),
            ("count", json!(1.5), "count", "must be a whole number"),
            ("visible", json!("on"), "visible", "must be true or false"),
            ("rows", json!("a, b"), "rows", "must be a list"),
            ("rows", json!(["a"]), "rows[0]", "must be an object"),
            ("rows", json!([{}]), "rows[0].sku", "is missing"),
        ];
        for (field, value, named, why) in cases {
            assert_eq!(refusal(field, value.clone()), (named.to_owned(), why.to_owned()), "{field}: {value}");
        }
    }

    #[test]
    fn a_field_that_is_missing_or_there_twice_is_named() {
        let missing = json::<Body>(br#"{"name": "Ada", "version": 1}"#).expect_err("a refusal");
        assert_eq!(missing.extra["errors"], json!({"status": "is missing"}));
        let twice = super::form::<Body>(b"name=Ada&name=Bob&status=shipped&version=1").expect_err("a refusal");
        assert_eq!(twice.extra["errors"], json!({"name": "was sent twice"}));
    }

    #[test]
    fn what_is_not_json_says_where_in_words_of_its_own() {
        for (body, detail) in [
            (&b"{"[..], "The body is not JSON: it ends too early."),
            (b"", "The body is not JSON: it ends too early."),
            (b"{\"name\": Ada}", "The body is not JSON: line 1, column 10."),
        ] {
            assert_eq!(json::<Body>(body).expect_err("a refusal").detail, detail);
        }
    }
}
