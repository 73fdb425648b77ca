use crate::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use http::{StatusCode, header};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// The body of a request, a form or JSON by its content type: 415 for any other, 413 for too much of it, 400 for one that
/// cannot be read.
#[derive(Debug)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = Bytes::from_request(request, state).await.map_err(|rejection| too_large(&rejection))?;
        match media.as_str() {
            "application/json" => serde_json::from_slice(&body).map(Self).map_err(|e| Problem::malformed(format!("JSON: {e}"))),
            "application/x-www-form-urlencoded" => form(&body).map(Self),
            // A form's button alone sends no body.
            "" if body.is_empty() => form(&body).map(Self),
            _ => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The content type is not known",
                "Send a form (application/x-www-form-urlencoded) or application/json.",
            )),
        }
    }
}

fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Broken UTF-8 has become replacement characters.
    if form_urlencoded::parse(body).any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}')) {
        return Err(Problem::malformed("The form is not valid UTF-8."));
    }
    serde_urlencoded::from_bytes(body).map_err(|e| Problem::malformed(format!("Form: {e}")))
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
    #[serde(untagged)]
    enum TextOrNumber {
        Text(String),
        Number(serde_json::Number),
    }
    Ok(match TextOrNumber::deserialize(deserializer)? {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    })
}
