use crate::text::{Id, Name, Slug};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Characters of a category's description at most.
pub const LONGEST_CATEGORY_DESCRIPTION: usize = 2_000;

/// A node of the category tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Category {
    /// Opaque identifier, never changes.
    pub id: Id,
    /// Its page's address, unique.
    pub slug: Slug,
    /// Shown name.
    pub name: Name,
    /// The category above, none at the top.
    pub parent: Option<Id>,
    /// A sentence or two, plain text.
    pub description: String,
    /// Picture for tiles, an address on the site.
    pub image: Option<String>,
    /// Order among its siblings, then by name.
    pub position: u32,
    /// Counts staff changes; a write names the one it has seen.
    pub version: u64,
}

/// Why the tree refuses a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CategoryError {
    /// The parent is not there.
    #[error("the parent category does not exist")]
    UnknownParent,
    /// It would hang below itself.
    #[error("a category cannot be inside itself")]
    Cycle,
    /// It has categories below it.
    #[error("a category with sub-categories cannot be deleted")]
    HasChildren,
    /// Products hang in it.
    #[error("a category with products cannot be deleted")]
    HasProducts,
}

/// All categories, with the questions pages and rules ask of them. Categories whose parent is missing, or
/// that are part of a cycle, are treated as top-level, so that no stored state hides a product.
#[derive(Debug, Clone, Default)]
pub struct CategoryTree {
    nodes: BTreeMap<Id, Category>,
    children: BTreeMap<Option<Id>, Vec<Id>>,
}

impl CategoryTree {
    /// From all categories, in any order.
    pub fn new(categories: impl IntoIterator<Item = Category>) -> Self {
        let nodes: BTreeMap<Id, Category> = categories.into_iter().map(|c| (c.id.clone(), c)).collect();
        let mut children: BTreeMap<Option<Id>, Vec<Id>> = BTreeMap::new();
        for category in nodes.values() {
            let parent = parent_of(&nodes, category).map(|p| p.id.clone());
            children.entry(parent).or_default().push(category.id.clone());
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|id| nodes.get(id).map(|c| (c.position, c.name.clone(), c.id.clone())));
        }
        Self { nodes, children }
    }

    /// One category.
    pub fn get(&self, id: &Id) -> Option<&Category> {
        self.nodes.get(id)
    }

    /// All of them, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Category> {
        self.nodes.values()
    }

    /// The categories directly below one, or the top level for `None`, in the order shown.
    pub fn children(&self, of: Option<&Id>) -> impl Iterator<Item = &Category> {
        self.children.get(&of.cloned()).into_iter().flatten().filter_map(|id| self.nodes.get(id))
    }

    /// From the top down to the category itself: what breadcrumbs show. Empty for an unknown one.
    pub fn path(&self, id: &Id) -> Vec<&Category> {
        let mut path: Vec<_> = std::iter::successors(self.nodes.get(id), |c| parent_of(&self.nodes, c)).collect();
        path.reverse();
        path
    }

    /// The category and everything below it.
    pub fn with_descendants(&self, id: &Id) -> BTreeSet<Id> {
        let mut found = BTreeSet::new();
        let mut queue = vec![id.clone()];
        while let Some(next) = queue.pop() {
            queue.extend(self.children(Some(&next)).map(|c| c.id.clone()));
            found.insert(next);
        }
        found
    }

    /// Whether `category` may hang below `parent`.
    ///
    /// # Errors
    ///
    /// A `CategoryError` when the parent is not there, or when the tree would have a circle.
    pub fn check_parent(&self, category: &Id, parent: Option<&Id>) -> Result<(), CategoryError> {
        let Some(parent) = parent else { return Ok(()) };
        if !self.nodes.contains_key(parent) {
            return Err(CategoryError::UnknownParent);
        }
        if category == parent || is_above(&self.nodes, category, parent) {
            return Err(CategoryError::Cycle);
        }
        Ok(())
    }
}

/// The category above one; none when that is missing or the category is part of a cycle.
fn parent_of<'a>(nodes: &'a BTreeMap<Id, Category>, of: &Category) -> Option<&'a Category> {
    of.parent.as_ref().filter(|p| !is_above(nodes, &of.id, p)).and_then(|p| nodes.get(p))
}

/// Whether `above` stands somewhere over `below` (or is it), walking up at most the whole tree.
fn is_above(nodes: &BTreeMap<Id, Category>, above: &Id, below: &Id) -> bool {
    let mut seen = BTreeSet::new();
    let mut at = Some(below);
    while let Some(id) = at.filter(|id| seen.insert((*id).clone())) {
        if id == above {
            return true;
        }
        at = nodes.get(id).and_then(|c| c.parent.as_ref());
    }
    false
}
