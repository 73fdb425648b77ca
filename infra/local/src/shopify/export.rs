use super::column;
use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result};
use csv::Writer;
use domain::{
    catalogue::{Product, Snapshot, TaxClass, Variant},
    money::{Currency, Money},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{Write, stdout},
    path::Path,
};

const COLUMNS: [&str; 25] = [
    column::HANDLE,
    column::TITLE,
    column::BODY,
    column::VENDOR,
    column::CATEGORY,
    column::TYPE,
    column::TAGS,
    column::PUBLISHED,
    column::OPTIONS[0].0,
    column::OPTIONS[0].1,
    column::OPTIONS[1].0,
    column::OPTIONS[1].1,
    column::OPTIONS[2].0,
    column::OPTIONS[2].1,
    column::SKU,
    column::GRAMS,
    column::QUANTITY,
    column::PRICE,
    column::COMPARE_AT,
    column::TAXABLE,
    column::IMAGE,
    column::POSITION,
    column::ALT,
    "Variant Inventory Tracker",
    "Variant Inventory Policy",
];

/// `shop export [FILE]`: all products, hidden ones too, as Shopify's product export. Taking the file in again changes nothing.
pub(crate) async fn export(folder: &DataFolder, path: Option<&Path>) -> Result<()> {
    let services = Services::open(folder).await?;
    let read = tokio::try_join!(services.store.snapshot(), services.store.settings());
    services.stop().await;
    let (snapshot, settings) = read?;
    if snapshot.unreadable > 0 {
        eprintln!("{} things of the catalogue cannot be read and are missing; the log names them", snapshot.unreadable);
    }
    let currency = settings.context("there is no shop in this table yet: start it once")?.currency;
    match path {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            write(&snapshot, currency, file).with_context(|| format!("cannot write {}", path.display()))?;
            println!("{} products in {}", snapshot.products.len(), path.display());
            Ok(())
        }
        None => write(&snapshot, currency, stdout().lock()),
    }
}

fn write(snapshot: &Snapshot, currency: Currency, to: impl Write) -> Result<()> {
    let mut csv = Writer::from_writer(to);
    csv.write_record(COLUMNS)?;
    for product in snapshot.products.values() {
        let path: Vec<&str> = snapshot.tree.path(&product.category).iter().map(|category| category.name.as_str()).collect();
        for row in 0..product.variants.len().max(product.images.len()) {
            let cells = cells(product, &path, currency, row);
            csv.write_record(COLUMNS.map(|name| cells.get(name).map_or("", String::as_str)))?;
        }
    }
    csv.flush()?;
    Ok(())
}

/// The first row carries the product; each row a variant and a picture, while there are any.
fn cells(product: &Product, path: &[&str], currency: Currency, row: usize) -> HashMap<&'static str, String> {
    let handle = product.handle.clone().unwrap_or_else(|| product.slug.to_string());
    let mut cells = HashMap::from([(column::HANDLE, handle)]);
    if row == 0 {
        cells.extend([
            (column::TITLE, product.name.to_string()),
            (column::BODY, product.description.clone()),
            (column::VENDOR, product.vendor.clone().unwrap_or_default()),
            (column::CATEGORY, path.join(" > ")),
            (column::TYPE, path.last().copied().unwrap_or_default().to_owned()),
            (column::TAGS, product.tags.join(", ")),
            (column::PUBLISHED, product.visible.to_string()),
        ]);
        if product.options.is_empty() {
            cells.insert(column::OPTIONS[0].0, "Title".to_owned());
        }
        cells.extend(product.options.iter().zip(column::OPTIONS).map(|(option, (name, _))| (name, option.name.clone())));
    }
    if let Some(variant) = product.variants.get(row) {
        cells.extend(variant_cells(variant, currency));
    }
    if let Some(image) = product.images.get(row) {
        cells.insert(column::IMAGE, format!("{}#{}x{}", image.src, image.width, image.height));
        cells.insert(column::POSITION, (row + 1).to_string());
        cells.insert(column::ALT, image.alt.clone());
    }
    cells
}

fn variant_cells(variant: &Variant, currency: Currency) -> HashMap<&'static str, String> {
    let amount = |money: Money| currency.round(money.amount()).to_string();
    let mut cells = HashMap::from([
        (column::SKU, variant.sku.to_string()),
        (column::GRAMS, variant.weight_grams.unwrap_or(0).to_string()),
        (column::QUANTITY, variant.stock.to_string()),
        (column::PRICE, amount(variant.price)),
        (column::COMPARE_AT, variant.compare_at.map(amount).unwrap_or_default()),
        (column::TAXABLE, (variant.tax_class != TaxClass::Zero).to_string()),
        ("Variant Inventory Tracker", "shopify".to_owned()),
        ("Variant Inventory Policy", "deny".to_owned()),
    ]);
    if variant.options.is_empty() {
        cells.insert(column::OPTIONS[0].1, "Default Title".to_owned());
    }
    cells.extend(variant.options.iter().zip(column::OPTIONS).map(|(option, (_, value))| (value, option.value.clone())));
    cells
}
