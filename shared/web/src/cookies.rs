//! The shop's cookies.

use cookie::{Cookie, SameSite};
use http::{HeaderMap, header::COOKIE};

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

/// A cookie's value. Of several with one name the first counts; malformed ones are passed over.
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| Cookie::split_parse_encoded(value.to_owned()))
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// A cookie that only the server reads.
pub fn private(name: &'static str, value: String, seconds: i64) -> String {
    write(name, value, seconds, true)
}

/// A message for the next page, for a minute.
pub fn notice(text: &str) -> String {
    private(NOTICE, text.to_owned(), 60)
}

/// A cookie that scripts read.
pub fn public(name: &'static str, value: String, seconds: i64) -> String {
    write(name, value, seconds, false)
}

/// Takes a cookie away.
pub fn gone(name: &'static str) -> String {
    write(name, String::new(), 0, name != COUNT)
}

fn write(name: &'static str, value: String, seconds: i64, http_only: bool) -> String {
    let cookie = Cookie::build((name, value)).path("/").same_site(SameSite::Lax).secure(http_only).http_only(http_only);
    format!("{}; Max-Age={seconds}", cookie.build().encoded())
}
