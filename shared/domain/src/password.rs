//! What a password may not be made of.

use crate::text::{Email, one_line, strict};

/// A local part or name of fewer characters may be in a password by chance.
const TELLING: usize = 5;
/// Characters around a local part or name, from which on a password is more than it.
const ENOUGH_MORE: usize = 4;

/// Returns true if and only if a password is made of what others know of its owner. Compared are all three without case, spaces
/// and characters that nobody sees, full-width letters as plain ones:
///
/// - the password has the e-mail address in it, whatever is around it, its domain in ASCII or in its own letters;
/// - it has in it what stands before the address's `@`, the name or a word of the name, each of at least 5 characters, and fewer
///   than 4 characters besides.
pub fn tells_its_owner(password: &str, name: &str, email: &str) -> bool {
    let password = plain(password);
    let address = plain(email);
    let parsed = email.parse::<Email>().ok();
    let written = parsed.iter().flat_map(|email| [plain(email.as_str()), plain(&email.for_people())]);
    let has_address = written.chain([address.clone()]).any(|a| a.contains('@') && password.contains(&a));
    let local = address.rsplit_once('@').map_or(address.as_str(), |(local, _)| local);
    let mut words = std::iter::once(name).chain(name.split_whitespace()).map(plain).chain([local.to_owned()]);
    has_address || words.any(|word| is_little_more_than(&password, &word))
}

fn is_little_more_than(password: &str, word: &str) -> bool {
    let count = |text: &str| text.chars().count();
    count(word) >= TELLING && password.contains(word) && count(password) - count(word) < ENOUGH_MORE
}

fn plain(text: &str) -> String {
    strict(&one_line(text)).to_lowercase().chars().filter(|c| !c.is_whitespace()).collect()
}
