use super::{category_key, name_key, product_item, product_key, sku_key, slug_key, variant_item};
use crate::{
    Store, StoreError,
    error::{Cancelled, refused},
    item::{Write, n, s},
    pause,
};
use domain::{
    catalogue::{Product, Variant},
    text::{Id, Sku},
};

/// Why a product was not written; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ProductWriteError {
    /// Another product has the address.
    #[error("another product has this address")]
    SlugTaken,
    /// Another product has the name.
    #[error("another product has this name")]
    NameTaken,
    /// Another product has the SKU.
    #[error("SKU {0} belongs to another product")]
    SkuTaken(Sku),
    /// The category is not there.
    #[error("the category does not exist")]
    NoCategory,
    /// It was sold or counted in the meantime.
    #[error("the stock of {0} changed meanwhile")]
    StockChanged(Sku),
    /// A product is written in one transaction of 100 writes.
    #[error("too many variants change at once: save in two steps")]
    TooManyChanges,
    /// See there; `Conflict` when somebody else saved it first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a write of the transaction stands for, to say which condition failed.
#[derive(Clone)]
enum Part {
    Product,
    Slug,
    Name,
    Category,
    NewSku(Sku),
    Stock(Sku),
    Other,
}

impl Store {
    /// Puts a new product into the catalogue.
    pub async fn create_product(&self, product: &Product) -> Result<(), ProductWriteError> {
        let path = self.category_path(&product.category).await?;
        self.write_product(|| {
            let mut parts = vec![
                (Part::Product, Write::create(product_item(product)?)),
                (Part::Slug, claim_slug(product)),
                (Part::Name, claim_name(product)),
                (Part::Category, count_in_category(&product.category, 1)),
            ];
            for variant in &product.variants {
                parts.push((Part::NewSku(variant.sku.clone()), Write::create(variant_item(product, variant, &path)?)));
            }
            Ok(parts)
        })
        .await
    }

    /// Writes a product over the version that was seen. Stock is written only where it differs from what was seen, and then only
    /// while it is still that: a sale in the meantime is never lost.
    pub async fn update_product(&self, seen: &Product, product: &Product) -> Result<Product, ProductWriteError> {
        let path = self.category_path(&product.category).await?;
        let next = Product { version: seen.version + 1, ..product.clone() };
        self.write_product(|| {
            let mut parts = vec![(Part::Product, Write::put(product_item(&next)?).at_version(seen.version))];
            if next.slug != seen.slug {
                let old = Write::put(moved_slug(seen, &next));
                parts.extend([(Part::Slug, claim_slug(&next)), (Part::Other, old)]);
            }
            if next.name.as_str().to_lowercase() != seen.name.as_str().to_lowercase() {
                parts.extend([(Part::Name, claim_name(&next)), (Part::Other, Write::delete(name_key(&seen.name)))]);
            }
            if next.category != seen.category {
                parts.push((Part::Category, count_in_category(&next.category, 1)));
                parts.push((Part::Other, count_in_category(&seen.category, -1)));
            }
            for variant in &next.variants {
                parts.push(match seen.variants.iter().find(|v| v.sku == variant.sku) {
                    Some(before) => update_variant(&next, before, variant, &path)?,
                    None => (Part::NewSku(variant.sku.clone()), Write::create(variant_item(&next, variant, &path)?)),
                });
            }
            for gone in seen.variants.iter().filter(|v| !next.variants.iter().any(|n| n.sku == v.sku)) {
                parts.push((Part::Other, Write::delete(sku_key(&gone.sku))));
            }
            Ok(parts)
        })
        .await?;
        Ok(next)
    }

    /// Takes a product out of the catalogue. Orders that name it stay as they are; its address is free again.
    pub async fn delete_product(&self, product: &Product) -> Result<(), ProductWriteError> {
        self.write_product(|| {
            let mut parts = vec![
                (Part::Product, Write::delete(product_key(&product.id)).at_version(product.version)),
                (Part::Other, Write::delete(slug_key("PRODUCT", &product.slug))),
                (Part::Other, Write::delete(name_key(&product.name))),
                (Part::Other, count_in_category(&product.category, -1)),
            ];
            parts.extend(product.variants.iter().map(|v| (Part::Other, Write::delete(sku_key(&v.sku)))));
            Ok(parts)
        })
        .await
    }

    async fn category_path(&self, category: &Id) -> Result<Vec<Id>, ProductWriteError> {
        let mut path = Vec::new();
        let mut at = Some(category.clone());
        while let Some(id) = at.filter(|id| !path.contains(id) && path.len() < 32) {
            let found = self.category(&id).await?.ok_or(ProductWriteError::NoCategory)?;
            path.insert(0, id);
            at = found.parent;
        }
        Ok(path)
    }

    async fn write_product(&self, parts: impl Fn() -> Result<Vec<(Part, Write)>, StoreError>) -> Result<(), ProductWriteError> {
        for attempt in 0..5 {
            let (meanings, writes): (Vec<Part>, Vec<Write>) = parts()?.into_iter().unzip();
            if writes.len() > 100 {
                return Err(ProductWriteError::TooManyChanges);
            }
            match self.transact(writes).await {
                Ok(()) => return Ok(()),
                Err(Cancelled::Contention) => pause(attempt).await,
                Err(Cancelled::Failed(error)) => return Err(error.into()),
                Err(Cancelled::Conditions(reasons)) => {
                    let failed = meanings.into_iter().enumerate().find(|(place, _)| refused(&reasons, *place));
                    return Err(match failed.map(|(_, meaning)| meaning) {
                        Some(Part::Slug) => ProductWriteError::SlugTaken,
                        Some(Part::Name) => ProductWriteError::NameTaken,
                        Some(Part::Category) => ProductWriteError::NoCategory,
                        Some(Part::NewSku(sku)) => ProductWriteError::SkuTaken(sku),
                        Some(Part::Stock(sku)) => ProductWriteError::StockChanged(sku),
                        Some(Part::Product | Part::Other) | None => StoreError::Conflict.into(),
                    });
                }
            }
        }
        Err(StoreError::Unavailable("too much contention".to_owned()).into())
    }
}

/// The slug for this product: a new one, or one that led to this product before.
fn claim_slug(product: &Product) -> Write {
    let mut item = slug_key("PRODUCT", &product.slug);
    item.insert("id".to_owned(), s(product.id.as_str()));
    Write::put(item).when("attribute_not_exists(pk) OR id = :id").value(":id", s(product.id.as_str()))
}

fn moved_slug(seen: &Product, next: &Product) -> crate::item::Item {
    let mut item = slug_key("PRODUCT", &seen.slug);
    item.insert("id".to_owned(), s(next.id.as_str()));
    item.insert("moved_to".to_owned(), s(next.slug.as_str()));
    item
}

fn claim_name(product: &Product) -> Write {
    let mut item = name_key(&product.name);
    item.insert("product".to_owned(), s(product.id.as_str()));
    Write::create(item)
}

fn count_in_category(category: &Id, by: i32) -> Write {
    Write::update(category_key(category), "ADD products :by").when("attribute_exists(pk)").value(":by", n(by))
}

/// Everything of a variant but its stock, which sales change; the stock too where staff changed it.
fn update_variant(product: &Product, before: &Variant, variant: &Variant, path: &[Id]) -> Result<(Part, Write), StoreError> {
    let mut item = variant_item(product, variant, path)?;
    let stock = item.remove("stock").filter(|_| before.stock != variant.stock);
    let gone: Vec<String> =
        ["compare_at", "weight_grams", "image"].iter().filter(|a| !item.contains_key(**a)).map(|a| format!("#{a}")).collect();
    let mut set: Vec<String> =
        item.keys().filter(|k| !["pk", "sk"].contains(&k.as_str())).map(|k| format!("#{k} = :{k}")).collect();
    if stock.is_some() {
        set.push("stock = :stock".to_owned());
    }
    let mut expression = format!("SET {}", set.join(", "));
    if !gone.is_empty() {
        expression.push_str(" REMOVE ");
        expression.push_str(&gone.join(", "));
    }
    let mut write = Write::update(sku_key(&variant.sku), expression);
    for name in &gone {
        write = write.name(name, name.trim_start_matches('#'));
    }
    for (name, value) in item {
        if !["pk", "sk"].contains(&name.as_str()) {
            write = write.name(&format!("#{name}"), &name).value(&format!(":{name}"), value);
        }
    }
    Ok(match stock {
        Some(stock) => {
            let write = write.when("product = :product AND stock = :seen_stock").value(":stock", stock);
            (Part::Stock(variant.sku.clone()), write.value(":seen_stock", n(before.stock)))
        }
        None => (Part::Other, write.when("product = :product")),
    })
}
