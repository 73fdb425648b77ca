//! The shop's categories as its exports list them: JSON in the cells of a column of their own, a few in each row.

use crate::{CategoryPath, Remark};
use domain::{
    catalogue::{Category, CategoryTree, LONGEST_CATEGORY_DESCRIPTION},
    text::{Slug, free_text},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Categories of a file at most, those that cannot be understood among them.
const MOST_CATEGORIES: usize = 20_000;
/// Characters of a cell with several categories at most. Spreadsheets keep 32,767 of a cell.
const LONGEST_CELL: usize = 30_000;

/// A category as a file lists it. What the file does not say stays as it is in the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCategory {
    /// Where it stands.
    pub line: u64,
    /// Its name and those of all above it.
    pub path: CategoryPath,
    /// Its page's address. No two of a file have the same.
    pub slug: Slug,
    /// The address of the category above, which tells two of one name apart.
    pub parent: Option<Slug>,
    /// Plain text.
    pub description: Option<String>,
    /// The address of its picture; empty where it has none.
    pub image: Option<String>,
    /// Its place among its siblings.
    pub position: Option<u32>,
    /// Addresses that lead to it.
    pub old_addresses: Vec<Slug>,
}

/// The same in JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: Vec<String>,
    slug: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    image: Option<String>,
    #[serde(default)]
    position: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    old_addresses: Vec<String>,
    /// What nobody reads.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// All categories as cells, spread evenly over so many rows. There are more cells than rows only where those would get too long.
/// `old_addresses` are those that lead to each address.
pub fn category_cells(tree: &CategoryTree, old_addresses: &BTreeMap<Slug, Vec<Slug>>, rows: usize) -> Vec<String> {
    let entry = |category: &Category| {
        let old = old_addresses.get(&category.slug).into_iter().flatten().map(Slug::to_string).collect();
        serde_json::to_string(&Entry { old_addresses: old, ..entry(tree, category) }).ok()
    };
    let entries = in_order(tree).into_iter().filter_map(entry);
    let entries: Vec<String> = entries.collect();
    let share = entries.len().div_ceil(rows.max(1));
    let (mut cells, mut held): (Vec<String>, usize) = (Vec::new(), 0);
    for entry in entries {
        if let Some(cell) = cells.last_mut().filter(|cell| held < share && cell.len() + entry.len() < LONGEST_CELL) {
            cell.push(',');
            cell.push_str(&entry);
            held += 1;
        } else {
            cells.push(entry);
            held = 1;
        }
    }
    cells.into_iter().map(|cell| format!("[{cell}]")).collect()
}

/// Each category before those below it, siblings in the order shown.
fn in_order(tree: &CategoryTree) -> Vec<&Category> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Category> = tree.children(None).collect();
    waiting.reverse();
    while let Some(category) = waiting.pop() {
        found.push(category);
        let below: Vec<&Category> = tree.children(Some(&category.id)).collect();
        waiting.extend(below.into_iter().rev());
    }
    found
}

fn entry(tree: &CategoryTree, category: &Category) -> Entry {
    let path = tree.path(&category.id);
    Entry {
        path: path.iter().map(|category| category.name.to_string()).collect(),
        slug: category.slug.to_string(),
        parent: path.iter().rev().nth(1).map(|parent| parent.slug.to_string()),
        description: Some(category.description.clone()),
        image: Some(category.image.clone().unwrap_or_default()),
        position: Some(category.position),
        old_addresses: Vec::new(),
        rest: BTreeMap::new(),
    }
}

/// The categories that a file lists, so far.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) categories: Vec<ListedCategory>,
    slugs: HashSet<Slug>,
    seen: usize,
}

impl Listing {
    /// Takes in a cell; what cannot be understood is a remark.
    pub(crate) fn read(&mut self, cell: &str, line: u64, remarks: &mut Vec<Remark>) {
        if self.seen > MOST_CATEGORIES {
            return;
        }
        let entries: Vec<Value> = match serde_json::from_str(cell) {
            Ok(entries) => entries,
            Err(error) => {
                return remarks.push(Remark::new(line, format!("the list of categories cannot be read: {error}")));
            }
        };
        for entry in entries {
            self.seen += 1;
            if self.seen > MOST_CATEGORIES {
                let text = format!("a file lists at most {MOST_CATEGORIES} categories: this one and all after it are left out");
                return remarks.push(Remark::new(line, text));
            }
            let entry = serde_json::from_value(entry).map_err(|error| error.to_string());
            let understood = entry.and_then(|entry| understand(entry, line, remarks));
            let taken = understood.and_then(|category| self.add(category));
            if let Err(why) = taken {
                remarks.push(Remark::new(line, format!("a category of the list is left out: {why}")));
            }
        }
    }

    fn add(&mut self, category: ListedCategory) -> Result<(), String> {
        if !self.slugs.insert(category.slug.clone()) {
            return Err(format!("the address “{}” is there twice", category.slug));
        }
        self.categories.push(category);
        Ok(())
    }
}

fn understand(entry: Entry, line: u64, remarks: &mut Vec<Remark>) -> Result<ListedCategory, String> {
    let path = CategoryPath::of_typed(entry.path.into_iter()).map_err(|error| format!("its path {error}"))?;
    let slug = entry.slug.parse().map_err(|error| format!("its address “{}” {error}", entry.slug))?;
    let description = entry.description.map(|typed| {
        let typed = free_text(&typed);
        if typed.chars().count() <= LONGEST_CATEGORY_DESCRIPTION {
            return typed;
        }
        let text = format!("the description of the category “{path}” is cut to {LONGEST_CATEGORY_DESCRIPTION} characters");
        remarks.push(Remark::new(line, text));
        typed.chars().take(LONGEST_CATEGORY_DESCRIPTION).collect()
    });
    for name in entry.rest.keys() {
        remarks.push(Remark::new(line, format!("“{name}” of the category “{path}” is not known here and is left out")));
    }
    let parent = entry.parent.and_then(|parent| {
        let address = parent.parse().ok();
        if address.is_none() {
            let text = format!("the category “{path}” is below “{parent}”, which is no address: it goes by its path");
            remarks.push(Remark::new(line, text));
        }
        address
    });
    let mut old_addresses = Vec::new();
    for typed in entry.old_addresses {
        match typed.parse() {
            Ok(address) => old_addresses.push(address),
            Err(error) => remarks.push(Remark::new(line, format!("the old address “{typed}” {error} and is left out"))),
        }
    }
    let (image, position) = (entry.image, entry.position);
    Ok(ListedCategory { line, path, slug, parent, description, image, position, old_addresses })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::{fmt::Debug, str::FromStr};

    fn parsed<T: FromStr<Err: Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn tree(names: usize, description: &str) -> CategoryTree {
        CategoryTree::new((0..names).map(|number| Category {
            id: parsed(&format!("c{number}")),
            slug: parsed(&format!("slug-{number}")),
            name: parsed("Same name"),
            parent: None,
            description: description.to_owned(),
            image: None,
            position: 7,
            version: 1,
        }))
    }

    fn read(cells: &[String]) -> (Vec<ListedCategory>, Vec<String>) {
        let (mut listing, mut remarks) = (Listing::default(), Vec::new());
        for cell in cells {
            listing.read(cell, 2, &mut remarks);
        }
        (listing.categories, remarks.into_iter().map(|remark| remark.text).collect())
    }

    #[test]
    fn categories_are_spread_over_the_rows_and_no_cell_is_longer_than_a_spreadsheet_keeps() {
        for (categories, rows, cells) in [(0, 3, 0), (2, 3, 2), (3, 3, 3), (7, 3, 3), (7, 0, 1), (100, 1, 7)] {
            let written = category_cells(&tree(categories, &"x".repeat(1_900)), &BTreeMap::new(), rows);
            assert_eq!(written.len(), cells, "{categories} over {rows}");
            assert!(written.iter().all(|cell| cell.chars().count() < 32_767));
            assert_eq!(read(&written).0.len(), categories);
        }
    }

    #[test]
    fn what_is_no_category_is_left_out_with_a_remark_and_the_others_are_taken() {
        let deep = vec!["\"a\""; 91].join(",");
        for (cell, why) in [
            ("[{".to_owned(), "the list of categories cannot be read: EOF"),
            ("[".repeat(1_000_000), "the list of categories cannot be read: "),
            ("[{\"path\":[\"A\"],\"slug\":\"a\",\"position\":-1}]".to_owned(), "is left out: invalid value: integer `-1`"),
            ("[{\"path\":[\"A\"]}]".to_owned(), "is left out: missing field `slug`"),
            ("[7]".to_owned(), "is left out: invalid type: integer `7`"),
            ("[{\"path\":[\"A\"],\"slug\":\"../a\"}]".to_owned(), "its address “../a” may have a-z"),
            ("[{\"path\":[],\"slug\":\"a\"}]".to_owned(), "its path must not be empty"),
            ("[{\"path\":[\"A\",\" \"],\"slug\":\"a\"}]".to_owned(), "its path must not be empty"),
            (format!("[{{\"path\":[{deep}],\"slug\":\"a\"}}]"), "its path has too many names"),
            ("[{\"path\":[\"A\"],\"slug\":\"good\"}]".to_owned(), "the address “good” is there twice"),
        ] {
            let good = "[{\"path\":[\"Good\"],\"slug\":\"good\"}]".to_owned();
            let (found, remarks) = read(&[good, cell]);
            assert_eq!((found.len(), remarks.len()), (1, 1), "{why}");
            assert!(remarks[0].contains(why), "{}", remarks[0]);
        }
    }

    #[test]
    fn no_file_has_more_categories_or_remarks_than_the_most() {
        let bad = format!("[{}]", vec!["{\"path\":[],\"slug\":\"\"}"; MOST_CATEGORIES].join(","));
        let (found, remarks) = read(&[bad.clone(), bad.clone(), bad]);
        assert_eq!((found.len(), remarks.len()), (0, MOST_CATEGORIES + 1));
        assert!(remarks[MOST_CATEGORIES].starts_with("a file lists at most 20000 categories"));
    }

    #[test]
    fn one_category_that_cannot_be_read_does_not_take_the_others_of_its_cell_along() {
        let cell = "[{\"path\":[\"A\"],\"slug\":\"a\"},{\"path\":\"B\",\"slug\":\"b\"},{\"path\":[\"C\"],\"slug\":\"c\"}]";
        let (found, remarks) = read(&[cell.to_owned()]);
        assert_eq!(found.iter().map(|listed| listed.slug.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(remarks.len(), 1, "{remarks:?}");
    }

    #[test]
    fn what_nobody_knows_of_a_category_is_said() {
        let (found, remarks) =
            read(&["[{\"path\":[\"A\"],\"slug\":\"a\",\"parent\":\"no address\",\"colour\":\"red\"}]".to_owned()]);
        assert_eq!(found[0].parent, None);
        let [colour, parent] = remarks.as_slice() else { panic!("{remarks:?}") };
        assert_eq!(colour, "“colour” of the category “A” is not known here and is left out");
        assert_eq!(parent, "the category “A” is below “no address”, which is no address: it goes by its path");
    }

    #[test]
    fn a_long_description_is_cut_and_what_is_not_said_is_not_there() {
        let cell = format!("[{{\"path\":[\"A\"],\"slug\":\"a\",\"description\":\"{}\"}}]", "x".repeat(2_001));
        let (found, remarks) = read(&[cell]);
        assert_eq!(found[0].description.as_ref().map(String::len), Some(2_000));
        assert_eq!((&found[0].image, found[0].position, remarks.len()), (&None, None, 1));
    }
}
