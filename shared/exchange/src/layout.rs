//! What separates the cells of a file. Some programs also put each whole line into quotes: those are taken off.

use crate::{
    FileError,
    column::Column,
    file::{Lines, line_ends},
    woo::Woo,
};
use csv::{ByteRecord, ReaderBuilder, StringRecord};

const SEPARATOR_LINE: &str = "sep=";
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// A line that is shorter than this is no header.
const FEWEST_COLUMNS: usize = 2;

/// A text with a header whose cells can be told apart.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) text: String,
    pub(crate) separator: u8,
    pub(crate) header: Vec<String>,
}

impl Layout {
    /// Finds out how the cells of a text are separated: as its header has the most columns that `is_known` says.
    ///
    /// # Errors
    ///
    /// `FileError::NoColumns` when the first line is no header, whatever separates its cells.
    pub(crate) fn find(mut text: String, is_known: fn(&str) -> bool) -> Result<Self, FileError> {
        let said = take_separator(&mut text);
        let by_separator = said.and_then(|separator| best_of(&text, &[separator], is_known));
        match by_separator.or_else(|| best(&text, is_known)) {
            Some((separator, header)) => Ok(Self { text, separator, header }),
            None => Self::without_quotes_of_lines(&text, is_known),
        }
    }

    /// The same of a text whose lines are each in quotes.
    fn without_quotes_of_lines(text: &str, is_known: fn(&str) -> bool) -> Result<Self, FileError> {
        let refused = || FileError::NoColumns { found: first_line(text) };
        if !text.trim_start_matches(['\r', '\n']).starts_with('"') {
            return Err(refused());
        }
        // What stands behind the quotes, if anything does, as in `"Handle,Title";`.
        let known = |outer: &u8| {
            let (_, header) = best(&unquoted(text, *outer, Some(1))?, is_known)?;
            Some(header.iter().filter(|name| is_known(name)).count())
        };
        let outer = SEPARATORS.into_iter().rev().max_by_key(known).ok_or_else(refused)?;
        let plain = unquoted(text, outer, None).ok_or_else(refused)?;
        let (separator, header) = best(&plain, is_known).ok_or_else(refused)?;
        Ok(Self { text: plain, separator, header })
    }
}

/// Whether a product file can have a column of this name.
pub(crate) fn is_of_products(name: &str) -> bool {
    Column::of(name).is_some() || Woo::reads(name, "")
}

/// What a first line `sep=;` says, as spreadsheets understand it. The line is left empty, so that all others keep their numbers.
fn take_separator(text: &mut String) -> Option<u8> {
    let line = text.split(['\r', '\n']).next()?;
    let (start, said) = line.trim_matches('"').split_at_checked(SEPARATOR_LINE.len())?;
    let &[separator] = said.as_bytes() else { return None };
    if !start.eq_ignore_ascii_case(SEPARATOR_LINE) || separator.is_ascii_alphanumeric() || separator == b'"' {
        return None;
    }
    let length = line.len();
    text.drain(..length);
    Some(separator)
}

fn best(text: &str, is_known: fn(&str) -> bool) -> Option<(u8, Vec<String>)> {
    best_of(text, &SEPARATORS, is_known)
}

fn best_of(text: &str, separators: &[u8], is_known: fn(&str) -> bool) -> Option<(u8, Vec<String>)> {
    let headers = separators.iter().map(|separator| (*separator, header(text, *separator)));
    let known = |header: &[String]| header.iter().filter(|name| is_known(name)).count();
    let (separator, header) = headers.max_by_key(|(_, header)| (known(header), header.len()))?;
    (header.len() >= FEWEST_COLUMNS && known(&header) > 0).then_some((separator, header))
}

/// The first row's cells, without white space around them.
fn header(text: &str, separator: u8) -> Vec<String> {
    let mut reader = ReaderBuilder::new().has_headers(false).delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(|cell| cell.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// The texts within the quotes, each on the line where it was; of so many rows at most. `None` where a line has more than its
/// one cell.
fn unquoted(text: &str, separator: u8, most: Option<usize>) -> Option<String> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut lines = Lines::of(text.as_bytes());
    let (mut plain, mut line, mut record) = (String::with_capacity(text.len()), 1, ByteRecord::new());
    let mut left = most.unwrap_or(usize::MAX);
    while left > 0 && reader.read_byte_record(&mut record).ok()? {
        left -= 1;
        let is_one = record.iter().skip(1).all(<[u8]>::is_empty);
        let cell = std::str::from_utf8(record.get(0).filter(|_| is_one)?).ok()?;
        let place = lines.at(record.position());
        while line < place {
            plain.push('\n');
            line += 1;
        }
        plain.push_str(cell);
        line += line_ends(cell.as_bytes());
    }
    Some(plain)
}

/// As much of the first line as an error shows.
fn first_line(text: &str) -> String {
    const SHOWN: usize = 80;
    let line = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    let shown: String = line.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect();
    if line.chars().count() > SHOWN { format!("{shown}…") } else { shown }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found(text: &str) -> (char, Vec<String>, String) {
        let Layout { text, separator, header } = Layout::find(text.to_owned(), is_of_products).unwrap();
        (separator.into(), header, text)
    }

    #[test]
    fn commas_semicolons_and_tabs_separate_cells() {
        for separator in [',', ';', '\t'] {
            let text = ["Handle", "Title", "Body, with a comma; and more", "Variant Price"].map(|n| format!("\"{n}\""));
            let text = text.join(&separator.to_string());
            let (found, header, _) = found(&text);
            assert_eq!((found, header.len()), (separator, 4), "{text}");
        }
    }

    #[test]
    fn a_first_line_that_says_the_separator_is_understood_and_lines_keep_their_numbers() {
        for (first, separator) in [("sep=,", ','), ("\"sep=;\"", ';'), ("SEP=|", '|'), ("sep=\t", '\t')] {
            let rows = ["Handle", "Title", "Variant Price"].join(&separator.to_string());
            let (found, header, text) = found(&format!("{first}\r\n{rows}\r\n"));
            assert_eq!((found, header.len(), text), (separator, 3, format!("\r\n{rows}\r\n")), "{first}");
            let file = crate::ProductFile::read(format!("{first}\n{rows}\na{separator}A{separator}1\n").into_bytes()).unwrap();
            assert_eq!(file.products().map(|group| group.rows[0].line).collect::<Vec<_>>(), [3], "{first}");
        }
        let (found, header, _) = found("sep=;\nHandle,Title,Variant Price\n");
        assert_eq!((found, header.len()), (',', 3), "what is said wrongly is found out");
    }

    #[test]
    fn quotes_around_whole_lines_are_taken_off_and_every_line_keeps_its_number() {
        let text = "\"Handle,Title,Variant Price\"\n\n\"a,\"\"One\nTwo\"\",1\"\n\"b,B,2\"\n";
        let (separator, header, plain) = found(text);
        assert_eq!((separator, header.len()), (',', 3));
        assert_eq!(plain.trim_end(), "Handle,Title,Variant Price\n\na,\"One\nTwo\",1\nb,B,2");
    }

    #[test]
    fn separators_behind_the_quotes_of_whole_lines_are_taken_off_too() {
        for (text, separator) in [
            ("\"Handle,Title,Variant Price\";\n\"a,\"\"One\"\",1\";\n", ','),
            ("\"Handle;Title;Variant Price\",,\n\"a;\"\"One\"\";1\",,\n", ';'),
            ("\"Handle\tTitle\tVariant Price\";\n\"a\t\"\"One\"\"\t1\";\n", '\t'),
        ] {
            let (found, header, plain) = found(text);
            let sep = separator.to_string();
            assert_eq!((found, header), (separator, ["Handle", "Title", "Variant Price"].map(str::to_owned).to_vec()), "{text}");
            assert_eq!(plain.trim_end(), format!("Handle{sep}Title{sep}Variant Price\na{sep}\"One\"{sep}1"), "{text}");
        }
    }

    #[test]
    fn a_file_without_a_known_column_is_refused_with_what_its_first_line_is() {
        for text in ["Just words\nand more", "\"Just words\"", "", "a,b,c\n1,2,3"] {
            let error = Layout::find(text.to_owned(), is_of_products).unwrap_err().to_string();
            assert!(error.contains(&first_line(text)) && error.contains("expected"), "{error}");
        }
    }
}
