//! The front door: what a CDN does for the deployed shop. One origin, paths of functions to functions, everything else from the
//! bucket, compressed, with the headers that browsers keep files by. A listing that is not there may be an old address of its
//! category: the function that the CDN asks for what is missing knows.

mod files;
mod server;

pub(crate) use server::{Within, listen, serve};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    response::{IntoResponse, Response},
};
use files::{File, Files};
use http::{HeaderValue, Method, StatusCode, header};
use publish::{Bucket, BucketError};
use std::{net::SocketAddr, sync::Arc};
use tower::ServiceExt;
use tower_http::{CompressionLevel, compression::CompressionLayer};

/// The function that the CDN asks for what the bucket does not have.
const MISSING: &str = "cart";

/// Sends every request where it belongs.
#[derive(Debug)]
pub(crate) struct Front {
    functions: Vec<(&'static str, Router)>,
    files: Files,
    base_url: String,
}

impl Front {
    /// `functions` are routers with the first part of the paths they answer. The shop's address is `base_url`.
    pub(crate) fn new(functions: Vec<(&'static str, Router)>, site: Bucket, media: Bucket, base_url: &str) -> Self {
        // A page for one person is compressed once: quickly.
        let compressed = |function: Router| function.layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
        let functions = functions.into_iter().map(|(first, function)| (first, compressed(function))).collect();
        Self { functions, files: Files::new(site, media), base_url: base_url.to_owned() }
    }

    fn function(&self, name: &str) -> Option<&Router> {
        self.functions.iter().find(|(first, _)| *first == name).map(|(_, function)| function)
    }

    /// Forgets files that have changed.
    pub(crate) fn forget<'a>(&self, keys: impl Iterator<Item = &'a String>) {
        self.files.forget(keys);
    }

    /// What is refused whatever the body is.
    fn refusal(&self, request: &Request) -> Option<Response> {
        if !web::is_own_name(web::host(request.headers(), request.uri()), &self.base_url) {
            return Some(plain(StatusCode::MISDIRECTED_REQUEST, "This is not the shop's address."));
        }
        if self.function(first_of(request)).is_some() || matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "This address does not accept this method.");
        refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        Some(refusal)
    }

    /// Answers a request that was not refused.
    async fn answer(&self, request: Request) -> Response {
        let (path, first) = (request.uri().path(), first_of(&request));
        if let Some(function) = self.function(first) {
            return call(function, request).await;
        }
        let file = match self.file(path).await {
            Ok(file) => file,
            Err(error) => return unreadable(&error),
        };
        let is_missing = matches!(file, Static::NotFound(_) | Static::Nothing);
        match self.function(MISSING).filter(|_| is_missing && first == "categories" && is_plain(path)) {
            Some(function) => call(function, for_file(request)).await,
            None => file.answer(&request),
        }
    }

    /// The file of an address, or what leads on from it.
    async fn file(&self, path: &str) -> Result<Static, BucketError> {
        if !is_plain(path) {
            return self.not_found().await;
        }
        // `/products/lamp` means the page `/products/lamp/`.
        let is_page = !path.ends_with('/') && !path.rsplit('/').next().unwrap_or_default().contains('.');
        let key = if is_page { builder::key_of(&format!("{path}/")) } else { builder::key_of(path) };
        match self.files.get(&key).await? {
            Some(_) if is_page => Ok(Static::Moved(format!("{path}/"))),
            Some(file) => Ok(file.location.clone().map_or_else(|| Static::Found(file), Static::Moved)),
            None => self.not_found().await,
        }
    }

    async fn not_found(&self) -> Result<Static, BucketError> {
        Ok(self.files.get("404.html").await?.map_or(Static::Nothing, Static::NotFound))
    }
}

/// The first part of a request's path: it says which function answers.
fn first_of(request: &Request) -> &str {
    request.uri().path().get(1..).unwrap_or_default().split('/').next().unwrap_or_default()
}

async fn call(function: &Router, mut request: Request) -> Response {
    let source = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|connection| connection.0.ip().to_string());
    if let Some(source) = source.and_then(|ip| HeaderValue::from_str(&ip).ok()) {
        request.headers_mut().insert("x-forwarded-for", source);
    }
    // The answer has no body to compress, and its length is that of the page as it is.
    if request.method() == Method::HEAD {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    match function.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The request for a page as one for its file.
fn for_file(mut request: Request) -> Request {
    let uri = request.uri();
    let file = format!("/{}", builder::key_of(&format!("{}/", uri.path().trim_end_matches('/'))));
    if let Ok(uri) = web::with_query(&file, uri.query()).parse() {
        *request.uri_mut() = uri;
    }
    request
}

enum Static {
    Found(Arc<File>),
    NotFound(Arc<File>),
    Moved(String),
    Nothing,
}

/// Addresses of files have no other characters, and no way up.
fn is_plain(path: &str) -> bool {
    path.len() <= 300
        && !path.contains("//")
        && !path.contains("..")
        && !path.contains("/.")
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.@".contains(&b))
}

impl Static {
    fn answer(self, request: &Request) -> Response {
        match self {
            Self::Found(file) => file.answer(StatusCode::OK, request),
            Self::NotFound(file) => file.answer(StatusCode::NOT_FOUND, request),
            Self::Nothing => plain(StatusCode::NOT_FOUND, "Not found"),
            Self::Moved(to) => {
                let mut moved = plain(StatusCode::MOVED_PERMANENTLY, "");
                if let Ok(to) = HeaderValue::from_str(&web::with_query(&to, request.uri().query())) {
                    moved.headers_mut().insert(header::LOCATION, to);
                }
                moved
            }
        }
    }
}

fn unreadable(error: &BucketError) -> Response {
    tracing::error!(%error, "a file cannot be read");
    let text = "The shop cannot show this page right now. Please try again in 10 seconds.";
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, text);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

/// A sentence in place of a page.
fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut answer = (status, text).into_response();
    web::add_security_headers(answer.headers_mut());
    answer
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::{
        body::{Body, to_bytes},
        routing::get,
    };
    use builder::{Caching, Object};
    use embedded::{ACCESS_KEY, IN_PROCESS, Keys, REGION, S3, SECRET_KEY};
    use store::Service;

    pub(super) async fn bucket(s3: &S3, name: &str) -> Bucket {
        let bucket = Bucket::connect(name, &Service::at(IN_PROCESS, ACCESS_KEY, SECRET_KEY, REGION).over(s3.client())).await;
        bucket.create().await.unwrap();
        bucket
    }

    /// A function that leads on to what it was asked for.
    pub(super) fn echo() -> Router {
        Router::new()
            .fallback(|uri: http::Uri| async move { (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, uri.to_string())]) })
    }

    #[tokio::test]
    async fn a_page_of_another_name_that_leads_here_gets_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let s3 = S3::start(folder.path(), &Keys::of_tests()).unwrap();
        let (site, media) = (bucket(&s3, "site").await, bucket(&s3, "media").await);
        let front = Front::new(vec![("cart", echo())], site, media, "https://shop.example");
        for (host, status) in [
            ("127.0.0.1:8080", 301),
            ("localhost:8080", 301),
            ("shop.example", 301),
            ("evil.example", 421),
            ("evil.example:8080", 421),
            ("", 421),
        ] {
            for asked in ["/cart", "/categories/caps/"] {
                let request = Request::get(asked).header("host", host).body(Body::empty()).unwrap();
                let answer = match front.refusal(&request) {
                    Some(refusal) => refusal,
                    None => front.answer(request).await,
                };
                assert_eq!(answer.status().as_u16(), status, "{host}{asked}");
            }
        }
    }

    #[tokio::test]
    async fn a_listing_that_is_not_there_is_asked_of_the_function_for_what_is_missing() {
        let folder = tempfile::TempDir::new().unwrap();
        let s3 = S3::start(folder.path(), &Keys::of_tests()).unwrap();
        let (site, media) = (bucket(&s3, "site").await, bucket(&s3, "media").await);
        for path in ["/404.html", "/categories/hats/"] {
            let (content_type, body) = ("text/html; charset=utf-8", b"a page".to_vec());
            site.put(&Object { path: path.to_owned(), content_type, caching: Caching::Page, location: None, body })
                .await
                .unwrap();
        }
        let front = Front::new(vec![(MISSING, echo())], site, media, "https://shop.example");
        for (asked, status, location) in [
            ("/categories/caps/name/2/?a=1", 301, "/categories/caps/name/2/index.html?a=1"),
            ("/categories/caps/name?a=1", 301, "/categories/caps/name/index.html?a=1"),
            ("/categories/hats/?a=1", 200, ""),
            ("/categories/hats?a=1", 301, "/categories/hats/?a=1"),
            ("/categories/../caps/", 404, ""),
            ("/products/cap/", 404, ""),
        ] {
            let answer = front.answer(Request::get(asked).header("host", "127.0.0.1:8080").body(Body::empty()).unwrap()).await;
            let to = answer.headers().get(header::LOCATION).map_or("", |value| value.to_str().unwrap());
            assert_eq!((answer.status().as_u16(), to), (status, location), "{asked}");
        }
    }

    #[tokio::test]
    async fn pages_of_functions_and_files_are_compressed_as_the_browser_likes() {
        let folder = tempfile::TempDir::new().unwrap();
        let s3 = S3::start(folder.path(), &Keys::of_tests()).unwrap();
        let (site, media) = (bucket(&s3, "site").await, bucket(&s3, "media").await);
        let page = "<p>a page of many words</p>".repeat(200);
        let (content_type, body) = ("text/html; charset=utf-8", page.clone().into_bytes());
        site.put(&Object { path: "/".to_owned(), content_type, caching: Caching::Page, location: None, body }).await.unwrap();
        let says = page.clone();
        let function = Router::new().route("/cart", get(move || async move { axum::response::Html(says) }));
        let front = Front::new(vec![("cart", function)], site, media, "https://shop.example");
        for path in ["/", "/cart"] {
            for (accepted, name) in [
                ("gzip, deflate, br, zstd", Some("br")),
                ("gzip", Some("gzip")),
                ("br;q=0, gzip", Some("gzip")),
                ("br;q=0.000, gzip;q=0.000", None),
                ("gzip;q=1.0, br;q=0.1", Some("gzip")),
                ("gzip;Q=0", None),
                ("GZIP", Some("gzip")),
                ("BR ; q=1", Some("br")),
                ("gzip;q=abc", None),
                ("", None),
            ] {
                let request = Request::get(path).header("host", "localhost:8080").header("accept-encoding", accepted);
                let answer = front.answer(request.body(Body::empty()).unwrap()).await;
                let headers = answer.headers().clone();
                let encoding = headers.get(header::CONTENT_ENCODING).map(|name| name.to_str().unwrap());
                assert_eq!(encoding, name, "{path} {accepted}");
                assert!(headers[header::VARY].to_str().unwrap().eq_ignore_ascii_case("accept-encoding"), "{path} {accepted}");
                let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
                assert_eq!(body.len() < page.len() / 4, name.is_some(), "{path} {accepted}: {} bytes", body.len());
            }
        }
        // A page that is only asked about has a length: that of the page as it is, or as a file is kept compressed.
        for (path, accepted) in [("/", "gzip;q=0"), ("/cart", "gzip;q=0"), ("/cart", "br")] {
            let request = Request::head(path).header("host", "localhost:8080").header("accept-encoding", accepted);
            let headers = front.answer(request.body(Body::empty()).unwrap()).await.headers().clone();
            assert_eq!(headers[header::CONTENT_LENGTH].to_str().unwrap(), page.len().to_string(), "{path} {accepted}");
        }
        // Who has a page already gets its headers.
        let ask = |tag: &str| {
            let request = Request::get("/").header("host", "localhost").header("accept-encoding", "br");
            front.answer(request.header("if-none-match", tag).body(Body::empty()).unwrap())
        };
        let tag = ask("").await.headers()[header::ETAG].to_str().unwrap().to_owned();
        for (known, status) in
            [(tag.clone(), 304), (format!("\"other\", W/{tag}"), 304), ("\"other\"".to_owned(), 200), ("*".to_owned(), 304)]
        {
            assert_eq!(ask(&known).await.status().as_u16(), status, "{known}");
        }
    }
}
