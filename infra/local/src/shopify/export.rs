use super::{import::is_placeholder, saved::save_pictures};
use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result};
use csv::Writer;
use domain::{
    catalogue::{CategoryTree, Image, Product, Snapshot, Source, StockPolicy, TaxClass, Variant},
    money::{Currency, Money},
    text::{Barcode, Id, Name, Slug},
};
use exchange::{CategoryPath, Column, category_cells, formula};
use indicatif::ProgressBar;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    io::{Write, stdout},
    path::Path,
    time::Duration,
};

const PLACES: [u8; 3] = [0, 1, 2];
const COLUMNS: [Column; 50] = [
    Column::Handle,
    Column::Title,
    Column::Description,
    Column::Vendor,
    Column::Category,
    Column::Type,
    Column::Tags,
    Column::Published,
    Column::OptionName(0),
    Column::OptionValue(0),
    Column::OptionName(1),
    Column::OptionValue(1),
    Column::OptionName(2),
    Column::OptionValue(2),
    Column::Sku,
    Column::Grams,
    Column::Tracker,
    Column::Quantity,
    Column::Policy,
    Column::Price,
    Column::CompareAt,
    Column::Taxable,
    Column::Barcode,
    Column::Image,
    Column::Position,
    Column::Alt,
    Column::VariantImage,
    Column::SeoTitle,
    Column::SeoDescription,
    Column::TotalMeasure,
    Column::TotalUnit,
    Column::BaseMeasure,
    Column::BaseUnit,
    Column::Cost,
    Column::Status,
    Column::Address,
    Column::ImageOrigin,
    Column::TaxClass,
    Column::Available,
    Column::Featured,
    Column::Manufacturer,
    Column::ResponsiblePerson,
    Column::GiftCard,
    Column::Source,
    Column::SourceHandle,
    Column::CategoryAddress,
    Column::OptionValues,
    Column::Created,
    Column::OldAddresses,
    Column::Categories,
];

type Cells = HashMap<Column, String>;

/// `shop export [FILE]`: all products, hidden ones too, as Shopify's product export. Taking the file in again changes nothing.
/// `pictures` is the folder where the shop's own pictures go.
pub(crate) async fn export(folder: &DataFolder, path: Option<&Path>, pictures: Option<&Path>) -> Result<()> {
    let services = Services::open(folder).await?;
    let exported = export_from(&services, path, pictures).await;
    services.stop().await;
    exported
}

async fn export_from(services: &Services, path: Option<&Path>, pictures: Option<&Path>) -> Result<()> {
    let progress = ProgressBar::new_spinner().with_message("Reading the catalogue …");
    progress.enable_steady_tick(Duration::from_millis(200));
    let read = tokio::try_join!(services.store.snapshot(), services.store.settings());
    progress.finish_and_clear();
    let (snapshot, settings) = read?;
    if snapshot.unreadable > 0 {
        eprintln!("{} things of the catalogue cannot be read and are missing; the log names them", snapshot.unreadable);
    }
    let currency = settings.context("there is no shop in this table yet: start it once")?.currency;
    match path {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            write(&snapshot, currency, file).with_context(|| format!("cannot write {}", path.display()))?;
            say!("{} products in {}", snapshot.products.len(), path.display());
        }
        None => write(&snapshot, currency, stdout().lock())?,
    }
    match pictures {
        Some(folder) => save_pictures(&snapshot, &services.media, folder).await,
        None => Ok(()),
    }
}

pub(super) fn write(snapshot: &Snapshot, currency: Currency, to: impl Write) -> Result<()> {
    let mut csv = Writer::from_writer(to);
    csv.write_record(COLUMNS.map(Column::name))?;
    let handles = handles(snapshot);
    let [of_products, of_categories] = [&snapshot.product_redirects, &snapshot.category_redirects].map(old_addresses);
    let rows_in_all = snapshot.products.values().map(rows).sum();
    let mut categories = category_cells(&snapshot.tree, &of_categories, rows_in_all).into_iter();
    for product in snapshot.products.values() {
        let handle = handles.get(&product.id).map_or(product.slug.as_str(), String::as_str);
        for row in 0..rows(product) {
            let mut cells = cells(product, handle, &snapshot.tree, currency, row);
            cells.extend(categories.next().map(|listed| (Column::Categories, listed)));
            if let Some(old) = of_products.get(&product.slug).filter(|_| row == 0) {
                let old: Vec<&str> = old.iter().map(Slug::as_str).collect();
                cells.insert(Column::OldAddresses, old.join(" "));
            }
            csv.write_record(record(&cells))?;
        }
    }
    for listed in categories {
        csv.write_record(record(&Cells::from([(Column::Categories, listed)])))?;
    }
    csv.flush()?;
    Ok(())
}

/// Old addresses by the one that they lead to in the end.
fn old_addresses(redirects: &BTreeMap<Slug, Slug>) -> BTreeMap<Slug, Vec<Slug>> {
    const MOST_STEPS: usize = 100;
    let mut found: BTreeMap<Slug, Vec<Slug>> = BTreeMap::new();
    for from in redirects.keys() {
        let end = std::iter::successors(Some(from), |slug| redirects.get(*slug)).take(MOST_STEPS).last();
        found.entry(end.unwrap_or(from).clone()).or_default().push(from.clone());
    }
    found
}

fn record(cells: &Cells) -> [String; COLUMNS.len()] {
    COLUMNS.map(|column| cells.get(&column).map(|cell| formula::neutral(cell)).unwrap_or_default())
}

fn rows(product: &Product) -> usize {
    product.variants.len().max(product.images.len())
}

/// A handle for each product, no two the same: what it had in Shopify, or else its address, with a number where that is taken.
fn handles(snapshot: &Snapshot) -> HashMap<Id, String> {
    let of_shopify = |product: &Product| product.handle.clone().filter(|_| product.source != Some(Source::WooCommerce));
    let mut taken: HashSet<String> = snapshot.products.values().filter_map(of_shopify).collect();
    let mut handle = |product: &Product| {
        let numbered = (2..).map(|number| product.slug.numbered(number).to_string());
        let free = || std::iter::once(product.slug.to_string()).chain(numbered).find(|handle| taken.insert(handle.clone()));
        of_shopify(product).or_else(free).unwrap_or_default()
    };
    snapshot.products.values().map(|product| (product.id.clone(), handle(product))).collect()
}

/// The first row carries the product; each row a variant and a picture, while there are any.
fn cells(product: &Product, handle: &str, tree: &CategoryTree, currency: Currency, row: usize) -> Cells {
    let mut cells = Cells::from([(Column::Handle, handle.to_owned())]);
    if row == 0 {
        cells.extend(product_cells(product, tree));
    }
    if let Some(variant) = product.variants.get(row) {
        cells.extend(variant_cells(product, variant, currency));
    }
    if let Some(image) = product.images.get(row) {
        cells.insert(Column::Image, address(image));
        cells.insert(Column::Position, (row + 1).to_string());
        cells.insert(Column::Alt, image.alt.clone());
        cells.insert(Column::ImageOrigin, image.origin.clone().unwrap_or_default());
    }
    cells
}

fn product_cells(product: &Product, tree: &CategoryTree) -> Cells {
    let path = CategoryPath::new(tree.path(&product.category).iter().map(|category| category.name.clone()).collect());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut cells = Cells::from([
        (Column::Title, product.name.to_string()),
        (Column::Description, product.description.clone()),
        (Column::Vendor, text(&product.vendor)),
        (Column::Category, path.as_ref().map(CategoryPath::to_string).unwrap_or_default()),
        (Column::Type, path.as_ref().and_then(|path| path.names().last()).map(Name::to_string).unwrap_or_default()),
        (Column::Tags, product.tags.join(", ")),
        (Column::Published, product.visible.to_string()),
        (Column::Status, if product.visible { "active" } else { "draft" }.to_owned()),
        (Column::GiftCard, false.to_string()),
        (Column::Address, product.slug.to_string()),
        (Column::CategoryAddress, tree.get(&product.category).map(|category| category.slug.to_string()).unwrap_or_default()),
        (Column::SeoTitle, text(&product.seo.title)),
        (Column::SeoDescription, text(&product.seo.description)),
        (Column::Featured, product.featured.to_string()),
        (Column::Created, product.created_at.to_string()),
        (Column::Manufacturer, text(&product.manufacturer)),
        (Column::ResponsiblePerson, text(&product.responsible_person)),
    ]);
    if product.source == Some(Source::WooCommerce) {
        cells.insert(Column::Source, "woocommerce".to_owned());
        cells.insert(Column::SourceHandle, text(&product.handle));
    }
    if product.options.is_empty() {
        cells.insert(Column::OptionName(0), "Title".to_owned());
    } else {
        let values: Vec<&Vec<String>> = product.options.iter().map(|option| &option.values).collect();
        cells.insert(Column::OptionValues, serde_json::to_string(&values).unwrap_or_default());
    }
    cells
        .extend(PLACES.into_iter().zip(&product.options).map(|(place, option)| (Column::OptionName(place), option.name.clone())));
    cells
}

/// Where a picture is, with its size; where it could not be fetched, the address that it should come from.
fn address(image: &Image) -> String {
    match &image.origin {
        Some(origin) if is_placeholder(image) => origin.clone(),
        _ => format!("{}#{}x{}", image.src, image.width, image.height),
    }
}

fn variant_cells(product: &Product, variant: &Variant, currency: Currency) -> Cells {
    let amount = |money: Money| currency.round(money.amount()).to_string();
    let own = variant.image.as_ref().and_then(|src| product.images.iter().find(|image| image.src == *src));
    let tracker = if variant.stock_policy == StockPolicy::Untracked { "" } else { "shopify" };
    let policy = if variant.stock_policy == StockPolicy::Track { "deny" } else { "continue" };
    let mut cells = Cells::from([
        (Column::Sku, variant.sku.to_string()),
        (Column::Grams, variant.weight_grams.unwrap_or(0).to_string()),
        (Column::Tracker, tracker.to_owned()),
        (Column::Quantity, variant.balance().to_string()),
        (Column::Policy, policy.to_owned()),
        (Column::Price, amount(variant.price)),
        (Column::CompareAt, variant.compare_at.map(amount).unwrap_or_default()),
        (Column::Taxable, (variant.tax_class != TaxClass::Zero).to_string()),
        (Column::Barcode, variant.barcode.as_ref().map(Barcode::to_string).unwrap_or_default()),
        (Column::VariantImage, own.map(address).unwrap_or_default()),
        (Column::Cost, variant.cost.map(amount).unwrap_or_default()),
        (Column::TaxClass, variant.tax_class.name().to_owned()),
        (Column::Available, variant.available.to_string()),
    ]);
    if let Some(measure) = variant.measure {
        cells.extend([
            (Column::TotalMeasure, measure.total().amount().to_string()),
            (Column::TotalUnit, measure.total().unit().to_owned()),
            (Column::BaseMeasure, measure.base().amount().to_string()),
            (Column::BaseUnit, measure.base().unit().to_owned()),
        ]);
    }
    if variant.options.is_empty() {
        cells.insert(Column::OptionValue(0), "Default Title".to_owned());
    }
    cells.extend(
        PLACES.into_iter().zip(&variant.options).map(|(place, option)| (Column::OptionValue(place), option.value.clone())),
    );
    cells
}
