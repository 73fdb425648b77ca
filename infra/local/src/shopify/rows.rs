//! The file as rows of named cells, gathered by product.

use super::column;
use csv::{ByteRecord, Position, ReaderBuilder, Trim};
use domain::text::free_text;
use std::collections::HashMap;

/// Something in the file that is wrong or was put right, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// From 1, the header's line.
    pub(crate) line: u64,
    pub(crate) text: String,
}

impl Remark {
    pub(crate) fn new(line: u64, text: impl ToString) -> Self {
        Self { line, text: text.to_string() }
    }
}

/// A row's cells by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: u64,
    cells: HashMap<String, String>,
}

impl Row {
    /// A cell, normalised, without white space around it; empty where the file has no such column.
    pub(crate) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// The rows of one handle, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) handle: String,
    pub(crate) rows: Vec<Row>,
    /// A row of it cannot be read.
    pub(crate) damaged: bool,
}

/// Reads the whole file. Rows that cannot be read are remarked upon; if they name a product, it is damaged.
pub(crate) fn read(file: &[u8]) -> Result<(Vec<Group>, Vec<Remark>), String> {
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(file);
    let mut lines = Lines { file, byte: 0, line: 1 };
    let header = reader.byte_headers().map_err(|e| format!("is no CSV file: {e}"))?.clone();
    let header: Vec<String> =
        header.iter().map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_owned()).collect();
    for needed in [column::HANDLE, column::TITLE, column::PRICE] {
        if !header.iter().any(|name| name == needed) {
            return Err(format!("has no column “{needed}”: it is not a Shopify product export"));
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut remarks = Vec::new();
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = lines.at(error.position());
                remarks.push(Remark::new(line, "the row cannot be read"));
                continue;
            }
        }
        let line = lines.at(record.position());
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        let cells: HashMap<String, String> = header
            .iter()
            .zip(record.iter())
            .map(|(name, cell)| (name.clone(), free_text(&String::from_utf8_lossy(cell))))
            .collect();
        let row = Row { line, cells };
        let handle = row.cell(column::HANDLE).to_owned();
        if handle.is_empty() {
            remarks.push(Remark::new(line, "the row has no handle"));
            continue;
        }
        let place = *places.entry(handle.clone()).or_insert_with(|| {
            groups.push(Group { handle, rows: Vec::new(), damaged: false });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(place) else { continue };
        if record.iter().any(|cell| std::str::from_utf8(cell).is_err()) {
            remarks.push(Remark::new(line, "the row is not valid UTF-8"));
            group.damaged = true;
        }
        if record.len() != header.len() {
            remarks.push(Remark::new(line, format!("the row has {} cells, the header {}", record.len(), header.len())));
            group.damaged = true;
        }
        group.rows.push(row);
    }
    Ok((groups, remarks))
}

/// Counts lines up to a position; those within quotes count too.
struct Lines<'a> {
    file: &'a [u8],
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    fn at(&mut self, position: Option<&Position>) -> u64 {
        let byte = position.and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or(self.byte);
        let passed = self.file.get(self.byte..byte).unwrap_or_default();
        self.line += line_ends(passed);
        self.byte = self.byte.max(byte);
        // A row of a file with CRLF may be said to start at the line's end.
        let rest = self.file.get(self.byte..).unwrap_or_default();
        let empty = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        self.line + line_ends(rest.get(..empty).unwrap_or_default())
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.split(|b| *b == b'\n').skip(1).map(|_| 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_line_after_quoted_line_breaks_and_empty_lines() {
        let file = b"Handle,Title,Variant Price\r\na,\"One\nTwo\nThree\",1\r\n\r\nb,B,2\r\na,,3\r\n";
        let (groups, remarks) = read(file).unwrap();
        let lines = |group: &Group| group.rows.iter().map(|r| r.line).collect::<Vec<_>>();
        assert_eq!((lines(&groups[0]), lines(&groups[1]), remarks), (vec![2, 7], vec![6], Vec::new()));
    }

    #[test]
    fn a_byte_order_mark_and_foreign_bytes_are_put_up_with() {
        let file = b"\xef\xbb\xbfHandle,Title,Variant Price\na,A,1\nb,\xff,1\n";
        let (groups, remarks) = read(file).unwrap();
        assert!(!groups[0].damaged && groups[1].damaged);
        assert_eq!(remarks, [Remark::new(3, "the row is not valid UTF-8")]);
    }

    #[test]
    fn what_nobody_sees_in_a_cell_is_left_out() {
        let file = "Handle,Title,Variant Price\na\u{200b},Cafe\u{301}\u{a0}Cap,1\u{a0}\na,,2\n";
        let (groups, remarks) = read(file.as_bytes()).unwrap();
        let first = &groups[0].rows[0];
        assert_eq!((groups.len(), first.cell("Title"), first.cell("Variant Price")), (1, "Café Cap", "1"));
        assert!(remarks.is_empty());
    }
}
