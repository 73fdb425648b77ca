use crate::{Problem, orders::capital};
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
    let unreadable = |e: serde_json::Error| Problem::malformed(format!("JSON: {e}."));
    let value: Value = serde_json::from_slice(body).map_err(unreadable)?;
    if !value.is_object() {
        return Err(Problem::unprocessable("The body must be an object with the fields of the form."));
    }
    serde_path_to_error::deserialize(value).map_err(|error| not_valid(&error.path().to_string(), error.inner()))
}

fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Broken UTF-8 has become replacement characters.
    if form_urlencoded::parse(body).any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}')) {
        return Err(Problem::malformed("The form is not valid UTF-8."));
    }
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(body));
    serde_path_to_error::deserialize(deserializer).map_err(|error| not_valid(&error.path().to_string(), error.inner()))
}

/// A field of the wrong kind, or none where there must be one.
fn not_valid(path: &str, error: &impl ToString) -> Problem {
    let why = error.to_string();
    match path {
        // The whole: serde's own words name the field.
        "." | "?" => Problem::unprocessable(format!("{}.", capital(&why))),
        field => Problem::invalid([(field.to_owned(), format!("is not what it should be: {why}"))].into()),
    }
}

pub(crate) fn too_large(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Too much", "The body is larger than anything the shop takes.")
    } else {
        Problem::malformed("The body ended early.")
    }
}

/// A field that forms send as text and JSON clients perhaps as a number.
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
