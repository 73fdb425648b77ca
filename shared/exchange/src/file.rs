//! A file as rows of named cells, gathered by product. The text stays in memory once; rows are read from it when they are wanted.

use crate::{
    Group, Remark, Row, Unread,
    column::{Column, is_usual},
    encoding::{Decoded, decode},
    formula,
    layout::{Layout, is_of_products},
    listed::{ListedCategory, Listing},
    woo::{Translated, Woo},
};
use csv::{ByteRecord, Position, ReaderBuilder, Trim};
use domain::{catalogue::Source, text::free_text};
use std::{cell::Cell, collections::HashMap, io::Read, rc::Rc};

/// As many bytes as a file may have.
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// As many bytes as a row may have. A longer one has a quote that nobody closed.
const MOST_OF_A_ROW: usize = 4 * 1024 * 1024;
/// What stands for bytes that are no letters.
pub(crate) const FOREIGN: char = '\u{fffd}';

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// No byte.
    #[error("is empty: expected a CSV file with a header and a row for each variant")]
    Empty,
    /// More than [`MOST_BYTES`].
    #[error("has {} MB; at most {} can be read: split it between two products", .0 / 1_000_000, MOST_BYTES / 1_000_000)]
    TooLarge(u64),
    /// By its first bytes.
    #[error("is {0}; expected a CSV file")]
    NotText(&'static str),
    /// A text has none.
    #[error("has NUL bytes; expected a text as CSV")]
    Nul,
    /// No column of the first line means something here.
    #[error(
        "is no product file: its first line is “{found}”; expected names of columns such as “Handle”, “Title” and \
         “Variant Price”, with commas, semicolons or tabs between them"
    )]
    NoColumns {
        /// The first line.
        found: String,
    },
    /// Columns that every product needs.
    #[error("has no column {missing}; it has {found}")]
    MissingColumns {
        /// Their names.
        missing: String,
        /// The names that it has.
        found: String,
    },
    /// A column that means something is there twice.
    #[error("has two columns {0}: which one counts?")]
    ColumnTwice(String),
    /// A row of more than 4 MB.
    #[error("line {line}: the row has more than 4 MB; is a quote not closed?")]
    EndlessRow {
        /// Where it begins.
        line: u64,
    },
    /// What the CSV reader says.
    #[error("cannot be read as CSV: {0}")]
    Csv(String),
}

/// A product file that was understood as a table.
#[derive(Debug)]
pub struct ProductFile {
    /// `UTF-8`, `windows-1252`.
    pub encoding: &'static str,
    /// What stands between cells.
    pub separator: char,
    /// Rows that belong to no product, and bytes that are no letters.
    pub remarks: Vec<Remark>,
    /// Products without a handle, which cannot be taken in.
    pub without_handle: usize,
    /// What nobody reads.
    pub unread: Unread,
    /// The categories that it lists, those without products too.
    pub categories: Vec<ListedCategory>,
    text: String,
    format: Format,
    groups: Vec<Place>,
}

/// What the columns mean.
#[derive(Debug)]
enum Format {
    /// Shopify's, and this shop's own.
    Shopify(Vec<Option<Column>>),
    Woo(Woo),
}

/// Where a product's rows are.
#[derive(Debug)]
struct Place {
    handle: String,
    is_damaged: bool,
    rows: Vec<Span>,
}

/// A row's bytes, and the line where it begins.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    line: u64,
}

impl ProductFile {
    /// Understands a file's bytes as a table, and gathers its rows by handle.
    ///
    /// # Errors
    ///
    /// The `FileError` of the first thing that makes it unreadable as a whole; it names what was found and what was expected.
    pub fn read(bytes: Vec<u8>) -> Result<Self, FileError> {
        if bytes.len() as u64 > MOST_BYTES {
            return Err(FileError::TooLarge(bytes.len() as u64));
        }
        let Decoded { text, encoding, has_foreign_bytes, is_guessed } = decode(bytes)?;
        let Layout { text, separator, header } = Layout::find(text, is_of_products)?;
        let format = Format::of(&header)?;
        let mut gathering = Gathering::new(&header, separator, &format, has_foreign_bytes);
        gathering.remarks.extend(is_guessed.then(|| guessed(&text, encoding)).flatten());
        gathering.gather(&text)?;
        let Gathering { groups, remarks, unread, without_handle, listing, .. } = gathering;
        let (separator, categories) = (separator.into(), listing.categories);
        Ok(Self { encoding, separator, remarks, without_handle, unread, categories, text, format, groups })
    }

    /// How many products there are, those without a handle aside.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The rows of one product after the other, in the order of their first rows.
    pub fn products(&self) -> impl Iterator<Item = Group> {
        let today: String = clock::now().to_string().chars().take("2026-01-31".len()).collect();
        self.groups.iter().map(move |place| {
            let records: Vec<(u64, ByteRecord)> = place.rows.iter().map(|span| (span.line, self.record(*span))).collect();
            let (Translated { rows, remarks, refusal }, source) = match &self.format {
                Format::Shopify(columns) => {
                    let rows = records.iter().map(|(line, record)| row(columns, *line, record)).collect();
                    (Translated { rows, ..Translated::default() }, Source::Shopify)
                }
                Format::Woo(woo) => (woo.translate(&records, &today), Source::WooCommerce),
            };
            Group { handle: place.handle.clone(), rows, is_damaged: place.is_damaged, source, remarks, refusal }
        })
    }

    fn record(&self, span: Span) -> ByteRecord {
        let bytes = self.text.as_bytes().get(span.start..span.end).unwrap_or_default();
        let mut reader = reader(self.separator as u8).buffer_capacity(bytes.len().clamp(64, 8192)).from_reader(bytes);
        let mut record = ByteRecord::new();
        // It was read once already.
        let is_there = reader.read_byte_record(&mut record).unwrap_or_default();
        if is_there { record } else { ByteRecord::new() }
    }
}

/// Where the first words with letters beyond ASCII are, of a file whose encoding was guessed by them.
fn guessed(text: &str, encoding: &str) -> Option<Remark> {
    const SHOWN: usize = 3;
    let of_line = |line: &str| -> Vec<String> {
        let words = line.split(|c: char| c.is_whitespace() || [',', ';', '"', '<', '>'].contains(&c));
        words.filter(|word| !word.is_ascii()).take(SHOWN).map(|word| word.chars().take(40).collect()).collect()
    };
    let (line, words) = (1..).zip(text.lines()).map(|(line, text)| (line, of_line(text))).find(|(_, words)| !words.is_empty())?;
    let words = words.join(" ");
    Some(Remark::new(line, format!("the file does not say its encoding; as {encoding} it has words such as “{words}”")))
}

fn row(columns: &[Option<Column>], line: u64, record: &ByteRecord) -> Row {
    let named = columns.iter().zip(record.iter());
    let cells = named.filter_map(|(column, cell)| Some(((*column)?, text_of(cell))));
    Row { line, cells: cells.collect() }
}

impl Format {
    fn of(header: &[String]) -> Result<Self, FileError> {
        match Woo::of(header) {
            Some(woo) => match woo.twice(header) {
                Some(name) => Err(FileError::ColumnTwice(format!("“{name}”"))),
                None => Ok(Self::Woo(woo)),
            },
            None => columns(header).map(Self::Shopify),
        }
    }

    /// What names the product of a row, the row's title, and another name of the product.
    fn names(&self, record: &ByteRecord) -> (String, String, Option<String>) {
        match self {
            Self::Shopify(columns) => {
                let cell = |column: Column| {
                    let place = columns.iter().position(|known| *known == Some(column));
                    place.and_then(|place| record.get(place)).map(text_of).unwrap_or_default()
                };
                (cell(Column::Handle), cell(Column::Title), None)
            }
            Self::Woo(woo) => woo.names(record),
        }
    }

    /// The cell of a row that lists categories, and whether the row has no other.
    fn categories(&self, record: &ByteRecord) -> Option<(String, bool)> {
        let Self::Shopify(columns) = self else { return None };
        let place = columns.iter().position(|column| *column == Some(Column::Categories))?;
        let cell = record.get(place).map(text_of).filter(|cell| !cell.is_empty())?;
        Some((cell, record.iter().enumerate().all(|(at, cell)| at == place || cell.is_empty())))
    }

    /// Whether a cell is read, or says what the shop does anyway.
    fn reads(&self, place: usize, name: &str, cell: &[u8]) -> bool {
        let cell = String::from_utf8_lossy(cell);
        match self {
            Self::Shopify(columns) => columns.get(place).is_some_and(Option::is_some) || is_usual(name, &cell),
            Self::Woo(_) => Woo::reads(name, &cell),
        }
    }
}

pub(crate) fn text_of(cell: &[u8]) -> String {
    formula::plain(&free_text(&String::from_utf8_lossy(cell))).to_owned()
}

pub(crate) fn reader(separator: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).trim(Trim::All).delimiter(separator);
    builder
}

/// What each column means.
fn columns(header: &[String]) -> Result<Vec<Option<Column>>, FileError> {
    let columns: Vec<Option<Column>> = header.iter().map(|name| Column::of(name)).collect();
    let is_there = |column: &Column| columns.contains(&Some(*column));
    let missing = [Column::Handle, Column::Title, Column::Price].into_iter().filter(|column| !is_there(column));
    let missing: Vec<String> = missing.map(Column::names).collect();
    if !missing.is_empty() {
        let named = header.iter().filter(|name| !name.is_empty());
        let found: Vec<String> = named.take(10).map(|name| format!("“{name}”")).collect();
        return Err(FileError::MissingColumns { missing: missing.join(" and none "), found: found.join(", ") });
    }
    let twice =
        columns.iter().enumerate().find(|(place, column)| column.is_some() && columns.iter().take(*place).any(|c| c == *column));
    match twice.and_then(|(_, column)| *column) {
        Some(column) => Err(FileError::ColumnTwice(column.names())),
        None => Ok(columns),
    }
}

/// The rows so far.
struct Gathering<'a> {
    header: &'a [String],
    separator: u8,
    format: &'a Format,
    has_foreign_bytes: bool,
    groups: Vec<Place>,
    /// By handle, the place among the groups.
    places: HashMap<String, usize>,
    /// Other names of products, and what names them here.
    aliases: HashMap<String, String>,
    remarks: Vec<Remark>,
    unread: Unread,
    without_handle: usize,
    listing: Listing,
    /// The group of the row before; `None` where that has no handle.
    last: Option<usize>,
}

impl<'a> Gathering<'a> {
    fn new(header: &'a [String], separator: u8, format: &'a Format, has_foreign_bytes: bool) -> Self {
        Self {
            header,
            separator,
            format,
            has_foreign_bytes,
            groups: Vec::new(),
            places: HashMap::new(),
            aliases: HashMap::new(),
            remarks: Vec::new(),
            unread: Unread::default(),
            without_handle: 0,
            listing: Listing::default(),
            last: None,
        }
    }

    fn gather(&mut self, text: &str) -> Result<(), FileError> {
        let separator = self.separator;
        let bytes = text.as_bytes();
        let bound = Rc::new(Cell::new(MOST_OF_A_ROW));
        let mut reader = reader(separator).from_reader(Bounded { bytes, at: 0, bound: bound.clone() });
        let (mut lines, mut record) = (Lines::of(bytes), ByteRecord::new());
        let (mut is_header, mut next) = (true, Position::new());
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => return Ok(()),
                Ok(true) => {}
                Err(error) if error.is_io_error() => {
                    return Err(FileError::EndlessRow { line: lines.at(Some(&next)) });
                }
                Err(error) => return Err(FileError::Csv(error.to_string())),
            }
            let line = lines.at(record.position());
            let [start, end] = [record.position(), Some(reader.position())].map(|position| offset(position, bytes.len()));
            next = reader.position().clone();
            bound.set(end.saturating_add(MOST_OF_A_ROW));
            if !is_header && !record.iter().all(<[u8]>::is_empty) {
                let is_open = end == bytes.len() && ends_in_quotes(bytes.get(start..end).unwrap_or_default(), separator);
                self.take(&record, Span { start, end, line }, is_open);
            }
            is_header = false;
        }
    }

    fn take(&mut self, record: &ByteRecord, span: Span, is_open: bool) {
        let (handle, title, alias) = self.format.names(record);
        self.aliases.extend(alias.map(|alias| (alias, handle.clone())));
        let handle = self.aliases.get(&handle).cloned().unwrap_or(handle);
        self.count_unread(record, span.line);
        let damages = self.damages(record, span.line, is_open);
        let listed = self.format.categories(record);
        if let Some((cell, _)) = listed.as_ref().filter(|_| damages.is_empty()) {
            self.listing.read(cell, span.line, &mut self.remarks);
        }
        if listed.is_some_and(|(_, is_all)| is_all) {
            return self.remarks.extend(damages);
        }
        let Some(place) = self.place(handle, &title, span.line) else { return };
        let Some(group) = self.groups.get_mut(place) else { return };
        group.is_damaged |= !damages.is_empty();
        group.rows.push(span);
        self.remarks.extend(damages);
    }

    /// Why nothing of a row may be taken in.
    fn damages(&self, record: &ByteRecord, line: u64, is_open: bool) -> Vec<Remark> {
        let mut damages = Vec::new();
        if is_open {
            damages.push(Remark::new(line, "a quote is not closed: the rest of the file is in one cell"));
        }
        if self.has_foreign_bytes && record.iter().any(|cell| String::from_utf8_lossy(cell).contains(FOREIGN)) {
            damages.push(Remark::new(line, "the row has bytes that are no letters of the file's encoding"));
        }
        if record.len() != self.header.len() {
            damages.push(Remark::new(line, self.other_length(record)));
        }
        damages
    }

    fn other_length(&self, record: &ByteRecord) -> String {
        let (cells, columns) = (record.len(), self.header.len());
        let is_quoted = cells == 1 && record.iter().any(|cell| cell.contains(&self.separator));
        let why = if is_quoted { "; are there quotes around the whole row?" } else { "" };
        format!("the row has {cells} cells, the header {columns}{why}")
    }

    /// The place of the group that a row belongs to. A row without a handle belongs to the product of the row before, unless it
    /// has a title; either of the two cannot be taken in.
    fn place(&mut self, handle: String, title: &str, line: u64) -> Option<usize> {
        if handle.is_empty() {
            self.remarks.push(Remark::new(line, "the row has no handle"));
            let before = self.last.filter(|_| title.is_empty()).and_then(|place| self.groups.get_mut(place));
            if let Some(group) = before {
                group.is_damaged = true;
            } else {
                // Where there is no row before, the product has no title either.
                self.without_handle += usize::from(!title.is_empty() || self.without_handle == 0);
                self.last = None;
            }
            return None;
        }
        let place = *self.places.entry(handle.clone()).or_insert(self.groups.len());
        if place == self.groups.len() {
            self.groups.push(Place { handle, is_damaged: false, rows: Vec::new() });
        }
        self.last = Some(place);
        Some(place)
    }

    fn count_unread(&mut self, record: &ByteRecord, line: u64) {
        for (place, cell) in record.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let Some(name) = self.header.get(place) else { continue };
            if !self.format.reads(place, name, cell) {
                let name = if name.is_empty() { format!("column {}", place + 1) } else { name.clone() };
                self.unread.add(&name, line);
            }
        }
    }
}

/// Whether the text of a row ends within quotes.
pub(crate) fn ends_in_quotes(row: &[u8], separator: u8) -> bool {
    let (mut is_quoted, mut begins) = (false, true);
    let mut bytes = row.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if is_quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            b'"' => is_quoted = begins && !is_quoted,
            _ => {}
        }
        begins = !is_quoted && (byte == separator || ends_line(&[byte], 0));
    }
    is_quoted
}

pub(crate) fn offset(position: Option<&Position>, most: usize) -> usize {
    position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(most).min(most)
}

/// Fails where a row goes on for too long.
struct Bounded<'a> {
    bytes: &'a [u8],
    at: usize,
    bound: Rc<Cell<usize>>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let end = self.bytes.len().min(self.bound.get());
        let wanted = self.bytes.get(self.at..end).unwrap_or_default();
        let length = wanted.len().min(buffer.len());
        if length == 0 && self.at < self.bytes.len() {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), wanted.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}

/// Counts lines up to a position; those within quotes count too. A line ends with LF, CR LF, or CR alone.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The line in which a row begins that is said to begin here. Empty lines before it are not its own.
    pub(crate) fn at(&mut self, position: Option<&Position>) -> u64 {
        let to = offset(position, self.bytes.len());
        while self.at < to || matches!(self.bytes.get(self.at), Some(b'\r' | b'\n')) {
            self.line += u64::from(ends_line(self.bytes, self.at));
            self.at += 1;
        }
        self.line
    }
}

/// How many lines end in a text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    (0..text.len()).map(|at| u64::from(ends_line(text, at))).sum()
}

fn ends_line(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b'\n') => true,
        Some(b'\r') => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> ProductFile {
        ProductFile::read(text.as_bytes().to_vec()).unwrap()
    }

    fn refused(bytes: &[u8]) -> String {
        ProductFile::read(bytes.to_vec()).unwrap_err().to_string()
    }

    #[test]
    fn rows_keep_their_line_after_quoted_line_breaks_and_empty_lines_however_lines_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["Handle,Title,Variant Price", "a,\"One\nTwo\nThree\",1", "", "b,B,2", "a,,3", ""].join(end);
            let groups: Vec<Group> = read(&text).products().collect();
            let lines = |group: &Group| group.rows.iter().map(|row| row.line).collect::<Vec<_>>();
            assert_eq!((lines(&groups[0]), lines(&groups[1])), (vec![2, 7], vec![6]), "{end:?}");
            assert_eq!(groups[0].rows[0].cell(Column::Title), "One\nTwo\nThree", "{end:?}");
            assert_eq!(groups[0].rows[1].cell(Column::Price), "3", "{end:?}");
        }
    }

    #[test]
    fn both_templates_are_read_in_any_case_and_order() {
        for text in [
            "Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\na,A,S,1.00,3",
            "variant price,VARIANT INVENTORY QTY,title,variant sku,handle\n1.00,3,A,S,a",
            "Title,URL handle,SKU,Price,Inventory quantity\nA,a,S,1.00,3",
        ] {
            let group = read(text).products().next().unwrap();
            let cells = [Column::Title, Column::Sku, Column::Price, Column::Quantity].map(|c| group.rows[0].cell(c).to_owned());
            assert_eq!((group.handle.as_str(), cells.each_ref().map(String::as_str)), ("a", ["A", "S", "1.00", "3"]), "{text}");
        }
    }

    #[test]
    fn rows_without_a_handle_make_their_product_fail() {
        let file = read("Handle,Title,Variant Price\n,Lost,1\n,,2\na,A,1\n,,2\nb,B,1");
        let damaged: Vec<_> = file.products().map(|group| (group.handle, group.is_damaged)).collect();
        assert_eq!(damaged, [("a".to_owned(), true), ("b".to_owned(), false)]);
        assert_eq!((file.without_handle, file.remarks.iter().map(|r| r.line).collect::<Vec<_>>()), (1, vec![2, 3, 5]));
        let file = read("Handle,Title,Variant Price\n,,2\n,,3\na,A,1");
        assert_eq!((file.without_handle, file.len()), (1, 1), "rows at the beginning that name nothing");
    }

    #[test]
    fn what_nobody_reads_is_counted_with_its_first_lines_and_what_says_nothing_new_is_not() {
        let file = read(
            "Handle,Title,Variant Price,Variant Tax Code,Requires shipping,Colour,\n\
             a,A,1,401,true,red,\na,,2,402,FALSE,,x\nb,B,3,403,true,,\nc,C,4,404,true,,",
        );
        let unread: Vec<_> = file.unread.iter().map(|(name, p)| (name, p.cells, p.first_lines.clone())).collect();
        assert_eq!(
            unread,
            [
                ("Colour", 1, vec![2]),
                ("Requires shipping", 1, vec![3]),
                ("Variant Tax Code", 4, vec![2, 3, 4]),
                ("column 7", 1, vec![3])
            ]
        );
    }

    #[test]
    fn a_row_with_other_cells_than_the_header_or_foreign_bytes_damages_its_product_alone() {
        let bytes = [b"\xef\xbb\xbfHandle,Title,Variant Price\na,A,1\nb,\xff,1\nc,C\nd,D,1,2\n".as_slice()].concat();
        let file = ProductFile::read(bytes).unwrap();
        assert_eq!(file.products().map(|group| group.is_damaged).collect::<Vec<_>>(), [false, true, true, true]);
        let remarks: Vec<_> = file.remarks.iter().map(|r| (r.line, r.text.as_str())).collect();
        assert_eq!(
            remarks,
            [
                (3, "the row has bytes that are no letters of the file's encoding"),
                (4, "the row has 2 cells, the header 3"),
                (5, "the row has 4 cells, the header 3")
            ]
        );
    }

    #[test]
    fn rows_that_are_each_in_quotes_under_a_header_that_is_not_are_told_by_their_cause() {
        let file = read("Handle,Title,Price\n\"a,A,1\"\nb,B,1\n");
        let why = "the row has 1 cells, the header 3; are there quotes around the whole row?";
        assert_eq!(file.remarks, [Remark::new(2, why)]);
    }

    #[test]
    fn a_guessed_encoding_is_told_with_words_to_look_at() {
        let file = ProductFile::read(b"Handle,Title,Price\na,plain,1\nb,\"Gr\xf6\xdfe, f\xfcr <b>M\xe4dchen</b>\",1\n".to_vec())
            .unwrap();
        let text = "the file does not say its encoding; as windows-1252 it has words such as “Größe für Mädchen”";
        assert_eq!(file.remarks, [Remark::new(3, text)]);
    }

    #[test]
    fn a_row_that_lists_categories_alone_is_no_product_and_one_of_a_product_lists_them_too() {
        let cell = |slug: &str| format!("\"[{{\"\"path\"\":[\"\"A\"\"],\"\"slug\"\":\"\"{slug}\"\"}}]\"");
        let rows = [cell("one"), cell("two"), cell("lost")];
        let file = read(&format!(
            "Handle,Title,Price,Shop: categories\na,A,1,{}\n,,,{}\na,,2,\n,,,{{\nb,B,1,{},\n",
            rows[0], rows[1], rows[2]
        ));
        let slugs: Vec<_> = file.categories.iter().map(|listed| (listed.line, listed.slug.as_str())).collect();
        assert_eq!(slugs, [(2, "one"), (3, "two")]);
        let groups: Vec<_> = file.products().map(|group| (group.handle, group.rows.len(), group.is_damaged)).collect();
        assert_eq!(groups, [("a".to_owned(), 2, false), ("b".to_owned(), 1, true)]);
        assert_eq!(file.remarks.iter().map(|remark| remark.line).collect::<Vec<_>>(), [5, 6]);
        assert_eq!((file.without_handle, file.unread.iter().count()), (0, 0));
    }

    #[test]
    fn what_nobody_sees_in_a_cell_is_left_out() {
        let file = read("Handle,Title,Variant Price\na\u{200b},Cafe\u{301}\u{a0}Cap,1\u{a0}\na,,2\n");
        let groups: Vec<Group> = file.products().collect();
        let first = &groups[0].rows[0];
        assert_eq!((groups.len(), first.cell(Column::Title), first.cell(Column::Price)), (1, "Café Cap", "1"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_refused_with_what_was_found_and_expected() {
        for (bytes, why) in [
            ("Title,Price\nA,1".to_owned(), "has no column “Handle” or “URL handle”; it has “Title”, “Price”"),
            ("Handle,Title,Price,Price\na,A,1,2".to_owned(), "has two columns “Variant Price” or “Price”"),
            (format!("Handle,Title,Price\na,A,1\nb,\"{}", "x\n".repeat(3_000_000)), "line 3: the row has more than 4 MB"),
        ] {
            let error = refused(bytes.as_bytes());
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_quote_that_nobody_closes_is_said_with_its_line() {
        for (end, is_open) in [
            ("b,\"B,1\nc,C,1\n", true),
            ("b,B,\"1\nc,C,1\n", true),
            ("b,\"B\"\"\",\"1\nc", true),
            ("b,\"B\"\"\",1", false),
            ("b,12\" wide,1\n", false),
            ("b,\"\",\"1\"", false),
        ] {
            let file = read(&format!("Handle,Title,Price\na,A,1\n{end}"));
            let said = |remark: &Remark| remark.line == 3 && remark.text.starts_with("a quote is not closed");
            assert_eq!(file.remarks.iter().any(said), is_open, "{end}");
            assert_eq!(file.products().nth(1).unwrap().is_damaged, is_open, "{end}");
        }
    }

    #[test]
    fn a_million_empty_rows_are_no_products() {
        let file = read(&format!("Handle,Title,Price\n{}a,A,1\n", ",,\n".repeat(1_000_000)));
        let lines: Vec<u64> = file.products().map(|group| group.rows[0].line).collect();
        assert_eq!((lines, file.remarks.len()), (vec![1_000_002], 0));
    }
}
