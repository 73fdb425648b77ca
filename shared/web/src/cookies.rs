//! The shop's cookies, in one jar a request: what the browser has sent, and what the answer changes.

use cookie::{Cookie, CookieJar, SameSite, time::Duration};
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};

/// The session's short token.
pub const SESSION: &str = "__Host-session";
/// The session's refresh secret.
pub const REFRESH: &str = "__Host-refresh";
/// A guest's cart.
pub const CART: &str = "__Host-cart";
/// The orders a guest placed or looked up, sealed.
pub const ORDER: &str = "__Host-order";
/// A message for the next page.
pub const NOTICE: &str = "__Host-notice";
/// The session of this browser has ended, not by signing out here.
pub const ENDED: &str = "__Host-ended";
/// Units in the cart, for the badge; readable by scripts.
pub const COUNT: &str = "cart-count";

/// The cookies of a request and its answer.
#[derive(Debug, Clone, Default)]
pub struct Cookies(CookieJar);

impl Cookies {
    /// Those that the browser has sent. Of several with one name the first counts; malformed ones are passed over.
    pub(crate) fn sent(headers: &HeaderMap) -> Self {
        let mut jar = CookieJar::new();
        let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in texts.flat_map(|text| Cookie::split_parse_encoded(text.to_owned())).filter_map(Result::ok) {
            if jar.get(cookie.name()).is_none() {
                jar.add_original(cookie);
            }
        }
        Self(jar)
    }

    /// A cookie's value, as the answer has changed it so far; `None` where there is none, or an empty one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Cookie::value).filter(|value| !value.is_empty())
    }

    /// Sets a cookie for so many seconds. Scripts can read [`COUNT`] alone.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>, seconds: i64) {
        let private = name != COUNT;
        let cookie = Cookie::build((name, value.into())).path("/").same_site(SameSite::Lax).secure(private).http_only(private);
        self.0.add(cookie.max_age(Duration::seconds(seconds)));
    }

    /// Takes a cookie away.
    pub fn remove(&mut self, name: &'static str) {
        self.set(name, "", 0);
    }

    /// Shows a message on the next page, if that comes within a minute.
    pub fn notice(&mut self, text: &str) {
        self.set(NOTICE, text, 60);
    }

    /// What has changed, as values of `Set-Cookie`.
    pub fn changed(&self) -> Vec<String> {
        let mut changed: Vec<String> = self.0.delta().map(|cookie| cookie.encoded().to_string()).collect();
        changed.sort_unstable();
        changed
    }

    /// Writes what has changed into an answer.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        for value in self.changed().iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
            headers.append(SET_COOKIE, value);
        }
    }
}
