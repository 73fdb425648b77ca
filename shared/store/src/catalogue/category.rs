use super::{ProductWriteError, category_entry, category_key, slug::claim_slug, slug_key};
use crate::{
    Store, StoreError, audit,
    item::{Item, n, s, to_item},
    lists::Layout,
    meter::count_unreadable,
    retry::retry_if,
    write::{Cancelled, Part, Write, too_much_contention},
};
use domain::{
    catalogue::{Category, CategoryError, CategoryTree, Product},
    text::Id,
};

pub(super) const CATEGORY: &str = "CATEGORY";
/// A transaction has at most 100 writes.
const OLD_SLUGS_AT_ONCE: usize = 90;

/// Why a category was not written.
#[derive(Debug, thiserror::Error)]
pub enum CategoryWriteError {
    /// Another category has the address.
    #[error("another category has this address")]
    SlugTaken,
    /// The tree does not allow it.
    #[error(transparent)]
    Tree(#[from] CategoryError),
    /// See there; `Conflict` when somebody else saved it first.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Puts a new category into the tree.
    ///
    /// # Errors
    ///
    /// `CategoryWriteError::SlugTaken` when another category has the address, `Tree` when its parent does not fit; else a
    /// `StoreError`.
    pub async fn create_category(&self, category: &Category) -> Result<(), CategoryWriteError> {
        let mut item = category_item(category, self.known_layout())?;
        item.extend([("products".to_owned(), n(0)), ("children".to_owned(), n(0))]);
        let mut writes = vec![claim_slug(CATEGORY, &category.id, &category.slug, &[])?, Write::create(item).part(Part::Entry)];
        writes.extend(audit::record(subject(&category.id), None, Some(category)).await?);
        self.write_category(category, None, writes).await
    }

    /// Writes a category over the version that was seen. After a move, the variants below are told their new path.
    ///
    /// # Errors
    ///
    /// `CategoryWriteError::SlugTaken` when another category has the address, `Tree` when its parent does not fit; else a
    /// `StoreError`, `Conflict` when somebody else changed it.
    pub async fn update_category(&self, seen: &Category, category: &Category) -> Result<Category, CategoryWriteError> {
        let next = Category { version: seen.version + 1, ..category.clone() };
        let mut writes = vec![update_fields(&next, seen.version, self.known_layout())?.part(Part::Entry)];
        if next.slug != seen.slug {
            writes.extend(self.move_slug(CATEGORY, &next.id, &seen.slug, &next.slug).await?);
        }
        writes.extend(audit::record(subject(&next.id), Some(seen), Some(&next)).await?);
        self.write_category(&next, seen.parent.as_ref(), writes).await?;
        if next.parent != seen.parent {
            self.repath(&next.id).await?;
        }
        Ok(next)
    }

    /// Removes an empty category; its addresses, old ones too, are free again.
    ///
    /// # Errors
    ///
    /// `CategoryWriteError::Tree` when it has products or children; else a `StoreError`, `Conflict` when somebody else changed
    /// it.
    pub async fn delete_category(&self, category: &Category) -> Result<(), CategoryWriteError> {
        let delete = Write::delete(category_key(&category.id))
            .when("version = :seen AND products <= :none AND children <= :none")
            .value(":seen", n(category.version))
            .value(":none", n(0));
        let mut writes = vec![delete.part(Part::Entry), Write::delete(slug_key(CATEGORY, &category.slug))];
        let mut old = self.old_slugs(CATEGORY, &category.slug).await?;
        // What the transaction has no room for goes afterwards: nothing leads to it any more.
        let rest = old.split_off(old.len().min(OLD_SLUGS_AT_ONCE));
        writes.extend(old.iter().map(|slug| Write::delete(slug_key(CATEGORY, slug))));
        writes.extend(category.parent.as_ref().map(|parent| count_children(parent, -1)));
        writes.extend(audit::record(subject(&category.id), Some(category), None).await?);
        match self.transact(writes).await {
            Ok(()) => {
                for slug in rest {
                    self.write(Write::delete(slug_key(CATEGORY, &slug))).await.map_err(StoreError::from)?;
                }
                Ok(())
            }
            Err(Cancelled::Contention) => Err(too_much_contention().into()),
            Err(Cancelled::Failed(error)) => Err(error.into()),
            Err(Cancelled::Conditions(failed)) => {
                let holds =
                    |name: &str| failed.of(&Part::Entry).and_then(|old| old.get(name)?.as_n().ok()).is_some_and(|n| n != "0");
                Err(match () {
                    () if holds("children") => CategoryError::HasChildren.into(),
                    () if holds("products") => CategoryError::HasProducts.into(),
                    () => StoreError::Conflict.into(),
                })
            }
        }
    }

    /// Writes a category, and with it who its children are counted by: the parent it comes from and the one it goes to.
    async fn write_category(&self, category: &Category, from: Option<&Id>, writes: Vec<Write>) -> Result<(), CategoryWriteError> {
        let tree = self.categories().await?;
        tree.check_parent(&category.id, category.parent.as_ref())?;
        let moves = if category.parent.as_ref() == from { Vec::new() } else { moves(&tree, from, category.parent.as_ref()) };
        let writes = writes.into_iter().chain(moves).collect();
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            // Who saved second hears that, whatever else is in the way.
            Err(Cancelled::Conditions(failed)) if failed.of(&Part::Entry).is_some() => Err(StoreError::Conflict.into()),
            Err(Cancelled::Conditions(failed)) if failed.of(&Part::Slug).is_some() => Err(CategoryWriteError::SlugTaken),
            Err(Cancelled::Conditions(_)) => Err(StoreError::Conflict.into()),
            Err(Cancelled::Contention) => Err(too_much_contention().into()),
            Err(Cancelled::Failed(error)) => Err(error.into()),
        }
    }

    /// Rewrites the category paths of all products in a category and below.
    async fn repath(&self, id: &Id) -> Result<(), CategoryWriteError> {
        let snapshot = self.snapshot().await?;
        let moved = snapshot.tree.with_descendants(id);
        for product in snapshot.products.values().filter(|p| moved.contains(&p.category)) {
            match self.tell_path(product).await {
                Ok(()) => {}
                Err(ProductWriteError::Store(error)) => return Err(error.into()),
                // One that cannot be written keeps no other from its path.
                Err(error) => {
                    count_unreadable();
                    tracing::error!(product = %product.id, %error, "a product is not told its new path");
                }
            }
        }
        Ok(())
    }

    /// Saves a product as it is, with the path of its category; as it is by then, where somebody else saves it meanwhile.
    async fn tell_path(&self, seen: &Product) -> Result<(), ProductWriteError> {
        let is_conflict = |error: &ProductWriteError| matches!(error, ProductWriteError::Store(StoreError::Conflict));
        let told = retry_if(is_conflict, |attempt| async move {
            let now = if attempt == 0 { Some(seen.clone()) } else { self.product(&seen.id).await? };
            match now {
                Some(product) => self.update_product(&product, &product).await.map(drop),
                None => Ok(()),
            }
        });
        told.await
    }
}

fn subject(category: &Id) -> String {
    format!("CATEGORY#{category}")
}

fn category_item(category: &Category, layout: Layout) -> Result<Item, StoreError> {
    let mut item = to_item(category_key(&category.id), category)?;
    item.extend(category_entry(&category.id, layout));
    Ok(item)
}

/// All fields of a category; its counters stay.
fn update_fields(category: &Category, seen: u64, layout: Layout) -> Result<Write, StoreError> {
    let item = category_item(category, layout)?;
    let own = |name: &str| !["pk", "sk"].contains(&name);
    let set: Vec<String> = item.keys().filter(|k| own(k)).map(|k| format!("#{k} = :{k}")).collect();
    let gone: Vec<&str> = ["parent", "image"].into_iter().filter(|a| !item.contains_key(*a)).collect();
    let mut expression = format!("SET {}", set.join(", "));
    if !gone.is_empty() {
        let removed: Vec<String> = gone.iter().map(|a| format!("#{a}")).collect();
        expression = format!("{expression} REMOVE {}", removed.join(", "));
    }
    let mut write = Write::update(category_key(&category.id), expression).when("#version = :seen").value(":seen", n(seen));
    for name in gone {
        write = write.name(&format!("#{name}"), name);
    }
    for (name, value) in item {
        if own(&name) {
            write = write.name(&format!("#{name}"), &name).value(&format!(":{name}"), value);
        }
    }
    Ok(write)
}

/// What a move writes besides the category: both parents count, and everything above the new one stays where it was seen. So of
/// two moves that would put each category into the other, one fails.
fn moves(tree: &CategoryTree, from: Option<&Id>, to: Option<&Id>) -> Vec<Write> {
    let above = to.map(|to| tree.path(to)).unwrap_or_default();
    let by = |id: &Id| i32::from(to == Some(id)) - i32::from(from == Some(id));
    let mut writes: Vec<Write> = above
        .iter()
        .map(|category| {
            let write = count_children(&category.id, by(&category.id)).name("#parent", "parent");
            match &category.parent {
                Some(parent) => write.when("#parent = :parent").value(":parent", s(parent.as_str())),
                None => write.when("attribute_exists(pk) AND attribute_not_exists(#parent)"),
            }
        })
        .collect();
    writes.extend(from.filter(|from| above.iter().all(|c| c.id != **from)).map(|from| count_children(from, -1)));
    writes
}

fn count_children(parent: &Id, by: i32) -> Write {
    Write::update(category_key(parent), "ADD children :by").when("attribute_exists(pk)").value(":by", n(by))
}
