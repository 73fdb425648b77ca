//! `WooCommerce`'s product export: its rows as rows of the columns that are understood here.
//!
//! A product of variants is a row of type `variable` and rows of type `variation` that name it. What one row says in a list here
//! (categories, pictures) is spread over cells and rows there. Only columns that the file has are said there.

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
        return Err(Remark::new(product.place, format!("a product of type {kind} cannot be sold here")));
    }
    let mut first = product.row();
    product.describe(&mut first, remarks);
    let names = product.option_names(&variations, remarks);
    if names.len() > MAX_OPTIONS {
        let text = format!("it has {} options ({}), and a product has at most {MAX_OPTIONS}", names.len(), names.join(", "));
        return Err(Remark::new(product.place, text));
    }
    for (place, name) in (0..).zip(&names) {
        first.set(Column::OptionName(place), name.clone());
    }
    if variations.is_empty() && !product.is("variable") {
        product.sell(&mut first, product, today, remarks);
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
                remark(format!("a product has one brand; left out: {}", others.join(", ")));
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
        let (categories, mut tags) = (self.list("categories"), self.list("tags"));
        let (first, others) = categories.split_first().map_or((String::new(), &[] as &[String]), |(a, b)| (a.clone(), b));
        if !others.is_empty() {
            let text = format!("it is in the category {first}; the others become tags: {}", others.join(", "));
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
            let any = || format!("the variation is for any {name}: give it one, and each other its own variation");
            row.set(Column::OptionValue(place), self.attribute(name).ok_or_else(|| Remark::new(self.place, any()))?);
        }
        if self.has("images") {
            row.set(Column::VariantImage, self.list("images").first().cloned().unwrap_or_default());
        }
        if self.has("published") {
            row.set(Column::Available, (self.cell("published") == "1").to_string());
        }
        if ["description", "short description"].iter().any(|name| !self.cell(name).is_empty()) {
            remarks.push(Remark::new(self.place, "a variation has no description of its own here: it is left out"));
        }
        Ok(row)
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

fn attribute_name(number: u8) -> String {
    format!("attribute {number} name")
}

fn attribute_value(number: u8) -> String {
    format!("attribute {number} value(s)")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::{Draft, ProductFile, Remark, draft};
    use domain::catalogue::{Product, Source, StockPolicy, TaxClass, Variant};

    /// The columns of `WooCommerce` 9, with those of two attributes.
    const HEADER: &str = "ID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Is featured?\",\"Visibility in catalog\",\
        \"Short description\",Description,\"Date sale price starts\",\"Date sale price ends\",\"Tax status\",\"Tax class\",\
        \"In stock?\",Stock,\"Low stock amount\",\"Backorders allowed?\",\"Sold individually?\",\"Weight (kg)\",\
        \"Allow customer reviews?\",\"Sale price\",\"Regular price\",Categories,Tags,Images,Parent,Upsells,Brands,\
        \"Attribute 1 name\",\"Attribute 1 value(s)\",\"Attribute 1 visible\",\"Attribute 1 global\",\
        \"Attribute 2 name\",\"Attribute 2 value(s)\"";

    /// A row of the cells that are named, the others empty.
    fn row(cells: &[(&str, &str)]) -> String {
        let mut reader = csv::ReaderBuilder::new().from_reader(HEADER.as_bytes());
        let cell = |name: &str| cells.iter().find(|(own, _)| *own == name).map_or("", |(_, cell)| cell);
        let quoted = reader.headers().unwrap().iter().map(|name| format!("\"{}\"", cell(name).replace('"', "\"\"")));
        quoted.collect::<Vec<_>>().join(",")
    }

    fn simple<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let plain = [
            ("ID", "7"),
            ("Type", "simple"),
            ("SKU", "MUG"),
            ("Name", "Mug"),
            ("Published", "1"),
            ("Visibility in catalog", "visible"),
            ("Tax status", "taxable"),
            ("In stock?", "1"),
            ("Regular price", "7.50"),
        ];
        more.iter().copied().chain(plain).collect()
    }

    type Drafts = Vec<Result<Draft, Vec<Remark>>>;

    fn read(rows: &[String]) -> (ProductFile, Drafts, Vec<String>) {
        let file = ProductFile::read(format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()).unwrap();
        let mut remarks = Vec::new();
        let drafts = file.products().map(|group| draft(&group, "EUR".parse().unwrap(), &mut remarks)).collect();
        (file, drafts, remarks.into_iter().map(|remark| remark.text).collect())
    }

    fn one(more: &[(&str, &str)]) -> (Draft, Vec<String>) {
        let (_, mut drafts, remarks) = read(&[row(&simple(more))]);
        (drafts.remove(0).unwrap(), remarks)
    }

    fn variant(more: &[(&str, &str)]) -> Variant {
        one(more).0.variants.remove(0)
    }

    #[test]
    fn a_simple_product_is_taken_in_with_all_that_is_said_of_it() {
        let (draft, remarks) = one(&[
            ("GTIN, UPC, EAN, or ISBN", "4006381333931"),
            ("Is featured?", "1"),
            ("Short description", "Short."),
            ("Description", "Long,\\n in two lines."),
            ("Weight (kg)", "0.35"),
            ("Categories", "Kitchen > Cups\\, mugs, Gifts > Small"),
            ("Tags", "blue, round"),
            ("Images", "https://old.example/a.jpg, https://old.example/b.jpg"),
            ("Brands", "Potter"),
            ("Attribute 1 name", "Glaze"),
            ("Attribute 1 value(s)", "Matt"),
            ("Upsells", "9"),
        ]);
        let variant = &draft.variants[0];
        assert_eq!((draft.handle.as_str(), draft.source, draft.slug.as_str()), ("MUG", Source::WooCommerce, "mug"));
        assert_eq!((draft.name.as_str(), draft.vendor.as_deref(), draft.featured), ("Mug", Some("Potter"), true));
        assert!(draft.description.contains("Short.") && draft.description.contains("Long,\n in two lines."));
        assert_eq!(
            (draft.category.to_string().as_str(), draft.tags.join("|").as_str()),
            ("Kitchen > Cups, mugs", "blue|round|Small")
        );
        assert_eq!((variant.weight_grams, variant.price.to_string().as_str()), (Some(350), "7.50"));
        assert_eq!(variant.barcode, "4006381333931".parse().ok());
        let pictures: Vec<&str> = draft.pictures.iter().map(|picture| picture.address.as_str()).collect();
        assert_eq!(pictures, ["https://old.example/a.jpg", "https://old.example/b.jpg"]);
        let said = ["the others become tags: Gifts > Small", "the attribute “Glaze: Matt” is left out"];
        assert!(remarks.len() == 2 && said.iter().zip(&remarks).all(|(words, remark)| remark.contains(words)), "{remarks:?}");
        let (file, _, _) = read(&[row(&simple(&[("Upsells", "9"), ("Sold individually?", "0")]))]);
        assert_eq!(file.unread.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["Upsells"]);
    }

    #[test]
    fn stock_is_counted_where_it_is_managed_and_else_there_or_not() {
        for (cells, policy, stock) in [
            ([("In stock?", "1"), ("Stock", "4"), ("Backorders allowed?", "0")], StockPolicy::Track, 4),
            ([("In stock?", "1"), ("Stock", "4"), ("Backorders allowed?", "notify")], StockPolicy::SellWhenOut, 4),
            ([("In stock?", "1"), ("Stock", ""), ("Backorders allowed?", "0")], StockPolicy::Untracked, 0),
            ([("In stock?", "0"), ("Stock", ""), ("Backorders allowed?", "0")], StockPolicy::Track, 0),
            ([("In stock?", "backorder"), ("Stock", ""), ("Backorders allowed?", "0")], StockPolicy::SellWhenOut, 0),
        ] {
            let found = variant(&cells);
            assert_eq!((found.stock_policy, found.stock), (policy, stock), "{cells:?}");
        }
    }

    #[test]
    fn a_sale_is_a_price_with_the_regular_one_before_it_unless_it_begins_later() {
        let prices = |more: &[(&str, &str)]| {
            let (draft, remarks) = one(more);
            let variant = &draft.variants[0];
            (variant.price.to_string(), variant.compare_at.map(|before| before.to_string()), remarks.len())
        };
        assert_eq!(prices(&[]), ("7.50".to_owned(), None, 0));
        assert_eq!(prices(&[("Sale price", "5")]), ("5.00".to_owned(), Some("7.50".to_owned()), 0));
        let ends = [("Sale price", "5"), ("Date sale price ends", "2130-01-01")];
        assert_eq!(prices(&ends), ("5.00".to_owned(), Some("7.50".to_owned()), 1));
        let starts = [("Sale price", "5"), ("Date sale price starts", "2130-01-01")];
        assert_eq!(prices(&starts), ("7.50".to_owned(), None, 1));
        let over = [("Sale price", "5"), ("Date sale price ends", "2020-01-01 23:59:59")];
        assert_eq!(prices(&over), ("7.50".to_owned(), None, 0));
        let runs = [("Sale price", "5"), ("Date sale price starts", "2020-01-01"), ("Date sale price ends", "2130-01-01")];
        assert_eq!(prices(&runs), ("5.00".to_owned(), Some("7.50".to_owned()), 1));
    }

    #[test]
    fn taxes_follow_status_and_class() {
        for (cells, class) in [
            ([("Tax status", "taxable"), ("Tax class", "")], TaxClass::Standard),
            ([("Tax status", "taxable"), ("Tax class", "reduced-rate")], TaxClass::Reduced),
            ([("Tax status", "taxable"), ("Tax class", "zero-rate")], TaxClass::Zero),
            ([("Tax status", "none"), ("Tax class", "")], TaxClass::Zero),
        ] {
            assert_eq!(variant(&cells).tax_class, class, "{cells:?}");
        }
        let (_, remarks) = one(&[("Tax class", "luxury")]);
        assert_eq!(remarks, ["the tax class “luxury” becomes standard"]);
    }

    fn variation<'a>(sku: &'a str, parent: &'a str, size: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("Type", "variation"),
            ("SKU", sku),
            ("Name", "Shirt - variation"),
            ("Published", "1"),
            ("Tax status", "taxable"),
            ("Tax class", "parent"),
            ("In stock?", "1"),
            ("Stock", "3"),
            ("Regular price", "20"),
            ("Parent", parent),
            ("Attribute 1 name", "Size"),
            ("Attribute 1 value(s)", size),
            ("Images", "https://old.example/own.jpg"),
        ]
    }

    #[test]
    fn variations_belong_to_the_product_that_they_name_by_sku_or_id_wherever_they_stand() {
        let parent = row(&[
            ("ID", "5"),
            ("Type", "variable"),
            ("SKU", "SHIRT"),
            ("Name", "Shirt"),
            ("Published", "1"),
            ("Weight (kg)", "0.2"),
            ("Tax class", "reduced-rate"),
            ("Attribute 1 name", "Size"),
            ("Attribute 1 value(s)", "S, M"),
            ("Images", "https://old.example/first.jpg"),
        ]);
        let mug = row(&simple(&[]));
        let (by_sku, by_id) = (row(&variation("SHIRT-S", "SHIRT", "S")), row(&variation("SHIRT-M", "id:5", "M")));
        let (_, drafts, remarks) = read(&[by_sku, parent, mug, by_id]);
        assert!(drafts.len() == 2 && remarks.is_empty(), "{drafts:?} {remarks:?}");
        let shirt = drafts[0].as_ref().unwrap();
        assert_eq!((shirt.name.as_str(), shirt.options[0].name.as_str()), ("Shirt", "Size"));
        assert_eq!(shirt.options[0].values, ["S", "M"]);
        for (variant, sku) in shirt.variants.iter().zip(["SHIRT-S", "SHIRT-M"]) {
            assert_eq!((variant.sku.as_str(), variant.stock, variant.weight_grams), (sku, 3, Some(200)));
            assert_eq!((variant.tax_class, variant.image.as_deref()), (TaxClass::Reduced, Some("https://old.example/own.jpg")));
        }
        assert_eq!(shirt.pictures.len(), 2);
    }

    #[test]
    fn attributes_are_matched_by_their_names_whatever_their_numbers() {
        let parent = row(&[
            ("ID", "5"),
            ("Type", "variable"),
            ("SKU", "SHIRT"),
            ("Name", "Shirt"),
            ("Published", "1"),
            ("Attribute 1 name", "Material"),
            ("Attribute 1 value(s)", "Cotton"),
            ("Attribute 2 name", "Size"),
            ("Attribute 2 value(s)", "S, M"),
        ]);
        let (_, drafts, remarks) =
            read(&[parent.clone(), row(&variation("A", "SHIRT", "S")), row(&variation("B", "SHIRT", "M"))]);
        let shirt = drafts[0].as_ref().unwrap();
        assert_eq!((shirt.options.len(), shirt.options[0].name.as_str()), (1, "Size"));
        assert_eq!(shirt.options[0].values, ["S", "M"]);
        assert_eq!(remarks, ["the attribute “Material: Cotton” is left out"]);

        let (_, drafts, _) = read(&[parent, row(&variation("A", "SHIRT", "S")), row(&variation("B", "SHIRT", ""))]);
        let wrong = drafts[0].as_ref().unwrap_err();
        assert!(wrong[0].line == 4 && wrong[0].text.contains("for any Size"), "{wrong:?}");
    }

    #[test]
    fn a_file_says_nothing_by_the_columns_that_it_does_not_have() {
        let file = |text: &str| {
            let file = ProductFile::read(text.as_bytes().to_vec()).unwrap();
            let group = file.products().next().unwrap();
            draft(&group, "EUR".parse().unwrap(), &mut Vec::new()).unwrap()
        };
        let full = file(&format!(
            "{HEADER}\n{}\n",
            row(&simple(&[
                ("Description", "Long"),
                ("Categories", "Toys"),
                ("Stock", "5"),
                ("Tags", "b"),
                ("Brands", "Acme"),
                ("Weight (kg)", "1"),
                ("Tax class", "reduced-rate"),
                ("GTIN, UPC, EAN, or ISBN", "77"),
                ("Is featured?", "1"),
            ]))
        ));
        let bare = file("ID,Type,SKU,Name,Regular price\n7,simple,MUG,Mug,8\n");
        let id = || "p".parse().unwrap();
        let mut product = Product::new(id(), full.slug.clone(), full.name.clone(), id(), "2026-01-01T00:00:00Z".parse().unwrap());
        full.apply(&mut product, &mut Vec::new());
        let before = product.clone();
        let mut remarks = Vec::new();
        bare.apply(&mut product, &mut remarks);
        let mut variants = before.variants.clone();
        variants[0].price = bare.variants[0].price;
        assert_eq!(product, Product { variants, ..before });
        assert!(remarks.is_empty() && !bare.says_category() && product.featured && product.visible);

        let first = bare.variants[0].clone();
        assert_eq!((first.tax_class, bare.visible), (TaxClass::Standard, true), "what is usual where nothing is said");
    }

    #[test]
    fn two_products_of_one_name_without_sku_or_id_and_a_column_twice_are_refused() {
        let header = "Type,Name,Published,Regular price";
        let file = ProductFile::read(format!("{header}\nsimple,Twin,1,5\nsimple,Twin,1,7\n").into_bytes()).unwrap();
        let wrong = draft(&file.products().next().unwrap(), "EUR".parse().unwrap(), &mut Vec::new()).unwrap_err();
        assert!(wrong[0].line == 3 && wrong[0].text.contains("see line 2"), "{wrong:?}");
        let twice = ProductFile::read(format!("{header},Regular price\nsimple,Twin,1,5,6\n").into_bytes()).unwrap_err();
        assert!(twice.to_string().contains("regular price"), "{twice}");
    }

    #[test]
    fn what_cannot_be_sold_here_is_refused_by_its_kind() {
        for (kind, words) in
            [("grouped", "of type grouped"), ("external", "of type external"), ("variable", "no row with a price")]
        {
            let (_, drafts, _) = read(&[row(&[("ID", "1"), ("Type", kind), ("Name", "Set"), ("Published", "1")])]);
            let wrong = drafts[0].as_ref().unwrap_err();
            assert!(wrong.len() == 1 && wrong[0].line == 2 && wrong[0].text.contains(words), "{wrong:?}");
        }
        let (_, drafts, _) = read(&[row(&variation("A", "GONE", "S"))]);
        assert!(drafts[0].as_ref().unwrap_err()[0].text.contains("is not in the file"));
    }
}
