use serde::Serialize;
use std::collections::BTreeMap;

/// Something in the file that is wrong, or was put right, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// From 1, the header's line.
    pub line: u64,
    /// A sentence's worth: `the price “a” is not an amount`.
    pub text: String,
}

impl Remark {
    /// What it has in common with others: the text without what is quoted, numbers, addresses and SKUs.
    pub fn kind(&self) -> String {
        let mut words = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, quoted)) = rest.split_once('“') {
            words.push_str(before);
            words.push_str(LEFT_OUT);
            rest = quoted.split_once('”').map_or("", |(_, after)| after);
        }
        words.push_str(rest);
        words.split(' ').map(common).collect::<Vec<_>>().join(" ")
    }

    /// A remark about a line.
    pub fn new(line: u64, text: impl ToString) -> Self {
        Self { line, text: text.to_string() }
    }
}

const LEFT_OUT: &str = "…";

/// A word, or what stands for one that is of one product alone.
fn common(word: &str) -> String {
    let plain = word.trim_end_matches([',', ';', ':', '.']);
    let is_code =
        plain.contains('-') && plain.contains(|c: char| c.is_uppercase()) && !plain.contains(|c: char| c.is_lowercase());
    if is_code || plain.contains(|c: char| c.is_ascii_digit() || c == '/') {
        return word.replacen(plain, LEFT_OUT, 1);
    }
    word.to_owned()
}

/// How many lines of each kind are named.
const FIRST_LINES: usize = 3;

/// What the file says and nobody reads: by what it is, how often and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Unread(BTreeMap<String, Places>);

/// How often something occurs, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Places {
    /// Cells.
    pub cells: u64,
    /// The lines of the first of them.
    pub first_lines: Vec<u64>,
}

impl Unread {
    /// Counts a cell.
    pub fn add(&mut self, what: &str, line: u64) {
        if !self.0.contains_key(what) {
            self.0.insert(what.to_owned(), Places::default());
        }
        if let Some(places) = self.0.get_mut(what) {
            places.cells += 1;
            if places.first_lines.len() < FIRST_LINES {
                places.first_lines.push(line);
            }
        }
    }

    /// Each with how often and where, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Places)> {
        self.0.iter().map(|(what, places)| (what.as_str(), places))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_of_one_kind_differ_in_names_numbers_and_addresses_alone() {
        for (text, kind) in [
            ("the price “a” is not an amount", "the price … is not an amount"),
            ("the quantity -2 becomes 0, with 2 sold beyond", "the quantity … becomes …, with … sold beyond"),
            ("the picture https://a.example/b.png is too large", "the picture … is too large"),
            ("“Mug”: SKU MUG-A belongs to another product", "…: SKU … belongs to another product"),
            ("the compare-at price is “open", "the compare-at price is …"),
            ("", ""),
        ] {
            assert_eq!(Remark::new(1, text).kind(), kind);
        }
    }
}
