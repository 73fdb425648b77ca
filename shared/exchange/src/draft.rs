//! A product of the rows that describe it.

use crate::{CategoryPath, Group, Remark, Row, column::Column};
use domain::{
    catalogue::{MAX_IMAGES, OptionType, OptionValue, Product, TaxClass, Variant, rounded_grams},
    money::{Currency, Money},
    text::{Name, Sku, Slug, capital, one_line},
};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

const LONGEST_DESCRIPTION: usize = 60_000;
const LONGEST_HANDLE: usize = 255;
const LONGEST_SKU: usize = 64;
const OPTIONS: [u8; 3] = [0, 1, 2];
/// Units at most.
const MOST: u32 = 10_000_000;

/// A product of the file, before its category and pictures are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where it begins.
    pub line: u64,
    /// What names it, exactly as the file has it.
    pub handle: String,
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
    /// At least one.
    pub variants: Vec<Variant>,
    /// Whether it is on the site.
    pub visible: bool,
    /// In the order of their positions.
    pub pictures: Vec<Picture>,
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
}

/// What is wrong with a product, and what was put right.
struct Findings<'a> {
    wrong: Vec<Remark>,
    remarks: &'a mut Vec<Remark>,
}

impl Findings<'_> {
    /// What is there, or `None` with the reason among what is wrong.
    fn keep<T>(&mut self, line: u64, found: Result<T, String>) -> Option<T> {
        found.map_err(|why| self.wrong.push(Remark::new(line, why))).ok()
    }

    fn refuse(&mut self, line: u64, why: impl ToString) {
        self.wrong.push(Remark::new(line, why));
    }

    fn remark(&mut self, line: u64, text: String) {
        self.remarks.push(Remark::new(line, text));
    }
}

/// Understands a group of rows. What can be put right is, with a remark.
///
/// # Errors
///
/// All that is wrong with it, each with its line.
pub fn draft(group: &Group, currency: Currency, remarks: &mut Vec<Remark>) -> Result<Draft, Vec<Remark>> {
    let mut findings = Findings { wrong: Vec::new(), remarks };
    let drafted = understand(group, currency, &mut findings);
    match drafted {
        Some(draft) if findings.wrong.is_empty() && !group.is_damaged => Ok(draft),
        _ => Err(findings.wrong),
    }
}

fn understand(group: &Group, currency: Currency, findings: &mut Findings<'_>) -> Option<Draft> {
    let first = group.rows.iter().find(|row| !row.cell(Column::Title).is_empty()).or(group.rows.first())?;
    let line = first.line;
    if first.cell(Column::GiftCard).eq_ignore_ascii_case("true") {
        findings.refuse(line, "it is a gift card, and gift cards cannot be sold here yet");
        return None;
    }
    let name = first.cell(Column::Title).parse::<Name>().map_err(|error| format!("the title {error}"));
    let name = findings.keep(line, name);
    let slug = slug(&group.handle, line, findings);
    let body = first.cell(Column::Description);
    if body.chars().count() > LONGEST_DESCRIPTION {
        findings.refuse(line, format!("the description is longer than {LONGEST_DESCRIPTION} characters"));
    }
    let names = option_names(first);
    let variants = variants(group, line, &names, currency, findings);
    let tags: Vec<String> = first.cell(Column::Tags).split(',').map(one_line).filter(|t| !t.is_empty()).collect();
    let category = category(first, &tags, findings);
    Some(Draft {
        line,
        handle: group.handle.clone(),
        slug: slug?,
        name: name?,
        description: html::sanitise(body),
        vendor: Some(one_line(first.cell(Column::Vendor))).filter(|v| !v.is_empty()),
        tags,
        category: category?,
        options: options(&names, &variants),
        variants,
        visible: is_visible(first),
        pictures: pictures(group, findings),
    })
}

impl Draft {
    /// Takes a draft's facts over into a product; what the file cannot say stays as it is.
    pub fn apply(&self, product: &mut Product) {
        product.name = self.name.clone();
        product.description.clone_from(&self.description);
        product.vendor.clone_from(&self.vendor);
        product.tags.clone_from(&self.tags);
        product.visible = self.visible;
        if !same_options(&product.options, &self.options) {
            product.options.clone_from(&self.options);
        }
        let before = std::mem::take(&mut product.variants);
        product.variants.clone_from(&self.variants);
        for variant in &mut product.variants {
            if let Some(known) = before.iter().find(|v| v.sku == variant.sku) {
                // Sales have counted since the file was written.
                variant.stock = known.stock;
                variant.available = known.available;
                if variant.tax_class == TaxClass::Standard && known.tax_class == TaxClass::Reduced {
                    variant.tax_class = known.tax_class;
                }
            }
        }
    }
}

fn slug(handle: &str, line: u64, findings: &mut Findings<'_>) -> Option<Slug> {
    if handle.chars().count() > LONGEST_HANDLE {
        findings.refuse(line, format!("the handle is longer than {LONGEST_HANDLE} characters"));
    }
    if let Ok(slug) = handle.parse() {
        return Some(slug);
    }
    let nearest = Slug::from_name(handle).ok_or_else(|| "the handle has no letters or digits".to_owned());
    let slug = findings.keep(line, nearest)?;
    findings.remark(line, format!("the handle becomes {slug}"));
    Some(slug)
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

/// A row with a price or an option is a variant; one with a picture alone is not.
fn is_variant(row: &Row) -> bool {
    !row.cell(Column::Price).is_empty() || OPTIONS.iter().any(|place| !row.cell(Column::OptionValue(*place)).is_empty())
}

fn is_visible(row: &Row) -> bool {
    let published = row.cell(Column::Published);
    let status = row.cell(Column::Status);
    !published.eq_ignore_ascii_case("false") && (status.is_empty() || status.eq_ignore_ascii_case("active"))
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

/// The variants of all rows that have one. Two never have the same SKU.
fn variants(group: &Group, line: u64, names: &[String], currency: Currency, findings: &mut Findings<'_>) -> Vec<Variant> {
    let rows: Vec<&Row> = group.rows.iter().filter(|row| is_variant(row)).collect();
    if rows.is_empty() {
        findings.refuse(line, "the product has no row with a price");
    }
    let mut skus: BTreeSet<Sku> = rows.iter().filter_map(|row| typed_sku(row).parse().ok()).collect();
    let mut seen = BTreeSet::new();
    let mut variants = Vec::new();
    for row in rows {
        let understood = variant(row, &group.handle, names, currency, &skus, findings);
        let Some(variant) = findings.keep(row.line, understood) else { continue };
        if !seen.insert(variant.sku.clone()) {
            findings.refuse(row.line, format!("the SKU {} is there twice", variant.sku));
        }
        skus.insert(variant.sku.clone());
        variants.push(variant);
    }
    variants
}

fn variant(
    row: &Row,
    handle: &str,
    names: &[String],
    currency: Currency,
    taken: &BTreeSet<Sku>,
    findings: &mut Findings<'_>,
) -> Result<Variant, String> {
    let option =
        |(name, place): (&String, u8)| OptionValue { name: name.clone(), value: one_line(row.cell(Column::OptionValue(place))) };
    let options: Vec<OptionValue> = names.iter().zip(OPTIONS).map(option).collect();
    if let Some(missing) = options.iter().find(|o| o.value.is_empty()) {
        return Err(format!("the variant has no value for {}", missing.name));
    }
    let price = currency.parse(row.cell(Column::Price)).map_err(|e| format!("the price “{}” {e}", row.cell(Column::Price)))?;
    let is_untaxed = row.cell(Column::Taxable).eq_ignore_ascii_case("false");
    let sku = sku(row, handle, &options, taken, findings)?;
    Ok(Variant {
        options,
        compare_at: compare_at(row, price, currency, findings)?,
        stock: stock(row, findings)?,
        tax_class: if is_untaxed { TaxClass::Zero } else { TaxClass::Standard },
        weight_grams: grams(row)?,
        ..Variant::new(sku, price)
    })
}

/// What it cost before, where that is more than it costs now.
fn compare_at(row: &Row, price: Money, currency: Currency, findings: &mut Findings<'_>) -> Result<Option<Money>, String> {
    let typed = row.cell(Column::CompareAt);
    if typed.is_empty() {
        return Ok(None);
    }
    let before = currency.parse(typed).map_err(|e| format!("the compare-at price “{typed}” {e}"))?;
    if before <= price && !before.is_zero() {
        findings.remark(row.line, "the compare-at price is not above the price and is left out".to_owned());
    }
    Ok(Some(before).filter(|before| *before > price))
}

/// Spreadsheets mark texts that look like numbers with an apostrophe.
fn typed_sku(row: &Row) -> &str {
    row.cell(Column::Sku).trim_start_matches('\'')
}

/// The SKU of the file, or one made of handle and options that no other variant of the product has.
fn sku(
    row: &Row,
    handle: &str,
    options: &[OptionValue],
    taken: &BTreeSet<Sku>,
    findings: &mut Findings<'_>,
) -> Result<Sku, String> {
    let typed = typed_sku(row);
    if let Ok(sku) = typed.parse() {
        return Ok(sku);
    }
    let source = if typed.is_empty() {
        std::iter::once(handle).chain(options.iter().map(|o| o.value.as_str())).collect::<Vec<_>>().join("-")
    } else {
        typed.to_owned()
    };
    let plain = Slug::from_name(&source).map(|slug| slug.to_string()).unwrap_or_default();
    let unusable = || format!("the SKU “{typed}” cannot be used");
    let mut made: Sku = shortened(plain.clone(), &source).parse().map_err(|_| unusable())?;
    for number in 2..=taken.len() + 2 {
        if !taken.contains(&made) {
            break;
        }
        made = shortened(format!("{plain}-{number}"), &format!("{source}-{number}")).parse().map_err(|_| unusable())?;
    }
    if !typed.is_empty() {
        findings.remark(row.line, format!("the SKU “{typed}” becomes {made}"));
    }
    Ok(made)
}

/// A long SKU as its beginning and a hash of what it was made of.
fn shortened(plain: String, source: &str) -> String {
    if plain.len() <= LONGEST_SKU {
        return plain;
    }
    let hash = ids::sha256_hex(source);
    format!("{}-{}", plain.get(..52).unwrap_or_default(), hash.get(..10).unwrap_or_default())
}

fn stock(row: &Row, findings: &mut Findings<'_>) -> Result<u32, String> {
    let typed = row.cell(Column::Quantity);
    if typed.is_empty() {
        return Ok(0);
    }
    if let Some(owed) = typed.strip_prefix('-')
        && whole(owed).is_some()
    {
        findings.remark(row.line, format!("the quantity {typed} becomes 0"));
        return Ok(0);
    }
    whole(typed).ok_or_else(|| format!("the quantity “{typed}” is not a whole number"))
}

/// A whole number, also written `12.0`.
fn whole(typed: &str) -> Option<u32> {
    let number = plain_decimal(typed)?;
    number.fract().is_zero().then(|| u32::try_from(number).ok()).flatten().filter(|n| *n <= MOST)
}

/// The weight, rounded to whole grams; what weighs anything weighs at least one.
fn grams(row: &Row) -> Result<Option<u32>, String> {
    let typed = row.cell(Column::Grams);
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = || format!("the weight “{typed}” is not a number of grams");
    let weight = plain_decimal(typed).ok_or_else(wrong)?;
    if weight.is_zero() { Ok(None) } else { rounded_grams(weight).map(Some).ok_or_else(wrong) }
}

/// Digits, with a point among them at most.
fn plain_decimal(typed: &str) -> Option<Decimal> {
    let is_plain = typed.starts_with(|c: char| c.is_ascii_digit()) && typed.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    typed.parse().ok().filter(|_| is_plain)
}

/// The pictures in the order of their positions, each once.
fn pictures(group: &Group, findings: &mut Findings<'_>) -> Vec<Picture> {
    let mut found: Vec<(u32, Picture)> = Vec::new();
    for row in &group.rows {
        let address = row.cell(Column::Image);
        if !address.is_empty() && !found.iter().any(|(_, p)| p.address == address) {
            let position = row.cell(Column::Position).parse().unwrap_or(u32::MAX);
            let picture = Picture { line: row.line, address: address.to_owned(), alt: one_line(row.cell(Column::Alt)) };
            found.push((position, picture));
        }
    }
    found.sort_by_key(|(position, _)| *position);
    let left_out = found.split_off(found.len().min(MAX_IMAGES));
    for (_, picture) in left_out {
        findings.remark(picture.line, format!("the picture is left out: a product has at most {MAX_IMAGES}"));
    }
    found.into_iter().map(|(_, picture)| picture).collect()
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
        assert_eq!(remarks, ["the compare-at price is not above the price and is left out", "the quantity -3 becomes 0"]);
    }

    #[test]
    fn pictures_beyond_the_most_are_left_out_with_a_remark_each() {
        let rows: Vec<String> = (0..MAX_IMAGES + 3).map(|n| format!("a,,,https://shop.example/{n}.jpg,{}", n + 1)).collect();
        let (draft, remarks) = one(&format!("Handle,Title,Price,Image Src,Image Position\na,A,1,,\n{}", rows.join("\n")));
        assert_eq!((draft.pictures.len(), remarks.len()), (MAX_IMAGES, 3));
    }
}
