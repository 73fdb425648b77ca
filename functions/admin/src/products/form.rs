//! A product's form as a product, and the other way round.

use super::quoted;
use crate::categories::slug_of;
use domain::{
    catalogue::{
        Image, LONGEST_DESCRIPTION, LONGEST_LINE, LONGEST_NOTICE, LONGEST_SUMMARY, MAX_STOCK, MAX_TAGS, MAX_VARIANTS, OptionType,
        OptionValue, Product, Seo, UnitMeasureError, Variant, grams, stock_of,
    },
    money::{Currency, Money},
    text::{Barcode, Id, Name, Sku, TextError, capital, free_text, one_line, strict},
};
use render::views::{
    Form,
    admin::{ProductInput, VariantInput},
};

/// A product as its form shows it.
pub(crate) fn to_input(product: &Product, currency: Currency) -> ProductInput {
    let amount = |m: &Money| currency.round(m.amount()).to_string();
    let variant = |v: &Variant| VariantInput {
        sku: v.sku.to_string(),
        values: v.options.iter().map(|o| quoted::of(&o.value, "/")).collect::<Vec<_>>().join(" / "),
        price: amount(&v.price),
        compare_at: v.compare_at.as_ref().map(amount).unwrap_or_default(),
        stock: v.stock.to_string(),
        seen_stock: v.balance().to_string(),
        sold_beyond: v.sold_beyond,
        stock_policy: v.stock_policy.name().to_owned(),
        available: v.available,
        tax_class: v.tax_class.name().to_owned(),
        weight: v.weight_grams.map(|g| format!("{g} g")).unwrap_or_default(),
        image: v.image.clone().unwrap_or_default(),
        barcode: v.barcode.as_ref().map(ToString::to_string).unwrap_or_default(),
        cost: v.cost.as_ref().map(amount).unwrap_or_default(),
        measure: v.measure.map(|m| m.to_string()).unwrap_or_default(),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let lines = |lines: Vec<String>| lines.join("\n");
    ProductInput {
        name: product.name.to_string(),
        slug: product.slug.to_string(),
        category: product.category.to_string(),
        description: product.description.clone(),
        vendor: text(&product.vendor),
        manufacturer: text(&product.manufacturer),
        responsible_person: text(&product.responsible_person),
        seo_title: text(&product.seo.title),
        seo_description: text(&product.seo.description),
        tags: product.tags.join(", "),
        options: lines(product.options.iter().map(option_line).collect()),
        images: lines(product.images.iter().map(|i| format!("{} | {} | {}x{}", i.src, i.alt, i.width, i.height)).collect()),
        visible: product.visible,
        featured: product.featured,
        version: product.version.to_string(),
        variants: product.variants.iter().map(variant).collect(),
    }
}

/// The product that is meant, and the one that was seen: the current one with the stock that the form was made of, so that a
/// sale in the meantime is noticed. Refused fields are noted in the form.
pub(crate) fn check(form: &mut Form<ProductInput>, current: Option<&Product>, currency: Currency) -> Option<(Product, Product)> {
    let input = form.input.clone();
    let name = form.keep("name", input.name.parse::<Name>());
    let slug = form.keep("slug", slug_of(&input.slug, &input.name));
    let category = form.keep("category", input.category.parse::<Id>());
    let options = form.keep("options", options(&input.options));
    let images = form.keep("images", images(&input.images));
    if input.description.chars().count() > LONGEST_DESCRIPTION {
        form.refuse("description", format!("must be at most {LONGEST_DESCRIPTION} characters"));
    }
    let rows = input.variants.iter().filter(|v| !strict(&v.sku).is_empty());
    let variants = options.as_ref().and_then(|options| {
        let parsed = rows.map(|row| variant(row, options, current, currency)).collect::<Result<Vec<_>, String>>();
        form.keep("variants", parsed)
    });
    let (manufacturer, responsible_person) = (
        form.keep("manufacturer", optional(free_text(&input.manufacturer), LONGEST_NOTICE)),
        form.keep("responsible_person", optional(free_text(&input.responsible_person), LONGEST_NOTICE)),
    );
    let (seo_title, seo_description) = (
        form.keep("seo_title", optional(one_line(&input.seo_title), LONGEST_LINE)),
        form.keep("seo_description", optional(one_line(&input.seo_description), LONGEST_SUMMARY)),
    );
    let (tags, vendor) =
        (form.keep("tags", tags(&input.tags)), form.keep("vendor", optional(one_line(&input.vendor), LONGEST_LINE)));
    let (slug, name, category, now) = (slug?, name?, category?, clock::now());
    let made = || Product::new(ids::new_id(), slug.clone(), name.clone(), category.clone(), now);
    let product = Product {
        description: html::sanitise(&input.description),
        images: with_origins(images?, current),
        tags: tags?,
        vendor: vendor?,
        manufacturer: manufacturer?,
        responsible_person: responsible_person?,
        seo: Seo { title: seo_title?, description: seo_description? },
        options: options?,
        variants: Vec::new(),
        visible: input.visible,
        featured: input.featured,
        updated_at: now,
        ..current.cloned().unwrap_or_else(made)
    };
    let product = Product { slug, name, category, ..product };
    let (product, seen) = with_variants(product, current, variants?);
    form.keep("variants", product.check().map_err(|e| format!("{}.", capital(&e.to_string()))))?;
    form.errors.is_empty().then_some((product, seen))
}

/// The product with its variants, and the one that was seen: with the stock that stood in the form.
fn with_variants(mut product: Product, current: Option<&Product>, variants: Vec<(Variant, i64)>) -> (Product, Product) {
    let mut seen = current.cloned();
    for (variant, balance) in variants {
        if let Some(before) = seen.as_mut().and_then(|p| p.variants.iter_mut().find(|v| v.sku == variant.sku)) {
            (before.stock, before.sold_beyond) = stock_of(balance);
        }
        product.variants.push(variant);
    }
    let seen = seen.unwrap_or_else(|| product.clone());
    (product, seen)
}

/// A row as a variant, with the balance of its stock that was seen.
fn variant(
    row: &VariantInput,
    options: &[OptionType],
    current: Option<&Product>,
    currency: Currency,
) -> Result<(Variant, i64), String> {
    let sku: Sku = row.sku.parse().map_err(|e| wrong(row, "the SKU", e))?;
    let before = current.and_then(|p| p.variants.iter().find(|v| v.sku == sku));
    let amount = |what, typed: &str| filled(typed, |typed| currency.parse(typed)).map_err(|e| wrong(row, what, e));
    let ((stock, sold_beyond), seen) = stock(row, before)?;
    let values = one_line(&row.values);
    let values: Vec<String> = quoted::split(&values, " / ").into_iter().map(quoted::plain).filter(|v| !v.is_empty()).collect();
    let options = options.iter().zip(&values);
    let variant = Variant {
        options: options.map(|(o, value)| OptionValue { name: o.name.clone(), value: value.clone() }).collect(),
        compare_at: amount("the price before", &row.compare_at)?,
        stock,
        stock_policy: filled(&row.stock_policy, str::parse).map_err(|e| wrong(row, "the stock", e))?.unwrap_or_default(),
        sold_beyond,
        available: row.available,
        tax_class: filled(&row.tax_class, str::parse).map_err(|e| wrong(row, "the tax class", e))?.unwrap_or_default(),
        weight_grams: grams(&row.weight).map_err(|e| wrong(row, "the weight", e))?,
        image: filled(&row.image, |typed| Ok::<_, String>(typed.to_owned()))?,
        barcode: barcode(&row.barcode).map_err(|e| wrong(row, "the barcode", e))?,
        cost: amount("the cost", &row.cost)?,
        measure: filled(&row.measure, str::parse).map_err(|e: UnitMeasureError| wrong(row, "the contents", e))?,
        ..Variant::new(sku, currency.parse(&row.price).map_err(|e| wrong(row, "the price", e))?)
    };
    Ok((variant, seen))
}

fn wrong(row: &VariantInput, what: &str, why: impl std::fmt::Display) -> String {
    format!("{}: {what} {why}.", row.sku.trim())
}

/// What is typed, read; `None` where nothing is.
fn filled<T, E>(typed: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    match strict(typed).as_str() {
        "" => Ok(None),
        typed => read(typed).map(Some),
    }
}

/// Words, as files may have them: they stay what they are.
fn barcode(typed: &str) -> Result<Option<Barcode>, TextError> {
    if one_line(typed).is_empty() { Ok(None) } else { typed.parse().map(Some) }
}

/// The stock and what was sold beyond it as they are to be, and the balance that was seen. A number that was not touched stays
/// what it is now; one that was counts from there: what was sold beyond has been set aside.
fn stock(row: &VariantInput, before: Option<&Variant>) -> Result<((u32, u32), i64), String> {
    let typed = whole(&row.stock).ok_or_else(|| wrong(row, "the stock", format!("must be a whole number up to {MAX_STOCK}")))?;
    let seen: i64 = strict(&row.seen_stock).parse().unwrap_or(0);
    Ok(match before {
        Some(now) if typed == stock_of(seen).0 => ((now.stock, now.sold_beyond), now.balance()),
        _ => ((typed, 0), seen),
    })
}

/// A text that may be left out.
fn optional(text: String, max: usize) -> Result<Option<String>, String> {
    if text.chars().count() > max {
        return Err(format!("must be at most {max} characters"));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Pictures that stay keep the address that they came from.
fn with_origins(mut images: Vec<Image>, current: Option<&Product>) -> Vec<Image> {
    for image in &mut images {
        let known = current.and_then(|p| p.images.iter().find(|known| known.src == image.src));
        image.origin = known.and_then(|known| known.origin.clone());
    }
    images
}

fn whole(typed: &str) -> Option<u32> {
    strict(typed).parse().ok().filter(|n| *n <= MAX_STOCK)
}

/// Words with commas between them.
fn tags(typed: &str) -> Result<Vec<String>, String> {
    let tags: Vec<String> = typed.split(',').map(one_line).filter(|tag| !tag.is_empty()).collect();
    if tags.len() > MAX_TAGS || tags.iter().any(|tag| tag.chars().count() > LONGEST_LINE) {
        return Err(format!("may be {MAX_TAGS} at most, each of at most {LONGEST_LINE} characters"));
    }
    Ok(tags)
}

/// `Size: S, M, L`, one a line; what has a comma or a colon in it stands in quotation marks.
fn options(typed: &str) -> Result<Vec<OptionType>, String> {
    let typed = free_text(typed);
    let lines = typed.lines().map(str::trim).filter(|l| !l.is_empty());
    lines
        .map(|line| {
            let parts = quoted::split(line, ":");
            let [name, _, ..] = parts.as_slice() else { return Err(format!("“{line}” has no colon after the name")) };
            let behind = line.get(name.len()..).and_then(|rest| rest.split_once(':')).map_or("", |(_, values)| values);
            let name = one_line(&quoted::plain(name));
            let values: Vec<String> = quoted::split(behind, ",").into_iter().map(|v| one_line(&quoted::plain(v))).collect();
            let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
            if name.is_empty() || values.is_empty() {
                return Err(format!("“{line}” needs a name and values"));
            }
            if values.len() > MAX_VARIANTS || values.iter().chain([&name]).any(|text| text.chars().count() > LONGEST_LINE) {
                return Err(format!("“{name}” may have {MAX_VARIANTS} values of {LONGEST_LINE} characters at most"));
            }
            Ok(OptionType { name, values })
        })
        .collect()
}

fn option_line(option: &OptionType) -> String {
    let values: Vec<String> = option.values.iter().map(|value| quoted::of(value, ",")).collect();
    format!("{}: {}", quoted::of(&option.name, ":"), values.join(", "))
}

/// `/media/x.svg | what it shows | 800x800`, one a line.
fn images(typed: &str) -> Result<Vec<Image>, String> {
    let typed = free_text(typed);
    let lines = typed.lines().map(str::trim).filter(|l| !l.is_empty());
    lines
        .map(|line| {
            // What it shows may have strokes itself.
            let (src, rest) = line.split_once('|').map_or((line, ""), |(src, rest)| (src.trim(), rest.trim()));
            let size = rest.rsplit_once('|').and_then(|(alt, size)| Some((alt.trim(), size.trim().split_once('x')?)));
            let (alt, (width, height)) = size.unwrap_or((rest, ("800", "800")));
            let own = src.starts_with("/media/") && !src.contains("..") && src.bytes().all(|b| b.is_ascii_graphic());
            if !own {
                return Err(format!("“{src}” is not an address below /media/"));
            }
            if alt.is_empty() {
                return Err(format!("“{src}” needs words for who cannot see it"));
            }
            let pixels = |text: &str| strict(text).parse().ok().filter(|n| (1..=20_000).contains(n));
            let (Some(width), Some(height)) = (pixels(width), pixels(height)) else {
                return Err(format!("“{line}” needs a size such as 800x800"));
            };
            Ok(Image { src: src.to_owned(), alt: one_line(alt), width, height, origin: None })
        })
        .collect()
}
