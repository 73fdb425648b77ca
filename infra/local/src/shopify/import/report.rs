//! What an import has to say: a table in the terminal, and all of it as JSON.

use super::{Done, categories::Counts};
use anyhow::{Context, Result, bail};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use console::Term;
use domain::text::one_line;
use exchange::{ProductFile, Remark, Unread};
use serde::Serialize;
use std::{collections::HashMap, path::Path};

/// Lines that are named of each kind of remark.
const FIRST_LINES: usize = 3;
/// What stands behind the first of several remarks that are not the same.
const LIKE_IT: &str = " (and others like it)";
/// Rows of the table at most: a file can make up any number.
const MOST_ROWS: usize = 200;
/// Columns of a terminal in which a text still has room beside the others.
const NARROWEST: u16 = 50;
/// Characters of a text in the table at most.
const LONGEST_TEXT: usize = 300;

/// What became of the file's products.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcome {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) same: usize,
    pub(super) refused: usize,
    /// Products of the file that were not reached, where the import stopped before its end.
    pub(super) left: usize,
    /// Quantities of variants that are there already, where the shop counts others.
    pub(super) quantities_left: usize,
    pub(super) categories: Counts,
    pub(super) remarks: Vec<Remark>,
}

impl Outcome {
    pub(super) fn count(&mut self, done: Done) {
        match done {
            Done::Added => self.added += 1,
            Done::Changed => self.changed += 1,
            Done::Same => self.same += 1,
        }
    }
}

/// All that an import has to say, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    file: String,
    encoding: &'static str,
    separator: char,
    #[serde(flatten)]
    outcome: &'a Outcome,
    /// What the file says and the shop does not take in.
    unread: &'a Unread,
    /// Why the import ended before the end of the file, if it did.
    error: Option<String>,
}

/// Why nothing was taken in, as JSON.
#[derive(Debug, Serialize)]
struct Refusal {
    file: String,
    error: String,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    what: &'static str,
    count: u64,
    first_lines: Vec<u64>,
    text: String,
}

pub(super) fn write_report(
    outcome: &Outcome,
    file: &ProductFile,
    path: &Path,
    error: Option<&anyhow::Error>,
    to: &Path,
) -> Result<()> {
    let (encoding, separator, unread) = (file.encoding, file.separator, &file.unread);
    let error = error.map(|error| format!("{error:#}"));
    write_json(&Report { file: path.display().to_string(), encoding, separator, outcome, unread, error }, to)
}

pub(super) fn write_refusal(error: &anyhow::Error, path: &Path, to: &Path) -> Result<()> {
    write_json(&Refusal { file: path.display().to_string(), error: format!("{error:#}") }, to)
}

fn write_json(report: &impl Serialize, to: &Path) -> Result<()> {
    std::fs::write(to, serde_json::to_string_pretty(report)?).with_context(|| format!("cannot write {}", to.display()))
}

pub(super) fn tell(outcome: &Outcome, file: &ProductFile) {
    if file.encoding != "UTF-8" {
        say!("The file is not UTF-8; it was read as {}.", file.encoding);
    }
    let lines = lines(&outcome.remarks, &file.unread);
    if !lines.is_empty() {
        let terminal = Term::stdout();
        let width = terminal.is_term().then(|| terminal.size_checked()).flatten().map(|(_, columns)| columns);
        say!("{}\n", table(&lines, width));
    }
    let Outcome { added, changed, same, refused, quantities_left, categories, .. } = outcome;
    if *quantities_left > 0 {
        say!("{quantities_left} quantities are not taken over: the shop counts the stock of what it has already");
    }
    if (categories.added, categories.changed) != (0, 0) {
        say!("{} categories added, {} changed", categories.added, categories.changed);
    }
    if file.is_empty() && file.without_handle == 0 {
        say!("The file has no products.");
    }
    say!("{added} products added, {changed} changed, {same} as they were, {refused} refused");
}

/// An error where not all of the file was taken in.
pub(super) fn check_complete(outcome: &Outcome, path: &Path) -> Result<()> {
    let Outcome { refused, left, .. } = outcome;
    if *left > 0 {
        bail!("stopped: {left} products of {} are still to be taken in. Run it again: it goes on there", path.display());
    }
    if *refused > 0 {
        bail!("{refused} products of {} were refused", path.display());
    }
    Ok(())
}

/// Remarks of the same kind are one row, in the order of their first lines; then columns that nothing reads.
fn lines(remarks: &[Remark], unread: &Unread) -> Vec<Line> {
    let (mut lines, mut places): (Vec<Line>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
    for remark in remarks {
        let kind = remark.kind();
        let place = *places.entry(kind.clone()).or_insert(lines.len());
        if let Some(line) = lines.get_mut(place) {
            line.count += 1;
            if line.text != remark.text && !line.text.ends_with(LIKE_IT) {
                line.text.push_str(LIKE_IT);
            }
            if line.first_lines.len() < FIRST_LINES {
                line.first_lines.push(remark.line);
            }
        } else {
            lines.push(Line { what: "remark", count: 1, first_lines: vec![remark.line], text: remark.text.clone() });
        }
    }
    lines.extend(unread.iter().map(|(column, places)| Line {
        what: "not read",
        count: places.cells,
        first_lines: places.first_lines.clone(),
        text: format!("column “{column}”"),
    }));
    lines
}

/// Rows whose columns line up. Texts wrap at a terminal's width; without one, each row is one line.
fn table(lines: &[Line], width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["What", "Count", "First lines", "Text"]);
    for line in lines.iter().take(MOST_ROWS) {
        table.add_row([line.what.to_owned(), line.count.to_string(), places(line), shown(&line.text)]);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 1));
    }
    for column in table.column_iter_mut().take(3) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(width) = width.filter(|width| *width >= NARROWEST) {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let more = lines.len().saturating_sub(MOST_ROWS);
    let rest = if more > 0 { format!("\nand {more} more: --report FILE writes all of them") } else { String::new() };
    format!("{}{rest}", table.trim_fmt())
}

/// `2, 5, 9 …`
fn places(line: &Line) -> String {
    let first = line.first_lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    if line.count > line.first_lines.len() as u64 { format!("{first} …") } else { first }
}

/// A text without what would move a terminal's cursor.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST_TEXT).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    one_line(&cut) + more
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::measure_text_width;

    fn remarks(texts: impl Iterator<Item = String>) -> Vec<Remark> {
        (2..).zip(texts).map(|(line, text)| Remark::new(line, text)).collect()
    }

    #[test]
    fn remarks_of_one_kind_are_one_row_with_their_count_and_first_lines() {
        let many = (0..10_000).map(|n| format!("the picture https://a.example/{n}.png answered 404"));
        let mut unread = Unread::default();
        unread.add("Colour", 7);
        let lines = lines(&remarks(many.chain(["the price “x” is wrong".to_owned()])), &unread);
        let table = table(&lines, None);
        let rows: Vec<Vec<&str>> =
            table.lines().map(|row| row.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect()).collect();
        assert_eq!(
            rows,
            [
                vec!["What", "Count", "First lines", "Text"],
                vec!["remark", "10000", "2, 3, 4 …", "the picture https://a.example/0.png answered 404 (and others like it)"],
                vec!["remark", "1", "10002", "the price “x” is wrong"],
                vec!["not read", "1", "7", "column “Colour”"],
            ]
        );
        let ends: Vec<_> = table
            .lines()
            .map(|row| row.find("Text").or(row.find("the ")).or(row.find("column")).map(|at| row[..at].chars().count()))
            .collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{table}");
    }

    #[test]
    fn no_row_is_wider_than_the_terminal_also_with_wide_letters_and_long_words() {
        let texts = [format!("чашка 茶碗 {}", "茶碗".repeat(11)), "x".to_owned(), "y".repeat(200)];
        let lines = lines(&remarks(texts.into_iter()), &Unread::default());
        for width in [NARROWEST, 80, 200] {
            let table = table(&lines, Some(width));
            assert!(table.lines().all(|line| measure_text_width(line) <= width.into()), "{width}\n{table}");
        }
        for width in [None, Some(NARROWEST - 1)] {
            assert_eq!(table(&lines, width).lines().count(), 4, "{width:?}");
        }
    }

    #[test]
    fn a_table_has_no_control_characters_and_an_end() {
        let texts = (0..1_000).map(|n| format!("\u{1b}[Kword{}\n", "a".repeat(n)));
        let table = table(&lines(&remarks(texts), &Unread::default()), None);
        assert!(!table.contains('\u{1b}') && table.lines().count() == MOST_ROWS + 2, "{table}");
        assert!(table.ends_with("and 800 more: --report FILE writes all of them"));
    }
}
