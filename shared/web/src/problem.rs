use crate::unanswered::Place;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use render::views::general::ProblemPage;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::{Contended, StoreError, throttle::seconds_left};

/// When to come back after the table did not answer: soon, since that passes.
const UNAVAILABLE_SECONDS: u32 = 10;

/// Why a request was not carried out, in public words (RFC 9457). What was logged stays in the log.
#[derive(Debug, Clone)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Short, the same for every occurrence.
    pub title: &'static str,
    /// This occurrence, for the person who asked.
    pub detail: String,
    /// More members of the document.
    pub extra: Value,
    /// Where to go on, and what the link says. Where it may be done, the document's `location` takes the first one's place.
    pub link: (&'static str, &'static str),
    /// Seconds until it is worth trying again, where that is known.
    pub retry_after: Option<u32>,
    /// Nobody knows whether it was done. Where that is seen, and so what is said, follows from the request's address.
    pub may_be_done: bool,
    /// Somebody else wrote first: the same request, from its reading on, may succeed.
    pub is_contended: bool,
}

/// A problem as a program gets it (RFC 9457); some carry more members.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ProblemDocument {
    /// Always `about:blank`: the status says which kind it is.
    pub r#type: String,
    /// Short, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This occurrence, for the person who asked.
    pub detail: String,
    /// What is wrong with a form, by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<BTreeMap<String, String>>,
    /// Units left of what was put into the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_stock: Option<u32>,
    /// Units of it that the cart has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cart: Option<u32>,
    /// Units of it that the cart has room for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fits: Option<u32>,
    /// Units of it that can be asked for, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// Units of it that a line can have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Where what stands in the way is mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The order that was placed with the same key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Amounts that are not as the shopper saw them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<DifferentAmount>>,
    /// What changed about the order since the shopper looked, in sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<String>>,
    /// The order's total as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<domain::money::Money>,
}

/// An amount of an order that has changed since the shopper looked.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DifferentAmount {
    /// Which.
    pub part: domain::quote::Amount,
    /// As the shopper saw it.
    pub seen: domain::money::Money,
    /// As it is.
    pub now: domain::money::Money,
}

impl Problem {
    /// Any.
    pub fn new(status: StatusCode, title: &'static str, detail: impl ToString) -> Self {
        Self {
            status,
            title,
            detail: detail.to_string(),
            extra: Value::Null,
            link: ("/", "To the shop"),
            retry_after: None,
            may_be_done: false,
            is_contended: false,
        }
    }

    /// 400: the request cannot be read.
    pub fn malformed(detail: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request cannot be read", detail)
    }

    /// 401: only for who is signed in.
    pub fn unauthorised() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Please sign in", "You need to sign in to see this page.")
    }

    /// 403: from another site.
    pub fn foreign() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Refused", "The request came from another site.")
    }

    /// 403: past the CDN.
    pub(crate) fn not_this_way() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Refused", "Please use the shop's own address.")
    }

    /// 406: the shop has pages and JSON.
    pub(crate) fn not_acceptable() -> Self {
        let detail = "The shop answers in HTML (text/html) or JSON (application/json).";
        Self::new(StatusCode::NOT_ACCEPTABLE, "Format not available", detail)
    }

    /// 404: nothing is there, or not for who asks.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such page", "The address may be old or mistyped.")
    }

    /// 409: what there is does not allow it.
    pub fn conflict(detail: impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, "That is not possible now", detail)
    }

    /// 422: what was sent is not valid.
    pub fn unprocessable(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Please check your entries", detail)
    }

    /// 422: what was sent is not valid, by field.
    pub fn invalid(errors: BTreeMap<String, String>) -> Self {
        Self::refused(StatusCode::UNPROCESSABLE_ENTITY, String::new(), errors)
    }

    /// A page that was refused, for a program: its status, what it says, and what is wrong by field.
    pub(crate) fn refused(status: StatusCode, detail: String, errors: BTreeMap<String, String>) -> Self {
        let title = match status {
            StatusCode::NOT_FOUND => "There is no such page",
            StatusCode::CONFLICT => "That is not possible now",
            _ => "Please check your entries",
        };
        // Some reasons are sentences of their own.
        let sentence = |field: &str, why: &str| {
            let joint = if why.starts_with(char::is_lowercase) { "" } else { ":" };
            format!("{field}{joint} {}.", why.trim_end_matches('.'))
        };
        let fields = || errors.iter().map(|(field, why)| if field == "form" { why.clone() } else { sentence(field, why) });
        let detail = if detail.is_empty() { fields().collect::<Vec<_>>().join(" ") } else { detail };
        let problem = Self::new(status, title, detail);
        if errors.is_empty() { problem } else { problem.with("errors", json!(errors)) }
    }

    /// 429: too often in this window of so many seconds; says when it ends.
    pub fn too_many(window_seconds: i64) -> Self {
        let seconds = seconds_left(window_seconds);
        let detail = format!("Please try again {}.", in_words(seconds));
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", detail) }
    }

    /// 503: come back soon.
    pub fn unavailable() -> Self {
        let detail = format!("The shop cannot do this right now. Please try again {}.", in_words(UNAVAILABLE_SECONDS));
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Back in a moment", detail);
        Self { retry_after: Some(UNAVAILABLE_SECONDS), ..problem }
    }

    /// 503: the table has not said whether it was done.
    pub fn unanswered() -> Self {
        let detail = "We could not find out whether this was done. Please look before you send it again.";
        Self { title: "This may have been done", detail: detail.to_owned(), may_be_done: true, ..Self::unavailable() }
    }

    /// The same, with where it can be seen.
    pub(crate) fn seen_at(place: Place) -> Self {
        let detail =
            format!("{} We could not find out, because an answer got lost. Please look before you send it again.", place.what);
        let problem = Self { detail, ..Self::unanswered() }.with("location", json!(place.page));
        Self { link: ("/", place.link), ..problem }
    }

    /// Whether somebody has to be told that what was asked for may have been done: nobody knows whether a write was, or one was
    /// and the rest of the request was not.
    pub(crate) fn leaves_unsure(&self, has_written: bool) -> bool {
        self.may_be_done || (has_written && self.status == StatusCode::SERVICE_UNAVAILABLE)
    }

    /// 500: a mistake of the shop.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "This is our mistake, not yours. Please try again later.",
        )
    }

    /// With another member in the document.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        if !self.extra.is_object() {
            self.extra = json!({});
        }
        self.extra[name] = value;
        self
    }

    /// With another way on than the home page.
    #[must_use]
    pub fn at(mut self, path: &'static str, text: &'static str) -> Self {
        self.link = (path, text);
        self
    }

    pub(crate) fn page(&self) -> ProblemPage {
        let (page, link_text) = self.link;
        let link = self.extra["location"].as_str().filter(|_| self.may_be_done).unwrap_or(page);
        ProblemPage {
            status: self.status.as_u16(),
            title: self.title.to_owned(),
            detail: self.detail.clone(),
            link: link.to_owned(),
            link_text: link_text.to_owned(),
        }
    }
}

/// The cause is logged, the public words are the same for every cause.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => {
                let problem = Self::conflict("Somebody else changed this at the same time. Please try again.");
                Self { is_contended: true, ..problem }
            }
            StoreError::SessionEnded => Self::unauthorised(),
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the table is not available");
                Self::unavailable()
            }
            StoreError::Unanswered(cause) => {
                tracing::error!(%cause, "the table has not said whether it was done");
                Self::unanswered()
            }
            StoreError::Position => Self::malformed("This page of the list does not exist. Please start at the first page."),
            StoreError::Corrupt(cause) => {
                tracing::error!(%cause, "an item cannot be read");
                Self::internal()
            }
        }
    }
}

impl Contended for Problem {
    fn is_contended(&self) -> bool {
        self.is_contended
    }
}

/// How long to wait, in words that are never less than it takes.
fn in_words(seconds: u32) -> String {
    match seconds {
        1 => "in a second".to_owned(),
        2..=90 => format!("in {seconds} seconds"),
        _ => format!("in {} minutes", seconds.div_ceil(60)),
    }
}

impl From<render::RenderError> for Problem {
    fn from(error: render::RenderError) -> Self {
        tracing::error!(%error, "a page does not render");
        Self::internal()
    }
}

/// As problem details; the outer layer makes a page of it for who wants HTML.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut document =
            json!({ "type": "about:blank", "title": self.title, "status": self.status.as_u16(), "detail": self.detail });
        if let (Value::Object(document), Value::Object(extra)) = (&mut document, &self.extra) {
            document.extend(extra.clone());
        }
        let mut response = (self.status, Json(document)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
