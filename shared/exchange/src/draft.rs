//! A product of the rows that describe it.

mod apply;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use crate::{
    CategoryMap, CategoryPath, Group, Remark, Row,
    column::Column,
    variant::{OPTIONS, Variants, variants},
};
use domain::{
    catalogue::{
        LONGEST_DESCRIPTION, LONGEST_LINE, LONGEST_NOTICE, LONGEST_SUMMARY, MAX_IMAGES, MAX_TAGS, MAX_VARIANTS, OptionType, Seo,
        Source, Variant,
    },
    money::Currency,
    text::{Name, Sku, Slug, capital, free_text, one_line},
    timestamp::Timestamp,
};
use std::collections::BTreeSet;

const LONGEST_HANDLE: usize = 255;

/// A product of the file, before its category and pictures are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where it begins.
    pub line: u64,
    /// What names it in the shop that it came from, exactly as the file has it.
    pub handle: String,
    /// That shop: the one that wrote the file, or the one that an export of this shop names.
    pub source: Source,
    /// Its page's address: the handle, or what comes nearest to it.
    pub slug: Slug,
    /// Whether the handle is no address, so that one was made of it.
    pub has_made_slug: bool,
    /// Its name.
    pub name: Name,
    /// Sanitised HTML.
    pub description: String,
    /// Who made it.
    pub vendor: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Shopify's category, or the merchant's type, or the first tag, or what stands for none; what the map says of it.
    pub category: CategoryPath,
    /// The address that its category had in the shop that wrote the file.
    pub category_slug: Option<Slug>,
    /// The address that an export of this shop says.
    pub own_address: Option<Slug>,
    /// Addresses that lead to it.
    pub old_addresses: Vec<Slug>,
    /// When it was made in the shop that wrote the file.
    pub created_at: Option<Timestamp>,
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
    /// SKUs of the variants of which the file says a quantity.
    pub(crate) counted: BTreeSet<Sku>,
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

/// Understands a group of rows. What can be put right is, with a remark. `map` says where its category is in this shop.
///
/// # Errors
///
/// All that is wrong with it, each with its line.
pub fn draft(group: &Group, currency: Currency, map: &mut CategoryMap, remarks: &mut Vec<Remark>) -> Result<Draft, Vec<Remark>> {
    remarks.extend(group.remarks.iter().cloned());
    let mut findings = Findings { wrong: Vec::new(), remarks };
    let drafted = understand(group, currency, map, &mut findings);
    match drafted {
        Some(draft) if findings.wrong.is_empty() && !group.is_damaged => Ok(draft),
        _ => Err(findings.wrong),
    }
}

fn understand(group: &Group, currency: Currency, map: &mut CategoryMap, findings: &mut Findings<'_>) -> Option<Draft> {
    if let Some(refusal) = &group.refusal {
        findings.refuse(refusal.line, &refusal.text);
        return None;
    }
    let first = group.rows.iter().find(|row| !row.cell(Column::Title).is_empty()).or(group.rows.first())?;
    let line = first.line;
    if let Some(refusal) = group.rows.iter().find_map(gift_card) {
        findings.refuse(refusal.line, refusal.text);
        return None;
    }
    let name = first.cell(Column::Title).parse::<Name>().map_err(|error| format!("the title {error}"));
    let name = findings.keep(line, name);
    let slug = slug(group, first, findings);
    let description = description(first, findings);
    let names = option_names(first);
    if names.iter().any(|name| name.chars().count() > LONGEST_LINE) {
        findings.refuse(line, format!("the name of an option is longer than {LONGEST_LINE} characters"));
    }
    let Variants { found: variants, made_skus, counted } = variants(group, line, &names, currency, findings);
    let (source, handle) = origin(group, first, findings);
    remark_what_later_rows_say(group, first, findings);
    let tags = tags(first, findings);
    let (category, category_slug) = category(first, &tags, map, findings)?;
    Some(Draft {
        line,
        has_made_slug: handle == group.handle && has_made_slug(group, first),
        handle,
        source,
        slug: slug?,
        name: name?,
        description,
        vendor: text(first, Column::Vendor, LONGEST_LINE, findings),
        tags,
        category,
        category_slug,
        options: options(&names, &variants, first, findings),
        own_address: first.cell(Column::Address).parse().ok(),
        old_addresses: old_addresses(first, findings),
        created_at: created_at(first, findings),
        variants,
        visible: is_visible(first, findings),
        featured: flag(first, Column::Featured, findings) == Some(true),
        manufacturer: text(first, Column::Manufacturer, LONGEST_NOTICE, findings),
        responsible_person: text(first, Column::ResponsiblePerson, LONGEST_NOTICE, findings),
        seo: Seo {
            title: text(first, Column::SeoTitle, LONGEST_LINE, findings),
            description: text(first, Column::SeoDescription, LONGEST_SUMMARY, findings),
        },
        pictures: pictures(group, findings),
        made_skus,
        counted,
        columns: group.rows.iter().flat_map(|row| row.cells.keys().copied()).collect(),
    })
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

/// Words to find it by. What is more or longer than the shop keeps is cut, with a remark.
fn tags(first: &Row, findings: &mut Findings<'_>) -> Vec<String> {
    let mut tags: Vec<String> = first.cell(Column::Tags).split(',').map(one_line).filter(|tag| !tag.is_empty()).collect();
    if tags.len() > MAX_TAGS {
        let text = format!("{} tags are left out: a product has at most {MAX_TAGS}", tags.len() - MAX_TAGS);
        findings.remark(first.line, text);
        tags.truncate(MAX_TAGS);
    }
    for tag in tags.iter_mut().filter(|tag| tag.chars().count() > LONGEST_LINE) {
        findings.remark(first.line, format!("a tag is cut to {LONGEST_LINE} characters"));
        *tag = tag.chars().take(LONGEST_LINE).collect();
    }
    tags
}

/// Addresses that lead to the product. What is no address is left out.
fn old_addresses(first: &Row, findings: &mut Findings<'_>) -> Vec<Slug> {
    let mut found = Vec::new();
    for typed in first.cell(Column::OldAddresses).split_whitespace() {
        match typed.parse() {
            Ok(slug) => found.push(slug),
            Err(error) => findings.remark(first.line, format!("the old address “{typed}” {error} and is left out")),
        }
    }
    found
}

/// When the product was made. A moment that is none, or still to come, is left out.
fn created_at(first: &Row, findings: &mut Findings<'_>) -> Option<Timestamp> {
    let typed = first.cell(Column::Created);
    let found = typed.parse().ok().filter(|moment| *moment <= clock::now());
    if found.is_none() && !typed.is_empty() {
        findings
            .remark(first.line, format!("“{}” is “{typed}”, which is no moment of the past: left out", Column::Created.name()));
    }
    found
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
    findings.keep(line, Slug::from_name(handle).ok_or_else(|| "the handle has no letters or digits".to_owned()))
}

/// Whether nothing in the file is an address.
fn has_made_slug(group: &Group, first: &Row) -> bool {
    group.source == Source::Shopify && first.cell(Column::Address).is_empty() && group.handle.parse::<Slug>().is_err()
}

/// The shop that a product came from, and what names it there. Exports of this shop have products of several.
fn origin(group: &Group, first: &Row, findings: &mut Findings<'_>) -> (Source, String) {
    let as_in_file = (group.source, group.handle.clone());
    let handle = Some(first.cell(Column::SourceHandle)).filter(|handle| !handle.is_empty()).unwrap_or(&group.handle);
    match first.cell(Column::Source).to_lowercase().as_str() {
        "woocommerce" if handle.chars().count() <= LONGEST_HANDLE => (Source::WooCommerce, handle.to_owned()),
        "" | "shopify" => as_in_file,
        _ => {
            findings
                .remark(first.line, "the shop that it came from is not known here: it is taken for one of this file".to_owned());
            as_in_file
        }
    }
}

/// True or false in the words of spreadsheets and shops; `None` where nothing is said. Other words are left out, with a remark.
pub(crate) fn flag(row: &Row, column: Column, findings: &mut Findings<'_>) -> Option<bool> {
    match row.cell(column).to_lowercase().as_str() {
        "" => None,
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        other => {
            let text = format!("“{}” is neither true nor false but “{other}”, and is left out", column.name());
            findings.remark(row.line, text);
            None
        }
    }
}

/// Why a row's product is refused as a gift card. A word that is neither true nor false refuses it, too.
fn gift_card(row: &Row) -> Option<Remark> {
    let mut remarks = Vec::new();
    match flag(row, Column::GiftCard, &mut Findings { wrong: Vec::new(), remarks: &mut remarks }) {
        Some(true) => Some(Remark::new(row.line, "it is a gift card, and gift cards cannot be sold here yet")),
        Some(false) => None,
        None if remarks.is_empty() => None,
        None => {
            let typed = row.cell(Column::GiftCard);
            Some(Remark::new(row.line, format!("“{}” is “{typed}”; expected true or false", Column::GiftCard.name())))
        }
    }
}

/// The description as it is shown. What it must not have is left out, with a remark.
fn description(first: &Row, findings: &mut Findings<'_>) -> String {
    let typed = first.cell(Column::Description);
    let shown = html::sanitise(typed);
    if shown.chars().count() > LONGEST_DESCRIPTION {
        findings.refuse(first.line, format!("the description is longer than {LONGEST_DESCRIPTION} characters"));
    }
    let html::LeftOut { tags, attributes } = html::left_out(typed, &shown);
    for tag in tags {
        findings.remark(first.line, format!("the description's <{tag}> is left out"));
    }
    if !attributes.is_empty() {
        let names = attributes.into_iter().collect::<Vec<_>>().join(", ");
        findings.remark(first.line, format!("attributes of the description's tags are left out: “{names}”"));
    }
    shown
}

/// What says something of the product stands in its first row. Later rows that say something else are not read.
fn remark_what_later_rows_say(group: &Group, first: &Row, findings: &mut Findings<'_>) {
    const OF_THE_PRODUCT: [Column; 24] = [
        Column::Title,
        Column::Description,
        Column::Vendor,
        Column::Type,
        Column::CustomType,
        Column::Category,
        Column::Tags,
        Column::Published,
        Column::Status,
        Column::SeoTitle,
        Column::SeoDescription,
        Column::OptionName(0),
        Column::OptionName(1),
        Column::OptionName(2),
        Column::Address,
        Column::Featured,
        Column::Manufacturer,
        Column::ResponsiblePerson,
        Column::Source,
        Column::SourceHandle,
        Column::CategoryAddress,
        Column::OptionValues,
        Column::Created,
        Column::OldAddresses,
    ];
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

/// The first that the map names, or else the first that is there: Shopify's category, the merchant's type by either name, a
/// tag. With the address that the file gives it, where that still counts.
fn category(
    first: &Row,
    tags: &[String],
    map: &mut CategoryMap,
    findings: &mut Findings<'_>,
) -> Option<(CategoryPath, Option<Slug>)> {
    const COLUMNS: [Column; 3] = [Column::Category, Column::CustomType, Column::Type];
    let tag = tags.first().map_or("Imported", String::as_str);
    let mut named: Vec<(Column, &str)> = COLUMNS.map(|column| (column, first.cell(column))).to_vec();
    named.retain(|(_, name)| !name.is_empty());
    named.extend(Some((Column::Tags, tag)).filter(|_| named.is_empty()));
    let mapped = named.iter().find_map(|(column, name)| Some((*column, map.of(&path_of(*column, name).ok()?)?)));
    let column = mapped.as_ref().map(|(column, _)| *column).or(named.first().map(|(column, _)| *column))?;
    remark_names_beside(column, &named, first.line, findings);
    let address = category_slug(first, findings);
    // A category that moves along keeps its address; what stands for one has its own.
    if let Some((_, mapped)) = mapped {
        return Some((mapped.path, address.filter(|_| mapped.moves_along && column == Column::Category)));
    }
    let name = named.first().map_or("", |(_, name)| *name);
    Some((findings.keep(first.line, path_of(column, name))?, address))
}

/// A category's path, or that of a type or tag, which is one name.
fn path_of(column: Column, name: &str) -> Result<CategoryPath, String> {
    match column {
        Column::Category => name.parse().map_err(|error| format!("the category “{name}” {error}")),
        _ => capital(name).parse().map(CategoryPath::at_top).map_err(|error| format!("the type {error}")),
    }
}

/// A product is in one category: other names beside the chosen one are left out.
fn remark_names_beside(chosen: Column, named: &[(Column, &str)], line: u64, findings: &mut Findings<'_>) {
    let last = |column: Column, name: &str| {
        let path = path_of(column, name).ok();
        path.and_then(|path| path.names().last().map(|name| name.as_str().to_lowercase())).unwrap_or_default()
    };
    let own = named.iter().find(|(column, _)| *column == chosen).map(|(column, name)| last(*column, name)).unwrap_or_default();
    for (column, typed) in named.iter().filter(|(column, typed)| *column != chosen && last(*column, typed) != own) {
        let text = format!("“{}” is “{typed}” and is left out beside “{}”", column.name(), chosen.name());
        findings.remark(line, text);
    }
}

/// The address of its category. One that is no address is left out: there is the path, too.
fn category_slug(first: &Row, findings: &mut Findings<'_>) -> Option<Slug> {
    let typed = first.cell(Column::CategoryAddress);
    let slug = typed.parse().ok();
    if slug.is_none() && !typed.is_empty() {
        findings.remark(first.line, format!("the category's address “{typed}” is none and is left out"));
    }
    slug
}

fn is_visible(row: &Row, findings: &mut Findings<'_>) -> bool {
    let status = row.cell(Column::Status).to_lowercase();
    if !["", "active", "draft", "archived"].contains(&status.as_str()) {
        findings.remark(row.line, format!("the status “{status}” is not known here: the product is hidden"));
    }
    if status == "archived" {
        findings.remark(row.line, "the status “archived” becomes draft: the product is hidden".to_owned());
    }
    let published = flag(row, Column::Published, findings);
    // What nobody understands is not shown to everybody.
    let is_published = published == Some(true) || row.cell(Column::Published).is_empty();
    is_published && ["", "active"].contains(&status.as_str())
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

/// Every value: first those that the file lists in the order of the shop, then in the order in which the variants bring them up.
fn options(names: &[String], variants: &[Variant], first: &Row, findings: &mut Findings<'_>) -> Vec<OptionType> {
    let listed = listed_values(names, first, findings);
    let values = |place: usize| {
        let mut values: Vec<String> = listed.get(place).cloned().unwrap_or_default();
        for value in variants.iter().filter_map(|v| v.options.get(place)).map(|o| &o.value) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        values
    };
    names.iter().enumerate().map(|(place, name)| OptionType { name: name.clone(), values: values(place) }).collect()
}

/// The values that an export of this shop lists for each option.
fn listed_values(names: &[String], first: &Row, findings: &mut Findings<'_>) -> Vec<Vec<String>> {
    let cell = first.cell(Column::OptionValues);
    if cell.is_empty() {
        return Vec::new();
    }
    let understood = serde_json::from_str::<Vec<Vec<String>>>(cell).ok().filter(|listed| listed.len() == names.len());
    let Some(listed) = understood else {
        let text =
            format!("“{}” does not list the values of {} options and is left out", Column::OptionValues.name(), names.len());
        findings.remark(first.line, text);
        return Vec::new();
    };
    let each = |values: Vec<String>| {
        let mut kept: Vec<String> = Vec::new();
        for value in values.iter().map(|value| one_line(value)).filter(|value| !value.is_empty()) {
            if value.chars().count() <= LONGEST_LINE && kept.len() < MAX_VARIANTS && !kept.contains(&value) {
                kept.push(value);
            }
        }
        kept
    };
    listed.into_iter().map(each).collect()
}

/// The pictures in the order of their positions, each once.
fn pictures(group: &Group, findings: &mut Findings<'_>) -> Vec<Picture> {
    let mut found: Vec<(u32, Picture)> = Vec::new();
    for row in &group.rows {
        let address = row.cell(Column::Image);
        if address.is_empty() {
            remark_without_picture(row, findings);
            continue;
        }
        let alt = one_line(row.cell(Column::Alt));
        if let Some((_, first)) = found.iter().find(|(_, p)| p.address == address) {
            let also = if alt.is_empty() || alt == first.alt { String::new() } else { format!(", with the words “{alt}”") };
            findings.remark(row.line, format!("the picture stands in line {} already and is left out{also}", first.line));
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

/// What is said of a picture in a row that has none is left out.
fn remark_without_picture(row: &Row, findings: &mut Findings<'_>) {
    for column in [Column::Position, Column::Alt, Column::ImageOrigin].into_iter().filter(|c| !row.cell(*c).is_empty()) {
        findings.remark(row.line, format!("“{}” stands in a row without a picture and is left out", column.name()));
    }
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
