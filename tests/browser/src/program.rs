use crate::http::{Answer, fetch, post};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A program that shops: JSON in and out, with the cookies of one visitor.
#[derive(Debug, Clone)]
pub struct Program {
    shop: String,
    cookies: BTreeMap<String, String>,
}

impl Program {
    /// A new visitor of the shop at an address without a slash at its end.
    pub fn new(shop: &str) -> Self {
        Self { shop: shop.to_owned(), cookies: BTreeMap::new() }
    }

    /// The same visitor at a shop that has another address now.
    #[must_use]
    pub fn at(self, shop: &str) -> Self {
        Self { shop: shop.to_owned(), ..self }
    }

    /// Signs in.
    pub async fn signs_in(&mut self, (email, password): &(String, String)) -> Result<Answer> {
        self.post("/auth/sign-in", &json!({ "email": email, "password": password })).await
    }

    /// The stock of a variant, set first if that is asked for. For staff.
    pub async fn stock(&mut self, product: &str, sku: &str, to: Option<usize>) -> Result<usize> {
        let page = format!("/admin/products/{product}");
        let mut document: Value = serde_json::from_slice(&self.get(&page).await?.body)?;
        let input = &mut document["form"]["input"];
        let rows = input["variants"].as_array_mut().context("variants")?;
        let row = rows.iter_mut().find(|row| row["sku"] == sku).context("the variant")?;
        if let Some(units) = to {
            row["stock"] = json!(units.to_string());
            let saved = self.post(&page, input).await?;
            ensure!(saved.status == 200, "{}", saved.text());
            return Ok(units);
        }
        Ok(row["stock"].as_str().unwrap_or_default().parse()?)
    }

    /// A document.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        let cookies = self.cookie();
        let answer = fetch(&format!("{}{path}", self.shop), &[("accept", "application/json"), ("cookie", &cookies)]).await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// Sends a document.
    pub async fn post(&mut self, path: &str, document: &Value) -> Result<Answer> {
        let cookies = self.cookie();
        let headers = [("accept", "application/json"), ("cookie", cookies.as_str())];
        let answer = post(&format!("{}{path}", self.shop), &headers, document).await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// Puts one unit into the cart and goes to the review. Returns what places the order.
    pub async fn goes_to_review(&mut self, sku: &str) -> Result<Value> {
        let address = json!({
            "email": "ada@example.com", "name": "Ada Example", "line1": "Am Hang 3", "postal_code": "10115", "city": "Berlin",
            "country": "DE",
        });
        for (path, document) in [
            ("/cart/lines", json!({ "sku": sku })),
            ("/checkout", address),
            ("/checkout/delivery", json!({ "shipping_method": "standard" })),
            ("/checkout/payment", json!({ "payment_method": "bank_transfer" })),
        ] {
            let answer = self.post(path, &document).await?;
            ensure!(answer.status == 200, "{path} answers {}: {}", answer.status, answer.text());
        }
        let review: Value = serde_json::from_slice(&self.get("/checkout/review").await?.body)?;
        let total = &review["cart"]["quote"]["total"];
        ensure!(total.is_string(), "no review: {review}");
        Ok(json!({ "idempotency_key": review["idempotency_key"], "seen_total": total }))
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()) {
            if let Some((name, rest)) = cookie.split_once('=') {
                let value = rest.split(';').next().unwrap_or_default();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
