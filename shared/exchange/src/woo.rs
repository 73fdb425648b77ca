//! `WooCommerce`'s product export: its rows as rows of the columns that are understood here.
//!
//! A product of variants is a row of type `variable` and rows of type `variation` that name it. What one row says in a list here
//! (categories, pictures) is spread over cells and rows there. Only columns that the file has are said there.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use crate::{Remark, Row, column::Column};
use csv::ByteRecord;
use domain::{
    catalogue::{MAX_OPTIONS, grams},
    text::one_line,
};
use std::collections::{BTreeMap, HashMap};

/// Attributes that a row may name.
const ATTRIBUTES: std::ops::RangeInclusive<u8> = 1..=20;
/// Units that the heading of the weight may name, and how they are written here.
const WEIGHTS: [(&str, &str); 4] = [("weight (kg)", "kg"), ("weight (g)", "g"), ("weight (lbs)", "lb"), ("weight (oz)", "oz")];
/// Types of what can be sold here.
const TYPES: [&str; 5] = ["simple", "variable", "variation", "virtual", "downloadable"];

/// Columns that are read, besides weights and attributes.
const READ: [&str; 25] = [
    "id",
    "type",
    "sku",
    "gtin, upc, ean, or isbn",
    "name",
    "published",
    "is featured?",
    "visibility in catalog",
    "short description",
    "description",
    "date sale price starts",
    "date sale price ends",
    "tax status",
    "tax class",
    "in stock?",
    "stock",
    "backorders allowed?",
    "sale price",
    "regular price",
    "categories",
    "tags",
    "images",
    "parent",
    "brands",
    "cost of goods",
];

/// Columns that nobody reads, with the values that say what the shop does anyway.
const USUAL: [(&str, &[&str]); 5] = [
    ("sold individually?", &["0"]),
    ("allow customer reviews?", &["0", "1"]),
    ("position", &["0"]),
    ("download limit", &["-1", "0"]),
    ("download expiry days", &["-1", "0"]),
];

/// Where each column is, by its name in lower case.
#[derive(Debug)]
pub(crate) struct Woo(HashMap<String, usize>);

/// The rows of a product, understood.
#[derive(Debug, Default)]
pub(crate) struct Translated {
    pub(crate) rows: Vec<Row>,
    pub(crate) remarks: Vec<Remark>,
    /// Why it cannot be sold here.
    pub(crate) refusal: Option<Remark>,
}

/// A row as it is in the file.
struct Line<'a> {
    woo: &'a Woo,
    place: u64,
    record: &'a ByteRecord,
}

impl Woo {
    /// The columns of a header, if it is one of `WooCommerce`'s.
    pub(crate) fn of(header: &[String]) -> Option<Self> {
        let places: HashMap<String, usize> =
            header.iter().enumerate().map(|(place, name)| (name.to_lowercase(), place)).collect();
        ["type", "name", "regular price"].iter().all(|name| places.contains_key(*name)).then_some(Self(places))
    }

    /// A column that is read and stands there twice.
    pub(crate) fn twice(&self, header: &[String]) -> Option<String> {
        let names = header.iter().enumerate().map(|(place, name)| (place, name.to_lowercase()));
        let mut lost = names.filter(|(place, name)| self.0.get(name) != Some(place) && Self::reads(name, ""));
        lost.next().map(|(_, name)| name)
    }

    /// Whether a column is read, or says with this cell what the shop does anyway.
    pub(crate) fn reads(name: &str, cell: &str) -> bool {
        let name = name.to_lowercase();
        let is_attribute = ATTRIBUTES.into_iter().any(|n| {
            [attribute_name(n), attribute_value(n)].contains(&name)
                || [format!("attribute {n} visible"), format!("attribute {n} global")].contains(&name)
        });
        let is_usual = USUAL.iter().any(|(usual, cells)| *usual == name && cells.contains(&cell.trim()));
        is_attribute || is_usual || READ.contains(&name.as_str()) || WEIGHTS.iter().any(|(weight, _)| *weight == name)
    }

    /// What names the product that a row belongs to, the row's title, and, of a product's own row, another name for it.
    pub(crate) fn names(&self, record: &ByteRecord) -> (String, String, Option<String>) {
        let line = Line { woo: self, place: 0, record };
        let (id, sku, title) = (line.cell("id"), line.cell("sku"), line.cell("name"));
        if line.is("variation") {
            return (line.cell("parent"), title, None);
        }
        let id = if id.is_empty() { id } else { format!("id:{id}") };
        match (sku.is_empty(), id.is_empty()) {
            (false, false) => (sku, title, Some(id)),
            (false, true) => (sku, title, None),
            (true, false) => (id, title, None),
            (true, true) => (title.clone(), title, None),
        }
    }

    /// The rows of one product as rows of the columns that are understood here. `today` is written `2026-01-31`.
    pub(crate) fn translate(&self, records: &[(u64, ByteRecord)], today: &str) -> Translated {
        let lines: Vec<Line<'_>> = records.iter().map(|(line, record)| Line { woo: self, place: *line, record }).collect();
        let mut remarks = Vec::new();
        match rows(&lines, today, &mut remarks) {
            Ok(rows) => Translated { rows, remarks, refusal: None },
            Err(refusal) => Translated { rows: Vec::new(), remarks, refusal: Some(refusal) },
        }
    }
}

fn rows(lines: &[Line<'_>], today: &str, remarks: &mut Vec<Remark>) -> Result<Vec<Row>, Remark> {
    let (variations, products): (Vec<&Line<'_>>, Vec<&Line<'_>>) = lines.iter().partition(|line| line.is("variation"));
    let Some((product, others)) = products.split_first() else {
        let line = lines.first().map_or(0, |line| line.place);
        return Err(Remark::new(line, "the product that this variation belongs to is not in the file"));
    };
    if let Some(other) = others.first() {
        let text = format!("another product has the same SKU or, without one, the same name: see line {}", product.place);
        return Err(Remark::new(other.place, text));
    }
    if let Some(kind) = lines.iter().find_map(Line::foreign_type) {
        return Err(Remark::new(product.place, format!("a product of type “{kind}” cannot be sold here")));
    }
    let mut first = product.row();
    product.describe(&mut first, remarks);
    let names = product.option_names(&variations, remarks);
    if names.len() > MAX_OPTIONS {
        let (count, names) = (names.len(), names.join(", "));
        let text = format!("it has {count} options (“{names}”), and a product has at most {MAX_OPTIONS}");
        return Err(Remark::new(product.place, text));
    }
    for (place, name) in (0..).zip(&names) {
        first.set(Column::OptionName(place), name.clone());
    }
    if variations.is_empty() && !product.is("variable") {
        product.sell(&mut first, product, today, remarks);
    } else {
        product.remark_of_variations(&variations, remarks);
    }
    let mut rows = vec![first];
    for variation in variations {
        rows.push(variation.variant(product, &names, today, remarks)?);
    }
    rows.extend(product.pictures());
    Ok(rows)
}

impl Line<'_> {
    fn has(&self, name: &str) -> bool {
        self.woo.0.contains_key(name)
    }

    fn cell(&self, name: &str) -> String {
        let cell = self.woo.0.get(name).and_then(|place| self.record.get(*place)).unwrap_or_default();
        crate::file::text_of(cell)
    }

    /// A list with commas between its entries; one within an entry has a backslash before it.
    fn list(&self, name: &str) -> Vec<String> {
        let text = self.cell(name).replace("\\,", "\u{1}");
        let entries = text.split(',').map(|entry| one_line(&entry.replace('\u{1}', ",")));
        entries.filter(|entry| !entry.is_empty()).collect()
    }

    /// Whether it has a type, among others such as `virtual`.
    fn is(&self, kind: &str) -> bool {
        self.list("type").iter().any(|own| own.eq_ignore_ascii_case(kind))
    }

    /// A type that is none of those that can be sold here.
    fn foreign_type(&self) -> Option<String> {
        self.list("type").into_iter().find(|kind| !TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known)))
    }

    /// The attributes that have a value: their names and values.
    fn attributes(&self) -> Vec<(String, String)> {
        let named = ATTRIBUTES.map(|n| (one_line(&self.cell(&attribute_name(n))), self.cell(&attribute_value(n))));
        named.filter(|(name, value)| !name.is_empty() && !value.is_empty()).collect()
    }

    fn attribute(&self, name: &str) -> Option<String> {
        let found = self.attributes().into_iter().find(|(own, _)| own.to_lowercase() == name.to_lowercase());
        found.map(|(_, value)| one_line(&value.replace("\\,", ",")))
    }

    fn row(&self) -> Row {
        Row { line: self.place, cells: BTreeMap::new() }
    }

    /// What is said of the product as a whole.
    fn describe(&self, row: &mut Row, remarks: &mut Vec<Remark>) {
        let mut remark = |text: String| remarks.push(Remark::new(self.place, text));
        row.set(Column::Title, self.cell("name"));
        if self.has("description") || self.has("short description") {
            // Line breaks are written as a backslash and an n.
            let texts = ["short description", "description"].map(|name| self.cell(name).replace("\\n", "\n"));
            row.set(Column::Description, texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n"));
        }
        if self.has("brands") {
            let brands = self.list("brands");
            row.set(Column::Vendor, brands.first().cloned().unwrap_or_default());
            if let Some((_, others)) = brands.split_first().filter(|(_, others)| !others.is_empty()) {
                remark(format!("a product has one brand; left out: “{}”", others.join(", ")));
            }
        }
        if self.has("is featured?") {
            row.set(Column::Featured, self.cell("is featured?"));
        }
        let visibility = self.cell("visibility in catalog").to_lowercase();
        let is_visible = ["", "1"].contains(&self.cell("published").as_str()) && visibility != "hidden";
        if self.has("published") || self.has("visibility in catalog") {
            row.set(Column::Published, is_visible.to_string());
        }
        if is_visible && ["catalog", "search"].contains(&visibility.as_str()) {
            remark(format!("it is shown everywhere, not in the {visibility} alone"));
        }
        for kind in ["virtual", "downloadable"].into_iter().filter(|kind| self.is(kind)) {
            remark(format!("it is {kind} no more: it is delivered like all others"));
        }
        self.classify(row, remarks);
    }

    /// A product is in one category; the others it keeps as tags.
    fn classify(&self, row: &mut Row, remarks: &mut Vec<Remark>) {
        let (mut categories, mut tags) = (self.list("categories"), self.list("tags"));
        // Above another one that it is in, a category says nothing more.
        let all = categories.clone();
        categories.retain(|path| !all.iter().any(|other| is_above(path, other)));
        let (first, others) = categories.split_first().map_or((String::new(), &[] as &[String]), |(a, b)| (a.clone(), b));
        if !others.is_empty() {
            let text = format!("it is in the category “{first}”; the others become tags: “{}”", others.join(", "));
            remarks.push(Remark::new(self.place, text));
        }
        let leaves = others.iter().filter_map(|path| path.rsplit('>').next()).map(one_line);
        tags.extend(leaves.filter(|leaf| !tags.contains(leaf)).collect::<Vec<_>>());
        if let Some(tag) = tags.iter().find(|tag| tag.contains(',')) {
            remarks.push(Remark::new(self.place, format!("the tag “{tag}” becomes several: tags have no commas here")));
        }
        if self.has("categories") {
            row.set(Column::Category, first);
        }
        if self.has("tags") || !others.is_empty() {
            row.set(Column::Tags, tags.join(", "));
        }
    }

    /// The attributes that tell the variations apart. What others say is left out.
    fn option_names(&self, variations: &[&Line<'_>], remarks: &mut Vec<Remark>) -> Vec<String> {
        let is_option = |name: &str| variations.iter().any(|line| line.attribute(name).is_some());
        let (options, others): (Vec<_>, Vec<_>) = self.attributes().into_iter().partition(|(name, _)| is_option(name));
        for (name, values) in others {
            remarks.push(Remark::new(self.place, format!("the attribute “{name}: {values}” is left out")));
        }
        let mut names: Vec<String> = options.into_iter().map(|(name, _)| name).collect();
        for (name, _) in variations.iter().flat_map(|line| line.attributes()) {
            if !names.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
                names.push(name);
            }
        }
        names
    }

    /// A variation of the product.
    fn variant(&self, product: &Self, names: &[String], today: &str, remarks: &mut Vec<Remark>) -> Result<Row, Remark> {
        let mut row = self.row();
        self.sell(&mut row, product, today, remarks);
        for (place, name) in (0..).zip(names) {
            let any = || format!("the variation is for any “{name}”: give it one, and each other its own variation");
            row.set(Column::OptionValue(place), self.attribute(name).ok_or_else(|| Remark::new(self.place, any()))?);
        }
        if self.has("images") {
            row.set(Column::VariantImage, self.list("images").first().cloned().unwrap_or_default());
        }
        if self.has("published") {
            row.set(Column::Available, (self.cell("published") == "1").to_string());
        }
        self.remark_of_product(product, remarks);
        Ok(row)
    }

    /// What a variation says of itself and only a product can say here.
    fn remark_of_product(&self, product: &Self, remarks: &mut Vec<Remark>) {
        const OF_THE_PRODUCT: [&str; 7] =
            ["short description", "description", "categories", "tags", "brands", "is featured?", "visibility in catalog"];
        for name in OF_THE_PRODUCT {
            let cell = self.cell(name);
            if !["", "0", "visible"].contains(&cell.as_str()) && cell != product.cell(name) {
                let text = format!("a variation has no “{name}” of its own here: it is left out");
                remarks.push(Remark::new(self.place, text));
            }
        }
        if let Some(others) = self.list("images").get(1..).filter(|others| !others.is_empty()) {
            let text = format!("a variation has one picture here; left out: “{}”", others.join(", "));
            remarks.push(Remark::new(self.place, text));
        }
    }

    /// What a product says that its variations say for themselves here.
    fn remark_of_variations(&self, variations: &[&Line<'_>], remarks: &mut Vec<Remark>) {
        let is_shared = variations.iter().any(|line| line.cell("stock").eq_ignore_ascii_case("parent"));
        for name in ["gtin, upc, ean, or isbn", "regular price", "sale price", "stock", "cost of goods"] {
            let cell = self.cell(name);
            let is_left_out = name != "stock" || !is_shared;
            if !cell.is_empty() && is_left_out {
                let text = format!("“{name}” of a product with variations is “{cell}” and is left out: each says its own");
                remarks.push(Remark::new(self.place, text));
            }
        }
    }

    /// What is said of what is bought; the product says it where a variation does not.
    fn sell(&self, row: &mut Row, product: &Self, today: &str, remarks: &mut Vec<Remark>) {
        let own_or_product = |name: &str| Some(self.cell(name)).filter(|c| !c.is_empty()).unwrap_or_else(|| product.cell(name));
        for (name, column) in
            [("sku", Column::Sku), ("gtin, upc, ean, or isbn", Column::Barcode), ("cost of goods", Column::Cost)]
        {
            if self.has(name) {
                row.set(column, self.cell(name));
            }
        }
        for (name, unit) in WEIGHTS.into_iter().filter(|(name, _)| self.has(name)) {
            let typed = own_or_product(name);
            // What cannot be read is refused by its text.
            let weight = grams(&format!("{typed} {unit}")).ok().filter(|_| !typed.is_empty());
            row.set(Column::Grams, weight.map_or(typed, |grams| grams.unwrap_or(0).to_string()));
        }
        self.price(row, today, remarks);
        self.stock(row, product, remarks);
        if self.has("tax status") || self.has("tax class") {
            let class = own_or_product("tax class").to_lowercase();
            let class = if class == "parent" { product.cell("tax class").to_lowercase() } else { class };
            let is_taxed = ["", "taxable"].contains(&own_or_product("tax status").to_lowercase().as_str());
            let found = match class.as_str() {
                _ if !is_taxed => "zero",
                "zero-rate" => "zero",
                "reduced-rate" => "reduced",
                _ => "standard",
            };
            if found == "standard" && !["", "standard"].contains(&class.as_str()) {
                remarks.push(Remark::new(self.place, format!("the tax class “{class}” becomes standard")));
            }
            row.set(Column::TaxClass, found.to_owned());
        }
    }

    /// A sale is a price with the regular one before it. It does not begin or end by itself here.
    fn price(&self, row: &mut Row, today: &str, remarks: &mut Vec<Remark>) {
        let (regular, sale) = (self.cell("regular price"), self.cell("sale price"));
        let [start, end] = ["date sale price starts", "date sale price ends"].map(|name| self.cell(name));
        let day = |moment: &str| moment.chars().take(today.len()).collect::<String>();
        let is_later = !start.is_empty() && day(&start).as_str() > today;
        let is_over = !end.is_empty() && day(&end).as_str() < today;
        let is_on_sale = !sale.is_empty() && !is_later && !is_over;
        let mut remark = |text: String| remarks.push(Remark::new(self.place, text));
        if !sale.is_empty() && is_later {
            remark(format!("the sale price {sale} from {start} on is left out"));
        } else if is_on_sale && !end.is_empty() {
            remark(format!("the sale price {sale} does not end on {end} by itself"));
        }
        row.set(Column::Price, if is_on_sale { sale } else { regular.clone() });
        row.set(Column::CompareAt, if is_on_sale { regular } else { String::new() });
    }

    /// Stock that is managed is a number; else it is there, or not.
    fn stock(&self, row: &mut Row, product: &Self, remarks: &mut Vec<Remark>) {
        if !self.has("stock") && !self.has("in stock?") {
            return;
        }
        let (mut stock, mut backorders) = (self.cell("stock"), self.cell("backorders allowed?"));
        if stock.eq_ignore_ascii_case("parent") {
            (stock, backorders) = (product.cell("stock"), product.cell("backorders allowed?"));
            let text = format!("the variations shared a stock of {stock}; each is counted by itself now, from that number");
            remarks.push(Remark::new(self.place, text));
        }
        let is_there = self.cell("in stock?").to_lowercase();
        let (tracker, quantity, is_sold_on) = match (stock.is_empty(), is_there.as_str()) {
            (false, _) => ("shopify", stock, ["1", "yes", "notify"].contains(&backorders.to_lowercase().as_str())),
            (true, "0" | "no") => ("shopify", "0".to_owned(), false),
            (true, "backorder") => ("shopify", "0".to_owned(), true),
            (true, _) => ("", "0".to_owned(), false),
        };
        row.set(Column::Tracker, tracker.to_owned());
        row.set(Column::Quantity, quantity);
        if self.has("backorders allowed?") || is_sold_on {
            row.set(Column::Policy, if is_sold_on { "continue" } else { "deny" }.to_owned());
        }
    }

    /// A row for each picture of the product.
    fn pictures(&self) -> Vec<Row> {
        let row = |(place, address): (usize, String)| {
            let mut row = self.row();
            row.set(Column::Image, address);
            row.set(Column::Position, (place + 1).to_string());
            row
        };
        self.list("images").into_iter().enumerate().map(row).collect()
    }
}

/// Whether the category of one path is above that of another.
fn is_above(path: &str, other: &str) -> bool {
    let names = |path: &str| path.split('>').map(|name| one_line(name).to_lowercase()).collect::<Vec<_>>();
    let (path, other) = (names(path), names(other));
    other.len() > path.len() && other.starts_with(&path)
}

fn attribute_name(number: u8) -> String {
    format!("attribute {number} name")
}

fn attribute_value(number: u8) -> String {
    format!("attribute {number} value(s)")
}
