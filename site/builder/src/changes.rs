use crate::{Object, PAGE, PageKey, Site, Sort, card::card_of, paths::product_path, product::RELATED};
use domain::{
    catalogue::Product,
    text::{Id, Slug},
    timestamp::Timestamp,
};
use render::{RenderError, views::catalogue::Card};
use std::collections::BTreeSet;

/// What a change of products makes of the site.
#[derive(Debug, Default)]
pub struct Changes {
    /// Pages to be written, also those that may have stayed the same.
    pub objects: Vec<Object>,
    /// Addresses where nothing is any more.
    pub gone: Vec<String>,
}

/// The pages that a change of these products may have touched: each product's own page, its old addresses where it is shown or
/// hidden now, and, where its card, place or category changed, its listings between the old place and the new one, the pages
/// that relate to it, the home page and the sitemap. Categories are the same in both.
pub fn changes(old: &Site<'_>, new: &Site<'_>, products: &BTreeSet<Id>) -> Result<Changes, RenderError> {
    let mut keys = BTreeSet::new();
    let mut left: BTreeSet<&Slug> = BTreeSet::new();
    for id in products {
        let (before, after) = (find(old, id), find(new, id));
        keys.insert(PageKey::Product(id.clone()));
        left.extend(before.map(|before| &before.slug).filter(|slug| after.is_none_or(|after| after.slug != **slug)));
        if before.map(facts) != after.map(facts) {
            keys.extend(touched_pages(old, new, id));
        }
    }
    keys.extend(left.iter().copied().cloned().map(PageKey::ProductRedirect));
    let mut objects = Vec::new();
    let mut gone: BTreeSet<String> = left.into_iter().map(product_path).collect();
    for key in &keys {
        match new.render(key)? {
            Some(object) => objects.push(object),
            None => gone.extend(old.path(key)),
        }
    }
    for object in &objects {
        gone.remove(&object.path);
    }
    Ok(Changes { objects, gone: gone.into_iter().collect() })
}

/// The pages besides its own that a product is on, before or after.
fn touched_pages(old: &Site<'_>, new: &Site<'_>, id: &Id) -> BTreeSet<PageKey> {
    let (before, after) = (find(old, id), find(new, id));
    let mut keys = BTreeSet::from([PageKey::Home, PageKey::Categories]);
    if before.is_some() != after.is_some() {
        let slugs = [before, after].into_iter().flatten().map(|p| &p.slug).collect();
        keys.extend(old.old_addresses(&slugs).chain(new.old_addresses(&slugs)));
    }
    keys.extend(new.sitemap_keys());
    for product in [before, after].into_iter().flatten() {
        let path = new.snapshot.tree.path(&product.category).into_iter().map(|c| Some(c.id.clone()));
        for category in path.chain([None]) {
            keys.extend(touched_listings(old, new, category.as_ref(), id));
        }
    }
    keys.extend(related_to(old, id).chain(related_to(new, id)));
    keys
}

/// What others show of a product, and what its places depend on.
fn facts(product: &Product) -> (Card, &Id, bool, Timestamp, Timestamp) {
    (card_of(product), &product.category, product.featured, product.created_at, product.updated_at)
}

fn find<'a>(site: &Site<'a>, id: &Id) -> Option<&'a Product> {
    site.snapshot.products.get(id).filter(|p| p.visible)
}

fn place(site: &Site<'_>, category: Option<&Id>, sort: Sort, id: &Id) -> Option<usize> {
    site.sorted(category, sort).iter().position(|p| site.products.get(*p).is_some_and(|p| &p.id == id))
}

/// Pages of a category's listings between a product's old place and its new one; from there to the end where it came or went.
fn touched_listings(old: &Site<'_>, new: &Site<'_>, category: Option<&Id>, id: &Id) -> Vec<PageKey> {
    let end = old.page_count(category).max(new.page_count(category));
    let mut keys = Vec::new();
    for sort in Sort::ALL {
        let page = |place: usize| place / PAGE + 1;
        let (from, to) = match (place(old, category, sort, id), place(new, category, sort, id)) {
            (Some(a), Some(b)) => (page(a.min(b)), page(a.max(b))),
            // Every page says how many there are.
            (Some(_), None) | (None, Some(_)) => (1, end),
            (None, None) => continue,
        };
        keys.extend((from..=to).map(|page| PageKey::Listing { category: category.cloned(), sort, page }));
    }
    // The number beside a sub-category's name.
    let came_or_went = place(old, category, Sort::Name, id).is_some() != place(new, category, Sort::Name, id).is_some();
    if came_or_went && let Some(parent) = category.and_then(|c| new.snapshot.tree.get(c)).map(|c| c.parent.clone()) {
        let pages = 1..=new.page_count(parent.as_ref());
        for sort in Sort::ALL {
            keys.extend(pages.clone().map(|page| PageKey::Listing { category: parent.clone(), sort, page }));
        }
    }
    keys
}

/// The products whose pages show this one beside theirs.
fn related_to<'s>(site: &'s Site<'_>, id: &Id) -> impl Iterator<Item = PageKey> + 's {
    let members = find(site, id).map(|p| site.members(Some(&p.category))).unwrap_or_default();
    let own = members.iter().position(|p| site.products.get(*p).is_some_and(|p| &p.id == id)).unwrap_or(0);
    let count = members.len();
    (1..=RELATED.min(count.saturating_sub(1))).filter_map(move |back| {
        let position = members.get((own + count - back) % count)?;
        Some(PageKey::Product(site.products.get(*position)?.id.clone()))
    })
}
