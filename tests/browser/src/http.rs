use anyhow::{Context, Result};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

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
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut request = Request::get(address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = client.request(request.body(Empty::<Bytes>::new())?).await.with_context(|| format!("getting {address}"))?;
    let (parts, body) = answer.into_parts();
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.collect().await?.to_bytes().to_vec() })
}

/// Status and text of a page.
pub async fn get(address: &str) -> Result<(u16, String)> {
    let answer = fetch(address, &[]).await?;
    Ok((answer.status, answer.text()))
}
