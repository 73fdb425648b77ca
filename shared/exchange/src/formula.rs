//! Cells that a spreadsheet would run as a formula stand behind an apostrophe in exports, and lose it again when they are read
//! (OWASP, CSV injection).

/// What spreadsheets begin a formula with, in full width too.
const STARTS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
const MARK: char = '\'';

/// A cell as it is written. Numbers stay as they are, and so does all that no spreadsheet runs; what has the mark itself gets
/// another one.
pub fn neutral(cell: &str) -> String {
    if would_run(cell) && !is_number(cell) { format!("{MARK}{cell}") } else { cell.to_owned() }
}

/// A cell that [`neutral`] wrote, as it was.
pub fn plain(cell: &str) -> &str {
    cell.strip_prefix(MARK).filter(|rest| would_run(rest)).unwrap_or(cell)
}

/// Whether something that begins a formula comes first, marks aside.
fn would_run(cell: &str) -> bool {
    cell.trim_start_matches(MARK).starts_with(STARTS)
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_marked_and_read_back_as_it_was() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-cheap", "'-cheap"),
            ("@home", "'@home"),
            ("＝1+1", "'＝1+1"),
            ("＠home", "'＠home"),
            ("'=1", "''=1"),
            ("''-x", "'''-x"),
            ("-3", "-3"),
            ("-3.50", "-3.50"),
            ("'77", "'77"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!((neutral(cell).as_str(), plain(written)), (written, cell));
        }
    }
}
