use super::{
    category_key, handle_key, name_key, prices, product_item, product_key, sku_key, slug::claim_slug, slug_key, variant_item,
};
use crate::{
    Store, StoreError, audit,
    item::{Item, n, s},
    write::{Cancelled, Part, Write, too_much_contention},
};
use domain::{
    catalogue::{Product, Variant},
    text::{Id, Sku},
};

/// A transaction has at most so many writes.
const MOST_WRITES: usize = 100;
const PRODUCT: &str = "PRODUCT";

/// Why a product was not written; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ProductWriteError {
    /// Another product has the address.
    #[error("another product has this address")]
    SlugTaken,
    /// Another product has the name.
    #[error("another product has this name")]
    NameTaken,
    /// Another product came from the file's shop under this handle.
    #[error("another product has this handle")]
    HandleTaken,
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

impl Store {
    /// Puts a new product into the catalogue.
    ///
    /// # Errors
    ///
    /// A `ProductWriteError` that names what is in the way, such as a SKU of another product; else a `StoreError` of the write.
    pub async fn create_product(&self, product: &Product) -> Result<(), ProductWriteError> {
        let path = self.category_path(&product.category).await?;
        let mut writes = vec![
            Write::create(product_item(product, self.known_layout())?).part(Part::Entry),
            claim_slug(PRODUCT, &product.id, &product.slug, &[])?,
            claim_name(product),
            count_in_category(&product.category, 1).part(Part::Category),
        ];
        writes.extend(claim_handle(product));
        for variant in &product.variants {
            writes.push(create_variant(product, variant, &path)?);
        }
        writes.extend(prices::record(&[], product));
        writes.extend(audit::record(subject(&product.id), None, Some(product)).await?);
        self.write_product(writes).await
    }

    /// Writes a product over the version that was seen. Stock is written only where it differs from what was seen, and then only
    /// while it is still that: a sale in the meantime is never lost.
    ///
    /// # Errors
    ///
    /// A `ProductWriteError` that names what is in the way, such as a SKU of another product; else a `StoreError`, `Conflict`
    /// when somebody else changed it.
    pub async fn update_product(&self, seen: &Product, product: &Product) -> Result<Product, ProductWriteError> {
        let path = self.category_path(&product.category).await?;
        let next = Product { version: seen.version + 1, ..product.clone() };
        let mut writes = vec![Write::put(product_item(&next, self.known_layout())?).at_version(seen.version).part(Part::Entry)];
        if next.slug != seen.slug {
            writes.extend(self.move_slug(PRODUCT, &next.id, &seen.slug, &next.slug).await?);
        }
        if next.name.as_str().to_lowercase() != seen.name.as_str().to_lowercase() {
            writes.extend([claim_name(&next), Write::delete(name_key(&seen.name))]);
        }
        if handle_of(&next) != handle_of(seen) {
            writes.extend(claim_handle(&next));
            writes.extend(handle_of(seen).map(Write::delete));
        }
        if next.category != seen.category {
            writes.push(count_in_category(&next.category, 1).part(Part::Category));
            writes.push(count_in_category(&seen.category, -1));
        }
        for variant in &next.variants {
            writes.push(match seen.variants.iter().find(|v| v.sku == variant.sku) {
                Some(before) => update_variant(&next, before, variant, &path)?,
                None => create_variant(&next, variant, &path)?,
            });
        }
        for gone in seen.variants.iter().filter(|v| !next.variants.iter().any(|n| n.sku == v.sku)) {
            writes.push(Write::delete(sku_key(&gone.sku)));
        }
        writes.extend(prices::record(&seen.variants, &next));
        writes.extend(audit::record(subject(&next.id), Some(seen), Some(&next)).await?);
        self.write_product(writes).await?;
        Ok(next)
    }

    /// Takes a product out of the catalogue. Orders that name it stay as they are; its addresses, old ones too, are free again.
    ///
    /// # Errors
    ///
    /// A `StoreError`, `Conflict` when somebody else changed it.
    pub async fn delete_product(&self, product: &Product) -> Result<(), ProductWriteError> {
        let mut writes = vec![
            Write::delete(product_key(&product.id)).at_version(product.version).part(Part::Entry),
            Write::delete(slug_key(PRODUCT, &product.slug)),
            Write::delete(name_key(&product.name)),
            count_in_category(&product.category, -1),
        ];
        writes.extend(handle_of(product).map(Write::delete));
        writes.extend(product.variants.iter().map(|v| Write::delete(sku_key(&v.sku))));
        writes.extend(audit::record(subject(&product.id), Some(product), None).await?);
        let mut old = self.old_slugs(PRODUCT, &product.slug).await?;
        // What the transaction has no room for goes afterwards: nothing leads to it any more.
        let rest = old.split_off(old.len().min(MOST_WRITES.saturating_sub(writes.len())));
        writes.extend(old.iter().map(|slug| Write::delete(slug_key(PRODUCT, slug))));
        self.write_product(writes).await?;
        for slug in rest {
            self.write(Write::delete(slug_key(PRODUCT, &slug))).await.map_err(StoreError::from)?;
        }
        Ok(())
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

    async fn write_product(&self, writes: Vec<Write>) -> Result<(), ProductWriteError> {
        if writes.len() > MOST_WRITES {
            return Err(ProductWriteError::TooManyChanges);
        }
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Contention) => Err(too_much_contention().into()),
            Err(Cancelled::Failed(error)) => Err(error.into()),
            // Who saved second hears that, whatever else is in the way.
            Err(Cancelled::Conditions(failed)) if failed.of(&Part::Entry).is_some() => Err(StoreError::Conflict.into()),
            Err(Cancelled::Conditions(failed)) => {
                let meaning = |part: &Part| match part {
                    Part::Slug => Some(ProductWriteError::SlugTaken),
                    Part::Name => Some(ProductWriteError::NameTaken),
                    Part::Handle => Some(ProductWriteError::HandleTaken),
                    Part::Category => Some(ProductWriteError::NoCategory),
                    Part::NewSku(sku) => Some(ProductWriteError::SkuTaken(sku.clone())),
                    Part::Stock(sku) => Some(ProductWriteError::StockChanged(sku.clone())),
                    _ => None,
                };
                Err(failed.parts().find_map(meaning).unwrap_or_else(|| StoreError::Conflict.into()))
            }
        }
    }
}

fn subject(product: &Id) -> String {
    format!("PRODUCT#{product}")
}

fn claim_name(product: &Product) -> Write {
    let mut item = name_key(&product.name);
    item.insert("product".to_owned(), s(product.id.as_str()));
    Write::create(item).part(Part::Name)
}

fn handle_of(product: &Product) -> Option<Item> {
    product.handle.as_deref().map(|handle| handle_key(product.source, handle))
}

fn claim_handle(product: &Product) -> Option<Write> {
    let mut item = handle_of(product)?;
    item.insert("product".to_owned(), s(product.id.as_str()));
    Some(Write::create(item).part(Part::Handle))
}

fn create_variant(product: &Product, variant: &Variant, path: &[Id]) -> Result<Write, StoreError> {
    Ok(Write::create(variant_item(product, variant, path)?).part(Part::NewSku(variant.sku.clone())))
}

fn count_in_category(category: &Id, by: i32) -> Write {
    Write::update(category_key(category), "ADD products :by").when("attribute_exists(pk)").value(":by", n(by))
}

/// Attributes of a variant's item that it may have none of.
const OPTIONAL: [&str; 8] = ["compare_at", "weight_grams", "image", "stock_policy", "cost", "own_image", "barcode", "measure"];

/// Everything of a variant but its stock, which sales change; the stock too where staff changed it.
fn update_variant(product: &Product, before: &Variant, variant: &Variant, path: &[Id]) -> Result<Write, StoreError> {
    let mut item = variant_item(product, variant, path)?;
    let seen = before.balance();
    let stock = item.remove("stock").filter(|_| seen != variant.balance());
    let gone: Vec<String> = OPTIONAL.iter().filter(|a| !item.contains_key(**a)).map(|a| format!("#{a}")).collect();
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
        Some(stock) => write
            .when("product = :product AND stock = :seen_stock")
            .value(":stock", stock)
            .value(":seen_stock", n(seen))
            .part(Part::Stock(variant.sku.clone())),
        None => write.when("product = :product"),
    })
}
