//! A product of the rows that describe it.

use super::{
    column,
    rows::{Group, Remark, Row},
};
use domain::{
    catalogue::{OptionType, OptionValue, Product, TaxClass, Variant},
    money::Currency,
    text::{Name, Sku, Slug, one_line},
};
use std::collections::BTreeSet;

const LONGEST_DESCRIPTION: usize = 60_000;

/// A product of the file, before its category and pictures are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) line: u64,
    pub(crate) slug: Slug,
    pub(crate) name: Name,
    pub(crate) description: String,
    pub(crate) vendor: Option<String>,
    pub(crate) tags: Vec<String>,
    /// Its type, or its first tag, or what stands for neither.
    pub(crate) category: Name,
    pub(crate) options: Vec<OptionType>,
    pub(crate) variants: Vec<Variant>,
    pub(crate) visible: bool,
    pub(crate) pictures: Vec<Picture>,
}

/// A picture as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) line: u64,
    pub(crate) address: String,
    pub(crate) alt: String,
}

/// Understands a group of rows. All that is wrong is said at once; what can be put right is, with a remark.
pub(crate) fn draft(group: &Group, currency: Currency, remarks: &mut Vec<Remark>) -> Result<Draft, Vec<Remark>> {
    let mut wrong = Vec::new();
    let Some(first) = group.rows.iter().find(|row| !row.cell(column::TITLE).is_empty()).or(group.rows.first()) else {
        return Err(wrong);
    };
    let line = first.line;
    let keep = |wrong: &mut Vec<Remark>, what: &str, why: String| wrong.push(Remark::new(line, format!("the {what} {why}")));
    let name = first.cell(column::TITLE).parse::<Name>().map_err(|e| keep(&mut wrong, "title", e.to_string())).ok();
    let slug = group.handle.parse::<Slug>().ok().or_else(|| {
        let slug = Slug::from_name(&group.handle);
        match &slug {
            Some(slug) => remarks.push(Remark::new(line, format!("the handle becomes {slug}"))),
            None => keep(&mut wrong, "handle", "has no letters or digits".to_owned()),
        }
        slug
    });
    let body = first.cell(column::BODY);
    if body.chars().count() > LONGEST_DESCRIPTION {
        keep(&mut wrong, "description", format!("is longer than {LONGEST_DESCRIPTION} characters"));
    }
    let names = option_names(first);
    let variant_rows: Vec<&Row> = group.rows.iter().filter(|row| is_variant(row)).collect();
    if variant_rows.is_empty() {
        wrong.push(Remark::new(line, "the product has no row with a price"));
    }
    let mut variants = Vec::new();
    let mut skus = BTreeSet::new();
    for row in variant_rows {
        match variant(row, &group.handle, &names, currency, remarks) {
            Ok(variant) if !skus.insert(variant.sku.clone()) => {
                wrong.push(Remark::new(row.line, format!("the SKU {} is there twice", variant.sku)));
            }
            Ok(variant) => variants.push(variant),
            Err(why) => wrong.push(Remark::new(row.line, why)),
        }
    }
    let tags: Vec<String> = first.cell(column::TAGS).split(',').map(one_line).filter(|t| !t.is_empty()).collect();
    let category = [first.cell(column::TYPE), tags.first().map_or("", String::as_str)].into_iter().find(|c| !c.is_empty());
    let category = capitalised(category.unwrap_or("Imported")).parse().map_err(|e| keep(&mut wrong, "type", format!("{e}"))).ok();
    let (true, Some(name), Some(slug), Some(category)) = (wrong.is_empty() && !group.damaged, name, slug, category) else {
        return Err(wrong);
    };
    Ok(Draft {
        line,
        slug,
        name,
        description: html::sanitise(body),
        vendor: Some(one_line(first.cell(column::VENDOR))).filter(|v| !v.is_empty()),
        tags,
        category,
        options: options(&names, &variants),
        variants,
        visible: is_visible(first),
        pictures: pictures(group),
    })
}

impl Draft {
    /// Takes a draft's facts over into a product; what the file cannot say stays as it is.
    pub(crate) fn apply(&self, product: &mut Product) {
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

/// The same names and values; their order is the shop's.
fn same_options(known: &[OptionType], new: &[OptionType]) -> bool {
    let values = |option: &OptionType| option.values.iter().cloned().collect::<BTreeSet<String>>();
    known.len() == new.len() && known.iter().zip(new).all(|(a, b)| a.name == b.name && values(a) == values(b))
}

/// A row with a price or an option is a variant; one with a picture alone is not.
fn is_variant(row: &Row) -> bool {
    !row.cell(column::PRICE).is_empty() || column::OPTIONS.iter().any(|(_, value)| !row.cell(value).is_empty())
}

fn is_visible(row: &Row) -> bool {
    let published = row.cell(column::PUBLISHED);
    let status = row.cell(column::STATUS);
    !published.eq_ignore_ascii_case("false") && (status.is_empty() || status.eq_ignore_ascii_case("active"))
}

/// The names of the options; none for a product that has just one form.
fn option_names(first: &Row) -> Vec<String> {
    let [(name, value), ..] = column::OPTIONS;
    if first.cell(name).eq_ignore_ascii_case("Title") && first.cell(value).eq_ignore_ascii_case("Default Title") {
        return Vec::new();
    }
    column::OPTIONS.iter().map(|(name, _)| first.cell(name)).take_while(|n| !n.is_empty()).map(one_line).collect()
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

fn variant(row: &Row, handle: &str, names: &[String], currency: Currency, remarks: &mut Vec<Remark>) -> Result<Variant, String> {
    let options: Vec<OptionValue> = names
        .iter()
        .zip(column::OPTIONS)
        .map(|(name, (_, value))| OptionValue { name: name.clone(), value: one_line(row.cell(value)) })
        .collect();
    if let Some(missing) = options.iter().find(|o| o.value.is_empty()) {
        return Err(format!("the variant has no value for {}", missing.name));
    }
    let price = currency.parse(row.cell(column::PRICE)).map_err(|e| format!("the price “{}” {e}", row.cell(column::PRICE)))?;
    let before = row.cell(column::COMPARE_AT);
    let compare_at = match before {
        "" => None,
        typed => Some(currency.parse(typed).map_err(|e| format!("the compare-at price “{typed}” {e}"))?),
    };
    if compare_at.is_some_and(|before| before <= price && !before.is_zero()) {
        remarks.push(Remark::new(row.line, "the compare-at price is not above the price and is left out"));
    }
    Ok(Variant {
        sku: sku(row, handle, &options, remarks)?,
        options,
        price,
        compare_at: compare_at.filter(|before| *before > price),
        stock: stock(row, remarks)?,
        available: true,
        tax_class: if row.cell(column::TAXABLE).eq_ignore_ascii_case("false") { TaxClass::Zero } else { TaxClass::Standard },
        weight_grams: match row.cell(column::GRAMS) {
            "" => None,
            typed => {
                Some(whole(typed).ok_or_else(|| format!("the weight “{typed}” is not a number of grams"))?).filter(|g| *g > 0)
            }
        },
    })
}

/// The SKU of the file, or one made of handle and options.
fn sku(row: &Row, handle: &str, options: &[OptionValue], remarks: &mut Vec<Remark>) -> Result<Sku, String> {
    // Spreadsheets mark texts that look like numbers so.
    let typed = row.cell(column::SKU).trim_start_matches('\'');
    if let Ok(sku) = typed.parse() {
        return Ok(sku);
    }
    let source = if typed.is_empty() {
        std::iter::once(handle).chain(options.iter().map(|o| o.value.as_str())).collect::<Vec<_>>().join("-")
    } else {
        typed.to_owned()
    };
    let mut plain = Slug::from_name(&source).map(|s| s.to_string()).unwrap_or_default();
    if plain.len() > 64 {
        let end = ids::sha256_hex(&source);
        plain = format!("{}-{}", plain.get(..52).unwrap_or_default(), end.get(..10).unwrap_or_default());
    }
    let made: Sku = plain.parse().map_err(|_| format!("the SKU “{typed}” cannot be used"))?;
    if !typed.is_empty() {
        remarks.push(Remark::new(row.line, format!("the SKU “{typed}” becomes {made}")));
    }
    Ok(made)
}

fn stock(row: &Row, remarks: &mut Vec<Remark>) -> Result<u32, String> {
    let typed = row.cell(column::QUANTITY);
    if typed.is_empty() {
        return Ok(0);
    }
    if let Some(owed) = typed.strip_prefix('-')
        && whole(owed).is_some()
    {
        remarks.push(Remark::new(row.line, format!("the quantity {typed} becomes 0")));
        return Ok(0);
    }
    whole(typed).ok_or_else(|| format!("the quantity “{typed}” is not a whole number"))
}

/// A whole number, also written `12.0`.
fn whole(typed: &str) -> Option<u32> {
    let (number, rest) = typed.split_once('.').unwrap_or((typed, ""));
    if !rest.bytes().all(|b| b == b'0') {
        return None;
    }
    number.parse().ok().filter(|n| *n <= 10_000_000)
}

/// The pictures in the order of their positions, each once.
fn pictures(group: &Group) -> Vec<Picture> {
    let mut found: Vec<(u32, Picture)> = Vec::new();
    for row in &group.rows {
        let address = row.cell(column::IMAGE);
        if !address.is_empty() && !found.iter().any(|(_, p)| p.address == address) {
            let position = row.cell(column::POSITION).parse().unwrap_or(u32::MAX);
            let picture = Picture { line: row.line, address: address.to_owned(), alt: one_line(row.cell(column::ALT)) };
            found.push((position, picture));
        }
    }
    found.sort_by_key(|(position, _)| *position);
    found.into_iter().map(|(_, picture)| picture).take(domain::catalogue::MAX_IMAGES).collect()
}

fn capitalised(text: &str) -> String {
    web::orders::capital(text)
}
