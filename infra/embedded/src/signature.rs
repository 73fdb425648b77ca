//! Who may speak to an engine over a port: whoever has the secret of its data folder, and no web page.
//!
//! Every program and every page in a browser on this machine reaches a port on loopback. A request is believed if it is signed
//! with the secret (AWS's signature, version 4), which is found by signing it once more. A browser says where a request comes
//! from; no program that works for the shop does.

use crate::Keys;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use http::{
    HeaderMap,
    header::{AUTHORIZATION, HOST, ORIGIN},
    request::Parts,
};
use std::time::{Duration, SystemTime};
use time::{PrimitiveDateTime, macros::format_description};

/// As long as AWS believes a signature, before and after its time.
const BELIEVED: Duration = Duration::from_mins(15);
/// The name of the service in a signature, of tables and streams alike.
const SERVICE: &str = "dynamodb";

/// Whether a browser sent it, for a page of any site.
pub(crate) fn is_of_a_browser(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name == ORIGIN || name.as_str().starts_with("sec-fetch-"))
}

/// Whether it was signed with these keys, just now.
pub(crate) fn is_signed(head: &Parts, body: &[u8], keys: &Keys) -> bool {
    signed(head, body, keys).unwrap_or(false)
}

/// `None` where something is missing or cannot be read.
fn signed(head: &Parts, body: &[u8], keys: &Keys) -> Option<bool> {
    let text = |name: &str| head.headers.get(name)?.to_str().ok();
    let authorization = text(AUTHORIZATION.as_str())?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let part = |name: &str| authorization.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let mut scope = part("Credential")?.split('/');
    let (named, _day, region, service) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
    let date = text("x-amz-date")?;
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = SystemTime::from(PrimitiveDateTime::parse(date, format).ok()?.assume_utc());
    let now = SystemTime::now();
    let age = now.duration_since(time).or_else(|_| time.duration_since(now)).ok()?;
    let signed_headers: Vec<&str> = part("SignedHeaders")?.split(';').collect();
    // What decides which operation it is has to be signed, too.
    if named != keys.access || service != SERVICE || age > BELIEVED || !signed_headers.contains(&"x-amz-target") {
        return Some(false);
    }
    let headers = signed_headers.iter().filter_map(|name| Some((*name, text(name)?)));
    let address = format!("http://{}{}", text(HOST.as_str())?, head.uri.path_and_query()?);
    let request = SignableRequest::new(head.method.as_str(), address, headers, SignableBody::Bytes(body)).ok()?;
    let identity = Credentials::new(&keys.access, &keys.secret, None, None, "embedded").into();
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    let params = SigningParams::builder().identity(&identity).region(region).name(SERVICE).time(time).settings(settings);
    let (_, expected) = sign(request, &params.build().ok()?.into()).ok()?.into_parts();
    Some(is_same(expected.as_bytes(), part("Signature")?.as_bytes()))
}

/// Takes as long wherever they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
