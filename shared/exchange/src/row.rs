use crate::{Remark, column::Column};
use domain::catalogue::Source;
use std::collections::BTreeMap;

/// A row's cells, normalised, without white space around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, from 1, the header's line.
    pub line: u64,
    pub(crate) cells: BTreeMap<Column, String>,
}

impl Row {
    /// Whether the file has such a column and the row goes that far.
    pub fn has(&self, column: Column) -> bool {
        self.cells.contains_key(&column)
    }

    pub(crate) fn set(&mut self, column: Column, text: String) {
        self.cells.insert(column, text);
    }

    /// A cell; empty where the file has no such column.
    pub fn cell(&self, column: Column) -> &str {
        self.cells.get(&column).map_or("", String::as_str)
    }
}

/// The rows of one product, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What names the product, exactly as the file has it.
    pub handle: String,
    /// At least one.
    pub rows: Vec<Row>,
    /// A row of it cannot be read, so that nothing of it may be taken in.
    pub is_damaged: bool,
    /// The shop that wrote the file.
    pub source: Source,
    /// What was put right already.
    pub(crate) remarks: Vec<Remark>,
    /// Why it is nothing that can be sold here.
    pub(crate) refusal: Option<Remark>,
}
