use super::{
    category_key, handle_key, name_key, prices, product_item, product_key,
    slug::claim_slug,
    slug_key,
    staged::{ROLLING, Save, VariantChange},
    variant_item,
};
use crate::{
    Store, StoreError, audit,
    item::{Item, n, s, size},
    write::{Cancelled, Failures, Part, Write, too_much_contention},
};
use domain::{
    catalogue::{Product, Variant},
    text::{Id, Sku},
};

/// A transaction has at most so many writes; a save with more goes in steps.
const MOST_WRITES: usize = 100;
/// An item has at most 400 KB, of which some are for what the table and this crate add.
const MOST_BYTES: usize = 390 * 1024;
pub(super) const PRODUCT: &str = "PRODUCT";
/// So many SKUs that came to nothing are cleared out of one save's way.
const MOST_TRIES: usize = 300;

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
    /// Its item would be larger than an item can be.
    #[error("its texts and the addresses of its pictures take {0} KB together, and a product has room for 390")]
    TooLarge(usize),
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
        let mut others = vec![
            claim_slug(PRODUCT, &product.id, &product.slug, &[])?,
            claim_name(product),
            count_in_category(&product.category, 1).part(Part::Category),
        ];
        others.extend(claim_handle(product));
        others.extend(prices::record(&[], product));
        others.extend(audit::record(subject(&product.id), None, Some(product)).await?);
        let entry = Write::create(self.entry(product)?).part(Part::Entry);
        let variants = changes(None, product, &path)?;
        self.write_product(Save { product: product.id.clone(), version: product.version, entry, others, variants }).await
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
        let mut others = Vec::new();
        if next.slug != seen.slug {
            others.extend(self.move_slug(PRODUCT, &next.id, &seen.slug, &next.slug).await?);
        }
        if next.name.as_str().to_lowercase() != seen.name.as_str().to_lowercase() {
            others.extend([claim_name(&next), Write::delete(name_key(&seen.name))]);
        }
        if handle_of(&next) != handle_of(seen) {
            others.extend(claim_handle(&next));
            others.extend(handle_of(seen).map(Write::delete));
        }
        if next.category != seen.category {
            others.push(count_in_category(&next.category, 1).part(Part::Category));
            others.push(count_in_category(&seen.category, -1));
        }
        others.extend(prices::record(&seen.variants, &next));
        others.extend(audit::record(subject(&next.id), Some(seen), Some(&next)).await?);
        let entry = over(Write::put(self.entry(&next)?), seen);
        let variants = changes(Some(seen), &next, &path)?;
        self.write_product(Save { product: next.id.clone(), version: next.version, entry, others, variants }).await?;
        Ok(next)
    }

    /// Takes a product out of the catalogue. Orders that name it stay as they are; its addresses, old ones too, are free again.
    ///
    /// # Errors
    ///
    /// A `StoreError`, `Conflict` when somebody else changed it.
    pub async fn delete_product(&self, product: &Product) -> Result<(), ProductWriteError> {
        let mut others = vec![
            Write::delete(slug_key(PRODUCT, &product.slug)),
            Write::delete(name_key(&product.name)),
            count_in_category(&product.category, -1),
        ];
        others.extend(handle_of(product).map(Write::delete));
        others.extend(audit::record(subject(&product.id), Some(product), None).await?);
        let mut old = self.old_slugs(PRODUCT, &product.slug).await?;
        // What the transaction has no room for goes afterwards: nothing leads to it any more.
        let rest = old.split_off(old.len().min(MOST_WRITES / 2));
        others.extend(old.iter().map(|slug| Write::delete(slug_key(PRODUCT, slug))));
        let entry = over(Write::delete(product_key(&product.id)), product);
        let variants = product.variants.iter().map(|gone| deletion(product, gone)).collect();
        let version = product.version + 1;
        self.write_product(Save { product: product.id.clone(), version, entry, others, variants }).await?;
        for slug in rest {
            self.write(Write::delete(slug_key(PRODUCT, &slug))).await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// A product's own item, if it is not too large.
    fn entry(&self, product: &Product) -> Result<Item, ProductWriteError> {
        let item = product_item(product, self.known_layout())?;
        match size(&item) {
            bytes if bytes > MOST_BYTES => Err(ProductWriteError::TooLarge(bytes.div_ceil(1024))),
            _ => Ok(item),
        }
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

    /// In one transaction where there is room for all of it, else in steps. What saves that came to nothing have left in the way
    /// is removed.
    async fn write_product(&self, save: Save) -> Result<(), ProductWriteError> {
        let mut tries = 0..MOST_TRIES;
        loop {
            let save = save.clone();
            let written = if 1 + save.others.len() + save.variants.len() > MOST_WRITES {
                self.save_in_steps(save).await
            } else {
                let variants = save.variants.into_iter().map(VariantChange::write);
                let writes = std::iter::once(save.entry).chain(save.others).chain(variants).collect();
                self.transact_product(&save.product, writes).await
            };
            match written {
                Err(ProductWriteError::SkuTaken(sku)) => {
                    if tries.next().is_none() || !self.free_abandoned(&sku).await? {
                        return Err(ProductWriteError::SkuTaken(sku));
                    }
                }
                done => return done,
            }
        }
    }

    /// The transaction that writes a product's item. A save that is still rolled forward is finished first.
    pub(super) async fn transact_product(&self, product: &Id, writes: Vec<Write>) -> Result<(), ProductWriteError> {
        let is_rolling = |cancelled: &Cancelled| match cancelled {
            Cancelled::Conditions(failed) => failed.of(&Part::Entry).is_some_and(|item| item.contains_key(ROLLING)),
            _ => false,
        };
        match self.transact(writes.clone()).await {
            Err(cancelled) if is_rolling(&cancelled) => {
                self.finish(product).await?;
                self.transact(writes).await.map_err(refusal)
            }
            done => done.map_err(refusal),
        }
    }
}

fn refusal(cancelled: Cancelled) -> ProductWriteError {
    match cancelled {
        Cancelled::Contention => too_much_contention().into(),
        Cancelled::Failed(error) => error.into(),
        // Who saved second hears that, whatever else is in the way.
        Cancelled::Conditions(failed) if failed.of(&Part::Entry).is_some() => StoreError::Conflict.into(),
        Cancelled::Conditions(failed) => in_the_way(&failed).unwrap_or_else(|| StoreError::Conflict.into()),
    }
}

fn in_the_way(failed: &Failures) -> Option<ProductWriteError> {
    let meaning = |part: &Part| match part {
        Part::Slug => Some(ProductWriteError::SlugTaken),
        Part::Name => Some(ProductWriteError::NameTaken),
        Part::Handle => Some(ProductWriteError::HandleTaken),
        Part::Category => Some(ProductWriteError::NoCategory),
        Part::NewSku(sku) => Some(ProductWriteError::SkuTaken(sku.clone())),
        Part::Stock(sku) => Some(ProductWriteError::StockChanged(sku.clone())),
        _ => None,
    };
    failed.parts().find_map(meaning)
}

/// The write of a product's own item over the version that was seen, while no save of it is rolled forward.
fn over(write: Write, seen: &Product) -> Write {
    let write = write.when("version = :seen_version AND attribute_not_exists(#rolling)").name("#rolling", ROLLING);
    write.value(":seen_version", n(seen.version)).part(Part::Entry)
}

/// What becomes of each variant; of those that stay as they were, nothing. A product that is saved just as it was is written
/// whole: it is told the path of its category.
fn changes(seen: Option<&Product>, next: &Product, path: &[Id]) -> Result<Vec<VariantChange>, StoreError> {
    let before = |variant: &Variant| seen.and_then(|seen| seen.variants.iter().find(|v| v.sku == variant.sku));
    let is_told_path = seen.is_some_and(|seen| *seen == Product { version: seen.version, ..next.clone() });
    let mut changes = Vec::new();
    for variant in &next.variants {
        let becomes = variant_item(next, variant, path)?;
        let known = before(variant);
        if let (Some(seen), Some(before), false) = (seen, known, is_told_path) {
            // Only the version of the product may differ.
            let as_it_was = variant_item(&Product { version: next.version, ..seen.clone() }, before, path)?;
            if seen.category == next.category && as_it_was == becomes {
                continue;
            }
        }
        changes.push(VariantChange {
            sku: variant.sku.clone(),
            product: next.id.clone(),
            seen: known.map(Variant::balance),
            becomes: Some((becomes, variant.balance())),
        });
    }
    let gone = seen.into_iter().flat_map(|seen| &seen.variants).filter(|v| !next.variants.iter().any(|n| n.sku == v.sku));
    changes.extend(gone.map(|gone| deletion(next, gone)));
    Ok(changes)
}

fn deletion(product: &Product, gone: &Variant) -> VariantChange {
    VariantChange { sku: gone.sku.clone(), product: product.id.clone(), seen: Some(gone.balance()), becomes: None }
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

fn count_in_category(category: &Id, by: i32) -> Write {
    Write::update(category_key(category), "ADD products :by").when("attribute_exists(pk)").value(":by", n(by))
}
