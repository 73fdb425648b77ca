//! The front door: what a CDN does for the deployed shop. One origin, paths of functions to functions, everything else from the
//! bucket, compressed, with the headers that browsers keep files by. A listing that is not there may be an old address of its
//! category: the function that the CDN asks for what is missing knows.

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, uri::Authority};
use publish::{Bucket, BucketError, Found};
use quick_cache::{Weighter, sync::Cache};
use std::{
    io::Write,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tower::ServiceExt;

/// Bytes of files that are kept in memory.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
/// How long a file is believed to be as it was, when others write to the bucket too.
const FRESH: Duration = Duration::from_mins(1);
/// Files below this are not worth compressing.
const SMALL: usize = 256;
const BROTLI_QUALITY: u32 = 9;
/// The function that the CDN asks for what the bucket does not have.
const MISSING: &str = "cart";

/// Sends every request where it belongs.
#[derive(Debug)]
pub(crate) struct Front {
    functions: Vec<(&'static str, Router)>,
    site: Bucket,
    media: Bucket,
    base_url: String,
    kept: Cache<String, Arc<File>, Bytes>,
}

/// A file, with what it is compressed to once somebody asks for that.
#[derive(Debug)]
struct File {
    found: Found,
    read: Instant,
    brotli: OnceLock<Vec<u8>>,
    gzip: OnceLock<Vec<u8>>,
}

#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<String, Arc<File>> for Bytes {
    fn weight(&self, key: &String, file: &Arc<File>) -> u64 {
        // The compressed forms come later and are smaller.
        (key.len() + file.found.body.len() * 3 / 2 + 200) as u64
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Front {
    /// `functions` are routers with the first part of the paths they answer. The shop's address is `base_url`.
    pub(crate) fn new(functions: Vec<(&'static str, Router)>, site: Bucket, media: Bucket, base_url: &str) -> Self {
        let kept = Cache::with_weighter(4096, KEPT_BYTES, Bytes);
        Self { functions, site, media, base_url: base_url.to_owned(), kept }
    }

    fn function(&self, name: &str) -> Option<&Router> {
        self.functions.iter().find(|(first, _)| *first == name).map(|(_, function)| function)
    }

    /// Forgets files that have changed.
    pub(crate) fn forget<'a>(&self, keys: impl Iterator<Item = &'a String>) {
        for key in keys {
            self.kept.remove(key);
        }
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, mut request: Request) -> Response {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        if !web::is_own_name(host.or_else(|| request.uri().authority().map(Authority::as_str)), &self.base_url) {
            return finish((StatusCode::MISDIRECTED_REQUEST, "This is not the shop's address.").into_response());
        }
        let path = request.uri().path();
        let first = path.get(1..).unwrap_or_default().split('/').next().unwrap_or_default();
        if let Some(function) = self.function(first) {
            let source = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_string());
            if let Some(source) = source.and_then(|ip| HeaderValue::from_str(&ip).ok()) {
                request.headers_mut().insert("x-forwarded-for", source);
            }
            return call(function, request).await;
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return finish((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response());
        }
        let answer = match self.file(path).await {
            Ok(file) => {
                let is_missing = matches!(file, Static::NotFound(_) | Static::Nothing);
                let asked = self.function(MISSING).filter(|_| is_missing && first == "categories" && is_plain(path));
                if let Some(function) = asked {
                    return call(function, for_file(request)).await;
                }
                file_answer(file, &request)
            }
            Err(error) => {
                tracing::error!(%error, "a file cannot be read");
                let text = "The shop cannot show this page right now. Please try again in 10 seconds.";
                (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")], text).into_response()
            }
        };
        finish(answer)
    }

    /// The file of an address, or what leads on from it.
    async fn file(&self, path: &str) -> Result<Static, BucketError> {
        if !is_plain(path) {
            return self.not_found().await;
        }
        // `/products/lamp` means the page `/products/lamp/`.
        let is_page = !path.ends_with('/') && !path.rsplit('/').next().unwrap_or_default().contains('.');
        let key = if is_page { builder::key_of(&format!("{path}/")) } else { builder::key_of(path) };
        match self.object(&key).await? {
            Some(_) if is_page => Ok(Static::Moved(format!("{path}/"))),
            Some(file) => Ok(file.found.location.clone().map_or_else(|| Static::Found(file.clone()), Static::Moved)),
            None => self.not_found().await,
        }
    }

    async fn not_found(&self) -> Result<Static, BucketError> {
        Ok(self.object("404.html").await?.map_or(Static::Nothing, Static::NotFound))
    }

    async fn object(&self, key: &str) -> Result<Option<Arc<File>>, BucketError> {
        if let Some(file) = self.kept.get(key).filter(|file| file.read.elapsed() < FRESH) {
            return Ok(Some(file));
        }
        let bucket = if key.starts_with("media/") { &self.media } else { &self.site };
        let Some(found) = bucket.get(key).await? else { return Ok(None) };
        let file = File { found, read: Instant::now(), brotli: OnceLock::new(), gzip: OnceLock::new() };
        let file = Arc::new(file);
        self.kept.insert(key.to_owned(), file.clone());
        Ok(Some(file))
    }
}

async fn call(function: &Router, request: Request) -> Response {
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

fn file_answer(file: Static, request: &Request) -> Response {
    let (status, file) = match file {
        Static::Found(file) => (StatusCode::OK, file),
        Static::NotFound(file) => (StatusCode::NOT_FOUND, file),
        Static::Nothing => return (StatusCode::NOT_FOUND, "Not found").into_response(),
        Static::Moved(to) => {
            let to = web::with_query(&to, request.uri().query());
            return (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]).into_response();
        }
    };
    let encoding = if is_text(&file.found.content_type) && file.found.body.len() > SMALL {
        accepted(request.headers())
    } else {
        Encoding::Identity
    };
    let (body, name) = match encoding {
        Encoding::Brotli => (file.brotli.get_or_init(|| brotli(&file.found.body)), Some("br")),
        Encoding::Gzip => (file.gzip.get_or_init(|| gzip(&file.found.body)), Some("gzip")),
        Encoding::Identity => (&file.found.body, None),
    };
    let tag = match name {
        Some(name) => format!("{}-{name}\"", file.found.etag.trim_end_matches('"')),
        None => file.found.etag.clone(),
    };
    let unchanged = request.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let unchanged = unchanged.is_some_and(|tags| tags.split(',').any(|t| t.trim().trim_start_matches("W/") == tag));
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &str| HeaderValue::from_str(value).map(|value| headers.insert(name, value));
    let _ = set(header::ETAG, &tag);
    let _ = set(header::CACHE_CONTROL, &file.found.cache_control);
    let _ = set(header::VARY, "Accept-Encoding");
    if unchanged && status == StatusCode::OK {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let _ = set(header::CONTENT_TYPE, &file.found.content_type);
    let _ = set(header::CONTENT_LENGTH, &body.len().to_string());
    if let Some(name) = name {
        let _ = set(header::CONTENT_ENCODING, name);
    }
    let body = if request.method() == Method::HEAD { Body::empty() } else { Body::from(body.clone()) };
    (status, headers, body).into_response()
}

fn finish(mut response: Response) -> Response {
    web::add_security_headers(response.headers_mut());
    // A picture is looked at, not run, also when it is opened by itself.
    if response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v == "image/svg+xml") {
        let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn is_text(content_type: &str) -> bool {
    ["text/", "image/svg", "application/xml", "application/json"].iter().any(|start| content_type.starts_with(start))
}

fn accepted(headers: &HeaderMap) -> Encoding {
    let header = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let accepts = |name: &str| {
        header.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next() == Some(name) && !parts.any(|p| p == "q=0" || p == "q=0.0")
        })
    };
    if accepts("br") {
        Encoding::Brotli
    } else if accepts("gzip") {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let mut encoder = ::brotli::CompressorWriter::new(&mut compressed, 4096, BROTLI_QUALITY, 22);
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    drop(encoder);
    compressed
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use builder::{Caching, Object};
    use embedded::{ACCESS_KEY, IN_PROCESS, Keys, REGION, S3, SECRET_KEY};
    use store::Service;

    async fn bucket(s3: &S3, name: &str) -> Bucket {
        let bucket = Bucket::connect(name, &Service::at(IN_PROCESS, ACCESS_KEY, SECRET_KEY, REGION).over(s3.client())).await;
        bucket.create().await.unwrap();
        bucket
    }

    /// A function that leads on to what it was asked for.
    fn echo() -> Router {
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
                assert_eq!(front.answer(request).await.status().as_u16(), status, "{host}{asked}");
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
}
