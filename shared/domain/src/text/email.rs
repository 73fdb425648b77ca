//! E-mail addresses: local parts in ASCII, domains by IDNA.

use super::{Email, TextError, bounded, one_line, strict};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;
const SHAPE: TextError = TextError::Malformed("is not an e-mail address");
const LETTERS: TextError = TextError::Malformed(
    "has a letter before the @ that our mail cannot be sent to (such as ü or я); please give an address without",
);
const NUMBER: TextError =
    TextError::Malformed("has a number after the @ where a domain ends; please give an address such as name@example.com");

impl Email {
    /// As its owner reads it: the domain in its own letters, `ada@münchen.example`.
    pub fn for_people(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((local, domain)) if domain.contains("xn--") => format!("{local}@{}", idna::domain_to_unicode(domain).0),
            _ => self.0.clone(),
        }
    }
}

/// An address as typed.
pub(super) fn email(raw: &str) -> Result<String, TextError> {
    let at = |c: char| matches!(c, '@' | '\u{ff20}' | '\u{fe6b}');
    let (local, domain) = raw.rsplit_once(at).ok_or_else(|| bounded(one_line(raw), LONGEST).err().unwrap_or(SHAPE))?;
    let (local, domain) = (strict(local).to_lowercase(), one_line(domain));
    let domain = ascii_domain(&domain).ok_or(SHAPE)?;
    if domain.rsplit('.').next().is_some_and(|end| end.bytes().all(|b| b.is_ascii_digit())) {
        return Err(NUMBER);
    }
    if !is_local(&local) || local.len() > LONGEST_LOCAL {
        return Err(SHAPE);
    }
    if !local.is_ascii() {
        return Err(LETTERS);
    }
    bounded(format!("{local}@{domain}"), LONGEST)
}

/// An address that was accepted once. Letters before the `@` were, and numbers for domains; what cannot be written as it is now
/// stays as it was. An item whose key holds a domain in other letters is not found by the address any more: no mail server ever
/// took such an address.
pub(super) fn stored(raw: &str) -> Result<String, TextError> {
    email(raw).or_else(|refused| {
        let text = bounded(raw.trim().to_lowercase(), LONGEST)?;
        let (local, domain) = text.rsplit_once('@').unwrap_or_default();
        let plain = is_local(local) && !domain.is_empty() && !domain.contains(char::is_whitespace);
        if plain { Ok(text) } else { Err(refused) }
    })
}

fn is_local(local: &str) -> bool {
    let allowed = |c: char| {
        let special = matches!(c, '@' | '<' | '>' | '(' | ')' | ',' | ';' | ':' | '\\' | '"' | '[' | ']');
        !c.is_whitespace() && !c.is_control() && !special
    };
    !local.is_empty() && local.chars().all(allowed) && !local.starts_with('.') && !local.ends_with('.') && !local.contains("..")
}

/// The domain as it is asked for in DNS, without the root's dot at its end.
fn ascii_domain(typed: &str) -> Option<String> {
    let hosts = (AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::VerifyAllowRootDot);
    let domain = Uts46::new().to_ascii(typed.as_bytes(), hosts.0, hosts.1, hosts.2).ok()?;
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    domain.contains('.').then(|| domain.to_owned())
}
