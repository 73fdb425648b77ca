//! Files of the bucket as they leave the shop: kept in memory with their headers, in each encoding that somebody has asked for.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use publish::{Bucket, BucketError, Found};
use quick_cache::{Weighter, sync::Cache};
use std::{
    io::Write,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// Bytes of files that are kept in memory.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
/// How long a file is believed to be as it was, when others write to the bucket too.
const FRESH: Duration = Duration::from_mins(1);
/// Files below this are not worth compressing.
const SMALL: usize = 256;
const BROTLI_QUALITY: u32 = 9;
/// A picture is looked at, not run, also when it is opened by itself.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The files of the site and its media, read when they are asked for.
#[derive(Debug)]
pub(super) struct Files {
    site: Bucket,
    media: Bucket,
    kept: Cache<String, Arc<File>, Weight>,
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<String, Arc<File>> for Weight {
    fn weight(&self, key: &String, file: &Arc<File>) -> u64 {
        // The compressed forms come later and are smaller.
        (key.len() + file.plain.body.len() * 3 / 2 + 2000) as u64
    }
}

impl Files {
    pub(super) fn new(site: Bucket, media: Bucket) -> Self {
        Self { site, media, kept: Cache::with_weighter(4096, KEPT_BYTES, Weight) }
    }

    /// Forgets files that have changed.
    pub(super) fn forget<'a>(&self, keys: impl Iterator<Item = &'a String>) {
        for key in keys {
            self.kept.remove(key);
        }
    }

    /// The file of a key; `None` where there is none.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Arc<File>>, BucketError> {
        if let Some(file) = self.kept.get(key).filter(|file| file.read.elapsed() < FRESH) {
            return Ok(Some(file));
        }
        let bucket = if key.starts_with("media/") { &self.media } else { &self.site };
        let Some(found) = bucket.get(key).await? else { return Ok(None) };
        let file = Arc::new(File::new(found));
        self.kept.insert(key.to_owned(), file.clone());
        Ok(Some(file))
    }
}

/// A file with what it is compressed to.
#[derive(Debug)]
pub(super) struct File {
    /// Where its address leads on to.
    pub(super) location: Option<String>,
    read: Instant,
    compressible: bool,
    plain: Form,
    brotli: OnceLock<Form>,
    gzip: OnceLock<Form>,
}

/// One encoding of a file. Copies share the bytes.
#[derive(Debug)]
struct Form {
    headers: HeaderMap,
    body: Bytes,
}

impl File {
    fn new(found: Found) -> Self {
        let mut headers = HeaderMap::new();
        let mut set = |name, value: &str| HeaderValue::from_str(value).map(|value| headers.insert(name, value));
        let _ = set(header::CONTENT_TYPE, &found.content_type);
        let _ = set(header::CACHE_CONTROL, &found.cache_control);
        let _ = set(header::ETAG, &found.etag);
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        web::add_security_headers(&mut headers);
        if found.content_type == "image/svg+xml" {
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY));
        }
        headers.insert(header::CONTENT_LENGTH, found.body.len().into());
        Self {
            compressible: is_text(&found.content_type) && found.body.len() > SMALL,
            location: found.location,
            read: Instant::now(),
            plain: Form { headers, body: found.body.into() },
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// The best encoding that these headers accept.
    fn form(&self, asked: &HeaderMap) -> &Form {
        let (brotli_weight, gzip_weight) = (weight(asked, "br"), weight(asked, "gzip"));
        if !self.compressible {
            &self.plain
        } else if brotli_weight > 0.0 && brotli_weight >= gzip_weight {
            self.brotli.get_or_init(|| self.plain.compressed("br", brotli))
        } else if gzip_weight > 0.0 {
            self.gzip.get_or_init(|| self.plain.compressed("gzip", gzip))
        } else {
            &self.plain
        }
    }

    /// The answer to a request; whoever has the file already gets its headers alone.
    pub(super) fn answer(&self, status: StatusCode, request: &Request) -> Response {
        let form = self.form(request.headers());
        let mut headers = form.headers.clone();
        if status == StatusCode::OK && form.is_known(request.headers()) {
            headers.remove(header::CONTENT_TYPE);
            headers.remove(header::CONTENT_LENGTH);
            headers.remove(header::CONTENT_ENCODING);
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let body = if request.method() == Method::HEAD { Body::empty() } else { Body::from(form.body.clone()) };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

impl Form {
    fn compressed(&self, name: &'static str, encode: impl FnOnce(&[u8]) -> Vec<u8>) -> Self {
        let (mut headers, body) = (self.headers.clone(), Bytes::from(encode(&self.body)));
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        if let Ok(tag) = HeaderValue::from_str(&format!("{}-{name}\"", tag.trim_end_matches('"'))) {
            headers.insert(header::ETAG, tag);
        }
        Self { headers, body }
    }

    /// Whether one of the tags that the client has is this one.
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let (Some(tags), Some(own)) = (asked.get(header::IF_NONE_MATCH), self.headers.get(header::ETAG)) else { return false };
        let own = own.as_bytes();
        tags.as_bytes()
            .split(|b| *b == b',')
            .map(<[u8]>::trim_ascii)
            .any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == own)
    }
}

fn is_text(content_type: &str) -> bool {
    ["text/", "image/svg", "application/xml", "application/json"].iter().any(|start| content_type.starts_with(start))
}

/// How much these headers like an encoding, from 0 to 1; 0 where they do not take it. Weights that are none are passed over with
/// what they are for (RFC 9110, 12.4.2 and 12.5.3).
fn weight(asked: &HeaderMap, name: &str) -> f32 {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let offers = lines.flat_map(|line| line.split(','));
    let weights = offers.filter_map(|offer| {
        let (offered, parameter) = offer.split_once(';').map_or((offer, "q=1"), |(offered, parameter)| (offered, parameter));
        let (key, weight) = parameter.split_once('=')?;
        let weight = weight.trim().parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
        (offered.trim().eq_ignore_ascii_case(name) && key.trim().eq_ignore_ascii_case("q")).then_some(weight)
    });
    weights.fold(0.0, f32::max)
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
