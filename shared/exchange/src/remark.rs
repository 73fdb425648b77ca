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
    /// A remark about a line.
    pub fn new(line: u64, text: impl ToString) -> Self {
        Self { line, text: text.to_string() }
    }
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
