//! Addresses of pages.

use domain::{catalogue::Category, text::Slug};
use render::NavLink;

/// The page of a product.
pub(crate) fn product_path(slug: &Slug) -> String {
    format!("/products/{slug}/")
}

/// The first page of a category.
pub(crate) fn category_path(slug: &Slug) -> String {
    format!("/categories/{slug}/")
}

/// A category as a link.
pub(crate) fn nav_link(category: &Category) -> NavLink {
    NavLink { name: category.name.to_string(), path: category_path(&category.slug) }
}
