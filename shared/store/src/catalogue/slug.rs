//! Addresses: `SLUG#kind#slug` / `SLUG` says whose it is. An old one says where it leads; the one in use names the old ones, so
//! that they go with what they led to.

use super::{category::CATEGORY, product::PRODUCT, slug_key};
use crate::{
    Store, StoreError,
    item::{attribute, s, to_attribute},
    write::{Cancelled, Part, Write},
};
use domain::{
    catalogue::{Category, Product},
    text::{Id, Slug},
};

impl Store {
    /// Lets old addresses of another shop lead to a product: one read, and a transaction for each that does not yet. Returns
    /// those that belong to something else, which they stay with.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written.
    pub async fn lead_to_product(&self, product: &Product, old: &[Slug]) -> Result<Vec<Slug>, StoreError> {
        self.lead_to(PRODUCT, &product.id, &product.slug, old).await
    }

    /// The same for a category.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written.
    pub async fn lead_to_category(&self, category: &Category, old: &[Slug]) -> Result<Vec<Slug>, StoreError> {
        self.lead_to(CATEGORY, &category.id, &category.slug, old).await
    }

    async fn lead_to(&self, kind: &str, id: &Id, slug: &Slug, wanted: &[Slug]) -> Result<Vec<Slug>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (mut old, mut of_others) = (self.old_slugs(kind, slug).await?, Vec::new());
        for from in wanted.iter().filter(|from| *from != slug) {
            if old.contains(from) {
                continue;
            }
            old.push(from.clone());
            let mut item = slug_key(kind, from);
            item.extend([("id".to_owned(), s(id.as_str())), ("moved_to".to_owned(), s(slug.as_str()))]);
            let is_free = Write::put(item).when("attribute_not_exists(pk)").part(Part::Slug);
            let is_own = "id = :id AND attribute_not_exists(moved_to)";
            let own = claim_slug(kind, id, slug, &old)?.when(is_own).part(Part::Entry);
            match self.transact(vec![own, is_free]).await {
                Ok(()) => {}
                Err(Cancelled::Conditions(failed)) if failed.of(&Part::Slug).is_some() => {
                    old.pop();
                    of_others.push(from.clone());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(of_others)
    }

    /// The old addresses of what has this one.
    pub(super) async fn old_slugs(&self, kind: &str, slug: &Slug) -> Result<Vec<Slug>, StoreError> {
        let item = self.read_many(vec![slug_key(kind, slug)]).await?.pop();
        Ok(item.map(|item| attribute::<Option<Vec<Slug>>>(&item, "old")).transpose()?.flatten().unwrap_or_default())
    }

    /// Gives something a new address, to which its old one leads from now on: two writes of its transaction.
    pub(super) async fn move_slug(&self, kind: &str, id: &Id, from: &Slug, to: &Slug) -> Result<[Write; 2], StoreError> {
        let mut old = self.old_slugs(kind, from).await?;
        old.retain(|slug| slug != to);
        old.push(from.clone());
        let mut item = slug_key(kind, from);
        item.extend([("id".to_owned(), s(id.as_str())), ("moved_to".to_owned(), s(to.as_str()))]);
        Ok([claim_slug(kind, id, to, &old)?, Write::put(item)])
    }
}

/// The address for this one alone: a new one, or one that led to it before. `old` are its addresses until now.
pub(super) fn claim_slug(kind: &str, id: &Id, slug: &Slug, old: &[Slug]) -> Result<Write, StoreError> {
    let mut item = slug_key(kind, slug);
    item.insert("id".to_owned(), s(id.as_str()));
    if !old.is_empty() {
        item.insert("old".to_owned(), to_attribute(&old)?);
    }
    let claim = Write::put(item).when("attribute_not_exists(pk) OR id = :id").value(":id", s(id.as_str()));
    Ok(claim.part(Part::Slug))
}
