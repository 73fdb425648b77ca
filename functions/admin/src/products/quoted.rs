//! Lists in one line of text. An entry that has the separator in it stands in quotation marks; one inside those is written twice.

/// An entry as it stands in a list whose separator has `mark` in it.
pub(super) fn of(entry: &str, mark: &str) -> String {
    if entry.contains(mark) || entry.contains('"') { format!("\"{}\"", entry.replace('"', "\"\"")) } else { entry.to_owned() }
}

/// The entries as they stand, white space around them aside. A separator inside quotation marks is none.
pub(super) fn split<'a>(list: &'a str, separator: &str) -> Vec<&'a str> {
    let mut entries = Vec::new();
    let (mut start, mut is_quoted) = (0, false);
    let mut at = 0;
    while let Some(next) = list.get(at..).and_then(|rest| rest.chars().next()) {
        let entry = list.get(start..at).unwrap_or_default().trim_start();
        // Elsewhere a quotation mark is text, such as that of inches.
        if next == '"' && (entry.is_empty() || entry.starts_with('"')) {
            is_quoted = !is_quoted;
        } else if !is_quoted && list.get(at..).is_some_and(|rest| rest.starts_with(separator)) {
            entries.extend(list.get(start..at).map(str::trim));
            at += separator.len();
            start = at;
            continue;
        }
        at += next.len_utf8();
    }
    entries.extend(list.get(start..).map(str::trim));
    entries
}

/// An entry without its quotation marks.
pub(super) fn plain(entry: &str) -> String {
    let inside = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.map_or_else(|| entry.to_owned(), |inside| inside.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written_whatever_stands_in_it() {
        for separator in [", ", " / ", ": "] {
            let mark = separator.trim();
            for entries in
                [vec!["S", "M"], vec!["1, 2", "3"], vec!["a / b", "c/d"], vec!["12\" wide", "x: y"], vec!["\"", "\"a\", b"]]
            {
                let list = entries.iter().map(|entry| of(entry, mark)).collect::<Vec<_>>().join(separator);
                let found: Vec<String> = split(&list, separator).into_iter().map(plain).collect();
                assert_eq!(found, entries, "{list}");
            }
        }
    }

    #[test]
    fn inches_and_half_open_quotations_are_text() {
        assert_eq!(split("12\" / 14\"", " / "), ["12\"", "14\""]);
        assert_eq!(split("\"open / still", " / "), ["\"open / still"]);
    }
}
