use anyhow::{Context, Result, ensure};
use browser::Answer;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::collections::BTreeMap;

/// Somebody at a shop's address: keeps cookies and the connection, sends what browsers send, follows nothing by itself.
pub struct Visitor {
    client: Client<HttpConnector, Full<Bytes>>,
    shop: String,
    /// Name to value.
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: BTreeMap<&'static str, String>,
}

impl Visitor {
    /// Somebody new. `shop` is `http://HOST:PORT`.
    pub fn new(shop: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let headers = BTreeMap::from([("accept", "text/html,*/*;q=0.8".to_owned()), ("origin", shop.to_owned())]);
        Self { client, shop: shop.to_owned(), cookies: BTreeMap::new(), headers }
    }

    /// With another header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.to_owned());
        self
    }

    /// `GET`
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None, "").await
    }

    /// `POST` of a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), &form).await
    }

    /// Any request.
    pub async fn send(&mut self, method: Method, path: &str, kind: Option<&str>, body: &str) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.shop));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let answer = self.client.request(request.body(Full::from(body.to_owned()))?).await.with_context(|| path.to_owned())?;
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = body.collect().await?.to_bytes().to_vec();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// Puts one unit into the cart and goes through the steps of checkout. Returns the form that orders it.
    pub async fn checks_out(&mut self, sku: &str, email: &str) -> Result<Vec<(&'static str, String)>> {
        let contact = [
            ("email", email),
            ("name", "Ada Example"),
            ("line1", "Am Hang 3"),
            ("postal_code", "10115"),
            ("city", "Berlin"),
            ("country", "DE"),
        ];
        for (path, fields) in [
            ("/cart/lines", &[("sku", sku), ("quantity", "1")][..]),
            ("/checkout", &contact),
            ("/checkout/delivery", &[("shipping_method", "standard")]),
            ("/checkout/payment", &[("payment_method", "bank_transfer")]),
        ] {
            let answer = self.post(path, fields).await?;
            ensure!(answer.status == 303, "{path}: {} {}", answer.status, answer.text());
        }
        let review = self.get("/checkout/review").await?;
        ["idempotency_key", "seen_total"].into_iter().map(|name| Ok((name, field(&review, name)?))).collect()
    }

    /// Sends the form; returns the order's number.
    pub async fn orders(&mut self, form: &[(&'static str, String)]) -> Result<String> {
        let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let placed = self.post("/checkout/place", &fields).await?;
        let number = placed.header("location").strip_prefix("/checkout/done/").map(str::to_owned);
        number.with_context(|| format!("not ordered: {} {}", placed.status, placed.text()))
    }

    /// Buys one unit; returns the order's number.
    pub async fn buys(&mut self, sku: &str, email: &str) -> Result<String> {
        let form = self.checks_out(sku, email).await?;
        self.orders(&form).await
    }
}

/// The value of a hidden field.
fn field(page: &Answer, name: &str) -> Result<String> {
    let text = page.text();
    let value = text.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
    value.map(str::to_owned).with_context(|| format!("no field {name} in {text}"))
}
