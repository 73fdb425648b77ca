//! Domains of services that give out throw-away e-mail addresses.

use std::cmp::Ordering;

/// Sorted, a line each.
static DOMAINS: &str = include_str!(concat!(env!("OUT_DIR"), "/throw_away_domains.txt"));

/// Whether a domain, or one above it, is of such a service. `domain` is in lower case.
pub(crate) fn is_throw_away(domain: &str) -> bool {
    let above = domain.match_indices('.').map(|(dot, _)| &domain[dot + 1..]);
    std::iter::once(domain).chain(above).any(is_listed)
}

/// Looks for a whole line, by halves.
fn is_listed(domain: &str) -> bool {
    let mut lines = DOMAINS;
    while !lines.is_empty() {
        let middle = lines.len() / 2;
        let start = lines[..middle].rfind('\n').map_or(0, |newline| newline + 1);
        let end = lines[middle..].find('\n').map_or(lines.len(), |newline| middle + newline);
        match domain.cmp(&lines[start..end]) {
            Ordering::Equal => return true,
            Ordering::Less => lines = &lines[..start.saturating_sub(1)],
            Ordering::Greater => lines = lines.get(end + 1..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_domain_is_found_with_what_is_below_it_and_nothing_else() {
        assert!(DOMAINS.lines().count() > 10_000);
        assert!(DOMAINS.is_ascii(), "lines can be cut anywhere");
        for domain in DOMAINS.lines() {
            assert!(is_throw_away(domain), "{domain}");
            assert!(is_throw_away(&format!("mx.{domain}")), "below {domain}");
            assert!(!is_throw_away(&format!("{domain}x")), "{domain}x");
        }
        for domain in ["example.com", "gmail.com", "com", "", ".", "mailinator.com.example", "zzzzzzzz.zz", "0"] {
            assert!(!is_throw_away(domain), "{domain}");
        }
    }
}
