//! Addresses within the shop, for redirects that leave it never and keep what was asked with them.

use http::Uri;

/// The longest address that is gone back to after signing in.
const LONGEST: usize = 1000;

/// A path of the shop, with its query, or nothing: no other site, no scheme, nothing that is not an address.
pub fn own_path(next: &str) -> Option<&str> {
    let is_local = next.starts_with('/') && !next.starts_with("//") && next.len() <= LONGEST;
    let is_plain = next.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b));
    (is_local && is_plain && next.parse::<Uri>().is_ok()).then_some(next)
}

/// Where a function's address with slashes at its end leads: to the one without, its query kept. Nothing where there is none.
pub fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path();
    let to = path.strip_suffix('/')?.trim_end_matches('/');
    (to.len() > 1).then(|| with_query(to, uri.query())).and_then(|to| own_path(&to).map(str::to_owned))
}

/// An address with the query of the request that leads there, before what it has by itself.
pub fn with_query(to: &str, query: Option<&str>) -> String {
    match query.filter(|query| !query.is_empty()) {
        None => to.to_owned(),
        Some(query) => {
            let (page, part) = to.split_once('#').map_or((to, String::new()), |(page, part)| (page, format!("#{part}")));
            let joint = if page.contains('?') { '&' } else { '?' };
            format!("{page}{joint}{query}{part}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_shop_are_gone_back_to() {
        for own in ["/", "/account", "/account/orders?start=6b&utm_source=mail", "/products/a-b/?q=a+b%20c&x=1:2,3"] {
            assert_eq!(own_path(own), Some(own));
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        let others = [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nset-cookie: x",
            "/a b",
            "/<",
            "/ü",
        ];
        for other in others.into_iter().chain([long.as_str()]) {
            assert_eq!(own_path(other), None, "{other:?}");
        }
    }

    #[test]
    fn an_address_loses_its_slash_and_keeps_its_query() {
        let moved = |uri: &str| without_slash(&uri.parse().unwrap());
        assert_eq!(moved("/cart/").as_deref(), Some("/cart"));
        assert_eq!(moved("/cart///?utm_source=mail&x=%20").as_deref(), Some("/cart?utm_source=mail&x=%20"));
        assert_eq!(moved("/account/orders/?").as_deref(), Some("/account/orders"));
        for stays in ["/", "//", "/cart", "/cart?next=/", "//evil.example/", "/\\evil.example/"] {
            assert_eq!(stays.parse().ok().as_ref().and_then(without_slash), None, "{stays}");
        }
    }

    #[test]
    fn a_query_is_kept_once_beside_what_an_address_has() {
        assert_eq!(with_query("/new/", None), "/new/");
        assert_eq!(with_query("/new/", Some("")), "/new/");
        assert_eq!(with_query("/new/", Some("a=1&a=2")), "/new/?a=1&a=2");
        assert_eq!(with_query("/new/?b=3#c", Some("a=1")), "/new/?b=3&a=1#c");
    }
}
