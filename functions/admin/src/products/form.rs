//! A product's form as a product, and the other way round.

use crate::categories::slug_of;
use domain::{
    catalogue::{Image, OptionType, OptionValue, Product, TaxClass, Variant},
    money::{Currency, Money},
    text::{Id, Name, Sku, capital, free_text, one_line, strict},
};
use render::views::{
    Form,
    admin::{ProductInput, VariantInput},
};

const LONGEST_DESCRIPTION: usize = 20_000;
const MAX_STOCK: u32 = 10_000_000;

/// A product as its form shows it.
pub(crate) fn to_input(product: &Product, currency: Currency) -> ProductInput {
    let amount = |m: &Money| currency.round(m.amount()).to_string();
    let variant = |v: &Variant| VariantInput {
        sku: v.sku.to_string(),
        values: v.label(),
        price: amount(&v.price),
        compare_at: v.compare_at.as_ref().map(amount).unwrap_or_default(),
        stock: v.stock.to_string(),
        seen_stock: v.stock.to_string(),
        available: v.available,
        tax_class: tax_class_name(v.tax_class).to_owned(),
        weight: v.weight_grams.map(|g| g.to_string()).unwrap_or_default(),
    };
    let lines = |lines: Vec<String>| lines.join("\n");
    ProductInput {
        name: product.name.to_string(),
        slug: product.slug.to_string(),
        category: product.category.to_string(),
        description: product.description.clone(),
        vendor: product.vendor.clone().unwrap_or_default(),
        tags: product.tags.join(", "),
        options: lines(product.options.iter().map(|o| format!("{}: {}", o.name, o.values.join(", "))).collect()),
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
    let product = Product {
        id: current.map_or_else(ids::new_id, |p| p.id.clone()),
        slug: slug?,
        handle: current.and_then(|p| p.handle.clone()),
        name: name?,
        category: category?,
        description: html::sanitise(&input.description),
        images: images?,
        tags: list(&input.tags),
        vendor: Some(one_line(&input.vendor)).filter(|v| !v.is_empty()),
        options: options?,
        variants: Vec::new(),
        visible: input.visible,
        featured: input.featured,
        created_at: current.map_or_else(clock::now, |p| p.created_at),
        updated_at: clock::now(),
        version: current.map_or(1, |p| p.version),
    };
    let (product, seen) = with_variants(product, current, variants?);
    form.keep("variants", product.check().map_err(|e| format!("{}.", capital(&e.to_string()))))?;
    form.errors.is_empty().then_some((product, seen))
}

/// The product with its variants, and the one that was seen: with the stock that stood in the form.
fn with_variants(mut product: Product, current: Option<&Product>, variants: Vec<(Variant, u32)>) -> (Product, Product) {
    let mut seen = current.cloned();
    for (variant, seen_stock) in variants {
        if let Some(before) = seen.as_mut().and_then(|p| p.variants.iter_mut().find(|v| v.sku == variant.sku)) {
            before.stock = seen_stock;
        }
        product.variants.push(variant);
    }
    let seen = seen.unwrap_or_else(|| product.clone());
    (product, seen)
}

/// A row as a variant, with the stock that was seen. Stock that was not touched stays what it is now.
fn variant(
    row: &VariantInput,
    options: &[OptionType],
    current: Option<&Product>,
    currency: Currency,
) -> Result<(Variant, u32), String> {
    let wrong = |what: &str, why: String| format!("{}: {what} {why}.", row.sku.trim());
    let sku: Sku = row.sku.parse().map_err(|e: domain::text::TextError| wrong("the SKU", e.to_string()))?;
    let price = currency.parse(&row.price).map_err(|e| wrong("the price", e.to_string()))?;
    let compare_at = match strict(&row.compare_at).as_str() {
        "" => None,
        typed => Some(currency.parse(typed).map_err(|e| wrong("the price before", e.to_string()))?),
    };
    let stock = whole(&row.stock).ok_or_else(|| wrong("the stock", format!("must be a whole number up to {MAX_STOCK}")))?;
    let seen = whole(&row.seen_stock).unwrap_or(0);
    let before = current.and_then(|p| p.variants.iter().find(|v| v.sku == sku));
    let (stock, seen) = match before {
        Some(now) if stock == seen => (now.stock, now.stock),
        _ => (stock, seen),
    };
    let weight_grams = match strict(&row.weight).as_str() {
        "" => None,
        typed => Some(whole(typed).ok_or_else(|| wrong("the weight", "must be whole grams".to_owned()))?),
    };
    let tax_class = match row.tax_class.as_str() {
        "" | "standard" => TaxClass::Standard,
        "reduced" => TaxClass::Reduced,
        "zero" => TaxClass::Zero,
        _ => return Err(wrong("the tax class", "is not known".to_owned())),
    };
    let values = one_line(&row.values);
    let values: Vec<&str> = values.split(" / ").map(str::trim).filter(|v| !v.is_empty()).collect();
    let options = options.iter().zip(&values);
    let options = options.map(|(o, value)| OptionValue { name: o.name.clone(), value: (*value).to_owned() }).collect();
    let variant = Variant { sku, options, price, compare_at, stock, available: row.available, tax_class, weight_grams };
    Ok((variant, seen))
}

fn whole(typed: &str) -> Option<u32> {
    strict(typed).parse().ok().filter(|n| *n <= MAX_STOCK)
}

fn tax_class_name(class: TaxClass) -> &'static str {
    match class {
        TaxClass::Standard => "standard",
        TaxClass::Reduced => "reduced",
        TaxClass::Zero => "zero",
    }
}

fn list(typed: &str) -> Vec<String> {
    typed.split(',').map(one_line).filter(|t| !t.is_empty()).map(|t| t.chars().take(60).collect()).take(50).collect()
}

/// `Size: S, M, L`, one a line.
fn options(typed: &str) -> Result<Vec<OptionType>, String> {
    let typed = free_text(typed);
    let lines = typed.lines().map(str::trim).filter(|l| !l.is_empty());
    lines
        .map(|line| {
            let (name, values) = line.split_once(':').ok_or_else(|| format!("“{line}” has no colon after the name"))?;
            let values = list(values);
            let name = one_line(name);
            if name.is_empty() || values.is_empty() {
                return Err(format!("“{line}” needs a name and values"));
            }
            Ok(OptionType { name, values })
        })
        .collect()
}

/// `/media/x.svg | what it shows | 800x800`, one a line.
fn images(typed: &str) -> Result<Vec<Image>, String> {
    let typed = free_text(typed);
    let lines = typed.lines().map(str::trim).filter(|l| !l.is_empty());
    lines
        .map(|line| {
            let mut parts = line.split('|').map(str::trim);
            let (src, alt) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let (width, height) = parts.next().and_then(|size| size.split_once('x')).unwrap_or(("800", "800"));
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
            Ok(Image { src: src.to_owned(), alt: one_line(alt), width, height })
        })
        .collect()
}
