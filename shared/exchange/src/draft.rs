//! A product of the rows that describe it.

use crate::{
    CategoryPath, Group, Remark, Row,
    column::Column,
    variant::{OPTIONS, variants},
};
use domain::{
    catalogue::{MAX_IMAGES, OptionType, Product, Seo, Source, StockPolicy, TaxClass, Variant},
    money::Currency,
    text::{Name, Sku, Slug, capital, free_text, one_line},
};
use std::collections::BTreeSet;

const LONGEST_DESCRIPTION: usize = 60_000;
const LONGEST_HANDLE: usize = 255;
const LONGEST_TITLE: usize = 255;
const LONGEST_SUMMARY: usize = 500;
const LONGEST_NOTICE: usize = 1_000;

/// A product of the file, before its category and pictures are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where it begins.
    pub line: u64,
    /// What names it, exactly as the file has it.
    pub handle: String,
    /// The shop that wrote the file.
    pub source: Source,
    /// Its page's address: the handle, or what comes nearest to it.
    pub slug: Slug,
    /// Its name.
    pub name: Name,
    /// Sanitised HTML.
    pub description: String,
    /// Who made it.
    pub vendor: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Shopify's category, or the merchant's type, or the first tag, or what stands for none.
    pub category: CategoryPath,
    /// Option types with all their values.
    pub options: Vec<OptionType>,
    /// At least one. Their pictures are still addresses, as in [`Picture`].
    pub variants: Vec<Variant>,
    /// Whether it is on the site.
    pub visible: bool,
    /// Whether it is on the home page.
    pub featured: bool,
    /// Who made it, with the address.
    pub manufacturer: Option<String>,
    /// Who answers for it in the EU, with the address.
    pub responsible_person: Option<String>,
    /// What search engines show.
    pub seo: Seo,
    /// In the order of their positions.
    pub pictures: Vec<Picture>,
    /// SKUs that the file does not have: they were made of the handle and the options.
    pub made_skus: BTreeSet<Sku>,
    /// The columns of the file: what has none stays as it is in the shop.
    columns: BTreeSet<Column>,
}

/// A picture as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where it stands.
    pub line: u64,
    /// Its address.
    pub address: String,
    /// What it shows.
    pub alt: String,
    /// Where the shop that wrote the file had it from.
    pub origin: Option<String>,
}

/// What is wrong with a product, and what was put right.
pub(crate) struct Findings<'a> {
    wrong: Vec<Remark>,
    remarks: &'a mut Vec<Remark>,
}

impl Findings<'_> {
    /// What is there, or `None` with the reason among what is wrong.
    pub(crate) fn keep<T>(&mut self, line: u64, found: Result<T, String>) -> Option<T> {
        found.map_err(|why| self.wrong.push(Remark::new(line, why))).ok()
    }

    pub(crate) fn refuse(&mut self, line: u64, why: impl ToString) {
        self.wrong.push(Remark::new(line, why));
    }

    pub(crate) fn remark(&mut self, line: u64, text: String) {
        self.remarks.push(Remark::new(line, text));
    }
}

/// Understands a group of rows. What can be put right is, with a remark.
///
/// # Errors
///
/// All that is wrong with it, each with its line.
pub fn draft(group: &Group, currency: Currency, remarks: &mut Vec<Remark>) -> Result<Draft, Vec<Remark>> {
    remarks.extend(group.remarks.iter().cloned());
    let mut findings = Findings { wrong: Vec::new(), remarks };
    let drafted = understand(group, currency, &mut findings);
    match drafted {
        Some(draft) if findings.wrong.is_empty() && !group.is_damaged => Ok(draft),
        _ => Err(findings.wrong),
    }
}

fn understand(group: &Group, currency: Currency, findings: &mut Findings<'_>) -> Option<Draft> {
    if let Some(refusal) = &group.refusal {
        findings.refuse(refusal.line, &refusal.text);
        return None;
    }
    let first = group.rows.iter().find(|row| !row.cell(Column::Title).is_empty()).or(group.rows.first())?;
    let line = first.line;
    if flag(first, Column::GiftCard, findings) == Some(true) {
        findings.refuse(line, "it is a gift card, and gift cards cannot be sold here yet");
        return None;
    }
    let name = first.cell(Column::Title).parse::<Name>().map_err(|error| format!("the title {error}"));
    let name = findings.keep(line, name);
    let slug = slug(group, first, findings);
    let body = first.cell(Column::Description);
    if body.chars().count() > LONGEST_DESCRIPTION {
        findings.refuse(line, format!("the description is longer than {LONGEST_DESCRIPTION} characters"));
    }
    let names = option_names(first);
    let (variants, made_skus) = variants(group, line, &names, currency, findings);
    remark_what_later_rows_say(group, first, findings);
    let tags: Vec<String> = first.cell(Column::Tags).split(',').map(one_line).filter(|t| !t.is_empty()).collect();
    let category = category(first, &tags, findings);
    Some(Draft {
        line,
        handle: group.handle.clone(),
        source: group.source,
        slug: slug?,
        name: name?,
        description: html::sanitise(body),
        vendor: Some(one_line(first.cell(Column::Vendor))).filter(|v| !v.is_empty()),
        tags,
        category: category?,
        options: options(&names, &variants),
        variants,
        visible: is_visible(first, findings),
        featured: flag(first, Column::Featured, findings) == Some(true),
        manufacturer: text(first, Column::Manufacturer, LONGEST_NOTICE, findings),
        responsible_person: text(first, Column::ResponsiblePerson, LONGEST_NOTICE, findings),
        seo: Seo {
            title: text(first, Column::SeoTitle, LONGEST_TITLE, findings),
            description: text(first, Column::SeoDescription, LONGEST_SUMMARY, findings),
        },
        pictures: pictures(group, findings),
        made_skus,
        columns: group.rows.iter().flat_map(|row| row.cells.keys().copied()).collect(),
    })
}

impl Draft {
    /// Whether the file has a column.
    pub fn says(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// Whether the file says where products belong.
    pub fn says_category(&self) -> bool {
        [Column::Category, Column::CustomType, Column::Type].into_iter().any(|column| self.says(column))
    }

    /// Takes a draft's facts over into a product; what the file cannot say stays as it is. A variant of the product that the file
    /// does not have goes, with a remark.
    pub fn apply(&self, product: &mut Product, remarks: &mut Vec<Remark>) {
        let mut take = |column, take: &dyn Fn(&mut Product)| {
            if self.says(column) {
                take(product);
            }
        };
        take(Column::Description, &|p| p.description.clone_from(&self.description));
        take(Column::Vendor, &|p| p.vendor.clone_from(&self.vendor));
        take(Column::Tags, &|p| p.tags.clone_from(&self.tags));
        take(Column::Featured, &|p| p.featured = self.featured);
        take(Column::Manufacturer, &|p| p.manufacturer.clone_from(&self.manufacturer));
        take(Column::ResponsiblePerson, &|p| p.responsible_person.clone_from(&self.responsible_person));
        take(Column::SeoTitle, &|p| p.seo.title.clone_from(&self.seo.title));
        take(Column::SeoDescription, &|p| p.seo.description.clone_from(&self.seo.description));
        // A number stands behind the name where another product had it first.
        if !product.name.is_numbered(&self.name) {
            product.name = self.name.clone();
        }
        if self.says(Column::Published) || self.says(Column::Status) {
            product.visible = self.visible;
        }
        let mut before = std::mem::take(&mut product.variants);
        if (self.says_options() || before.is_empty()) && !same_options(&product.options, &self.options) {
            product.options.clone_from(&self.options);
        }
        for variant in &self.variants {
            let known = self.place_of(variant, &before).map(|place| before.remove(place));
            product.variants.push(known.map_or_else(|| variant.clone(), |known| self.merged(variant, known)));
        }
        for gone in before {
            let text = format!("the variant {} is not in the file: it is deleted, with a stock of {}", gone.sku, gone.stock);
            remarks.push(Remark::new(self.line, text));
        }
    }

    fn says_options(&self) -> bool {
        self.says(Column::OptionName(0))
    }

    /// Where a variant is among those that are there: by its SKU, and where the file has none for it, by its options.
    fn place_of(&self, variant: &Variant, known: &[Variant]) -> Option<usize> {
        let by_sku = known.iter().position(|known| known.sku == variant.sku);
        if by_sku.is_some() || !self.made_skus.contains(&variant.sku) {
            return by_sku;
        }
        if !self.says_options() {
            return (known.len() == 1 && self.variants.len() == 1).then_some(0);
        }
        let is_free = |sku: &Sku| !self.variants.iter().any(|variant| variant.sku == *sku);
        known.iter().position(|known| known.options == variant.options && is_free(&known.sku))
    }

    /// A variant of the file over the one that is there. Sales have counted since the file was written.
    fn merged(&self, variant: &Variant, known: Variant) -> Variant {
        let mut merged = variant.clone();
        (merged.stock, merged.sold_beyond) = (known.stock, known.sold_beyond);
        merged.stock_policy = self.policy_over(variant, &known);
        // Other shops know only whether something is taxed.
        let is_taxed_alike = (variant.tax_class == TaxClass::Zero) == (known.tax_class == TaxClass::Zero);
        if !self.says(Column::TaxClass) && (is_taxed_alike || !self.says(Column::Taxable)) {
            merged.tax_class = known.tax_class;
        }
        let mut keep = |column, keep: &dyn Fn(&mut Variant)| {
            if !self.says(column) {
                keep(&mut merged);
            }
        };
        keep(Column::OptionName(0), &|v| v.options.clone_from(&known.options));
        keep(Column::Available, &|v| v.available = known.available);
        keep(Column::CompareAt, &|v| v.compare_at = known.compare_at.filter(|before| *before > v.price));
        keep(Column::Grams, &|v| v.weight_grams = known.weight_grams);
        keep(Column::VariantImage, &|v| v.image.clone_from(&known.image));
        keep(Column::Barcode, &|v| v.barcode.clone_from(&known.barcode));
        keep(Column::Cost, &|v| v.cost = known.cost);
        keep(Column::TotalMeasure, &|v| v.measure = known.measure);
        Variant { sku: known.sku, ..merged }
    }

    /// A file may say who tracks the stock, or whether it is sold on, or both.
    fn policy_over(&self, variant: &Variant, known: &Variant) -> StockPolicy {
        use StockPolicy::{SellWhenOut, Track, Untracked};
        match (self.says(Column::Tracker), self.says(Column::Policy), variant.stock_policy, known.stock_policy) {
            (false, false, _, known) | (false, true, Track, known @ Untracked) | (true, false, Track, known @ SellWhenOut) => {
                known
            }
            (_, _, own, _) => own,
        }
    }
}

/// A text that may be left out. What is longer than the shop keeps is cut, with a remark.
fn text(row: &Row, column: Column, longest: usize, findings: &mut Findings<'_>) -> Option<String> {
    let typed = if longest == LONGEST_NOTICE { free_text(row.cell(column)) } else { one_line(row.cell(column)) };
    let cut: String = typed.chars().take(longest).collect();
    if cut.len() < typed.len() {
        findings.remark(row.line, format!("“{}” is cut to {longest} characters", column.name()));
    }
    Some(cut).filter(|text| !text.is_empty())
}

/// The address: the one that this shop gave it, or the handle, or what comes nearest. `WooCommerce`'s files have none.
fn slug(group: &Group, first: &Row, findings: &mut Findings<'_>) -> Option<Slug> {
    let (line, handle, address) = (first.line, &group.handle, first.cell(Column::Address));
    if handle.chars().count() > LONGEST_HANDLE {
        findings.refuse(line, format!("the handle is longer than {LONGEST_HANDLE} characters"));
    }
    if !address.is_empty() {
        return findings.keep(line, address.parse().map_err(|error| format!("the address “{address}” {error}")));
    }
    if group.source == Source::WooCommerce {
        let made = Slug::from_name(first.cell(Column::Title)).ok_or_else(|| "the name has no letters or digits".to_owned());
        return findings.keep(line, made);
    }
    if let Ok(slug) = handle.parse() {
        return Some(slug);
    }
    let nearest = Slug::from_name(handle).ok_or_else(|| "the handle has no letters or digits".to_owned());
    let slug = findings.keep(line, nearest)?;
    findings.remark(line, format!("the handle becomes {slug}"));
    Some(slug)
}

/// True or false in the words of spreadsheets and shops; `None` where nothing is said. Other words are left out, with a remark.
pub(crate) fn flag(row: &Row, column: Column, findings: &mut Findings<'_>) -> Option<bool> {
    match row.cell(column).to_lowercase().as_str() {
        "" => None,
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        other => {
            findings.remark(row.line, format!("“{}” is neither true nor false but “{other}”, and is left out", column.name()));
            None
        }
    }
}

/// What says something of the product stands in its first row. Later rows that say something else are not read.
fn remark_what_later_rows_say(group: &Group, first: &Row, findings: &mut Findings<'_>) {
    const OF_THE_PRODUCT: [Column; 6] =
        [Column::Title, Column::Description, Column::Vendor, Column::Type, Column::Category, Column::Tags];
    for row in group.rows.iter().filter(|row| row.line != first.line) {
        for column in OF_THE_PRODUCT {
            let cell = row.cell(column);
            if !cell.is_empty() && cell != first.cell(column) {
                findings.remark(
                    row.line,
                    format!("“{}” says something else than in line {} and is left out", column.name(), first.line),
                );
            }
        }
    }
}

/// The first that is there: Shopify's category, the merchant's type by either name, a tag.
fn category(first: &Row, tags: &[String], findings: &mut Findings<'_>) -> Option<CategoryPath> {
    let path = first.cell(Column::Category);
    if !path.is_empty() {
        let path = path.parse().map_err(|error| format!("the category “{path}” {error}"));
        return findings.keep(first.line, path);
    }
    let tag = tags.first().map_or("", String::as_str);
    let named = [first.cell(Column::CustomType), first.cell(Column::Type), tag].into_iter().find(|name| !name.is_empty());
    let name = capital(named.unwrap_or("Imported")).parse().map_err(|error| format!("the type {error}"));
    findings.keep(first.line, name).map(CategoryPath::at_top)
}

/// The same names and values; their order is the shop's.
fn same_options(known: &[OptionType], new: &[OptionType]) -> bool {
    let values = |option: &OptionType| option.values.iter().cloned().collect::<BTreeSet<String>>();
    known.len() == new.len() && known.iter().zip(new).all(|(a, b)| a.name == b.name && values(a) == values(b))
}

fn is_visible(row: &Row, findings: &mut Findings<'_>) -> bool {
    let status = row.cell(Column::Status).to_lowercase();
    if !["", "active", "draft", "archived"].contains(&status.as_str()) {
        findings.remark(row.line, format!("the status “{status}” is not known here: the product is hidden"));
    }
    flag(row, Column::Published, findings) != Some(false) && ["", "active"].contains(&status.as_str())
}

/// The names of the options; none for a product that has just one form.
fn option_names(first: &Row) -> Vec<String> {
    let has_one_form = first.cell(Column::OptionName(0)).eq_ignore_ascii_case("Title")
        && first.cell(Column::OptionValue(0)).eq_ignore_ascii_case("Default Title");
    if has_one_form {
        return Vec::new();
    }
    let names = OPTIONS.iter().map(|place| first.cell(Column::OptionName(*place)));
    names.take_while(|name| !name.is_empty()).map(one_line).collect()
}

/// Every value, in the order in which the variants bring them up.
fn options(names: &[String], variants: &[Variant]) -> Vec<OptionType> {
    let values = |place: usize| {
        let mut values: Vec<String> = Vec::new();
        for value in variants.iter().filter_map(|v| v.options.get(place)).map(|o| &o.value) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        values
    };
    names.iter().enumerate().map(|(place, name)| OptionType { name: name.clone(), values: values(place) }).collect()
}

/// The pictures in the order of their positions, each once.
fn pictures(group: &Group, findings: &mut Findings<'_>) -> Vec<Picture> {
    let mut found: Vec<(u32, Picture)> = Vec::new();
    for row in &group.rows {
        let address = row.cell(Column::Image);
        if address.is_empty() {
            continue;
        }
        let alt = one_line(row.cell(Column::Alt));
        if let Some((_, first)) = found.iter().find(|(_, p)| p.address == address) {
            if !alt.is_empty() && alt != first.alt {
                findings.remark(row.line, format!("the picture stands in line {} already: “{alt}” is left out", first.line));
            }
            continue;
        }
        let origin = Some(row.cell(Column::ImageOrigin).to_owned()).filter(|origin| !origin.is_empty());
        let picture = Picture { line: row.line, address: address.to_owned(), alt, origin };
        found.push((position(row, findings), picture));
    }
    found.sort_by_key(|(position, _)| *position);
    // A variant's picture may stand in no other column.
    for row in &group.rows {
        let address = row.cell(Column::VariantImage);
        if !address.is_empty() && !found.iter().any(|(_, p)| p.address == address) {
            found.push((u32::MAX, Picture { line: row.line, address: address.to_owned(), alt: String::new(), origin: None }));
        }
    }
    let left_out = found.split_off(found.len().min(MAX_IMAGES));
    for (_, picture) in left_out {
        findings.remark(picture.line, format!("the picture is left out: a product has at most {MAX_IMAGES}"));
    }
    found.into_iter().map(|(_, picture)| picture).collect()
}

/// A picture's place among the others; at the end where it has none.
fn position(row: &Row, findings: &mut Findings<'_>) -> u32 {
    let typed = row.cell(Column::Position);
    typed.parse().unwrap_or_else(|_| {
        if !typed.is_empty() {
            findings.remark(row.line, format!("the picture's position “{typed}” is no number: it comes last"));
        }
        u32::MAX
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ProductFile;

    /// The products of a file, or what is wrong with each, and the remarks.
    fn drafts(text: &str) -> (Vec<Result<Draft, Vec<Remark>>>, Vec<Remark>) {
        let file = ProductFile::read(text.as_bytes().to_vec()).unwrap();
        let mut remarks = Vec::new();
        let euros = "EUR".parse().unwrap();
        (file.products().map(|group| draft(&group, euros, &mut remarks)).collect(), remarks)
    }

    fn one(text: &str) -> (Draft, Vec<String>) {
        let (mut drafts, remarks) = drafts(text);
        (drafts.remove(0).unwrap(), remarks.into_iter().map(|remark| remark.text).collect())
    }

    fn wrong(text: &str) -> Vec<(u64, String)> {
        let (mut drafts, _) = drafts(text);
        drafts.remove(0).unwrap_err().into_iter().map(|remark| (remark.line, remark.text)).collect()
    }

    #[test]
    fn a_category_is_shopifys_or_the_merchants_type_and_a_tag_only_where_there_is_nothing_else() {
        let file =
            |cells: &str| one(&format!("Handle,Title,Price,Product Category,Custom Product Type,Type,Tags\na,A,1,{cells}")).0;
        for (cells, category, tags) in [
            ("Apparel > Clothing > Shirts & Tops,Tees,Tops,new", "Apparel > Clothing > Shirts & Tops", 1),
            (",Tees,Tops,new", "Tees", 1),
            (",,tops,\"new, blue\"", "Tops", 2),
            (",,,\"new, blue\"", "New", 2),
            (",,,", "Imported", 0),
        ] {
            let draft = file(cells);
            assert_eq!((draft.category.to_string().as_str(), draft.tags.len()), (category, tags), "{cells}");
        }
    }

    #[test]
    fn weights_are_rounded_to_grams_and_what_weighs_anything_weighs_one() {
        for (typed, grams) in [
            ("226.796185", Some(227)),
            ("0.6", Some(1)),
            ("0.2", Some(1)),
            ("1.5", Some(2)),
            ("0", None),
            ("0.0", None),
            ("", None),
        ] {
            let (draft, _) = one(&format!("Handle,Title,Price,Variant Grams\na,A,1,{typed}"));
            assert_eq!(draft.variants[0].weight_grams, grams, "{typed}");
        }
        for typed in ["-1", "1kg", "1e3", "1.2.3", "99999999999", "\"1,5\""] {
            let wrong = wrong(&format!("Handle,Title,Price,Variant Grams\na,A,1,{typed}"));
            assert!(wrong.len() == 1 && wrong[0].1.contains("is not a number of grams"), "{typed}: {wrong:?}");
        }
    }

    #[test]
    fn made_skus_of_one_product_never_clash_and_are_the_same_every_time() {
        let text = "Handle,Title,Price,Option1 Name,Option1 Value,SKU\n\
                    a,A,1,Χρώμα,Μπλε,\na,,1,,Μπλέ,\na,,1,,μπλε,\na,,1,,x,a-mple-2\n";
        let skus = |draft: &Draft| draft.variants.iter().map(|v| v.sku.to_string()).collect::<Vec<_>>();
        let first = skus(&one(text).0);
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 4, "{first:?}");
        assert_eq!(first, skus(&one(text).0));
        assert_eq!(first[3], "A-MPLE-2", "what the file has is kept");
    }

    #[test]
    fn a_sku_that_the_file_has_twice_is_refused_with_its_line() {
        let wrong = wrong("Handle,Title,Price,Option1 Name,Option1 Value,SKU\na,A,1,Size,S,X\na,,1,,M,X\n");
        assert_eq!(wrong, [(3, "the SKU X is there twice".to_owned())]);
    }

    #[test]
    fn a_gift_card_is_refused_by_name_with_its_line() {
        let wrong = wrong("Handle,Title,Price,Gift Card\n\na,Gift,25,TRUE\n");
        assert_eq!(wrong, [(3, "it is a gift card, and gift cards cannot be sold here yet".to_owned())]);
        one("Handle,Title,Price,Gift Card\na,A,25,FALSE\n");
    }

    #[test]
    fn prices_that_are_not_plain_amounts_are_refused_with_their_line() {
        for typed in ["\"1,299.00\"", "\"12,50\"", "$19.99", "-1", "1.999", "free"] {
            let wrong = wrong(&format!("Handle,Title,Price\na,A,{typed}\n"));
            assert!(wrong.len() == 1 && wrong[0].0 == 2 && wrong[0].1.starts_with("the price"), "{typed}: {wrong:?}");
        }
    }

    #[test]
    fn negative_stock_and_a_price_before_that_is_not_higher_are_put_right_with_a_remark() {
        let (draft, remarks) = one("Handle,Title,Price,Compare-at price,Inventory quantity\na,A,10,9,-3\n");
        assert_eq!((draft.variants[0].stock, draft.variants[0].compare_at), (0, None));
        assert_eq!(remarks, ["the quantity -3 becomes 0", "the compare-at price is not above the price and is left out"]);
    }

    #[test]
    fn stock_without_a_tracker_is_not_counted_and_what_is_sold_on_owes_what_is_below_zero() {
        let header = "Handle,Title,Price,Inventory tracker,Continue selling when out of stock,Inventory quantity";
        for (cells, policy, stock, remarks) in [
            (",deny,0", StockPolicy::Untracked, (0, 0), 0),
            ("shopify,deny,3", StockPolicy::Track, (3, 0), 0),
            ("shopify,continue,0", StockPolicy::SellWhenOut, (0, 0), 0),
            ("Shopify,TRUE,-2", StockPolicy::SellWhenOut, (0, 2), 1),
            ("shopify,deny,-2", StockPolicy::Track, (0, 0), 1),
            ("amazon,deny,2", StockPolicy::Track, (2, 0), 1),
        ] {
            let (draft, said) = one(&format!("{header}\na,A,1,{cells}\n"));
            let variant = &draft.variants[0];
            assert_eq!((variant.stock_policy, (variant.stock, variant.sold_beyond)), (policy, stock), "{cells}");
            assert_eq!(said.len(), remarks, "{cells}: {said:?}");
        }
        let (draft, _) = one("Handle,Title,Price\na,A,1\n");
        assert_eq!(draft.variants[0].stock_policy, StockPolicy::Track, "a file that says nothing of it");
        let wrong = wrong(&format!("{header}\na,A,1,shopify,maybe,1\n"));
        assert_eq!(wrong, [(2, "the inventory policy “maybe” is neither deny nor continue".to_owned())]);
    }

    #[test]
    fn barcodes_costs_and_unit_prices_are_read_or_refused_with_what_was_found() {
        let header = "Handle,Title,Price,Variant Barcode,Cost per item,Unit Price Total Measure,\
                      Unit Price Total Measure Unit,Unit Price Base Measure,Unit Price Base Measure Unit";
        let (draft, _) = one(&format!("{header}\na,A,1,'4006381333931,0.40,750,ml,1,l\n"));
        let variant = &draft.variants[0];
        assert_eq!(variant.barcode, "4006381333931".parse().ok());
        assert_eq!(variant.cost.map(|cost| cost.to_string()).as_deref(), Some("0.40"));
        assert_eq!(variant.measure.map(|m| m.to_string()).as_deref(), Some("750 ml / 1 l"));
        for (cells, why) in [
            (",,1,stone,,", "the unit price for 1 stone / 1 stone has a unit that is not known here"),
            (",,1,ml,1,kg", "the unit price for 1 ml / 1 kg compares units that measure different things"),
            (",x,,,,", "the cost “x”"),
        ] {
            let wrong = wrong(&format!("{header}\na,A,1,{cells}\n"));
            assert!(wrong.len() == 1 && wrong[0].1.starts_with(why), "{cells}: {wrong:?}");
        }
    }

    #[test]
    fn what_the_file_has_no_column_for_stays_as_it_is() {
        let (full, _) = one("Handle,Title,Price,Vendor,SEO Title,Shop: featured,Body (HTML),Variant Barcode,Shop: for sale\n\
                             a,A,1,Maker,Seen,true,Good,77,false\n");
        let (bare, _) = one("Handle,Title,Price,SKU\na,B,2,A\n");
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut product = Product::new("p".parse().unwrap(), "a".parse().unwrap(), full.name.clone(), "c".parse().unwrap(), now);
        full.apply(&mut product, &mut Vec::new());
        let before = product.clone();
        bare.apply(&mut product, &mut Vec::new());
        let mut variants = before.variants.clone();
        variants[0].price = bare.variants[0].price;
        assert_eq!(product, Product { name: bare.name.clone(), variants, ..before });
        assert!(product.featured && !product.variants[0].available && product.seo.title.as_deref() == Some("Seen"));
    }

    #[test]
    fn pictures_beyond_the_most_are_left_out_with_a_remark_each() {
        let rows: Vec<String> = (0..MAX_IMAGES + 3).map(|n| format!("a,,,https://shop.example/{n}.jpg,{}", n + 1)).collect();
        let (draft, remarks) = one(&format!("Handle,Title,Price,Image Src,Image Position\na,A,1,,\n{}", rows.join("\n")));
        assert_eq!((draft.pictures.len(), remarks.len()), (MAX_IMAGES, 3));
    }
}
