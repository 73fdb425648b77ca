//! A small file that says which category of this shop stands for which of a product file.

use crate::{
    CategoryPath, FileError, ListedCategory, Remark,
    encoding::{Decoded, decode},
    file::{FOREIGN, Lines, ends_in_quotes, offset, reader, text_of},
    layout::Layout,
};
use csv::ByteRecord;
use domain::text::Name;
use std::collections::{HashMap, HashSet};

/// As many bytes as the file may have.
const MOST_BYTES: usize = 4 * 1024 * 1024;
const FROM: &str = "from";
const TO: &str = "to";

/// Why a map cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// It is no text.
    #[error(transparent)]
    File(FileError),
    /// Over 4 MB.
    #[error("has {0} bytes; a map of categories has at most {MOST_BYTES}")]
    TooLarge(usize),
    /// The columns are not there, or one is there twice.
    #[error("is no map of categories: its first line is “{found}”; expected one column “from” and one “to”")]
    NoColumns {
        /// The first line.
        found: String,
    },
    /// A row that says nothing, or something else than another.
    #[error("line {line}: {why}")]
    Row {
        /// Where it begins.
        line: u64,
        /// In a few words.
        why: String,
    },
}

/// Categories of a product file, and those of this shop that stand for them.
#[derive(Debug, Clone, Default)]
pub struct CategoryMap(HashMap<String, Entry>);

#[derive(Debug, Clone)]
struct Entry {
    line: u64,
    from: String,
    to: CategoryPath,
    is_used: bool,
}

/// What stands for a category of a product file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// Where it is in this shop.
    pub path: CategoryPath,
    /// Whether the map names a category above it, and it moves along with that.
    pub moves_along: bool,
}

impl CategoryMap {
    /// Reads a CSV file with the columns `from` and `to`, in any encoding that product files have.
    ///
    /// # Errors
    ///
    /// The `MapError` of the first thing that is wrong.
    pub fn read(bytes: Vec<u8>) -> Result<Self, MapError> {
        if bytes.len() > MOST_BYTES {
            return Err(MapError::TooLarge(bytes.len()));
        }
        let Decoded { text, .. } = decode(bytes).map_err(MapError::File)?;
        let layout = Layout::find(text, is_column).map_err(|error| match error {
            FileError::NoColumns { found } => MapError::NoColumns { found },
            error => MapError::File(error),
        })?;
        let mut map = Self::default();
        let (mut reader, mut lines) =
            (reader(layout.separator).from_reader(layout.text.as_bytes()), Lines::of(layout.text.as_bytes()));
        let (mut record, mut is_header) = (ByteRecord::new(), true);
        let [from, to] = [place(&layout.header, FROM)?, place(&layout.header, TO)?];
        while reader.read_byte_record(&mut record).map_err(|error| MapError::File(FileError::Csv(error.to_string())))? {
            let line = lines.at(record.position());
            let bytes = layout.text.as_bytes();
            let [start, end] = [record.position(), Some(reader.position())].map(|position| offset(position, bytes.len()));
            if end == bytes.len() && ends_in_quotes(bytes.get(start..end).unwrap_or_default(), layout.separator) {
                return Err(MapError::Row { line, why: "a quote is not closed".to_owned() });
            }
            if record.iter().skip(layout.header.len()).any(|cell| !cell.is_empty()) {
                return Err(MapError::Row { line, why: "the row has more cells than the first line".to_owned() });
            }
            if !is_header && !record.iter().all(<[u8]>::is_empty) {
                let cells = [from, to].map(|place| record.get(place).map(text_of).unwrap_or_default());
                map.add(line, cells).map_err(|why| MapError::Row { line, why })?;
            }
            is_header = false;
        }
        Ok(map)
    }

    fn add(&mut self, line: u64, [from, to]: [String; 2]) -> Result<(), String> {
        let path = |name: &str, text: &str| {
            if text.contains(FOREIGN) {
                return Err(format!("“{name}” has bytes that are no letters of the file's encoding"));
            }
            text.parse::<CategoryPath>().map_err(|error| format!("“{name}” {error}"))
        };
        let (key, to) = (key(path(FROM, &from)?.names()), path(TO, &to)?);
        if let Some(other) = self.0.get(&key).filter(|other| other.to != to) {
            return Err(format!("“{from}” stands in line {} already, for “{}”", other.line, other.to));
        }
        self.0.entry(key).or_insert(Entry { line, from, to, is_used: false });
        Ok(())
    }

    /// What stands for a category: that of its whole path, or else that of its own name. Where the map names neither, the
    /// category moves along with the nearest one above it that the map names.
    pub fn of(&mut self, path: &CategoryPath) -> Option<Mapped> {
        let names = path.names();
        (1..=names.len()).rev().find_map(|length| {
            let (upper, below) = names.split_at_checked(length)?;
            let keys = [key(upper), key(upper.get(length - 1..)?)];
            let found = keys.into_iter().find(|key| self.0.contains_key(key))?;
            let entry = self.0.get_mut(&found)?;
            let path = entry.to.with(below)?;
            entry.is_used = true;
            Some(Mapped { path, moves_along: !below.is_empty() })
        })
    }

    /// The categories that a file lists, each where it is in this shop. One that another one stands for is left out, and so is
    /// the second of two that come to one place.
    pub fn relist(&mut self, listed: &[ListedCategory]) -> Vec<ListedCategory> {
        let mut moved = HashSet::new();
        let relisted = listed.iter().filter_map(|listed| match self.of(&listed.path) {
            None => Some(listed.clone()),
            Some(Mapped { path, moves_along: true }) if moved.insert(key(path.names())) => {
                Some(ListedCategory { path, parent: None, ..listed.clone() })
            }
            Some(_) => None,
        });
        relisted.collect()
    }

    /// A remark for each row that nothing has asked for, about the product file's header.
    pub fn unused(&self) -> Vec<Remark> {
        let mut unused: Vec<&Entry> = self.0.values().filter(|entry| !entry.is_used).collect();
        unused.sort_by_key(|entry| entry.line);
        let text =
            |entry: &Entry| format!("the file has no category “{}”, which is in line {} of the map", entry.from, entry.line);
        unused.into_iter().map(|entry| Remark::new(1, text(entry))).collect()
    }
}

fn is_column(name: &str) -> bool {
    [FROM, TO].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn place(header: &[String], name: &str) -> Result<usize, MapError> {
    let mut places = header.iter().enumerate().filter(|(_, found)| found.eq_ignore_ascii_case(name));
    match (places.next(), places.next()) {
        (Some((place, _)), None) => Ok(place),
        _ => Err(MapError::NoColumns { found: header.join(", ").chars().take(80).collect() }),
    }
}

/// A path as it is compared. A tag may have what separates names within one.
fn key(names: &[Name]) -> String {
    names.iter().map(|name| name.as_str().to_lowercase()).collect::<Vec<_>>().join(" > ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CategoryMap, String> {
        CategoryMap::read(text.as_bytes().to_vec()).map_err(|error| error.to_string())
    }

    fn path(text: &str) -> CategoryPath {
        text.parse().unwrap()
    }

    #[test]
    fn a_whole_path_comes_before_a_name_whatever_the_case_and_spaces() {
        let mut map = read("To;FROM\nClothing > Boots; boots \nFor men;MEN>Boots\n\n;;\nTags;a \\> b\n").unwrap();
        for (from, to) in [
            ("Women > BOOTS", Some("Clothing > Boots")),
            ("Boots", Some("Clothing > Boots")),
            ("men > boots", Some("For men")),
            ("Men", None),
            ("A > b", Some("Tags")),
        ] {
            assert_eq!(map.of(&path(from)).map(|mapped| mapped.path), to.map(path), "{from}");
        }
        assert_eq!(map.of(&CategoryPath::at_top("A > B".parse().unwrap())).unwrap().path, path("Tags"));
    }

    #[test]
    fn a_category_moves_along_with_the_nearest_one_above_that_the_map_names() {
        let mut map = read("from,to\nClothing,Apparel\nClothing > Shoes,Footwear > All\nHats,Hats\n").unwrap();
        for (from, to, moves_along) in [
            ("Clothing", "Apparel", false),
            ("Clothing > Shirts > Polo", "Apparel > Shirts > Polo", true),
            ("clothing > shoes > Boots", "Footwear > All > Boots", true),
            ("Men > Hats > Caps", "Hats > Caps", true),
        ] {
            assert_eq!(map.of(&path(from)), Some(Mapped { path: path(to), moves_along }), "{from}");
        }
        assert_eq!(map.of(&path("Men > Shoes")), None);
        let deep = path(&format!("Clothing > {}", vec!["a"; 89].join(" > ")));
        assert_eq!(map.of(&deep).unwrap().path.names().len(), 90);
        let mut deeper = read("from,to\nClothing,A > B\n").unwrap();
        assert_eq!(deeper.of(&deep), None, "a path of 91 names is none");
    }

    #[test]
    fn listed_categories_move_along_once_and_those_that_others_stand_for_are_left_out() {
        let mut map = read("from,to\nClothing,Apparel\nWear,Apparel\n").unwrap();
        let listed = |text: &str, slug: &str| ListedCategory {
            line: 2,
            path: path(text),
            slug: slug.parse().unwrap(),
            parent: Some("above".parse().unwrap()),
            description: Some("Said".to_owned()),
            image: None,
            position: Some(3),
            old_addresses: Vec::new(),
        };
        let all = [
            listed("Clothing", "clothing"),
            listed("Clothing > Shirts", "shirts"),
            listed("Wear > shirts", "shirts-2"),
            listed("Toys", "toys"),
        ];
        let moved = ListedCategory { parent: None, ..listed("Apparel > Shirts", "shirts") };
        assert_eq!(map.relist(&all), [moved, listed("Toys", "toys")]);
        assert_eq!(map.unused(), []);
    }

    #[test]
    fn rows_that_nothing_asked_for_are_remarked() {
        let mut map = read("from,to\na,X\nb,Y\nc,Z\n").unwrap();
        map.of(&path("b"));
        let remarks: Vec<_> = map.unused().into_iter().map(|remark| remark.text).collect();
        let text = |name: &str, line: u64| format!("the file has no category “{name}”, which is in line {line} of the map");
        assert_eq!(remarks, [text("a", 2), text("c", 4)]);
    }

    #[test]
    fn what_is_no_map_is_refused_with_its_line() {
        for (text, why) in [
            ("from,to\n,X\n", "line 2: “from” must not be empty"),
            ("from,to\na,X\n\nb,\n", "line 4: “to” must not be empty"),
            ("from,to\nb\n", "line 2: “to” must not be empty"),
            ("from,to\nBoots,Clothing, Boots\n", "line 2: the row has more cells than the first line"),
            ("from,to\na,X\nA,Y\n", "line 3: “A” stands in line 2 already, for “X”"),
            ("from,to\na,X\nb,\"Y\nc,Z\n", "line 3: a quote is not closed"),
            ("from,from,to\na,b,c\n", "is no map of categories: its first line is “from, from, to”"),
            ("from,too\na,b\n", "is no map of categories"),
            ("name,path\na,b\n", "is no map of categories: its first line is “name,path”"),
            ("", "is empty"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
        assert!(read(&"x".repeat(MOST_BYTES + 1)).unwrap_err().contains("at most"));
    }
}
