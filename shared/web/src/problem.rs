use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use render::views::general::ProblemPage;
use serde_json::{Value, json};
use store::StoreError;

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
    /// Where to go on, and what the link says.
    pub link: (&'static str, &'static str),
}

/// A problem as a program gets it (RFC 9457); some carry more members.
#[derive(Debug, utoipa::ToSchema)]
pub struct ProblemDocument {
    /// Always `about:blank`: the status says which kind it is.
    pub r#type: String,
    /// Short, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This occurrence, for the person who asked.
    pub detail: String,
}

impl Problem {
    /// Any.
    pub fn new(status: StatusCode, title: &'static str, detail: impl ToString) -> Self {
        Self { status, title, detail: detail.to_string(), extra: Value::Null, link: ("/", "To the shop") }
    }

    /// 400: the request cannot be read.
    pub fn malformed(detail: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request cannot be read", detail)
    }

    /// 401: only for who is signed in.
    pub fn unauthorised() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Please sign in", "This is only for who is signed in.")
    }

    /// 403: from another site.
    pub fn foreign() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Refused", "The request came from another site.")
    }

    /// 403: past the CDN.
    pub(crate) fn not_this_way() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Refused", "The shop answers at its own address alone.")
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
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Please look at this again", detail)
    }

    /// 429: too often.
    pub fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", "Please wait a few minutes and try again.")
    }

    /// 503: come back later.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Back in a moment",
            "The shop cannot do this right now. Please try again shortly.",
        )
    }

    /// 500: a mistake of the shop.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "This is our mistake. Nothing was changed that you did not see.",
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
        let (link, link_text) = self.link;
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
            StoreError::Conflict => Self::conflict("Somebody changed this at the same time. Please try again."),
            StoreError::SessionEnded => Self::unauthorised(),
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the table is not available");
                Self::unavailable()
            }
            StoreError::Corrupt(cause) => {
                tracing::error!(%cause, "an item cannot be read");
                Self::internal()
            }
        }
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
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        response.extensions_mut().insert(self);
        response
    }
}
