//! `WooCommerce`'s product export: its rows as rows of the columns that are understood here.
//!
//! A product of variants is a row of type `variable` and rows of type `variation` that name it. What one row says in a list here
//! (categories, pictures) is spread over cells and rows there.

use crate::{Remark, Row, column::Column};
use csv::ByteRecord;
use domain::{catalogue::grams, text::one_line};
use std::collections::{BTreeMap, HashMap};

/// Attributes that a row may name.
const ATTRIBUTES: std::ops::RangeInclusive<u8> = 1..=20;
/// Units that the heading of the weight may name, and how they are written here.
const WEIGHTS: [(&str, &str); 4] = [("weight (kg)", "kg"), ("weight (g)", "g"), ("weight (lbs)", "lb"), ("weight (oz)", "oz")];

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
const USUAL: [(&str, &[&str]); 7] = [
    ("sold individually?", &["0"]),
    ("allow customer reviews?", &["0", "1"]),
    ("position", &["0"]),
    ("download limit", &["-1", "0"]),
    ("download expiry days", &["-1", "0"]),
    ("shipping class", &[]),
    ("low stock amount", &[]),
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

    /// The rows of one product as rows of the columns that are understood here.
    pub(crate) fn translate(&self, records: &[(u64, ByteRecord)]) -> Translated {
        let lines: Vec<Line<'_>> = records.iter().map(|(line, record)| Line { woo: self, place: *line, record }).collect();
        let mut found = Translated::default();
        let Some(product) = lines.iter().find(|line| !line.is("variation")) else {
            let line = records.first().map_or(0, |(line, _)| *line);
            found.refusal = Some(Remark::new(line, "the product that this variation belongs to is not in the file"));
            return found;
        };
        if let Some(kind) = ["grouped", "external"].into_iter().find(|kind| product.is(kind)) {
            found.refusal =
                Some(Remark::new(product.place, format!("a product of type {kind} has no price of its own to sell it")));
            return found;
        }
        let variations: Vec<&Line<'_>> = lines.iter().filter(|line| line.is("variation")).collect();
        let mut first = product.row();
        product.describe(&mut first, &mut found.remarks);
        let names = product.option_names(&variations, &mut found.remarks);
        for (place, (_, name)) in (0..).zip(&names) {
            first.set(Column::OptionName(place), name.clone());
        }
        if variations.is_empty() && !product.is("variable") {
            product.sell(&mut first, product, &mut found.remarks);
        }
        found.rows.push(first);
        for variation in variations {
            let mut row = variation.row();
            variation.sell(&mut row, product, &mut found.remarks);
            for (place, (number, _)) in (0..).zip(&names) {
                row.set(Column::OptionValue(place), unescaped(&variation.cell(&attribute_value(*number))));
            }
            let own = variation.list("images");
            row.set(Column::VariantImage, own.first().cloned().unwrap_or_default());
            found.rows.push(row);
        }
        found.rows.extend(product.pictures());
        found
    }
}

impl Line<'_> {
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

    fn row(&self) -> Row {
        Row { line: self.place, cells: BTreeMap::new() }
    }

    /// What is said of the product as a whole.
    fn describe(&self, row: &mut Row, remarks: &mut Vec<Remark>) {
        let mut remark = |text: String| remarks.push(Remark::new(self.place, text));
        // Line breaks are written as a backslash and an n.
        let text = |name: &str| self.cell(name).replace("\\n", "\n");
        let descriptions = [text("short description"), text("description")];
        row.set(Column::Title, self.cell("name"));
        row.set(Column::Description, descriptions.into_iter().filter(|d| !d.is_empty()).collect::<Vec<_>>().join("\n"));
        row.set(Column::Vendor, self.list("brands").first().cloned().unwrap_or_default());
        row.set(Column::Featured, (self.cell("is featured?") == "1").to_string());
        let visibility = self.cell("visibility in catalog").to_lowercase();
        let is_visible = self.cell("published") == "1" && visibility != "hidden";
        row.set(Column::Published, is_visible.to_string());
        if is_visible && ["catalog", "search"].contains(&visibility.as_str()) {
            remark(format!("it is shown everywhere, not in the {visibility} alone"));
        }
        let categories = self.list("categories");
        let mut tags = self.list("tags");
        if let Some((first, others)) = categories.split_first() {
            row.set(Column::Category, first.clone());
            if !others.is_empty() {
                remark(format!("it is in the category {first}; the others become tags: {}", others.join(", ")));
            }
            let leaves = others.iter().filter_map(|path| path.rsplit('>').next()).map(one_line);
            tags.extend(leaves.filter(|leaf| !tags.contains(leaf)).collect::<Vec<_>>());
        }
        row.set(Column::Tags, tags.join(", "));
        for kind in ["virtual", "downloadable"].into_iter().filter(|kind| self.is(kind)) {
            remark(format!("it is {kind} no more: it is delivered like all others"));
        }
    }

    /// The attributes that tell the variations apart, with their numbers. What others say is left out.
    fn option_names(&self, variations: &[&Line<'_>], remarks: &mut Vec<Remark>) -> Vec<(u8, String)> {
        let mut names = Vec::new();
        for number in ATTRIBUTES {
            let (name, values) = (self.cell(&attribute_name(number)), self.cell(&attribute_value(number)));
            let is_option = variations.iter().any(|line| !line.cell(&attribute_value(number)).is_empty());
            if is_option {
                let fallback = || variations.iter().map(|line| line.cell(&attribute_name(number))).find(|name| !name.is_empty());
                names.push((number, Some(name).filter(|name| !name.is_empty()).or_else(fallback).unwrap_or_default()));
            } else if !values.is_empty() {
                remarks.push(Remark::new(self.place, format!("the attribute “{name}: {values}” is left out")));
            }
        }
        names
    }

    /// What is said of what is bought; the product says it where a variation does not.
    fn sell(&self, row: &mut Row, product: &Self, remarks: &mut Vec<Remark>) {
        let own_or_product = |name: &str| Some(self.cell(name)).filter(|c| !c.is_empty()).unwrap_or_else(|| product.cell(name));
        row.set(Column::Sku, self.cell("sku"));
        row.set(Column::Barcode, self.cell("gtin, upc, ean, or isbn"));
        row.set(Column::Cost, self.cell("cost of goods"));
        if self.is("variation") {
            row.set(Column::Available, (self.cell("published") == "1").to_string());
        }
        self.price(row, remarks);
        self.stock(row, product, remarks);
        for (name, unit) in WEIGHTS.into_iter().filter(|(name, _)| self.woo.0.contains_key(*name)) {
            let typed = own_or_product(name);
            // What cannot be read is refused by its text.
            let weight = grams(&format!("{typed} {unit}")).ok().filter(|_| !typed.is_empty());
            row.set(Column::Grams, weight.map_or(typed, |grams| grams.unwrap_or(0).to_string()));
        }
        row.set(Column::Taxable, own_or_product("tax status").eq_ignore_ascii_case("taxable").to_string());
        let class = own_or_product("tax class").to_lowercase();
        let class = if class == "parent" { product.cell("tax class").to_lowercase() } else { class };
        match (row.cell(Column::Taxable), class.as_str()) {
            ("false", _) | (_, "zero-rate") => row.set(Column::TaxClass, "zero".to_owned()),
            (_, "reduced-rate") => row.set(Column::TaxClass, "reduced".to_owned()),
            (_, "") => row.set(Column::TaxClass, "standard".to_owned()),
            (_, other) => {
                remarks.push(Remark::new(self.place, format!("the tax class “{other}” becomes standard")));
                row.set(Column::TaxClass, "standard".to_owned());
            }
        }
    }

    /// A sale is a price with the regular one before it. One that begins at a date is not taken in.
    fn price(&self, row: &mut Row, remarks: &mut Vec<Remark>) {
        let (regular, sale) = (self.cell("regular price"), self.cell("sale price"));
        let [start, end] = ["date sale price starts", "date sale price ends"].map(|name| self.cell(name));
        let is_on_sale = !sale.is_empty() && start.is_empty();
        if !sale.is_empty() && !start.is_empty() {
            remarks.push(Remark::new(self.place, format!("the sale price {sale} from {start} on is left out")));
        } else if is_on_sale && !end.is_empty() {
            remarks.push(Remark::new(self.place, format!("the sale price {sale} does not end on {end} by itself")));
        }
        row.set(Column::Price, if is_on_sale { sale } else { regular.clone() });
        row.set(Column::CompareAt, if is_on_sale { regular } else { String::new() });
    }

    /// Stock that is managed is a number; else it is there, or not.
    fn stock(&self, row: &mut Row, product: &Self, remarks: &mut Vec<Remark>) {
        let mut stock = self.cell("stock");
        let mut backorders = self.cell("backorders allowed?");
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
        row.set(Column::Policy, if is_sold_on { "continue" } else { "deny" }.to_owned());
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

fn unescaped(value: &str) -> String {
    value.replace("\\,", ",")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::{Draft, ProductFile, Remark, draft};
    use domain::catalogue::{Source, StockPolicy, TaxClass, Variant};

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
        let ends = [("Sale price", "5"), ("Date sale price ends", "2030-01-01")];
        assert_eq!(prices(&ends), ("5.00".to_owned(), Some("7.50".to_owned()), 1));
        let starts = [("Sale price", "5"), ("Date sale price starts", "2030-01-01")];
        assert_eq!(prices(&starts), ("7.50".to_owned(), None, 1));
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
