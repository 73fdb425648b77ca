//! Categories by their paths.

use super::MOST_NUMBERS;
use anyhow::{Context, Result};
use domain::{
    catalogue::{Category, CategoryTree},
    text::{Id, Name, Slug},
};
use exchange::CategoryPath;
use std::collections::HashMap;
use store::{Store, catalogue::CategoryWriteError};

/// The categories below each other, by their names in lower case.
#[derive(Debug, Default)]
pub(super) struct Categories(HashMap<(Option<Id>, String), Id>);

impl Categories {
    pub(super) fn of(tree: &CategoryTree) -> Self {
        let mut categories = Self::default();
        for category in tree.iter() {
            let parent = tree.path(&category.id).into_iter().rev().nth(1).map(|parent| parent.id.clone());
            categories.0.entry(place(parent, &category.name)).or_insert_with(|| category.id.clone());
        }
        categories
    }

    /// The category of a path; what is missing of it is made.
    pub(super) async fn at(&mut self, path: &CategoryPath, store: &Store) -> Result<Id> {
        let mut parent = None;
        for name in path.names() {
            let place = place(parent.clone(), name);
            let id = match self.0.get(&place) {
                Some(id) => id.clone(),
                None => make(store, parent, name).await?,
            };
            self.0.insert(place, id.clone());
            parent = Some(id);
        }
        parent.context("a path has a name")
    }
}

fn place(parent: Option<Id>, name: &Name) -> (Option<Id>, String) {
    (parent, name.as_str().to_lowercase())
}

async fn make(store: &Store, parent: Option<Id>, name: &Name) -> Result<Id> {
    let wanted = Slug::from_name(name.as_str()).map_or_else(|| "imported".parse(), Ok)?;
    let mut category = Category {
        id: ids::new_id(),
        slug: wanted.clone(),
        name: name.clone(),
        parent,
        description: String::new(),
        image: None,
        position: 1000,
        version: 1,
    };
    for number in 2..=MOST_NUMBERS {
        match store.create_category(&category).await {
            Err(CategoryWriteError::SlugTaken) => category.slug = wanted.numbered(number),
            made => {
                made?;
                break;
            }
        }
    }
    Ok(category.id)
}
