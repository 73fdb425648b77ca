//! Addresses: `SLUG#kind#slug` / `SLUG` says whose it is. An old one says where it leads; the one in use names the old ones, so
//! that they go with what they led to.

use super::slug_key;
use crate::{
    Store, StoreError,
    item::{attribute, s, to_attribute},
    write::{Part, Write},
};
use domain::text::{Id, Slug};

impl Store {
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
