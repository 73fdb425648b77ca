//! What a password may not be made of.

use crate::text::{Email, one_line, strict};

/// A local part or name of fewer characters may be in a password by chance.
const TELLING: usize = 5;
/// Characters around a local part or name, from which on a password is more than it.
const ENOUGH_MORE: usize = 4;

/// Returns true if and only if a password is made of what others know of its owner. Compared are letters, digits and `@`
/// alone, without case, full-width ones as plain ones:
///
/// - the password has the e-mail address in it, whatever is around it, its domain in ASCII or in its own letters;
/// - it has in it what stands before the address's `@`, the name or a word of the name, each of at least 5 characters, and fewer
///   than 4 characters besides.
pub fn tells_its_owner(password: &str, name: &str, email: &str) -> bool {
    let password = plain(password);
    let parsed = email.parse::<Email>().ok();
    let written = parsed.iter().flat_map(|email| [email.to_string(), email.for_people()]);
    let has_address = written.chain([email.to_owned()]).any(|a| a.contains('@') && password.contains(&plain(&a)));
    let local = email.rsplit_once('@').map_or(email, |(local, _)| local);
    let mut words = std::iter::once(name).chain(name.split_whitespace()).chain([local]).map(plain);
    has_address || words.any(|word| is_little_more_than(&password, &word))
}

fn is_little_more_than(password: &str, word: &str) -> bool {
    let count = |text: &str| text.chars().count();
    count(word) >= TELLING && password.contains(word) && count(password) - count(word) < ENOUGH_MORE
}

fn plain(text: &str) -> String {
    strict(&one_line(text)).to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == '@').collect()
}
