//! Addresses within the shop, for redirects that leave it never and keep what was asked with them.

use http::{HeaderMap, Uri, header, uri::Authority};
use std::net::IpAddr;

/// The longest address that is gone back to after signing in.
const LONGEST: usize = 1000;

/// A path of the shop, with its query, or nothing: no other site, no scheme, nothing that is not an address.
pub fn own_path(next: &str) -> Option<&str> {
    let is_local = next.starts_with('/') && !next.starts_with("//") && next.len() <= LONGEST;
    let is_plain = next.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b));
    (is_local && is_plain && next.parse::<Uri>().is_ok()).then_some(next)
}

/// The name and port that a request was sent to: of its target, where that names one (RFC 9112, 3.2.2), else of its one `Host`.
/// Nothing where it names two.
pub fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if hosts.next().is_some() {
        return None;
    }
    uri.authority().map(Authority::as_str).or(host)
}

/// Whether a request to this name, on any port, is meant for a shop on this machine: by the name of its configured address or by
/// one of this machine. Any other name that leads here belongs to somebody else's page (DNS rebinding).
pub fn is_own_name(host: Option<&str>, base_url: &str) -> bool {
    let name = |authority: &str| parsed(authority).map(|authority| authority.host().to_ascii_lowercase());
    let own = name(authority(base_url));
    host.is_some_and(|host| is_loopback(host) || (own.is_some() && name(host) == own))
}

/// The same for a function. One that is configured for another machine hears the name of whatever stands in front of it, which
/// has seen to that already.
pub(crate) fn is_own_host(host: Option<&str>, base_url: &str) -> bool {
    !is_loopback(authority(base_url)) || is_own_name(host, base_url)
}

/// The path and query of an address, if it is one of the shop: at its configured address, or at this machine's name that the
/// request was sent to. Empty for an origin alone.
pub(crate) fn path_of_own<'a>(address: &'a str, base_url: &str, host: Option<&str>) -> Option<&'a str> {
    let (_, rest) = address.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let at_home = host == Some(authority) && is_loopback(authority);
    (at_home || address.strip_suffix(path) == Some(base_url)).then_some(path)
}

fn authority(base_url: &str) -> &str {
    base_url.split_once("://").map_or(base_url, |(_, authority)| authority)
}

/// A name and a port, without anybody's name and password before them.
fn parsed(authority: &str) -> Option<Authority> {
    authority.parse().ok().filter(|_| !authority.contains('@'))
}

/// Whether a name, with a port or without, can only mean this machine.
fn is_loopback(authority: &str) -> bool {
    let Some(authority) = parsed(authority) else { return false };
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| name == "localhost" || name.ends_with(".localhost"), |address| address.is_loopback())
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
    fn a_shop_on_this_machine_answers_to_names_of_this_machine_alone() {
        for local in ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"] {
            for own in
                ["127.0.0.1:8080", "127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:8080", "shop.localhost:8080", "localhost."]
            {
                assert!(is_own_host(Some(own), local), "{own} at {local}");
            }
            for other in [
                "evil.example",
                "evil.example@127.0.0.1",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "10.0.0.1",
                "a b",
                "",
            ] {
                assert!(!is_own_host(Some(other), local), "{other} at {local}");
            }
            assert!(!is_own_host(None, local));
        }
        assert!(is_own_host(Some("abc.execute-api.eu-central-1.amazonaws.com"), "https://shop.example"));
        for (name, own) in
            [("shop.example", true), ("Shop.Example:8443", true), ("127.0.0.1:8080", true), ("evil.example", false)]
        {
            assert_eq!(is_own_name(Some(name), "https://shop.example"), own, "{name}");
        }
    }

    #[test]
    fn a_request_is_sent_to_its_target_else_to_its_one_host() {
        let sent_to = |target: &str, hosts: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, host.parse().unwrap());
            }
            host(&headers, &target.parse().unwrap()).map(str::to_owned)
        };
        assert_eq!(sent_to("/cart", &["shop.example"]).as_deref(), Some("shop.example"));
        assert_eq!(sent_to("http://evil.example/cart", &["shop.example"]).as_deref(), Some("evil.example"));
        assert_eq!(sent_to("/cart", &["shop.example", "evil.example"]), None);
        assert_eq!(sent_to("/cart", &[]), None);
    }

    #[test]
    fn a_page_is_the_shops_own_at_its_address_or_at_this_machines_name_that_was_asked() {
        let own = |address, host| path_of_own(address, "https://shop.example", Some(host));
        assert_eq!(own("https://shop.example", "api.example"), Some(""));
        assert_eq!(own("https://shop.example/cart?a=b", "api.example"), Some("/cart?a=b"));
        assert_eq!(own("http://127.0.0.1:8080/cart", "127.0.0.1:8080"), Some("/cart"));
        for (address, host) in [
            ("http://evil.example", "evil.example"),
            ("http://shop.example", "shop.example"),
            ("https://shop.example:444", "shop.example:444"),
            ("https://shop.example.evil.example", "shop.example"),
            ("http://localhost:3000", "localhost:8080"),
            ("null", "shop.example"),
            ("", ""),
        ] {
            assert_eq!(own(address, host), None, "{address} at {host}");
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
