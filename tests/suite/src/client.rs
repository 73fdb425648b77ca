use crate::{
    contract,
    goods::{PASSWORD, checkout_steps},
};
use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Usage;
use tower::ServiceExt;

/// A browser without a window: keeps cookies, sends what browsers send.
#[derive(Clone)]
pub struct Client {
    router: Router,
    /// Name to value.
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: HeaderMap,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
    /// What it asked of the table.
    pub usage: Usage,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("no JSON ({e}): {}", self.text))
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Whether it did what was asked, in the way of its format: on to another page, or a document.
    pub fn is_done(&self) -> bool {
        matches!(self.status, StatusCode::OK | StatusCode::CREATED | StatusCode::SEE_OTHER | StatusCode::MOVED_PERMANENTLY)
    }

    /// The value of a hidden field, or of what stands for it in a document.
    pub fn field(&self, name: &str) -> String {
        contract::value_of(self, name).unwrap_or_else(|| panic!("no field {name} in {}", self.text))
    }
}

impl Client {
    /// A visitor of these functions with an empty cookie jar.
    pub fn new(router: Router) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "shop.example".parse().expect("a header"));
        headers.insert(header::ORIGIN, "https://shop.example".parse().expect("a header"));
        headers.insert(header::ACCEPT, "text/html,*/*;q=0.8".parse().expect("a header"));
        Self { router, cookies: BTreeMap::new(), headers }
    }

    /// The same visitor at other functions.
    #[must_use]
    pub fn at(mut self, router: Router) -> Self {
        self.router = router;
        self
    }

    /// The same visitor, asking for JSON.
    #[must_use]
    pub fn wanting_json(mut self) -> Self {
        self.headers.insert(header::ACCEPT, "application/json".parse().expect("a header"));
        self
    }

    /// Whether it asks for JSON.
    pub fn wants_json(&self) -> bool {
        self.headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json")
    }

    /// With another header; an empty value takes it away.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if value.is_empty() {
            self.headers.remove(name);
        } else {
            self.headers.insert(name, value.parse().expect("a header"));
        }
        self
    }

    /// `GET`
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    /// `POST` of a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), body.into_bytes()).await
    }

    /// `POST` of JSON.
    pub async fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// Any request.
    pub async fn send(&mut self, method: Method, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        for cookie in parts.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let text = String::from_utf8(body.to_vec()).expect("text");
        let usage = parts.extensions.get::<Usage>().cloned().unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, text, usage }
    }

    /// Signs in with [`PASSWORD`].
    pub async fn signs_in(&mut self, email: &str) {
        let answer = self.post("/auth/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert!(answer.is_done() && !answer.location().is_empty(), "{} {}", answer.status, answer.text);
    }

    /// Goes through the steps of checkout up to the review, whose page is returned.
    pub async fn checks_out(&mut self, email: &str) -> Answer {
        for (path, fields) in checkout_steps(email) {
            let answer = self.post(path, &fields).await;
            assert!(answer.is_done(), "{path}: {}", answer.text);
        }
        self.get("/checkout/review").await
    }

    /// Sends the review's form.
    pub async fn places(&mut self, review: &Answer) -> Answer {
        let names = ["idempotency_key", "seen_total", "seen_goods", "seen_discount", "seen_shipping", "seen_tax"];
        let fields = names.map(|name| (name, review.field(name)));
        self.post("/checkout/place", &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await
    }

    /// Buys a variant; returns the order's number.
    pub async fn buys(&mut self, sku: &str, quantity: &str, email: &str) -> String {
        let added = self.post("/cart/lines", &[("sku", sku), ("quantity", quantity)]).await;
        assert!(added.is_done(), "{}", added.text);
        let review = self.checks_out(email).await;
        let placed = self.places(&review).await;
        assert!(placed.is_done() && !placed.location().is_empty(), "{} {}", placed.status, placed.text);
        placed.location().rsplit('/').next().unwrap_or_default().to_owned()
    }
}
