use anyhow::{Context, Result};
use http::{HeaderMap, Request, request::Builder};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;

/// An answer, read whole and as it came over the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Bytes, compressed if they came so.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The body as text, if it did not come compressed.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// `GET` with headers, without following redirects.
pub async fn fetch(address: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    send(Request::get(address), headers, String::new()).await.with_context(|| format!("getting {address}"))
}

/// `POST` of a document, as a page of the shop sends it, without following redirects.
pub async fn post(address: &str, headers: &[(&str, &str)], document: &Value) -> Result<Answer> {
    let request = Request::post(address).header("content-type", "application/json").header("sec-fetch-site", "same-origin");
    send(request, headers, document.to_string()).await.with_context(|| format!("posting to {address}"))
}

async fn send(mut request: Builder, headers: &[(&str, &str)], body: String) -> Result<Answer> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = client.request(request.body(Full::<Bytes>::from(body))?).await?;
    let (parts, body) = answer.into_parts();
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.collect().await?.to_bytes().to_vec() })
}

/// Status and text of a page.
pub async fn get(address: &str) -> Result<(u16, String)> {
    let answer = fetch(address, &[]).await?;
    Ok((answer.status, answer.text()))
}
