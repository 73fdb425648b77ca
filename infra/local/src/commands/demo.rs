//! The demonstration shop of the first start.

use anyhow::{Context, Result};
use builder::{Caching, Object};
use domain::{
    catalogue::{Category, Image, OptionType, OptionValue, Product, Variant},
    coupon::CouponTerms,
    settings::{Promise, Settings},
    text::{Id, Name, Sku, Slug},
};
use include_dir::{Dir, include_dir};
use publish::Bucket;
use serde::Deserialize;
use store::{
    Store,
    catalogue::{CategoryWriteError, ProductWriteError},
};
use tokio::task::JoinSet;

const CATALOGUE: &str = include_str!("../../seed/catalogue.json");
/// Rates of VAT as the member states have them. Azores: 16 and 4 since July 2021 (regional decree 15-A/2021/A); Madeira: 22,
/// and 4 since October 2024 (regional decree 6/2024/M).
const SETTINGS: &str = include_str!("../../seed/settings.json");
const COUPONS: &str = include_str!("../../seed/coupons.json");
static PICTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seed/images");

/// Where they are on the site.
const FOLDER: &str = "/media/demo/";

/// Writes at once.
const AT_ONCE: usize = 16;

#[derive(Debug, Deserialize)]
struct Demo {
    shop: Shop,
    categories: Vec<DemoCategory>,
    products: Vec<DemoProduct>,
}

#[derive(Debug, Deserialize)]
struct Shop {
    name: Name,
    tagline: String,
    promises: Vec<Promise>,
}

#[derive(Debug, Deserialize)]
struct DemoCategory {
    slug: Slug,
    name: Name,
    parent: Option<Id>,
    description: String,
}

#[derive(Debug, Deserialize)]
struct DemoProduct {
    slug: Slug,
    name: Name,
    category: Id,
    featured: bool,
    description_html: String,
    tags: Vec<String>,
    vendor: Option<String>,
    options: Vec<OptionType>,
    images: Vec<DemoImage>,
    variants: Vec<DemoVariant>,
}

#[derive(Debug, Deserialize)]
struct DemoImage {
    file: String,
    alt: String,
}

#[derive(Debug, Deserialize)]
struct DemoVariant {
    sku: Sku,
    options: Vec<String>,
    price: String,
    compare_at: Option<String>,
    stock: u32,
    available: bool,
    weight_grams: Option<u32>,
    tax_class: domain::catalogue::TaxClass,
}

/// Fills an empty shop. The settings come last: a start that was interrupted is taken up again.
pub(crate) async fn fill(store: &Store, bucket: &Bucket) -> Result<()> {
    let demo: Demo = serde_json::from_str(CATALOGUE).context("the demonstration catalogue is damaged")?;
    let mut settings: Settings = serde_json::from_str(SETTINGS).context("the demonstration settings are damaged")?;
    settings.name = demo.shop.name;
    settings.tagline = demo.shop.tagline;
    settings.promises = demo.shop.promises;
    upload_pictures(bucket).await?;
    for (position, category) in demo.categories.into_iter().enumerate() {
        let category = to_category(category, position)?;
        match store.create_category(&category).await {
            Ok(()) | Err(CategoryWriteError::Store(store::StoreError::Conflict)) => {}
            Err(error) => return Err(error).with_context(|| format!("category {}", category.name)),
        }
    }
    let mut running = JoinSet::new();
    for (age, product) in demo.products.into_iter().enumerate() {
        let product = to_product(product, age, &settings)?;
        let store = store.clone();
        if running.len() >= AT_ONCE
            && let Some(done) = running.join_next().await
        {
            done??;
        }
        running.spawn(async move {
            match store.create_product(&product).await {
                Ok(()) | Err(ProductWriteError::Store(store::StoreError::Conflict)) => Ok(()),
                Err(error) => Err(anyhow::Error::new(error).context(format!("product {}", product.name))),
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    let coupons: Vec<CouponTerms> = serde_json::from_str(COUPONS).context("the demonstration coupons are damaged")?;
    for coupon in &coupons {
        store.put_coupon(coupon).await?;
    }
    store.put_settings(&settings).await?;
    Ok(())
}

/// Puts the pictures of the demonstration shop back, as long as any of its categories is there.
pub(crate) async fn restore_pictures(store: &Store, bucket: &Bucket) -> Result<()> {
    let demo: Demo = serde_json::from_str(CATALOGUE).context("the demonstration catalogue is damaged")?;
    let categories = store.categories().await?;
    let is_here = |category: &DemoCategory| categories.iter().any(|here| here.id.as_str() == category.slug.as_str());
    if demo.categories.iter().any(is_here) { upload_pictures(bucket).await } else { Ok(()) }
}

async fn upload_pictures(bucket: &Bucket) -> Result<()> {
    let mut running = JoinSet::new();
    for file in PICTURES.files() {
        let name = file.path().file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let Some(object) = picture(&format!("{FOLDER}{name}")) else { continue };
        let bucket = bucket.clone();
        running.spawn(async move { bucket.put(&object).await });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(())
}

/// A picture of the demonstration shop, by its address.
pub(crate) fn picture(address: &str) -> Option<Object> {
    let file = PICTURES.get_file(address.strip_prefix(FOLDER)?)?;
    Some(Object {
        path: address.to_owned(),
        content_type: "image/svg+xml",
        caching: Caching::Media,
        location: None,
        body: file.contents().to_vec(),
    })
}

fn to_category(category: DemoCategory, position: usize) -> Result<Category> {
    let id: Id = category.slug.as_str().parse()?;
    let picture = format!("category-{}.svg", category.slug);
    Ok(Category {
        id,
        image: PICTURES.get_file(&picture).map(|_| format!("{FOLDER}{picture}")),
        slug: category.slug,
        name: category.name,
        parent: category.parent,
        description: category.description,
        position: u32::try_from(position)?,
        version: 1,
    })
}

/// `age` counts from the newest on.
fn to_product(product: DemoProduct, age: usize, settings: &Settings) -> Result<Product> {
    let made = clock::now().plus_days(-i64::try_from(age)?);
    let options = product.options;
    let variants = product.variants.into_iter().map(|v| to_variant(v, &options, settings)).collect::<Result<Vec<_>>>()?;
    let images = product.images.into_iter().map(|image| Image {
        src: format!("{FOLDER}{}", image.file),
        alt: image.alt,
        width: 800,
        height: 800,
        origin: None,
    });
    let id = product.slug.as_str().parse()?;
    let product = Product {
        description: html::sanitise(&product.description_html),
        images: images.collect(),
        tags: product.tags,
        vendor: product.vendor,
        options,
        variants,
        featured: product.featured,
        ..Product::new(id, product.slug, product.name, product.category, made)
    };
    product.check().with_context(|| format!("product {}", product.name))?;
    Ok(product)
}

fn to_variant(variant: DemoVariant, options: &[OptionType], settings: &Settings) -> Result<Variant> {
    let amount = |text: &str| settings.currency.parse(text).with_context(|| format!("a price of {}", variant.sku));
    let named = options.iter().zip(&variant.options);
    let price = amount(&variant.price)?;
    Ok(Variant {
        options: named.map(|(option, value)| OptionValue { name: option.name.clone(), value: value.clone() }).collect(),
        compare_at: variant.compare_at.as_deref().map(amount).transpose()?,
        stock: variant.stock,
        available: variant.available,
        tax_class: variant.tax_class,
        weight_grams: variant.weight_grams,
        ..Variant::new(variant.sku, price)
    })
}
