//! Categories by their paths and addresses.

use super::{MOST_NUMBERS, leads_elsewhere, pictures::Pictures};
use anyhow::{Context, Result};
use domain::{
    catalogue::{Category, CategoryTree},
    text::{Id, Name, Slug},
};
use exchange::{CategoryPath, Draft, ListedCategory, Remark};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use store::{Store, catalogue::CategoryWriteError};

/// The position of a category of which no file says it: behind those that have one.
const LAST: u32 = 1000;

/// What became of categories.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) added: usize,
    pub(super) changed: usize,
    /// Those that the file lists and that were so already.
    pub(super) same: usize,
}

/// The shop's categories, and how a file means them.
#[derive(Debug, Default)]
pub(super) struct Categories {
    known: HashMap<Id, Known>,
    /// By what is above them, and their names in lower case.
    places: HashMap<(Option<Id>, String), Vec<Id>>,
    slugs: HashMap<Slug, Id>,
    /// Those that the file lists, by the addresses that it gives them.
    listed: HashMap<Slug, Id>,
    /// All addresses that the file gives, which no other category gets.
    reserved: HashSet<Slug>,
    /// Made for a product that is not written yet, each after the one above it.
    made: Vec<Id>,
    pub(super) counts: Counts,
}

#[derive(Debug)]
struct Known {
    category: Category,
    /// The category above, as far as that is there.
    above: Option<Id>,
}

impl Categories {
    pub(super) fn of(tree: &CategoryTree) -> Self {
        let mut categories = Self::default();
        for category in tree.iter() {
            let above = tree.path(&category.id).into_iter().rev().nth(1).map(|parent| parent.id.clone());
            categories.add(category.clone(), above);
        }
        categories
    }

    fn add(&mut self, category: Category, above: Option<Id>) {
        let id = category.id.clone();
        self.places.entry(place(above.clone(), &category.name)).or_default().push(id.clone());
        self.slugs.insert(category.slug.clone(), id.clone());
        self.known.insert(id, Known { category, above });
    }

    fn forget(&mut self, id: &Id) {
        let Some(Known { category, above }) = self.known.remove(id) else { return };
        self.slugs.remove(&category.slug);
        if let Some(there) = self.places.get_mut(&place(above, &category.name)) {
            there.retain(|there| there != id);
        }
    }

    /// Makes the categories that a file lists, and brings those up to date that are there. One is known by its address where its
    /// path agrees, else by its path.
    pub(super) async fn take_in(
        &mut self,
        listed: &[&ListedCategory],
        (pictures, store): (&Pictures, &Store),
        remarks: &mut Vec<Remark>,
    ) -> Result<()> {
        self.reserved = listed.iter().map(|listed| listed.slug.clone()).collect();
        let by_slug = listed.iter().filter_map(|listed| Some((listed.slug.clone(), self.at_slug(&listed.slug, &listed.path)?)));
        self.listed = by_slug.collect();
        let mut claimed: HashSet<Id> = self.listed.values().cloned().collect();
        let mut ordered = listed.to_vec();
        ordered.sort_by_key(|listed| listed.path.names().len());
        for listed in ordered {
            let known = match self.listed.get(&listed.slug) {
                Some(id) => Ok(id.clone()),
                None => self.place_of(listed, &claimed, store, remarks).await?,
            };
            let image = pictures.of_category(listed, remarks).await?;
            let id = match known {
                Ok(id) => self.update(id, listed, image, store).await?,
                Err(above) => self.make_listed(above, listed, image, store).await?,
            };
            if let Some(known) = self.known.get(&id).filter(|_| !listed.old_addresses.is_empty()) {
                let of_others = store.lead_to_category(&known.category, &listed.old_addresses).await?;
                remarks.extend(of_others.iter().map(|old| leads_elsewhere(listed.line, old)));
            }
            claimed.insert(id.clone());
            self.listed.insert(listed.slug.clone(), id);
        }
        self.keep();
        Ok(())
    }

    /// The category that a listed one is by its path, or else the category that it belongs below. The file's own category of
    /// another address is none that it could be.
    async fn place_of(
        &mut self,
        listed: &ListedCategory,
        claimed: &HashSet<Id>,
        store: &Store,
        remarks: &mut Vec<Remark>,
    ) -> Result<Result<Id, Option<Id>>> {
        let Some((name, names)) = listed.path.names().split_last() else { return Ok(Err(None)) };
        let parent = listed.parent.as_ref().and_then(|parent| self.listed.get(parent)).filter(|id| self.is_at(id, names));
        if let (Some(slug), None, false) = (&listed.parent, parent, names.is_empty()) {
            let text = format!("the category “{}” is not below “{slug}” in this file: it goes by its path", listed.path);
            remarks.push(Remark::new(listed.line, text));
        }
        let above = match parent {
            _ if names.is_empty() => None,
            Some(id) => Some(id.clone()),
            None => Some(self.at(names, store).await?),
        };
        let free = self.places.get(&place(above.clone(), name)).into_iter().flatten().filter(|id| !claimed.contains(*id));
        // Of several that an earlier import made, this one has the address with a number behind it.
        let is_other = |id: &&Id| {
            let slug = self.known.get(*id).map(|known| known.category.slug.as_str());
            !slug.is_some_and(|slug| slug.starts_with(listed.slug.as_str()))
        };
        Ok(free.min_by_key(is_other).cloned().ok_or(above))
    }

    async fn update(&mut self, id: Id, listed: &ListedCategory, image: Option<String>, store: &Store) -> Result<Id> {
        let Some(known) = self.known.get_mut(&id) else { return Ok(id) };
        let wanted = told(known.category.clone(), listed, image);
        if wanted == known.category {
            self.counts.same += 1;
        } else {
            let path = &listed.path;
            let written = store.update_category(&known.category, &wanted).await;
            known.category = written.with_context(|| format!("the category {path} cannot be changed"))?;
            self.counts.changed += 1;
        }
        Ok(id)
    }

    async fn make_listed(
        &mut self,
        above: Option<Id>,
        listed: &ListedCategory,
        image: Option<String>,
        store: &Store,
    ) -> Result<Id> {
        let name = listed.path.names().last().context("a path has a name")?;
        let category = told(new_category(listed.slug.clone(), name.clone(), above), listed, image);
        self.make(category, store).await
    }

    /// The category of a product: the one that has this address in the file where its path agrees, else that of its path. What
    /// is missing of the path is made.
    pub(super) async fn of_product(&mut self, draft: &Draft, store: &Store) -> Result<Id> {
        let names = draft.category.names();
        let listed = draft.category_slug.as_ref().and_then(|slug| {
            let listed = self.listed.get(slug).filter(|id| self.is_at(id, names)).cloned();
            listed.or_else(|| self.at_slug(slug, &draft.category))
        });
        match listed {
            Some(id) => Ok(id),
            None => self.at(names, store).await,
        }
    }

    /// Keeps what was made so far.
    pub(super) fn keep(&mut self) {
        self.made.clear();
    }

    /// Deletes what was made for a product that was not written after all.
    pub(super) async fn take_back(&mut self, store: &Store) -> Result<()> {
        while let Some(id) = self.made.pop() {
            let Some(known) = self.known.get(&id) else { continue };
            match store.delete_category(&known.category).await {
                Ok(()) => {
                    self.forget(&id);
                    self.counts.added = self.counts.added.saturating_sub(1);
                }
                // Somebody uses it by now.
                Err(CategoryWriteError::Tree(_) | CategoryWriteError::Store(store::StoreError::Conflict)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The category of a path; what is missing of it is made.
    async fn at(&mut self, names: &[Name], store: &Store) -> Result<Id> {
        let mut above = None;
        for name in names {
            let there = self.places.get(&place(above.clone(), name)).and_then(|there| there.first()).cloned();
            let slug = || Slug::from_name(name.as_str()).map_or_else(|| "imported".parse(), Ok);
            above = match there {
                Some(id) => Some(id),
                None => Some(self.make(new_category(self.unreserved(slug()?), name.clone(), above), store).await?),
            };
        }
        above.context("a path has a name")
    }

    /// An address that the file does not give to a category.
    fn unreserved(&self, slug: Slug) -> Slug {
        let mut numbered = (2..MOST_NUMBERS).map(|number| slug.numbered(number));
        if !self.reserved.contains(&slug) {
            return slug;
        }
        numbered.find(|slug| !self.reserved.contains(slug)).unwrap_or(slug)
    }

    /// The shop's category of an address, where its path is this one.
    fn at_slug(&self, slug: &Slug, path: &CategoryPath) -> Option<Id> {
        self.slugs.get(slug).filter(|id| self.is_at(id, path.names())).cloned()
    }

    /// Whether a category has this path.
    fn is_at(&self, id: &Id, names: &[Name]) -> bool {
        let mut at = self.known.get(id);
        for name in names.iter().rev() {
            let Some(Known { category, above }) = at else { return false };
            if folded(&category.name) != folded(name) {
                return false;
            }
            at = above.as_ref().and_then(|above| self.known.get(above));
        }
        at.is_none()
    }

    /// Writes a new category, with a number behind its address where another category has that.
    async fn make(&mut self, mut category: Category, store: &Store) -> Result<Id> {
        let (wanted, name) = (category.slug.clone(), category.name.clone());
        let numbered = (2..MOST_NUMBERS).map(|number| wanted.numbered(number));
        let mut others = numbered.filter(|slug| !self.reserved.contains(slug));
        loop {
            match store.create_category(&category).await {
                Err(CategoryWriteError::SlugTaken) => {
                    category.slug = others.next().with_context(|| format!("the category {name} finds no free address"))?;
                }
                made => {
                    made.with_context(|| format!("the category {name} cannot be made"))?;
                    break;
                }
            }
        }
        let (id, above) = (category.id.clone(), category.parent.clone());
        self.add(category, above);
        self.made.push(id.clone());
        self.counts.added += 1;
        Ok(id)
    }
}

fn folded(name: &Name) -> String {
    name.as_str().to_lowercase()
}

fn place(above: Option<Id>, name: &Name) -> (Option<Id>, String) {
    (above, folded(name))
}

fn new_category(slug: Slug, name: Name, parent: Option<Id>) -> Category {
    Category { id: ids::new_id(), slug, name, parent, description: String::new(), image: None, position: LAST, version: 1 }
}

/// A category with what the file says of it. An empty picture is none.
fn told(category: Category, listed: &ListedCategory, image: Option<String>) -> Category {
    Category {
        description: listed.description.clone().unwrap_or(category.description),
        position: listed.position.unwrap_or(category.position),
        image: image.map_or(category.image, |image| Some(image).filter(|image| !image.is_empty())),
        ..category
    }
}
