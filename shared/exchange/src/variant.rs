//! The variants of a product's rows.

use crate::{
    Group, Row,
    column::Column,
    draft::{Findings, flag},
};
use domain::{
    catalogue::{
        LONGEST_LINE, MAX_STOCK, Measure, OptionValue, StockPolicy, TaxClass, UnitMeasure, UnitMeasureError, Variant,
        rounded_grams,
    },
    money::{Currency, Money},
    text::{Barcode, Sku, Slug, one_line},
};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

const LONGEST_SKU: usize = 64;
pub(crate) const OPTIONS: [u8; 3] = [0, 1, 2];

/// What the rows of a product sell.
pub(crate) struct Variants {
    /// Two never have the same SKU.
    pub(crate) found: Vec<Variant>,
    /// SKUs that the file does not have.
    pub(crate) made_skus: BTreeSet<Sku>,
    /// SKUs of which the file says a quantity.
    pub(crate) counted: BTreeSet<Sku>,
}

/// The variants of all rows that have one.
pub(crate) fn variants(group: &Group, line: u64, names: &[String], currency: Currency, findings: &mut Findings<'_>) -> Variants {
    let (rows, others): (Vec<&Row>, Vec<&Row>) = group.rows.iter().partition(|row| is_variant(row));
    for row in others {
        remark_without_variant(row, findings);
    }
    if rows.is_empty() {
        findings.refuse(line, "the product has no row with a price");
    }
    let typed: BTreeSet<Sku> = rows.iter().filter_map(|row| typed_sku(row).parse().ok()).collect();
    let mut skus = typed.clone();
    let (mut seen, mut counted) = (BTreeSet::new(), BTreeSet::new());
    let mut variants = Vec::new();
    for row in rows {
        let understood = variant(row, &group.handle, names, currency, &Skus { taken: &skus, seen: &seen }, findings);
        let Some(variant) = findings.keep(row.line, understood) else { continue };
        seen.insert(variant.sku.clone());
        skus.insert(variant.sku.clone());
        counted.extend(Some(variant.sku.clone()).filter(|_| !row.cell(Column::Quantity).is_empty()));
        variants.push(variant);
    }
    Variants { found: variants, made_skus: skus.difference(&typed).cloned().collect(), counted }
}

/// The SKUs of a product so far.
struct Skus<'a> {
    /// Those that rows say, of all rows, and those that were made.
    taken: &'a BTreeSet<Sku>,
    /// Those of the rows before.
    seen: &'a BTreeSet<Sku>,
}

fn variant(
    row: &Row,
    handle: &str,
    names: &[String],
    currency: Currency,
    skus: &Skus<'_>,
    findings: &mut Findings<'_>,
) -> Result<Variant, String> {
    let option =
        |(name, place): (&String, u8)| OptionValue { name: name.clone(), value: one_line(row.cell(Column::OptionValue(place))) };
    let options: Vec<OptionValue> = names.iter().zip(OPTIONS).map(option).collect();
    remark_unnamed_options(row, names, findings);
    if let Some(missing) = options.iter().find(|o| o.value.is_empty()) {
        return Err(format!("the variant has no value for “{}”", missing.name));
    }
    if let Some(long) = options.iter().find(|o| o.value.chars().count() > LONGEST_LINE) {
        return Err(format!("the value for “{}” is longer than {LONGEST_LINE} characters", long.name));
    }
    let price = price(row, currency)?;
    let sku = sku(row, handle, &options, skus, findings)?;
    let stock_policy = stock_policy(row, findings)?;
    let (stock, sold_beyond) = stock(row, findings)?;
    Ok(Variant {
        options,
        compare_at: compare_at(row, price, currency, findings)?,
        stock,
        stock_policy,
        sold_beyond,
        available: flag(row, Column::Available, findings) != Some(false),
        tax_class: tax_class(row, findings)?,
        weight_grams: grams(row)?,
        image: Some(row.cell(Column::VariantImage).to_owned()).filter(|address| !address.is_empty()),
        barcode: barcode(row, findings)?,
        cost: cost(row, currency)?,
        measure: measure(row, findings),
        ..Variant::new(sku, price)
    })
}

fn price(row: &Row, currency: Currency) -> Result<Money, String> {
    match row.cell(Column::Price) {
        "" => Err("the variant has no price".to_owned()),
        typed => currency.parse(typed).map_err(|error| format!("the price “{typed}” {error}; expected one such as 12.50")),
    }
}

/// A value of an option that has no name in the product's first row is not read.
fn remark_unnamed_options(row: &Row, names: &[String], findings: &mut Findings<'_>) {
    for place in OPTIONS.into_iter().skip(names.len()) {
        let value = row.cell(Column::OptionValue(place));
        let is_usual = value.is_empty() || (place == 0 && value.eq_ignore_ascii_case("Default Title"));
        if !is_usual {
            let name = Column::OptionValue(place).name();
            let text = format!("“{name}” is “{value}”, but the option has no name: it is left out");
            findings.remark(row.line, text);
        }
    }
}

fn tax_class(row: &Row, findings: &mut Findings<'_>) -> Result<TaxClass, String> {
    match row.cell(Column::TaxClass).to_lowercase().as_str() {
        "" if flag(row, Column::Taxable, findings) == Some(false) => Ok(TaxClass::Zero),
        "" => Ok(TaxClass::Standard),
        name => name.parse().map_err(|error| format!("the tax class “{name}” {error}")),
    }
}

/// Nobody counts stock that has no tracker. A file without that column counts it here.
fn stock_policy(row: &Row, findings: &mut Findings<'_>) -> Result<StockPolicy, String> {
    let tracker = row.cell(Column::Tracker);
    if row.has(Column::Tracker) && tracker.is_empty() {
        return Ok(StockPolicy::Untracked);
    }
    if !tracker.is_empty() && !tracker.eq_ignore_ascii_case("shopify") {
        findings.remark(row.line, format!("the stock is not tracked by “{tracker}” any more, but here"));
    }
    match row.cell(Column::Policy).to_lowercase().as_str() {
        "" | "deny" | "false" | "no" => Ok(StockPolicy::Track),
        "continue" | "true" | "yes" => Ok(StockPolicy::SellWhenOut),
        other => Err(format!("the inventory policy “{other}” is neither deny nor continue")),
    }
}

fn barcode(row: &Row, findings: &mut Findings<'_>) -> Result<Option<Barcode>, String> {
    let typed = row.cell(Column::Barcode);
    let (start, power) = typed.split_once("E+").unwrap_or_default();
    if plain_decimal(start).is_some() && plain_decimal(power).is_some() {
        findings.remark(row.line, format!("the barcode {typed} looks like a number that a spreadsheet has shortened"));
    }
    let read = || typed.parse().map_err(|error| format!("the barcode “{typed}” {error}"));
    if typed.is_empty() { Ok(None) } else { read().map(Some) }
}

fn cost(row: &Row, currency: Currency) -> Result<Option<Money>, String> {
    let typed = row.cell(Column::Cost);
    let read = || currency.parse(typed).map_err(|error| format!("the cost “{typed}” {error}"));
    if typed.is_empty() { Ok(None) } else { read().map(Some) }
}

/// What the variant holds and what its unit price is for: both, or neither. A base without a number is one, and one without a
/// unit has that of what the variant holds. What cannot be compared is left out, with a remark.
fn measure(row: &Row, findings: &mut Findings<'_>) -> Option<UnitMeasure> {
    let [total, total_unit, base, base_unit] =
        [Column::TotalMeasure, Column::TotalUnit, Column::BaseMeasure, Column::BaseUnit].map(|column| row.cell(column));
    if total.is_empty() {
        if [total_unit, base, base_unit].iter().any(|cell| !cell.is_empty()) {
            let total = Column::TotalMeasure.name();
            findings.remark(row.line, format!("the unit price for “{base} {base_unit}” has no “{total}” and is left out"));
        }
        return None;
    }
    let base_unit = if base_unit.is_empty() { total_unit } else { base_unit };
    let base = if base.is_empty() { "1" } else { base };
    let read = || UnitMeasure::new(Measure::new(total, total_unit)?, Measure::new(base, base_unit)?);
    let remark = |error| format!("the unit price for “{total} {total_unit} / {base} {base_unit}” {error} and is left out");
    read().map_err(|error: UnitMeasureError| findings.remark(row.line, remark(error))).ok()
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
fn sku(row: &Row, handle: &str, options: &[OptionValue], skus: &Skus<'_>, findings: &mut Findings<'_>) -> Result<Sku, String> {
    let typed = typed_sku(row);
    let is_free = |sku: &Sku| !skus.taken.contains(sku);
    if let Ok(sku) = typed.parse::<Sku>() {
        if skus.seen.contains(&sku) {
            let made = (2..u32::MAX).map(|number| sku.numbered(number)).find(is_free).ok_or("no SKU is free")?;
            findings.remark(row.line, format!("another variant has the SKU “{typed}” already: this one has {made}"));
            return Ok(made);
        }
        if sku.as_str() != row.cell(Column::Sku) {
            findings.remark(row.line, format!("the SKU “{}” becomes {sku}", row.cell(Column::Sku)));
        }
        return Ok(sku);
    }
    let source = if typed.is_empty() {
        std::iter::once(handle).chain(options.iter().map(|o| o.value.as_str())).collect::<Vec<_>>().join("-")
    } else {
        typed.to_owned()
    };
    let plain = Slug::from_name(&source).map(|slug| slug.to_string()).unwrap_or_default();
    let unusable = || format!("the SKU “{typed}” cannot be used");
    let first: Sku = shortened(plain, &source).parse().map_err(|_| unusable())?;
    let numbered = (2..u32::MAX).map(|number| first.numbered(number));
    let made = std::iter::once(first.clone()).chain(numbered).find(is_free).ok_or_else(unusable)?;
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

/// The units left, and those sold beyond them: fewer than none are none, and as many are owed.
fn stock(row: &Row, findings: &mut Findings<'_>) -> Result<(u32, u32), String> {
    let typed = row.cell(Column::Quantity);
    if typed.is_empty() {
        return Ok((0, 0));
    }
    if let Some(owed) = typed.strip_prefix('-').and_then(whole) {
        findings.remark(row.line, format!("the quantity {typed} becomes 0, with {owed} sold beyond the stock"));
        return Ok((0, owed));
    }
    let units = whole(typed).ok_or_else(|| format!("the quantity “{typed}” is not a whole number up to {MAX_STOCK}"))?;
    Ok((units, 0))
}

/// A whole number, also written `12.0`.
fn whole(typed: &str) -> Option<u32> {
    let number = plain_decimal(typed)?;
    number.fract().is_zero().then(|| u32::try_from(number).ok()).flatten().filter(|n| *n <= MAX_STOCK)
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

/// What is said of a variant in a row without one, such as that of a second picture, is left out.
fn remark_without_variant(row: &Row, findings: &mut Findings<'_>) {
    const OF_A_VARIANT: [Column; 11] = [
        Column::Quantity,
        Column::Grams,
        Column::Tracker,
        Column::Policy,
        Column::Taxable,
        Column::TaxClass,
        Column::Available,
        Column::TotalMeasure,
        Column::TotalUnit,
        Column::BaseMeasure,
        Column::BaseUnit,
    ];
    for column in OF_A_VARIANT.into_iter().filter(|column| !["", "0", "0.0"].contains(&row.cell(*column))) {
        let text = format!("“{}” stands in a row without a price, SKU or option and is left out", column.name());
        findings.remark(row.line, text);
    }
}

/// A row that says something of a variant is one, so that it is refused where the rest is missing; one with a picture alone is
/// not.
fn is_variant(row: &Row) -> bool {
    let says = [Column::Price, Column::Sku, Column::Barcode, Column::CompareAt, Column::Cost].into_iter();
    says.chain(OPTIONS.map(Column::OptionValue)).any(|column| !row.cell(column).is_empty())
}
