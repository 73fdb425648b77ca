//! From the catalogue to a static site: home, listings, product pages, what search engines read.
//!
//! Nothing here reads or writes anything. A [`Site`] is made of a catalogue; its pages are named by [`PageKey`] and rendered one
//! at a time into [`Object`]s, so that a site of any size is built in bounded memory. The same catalogue gives the same bytes.
//!
//! | page | address |
//! |---|---|
//! | home | `/` |
//! | all categories | `/categories/` |
//! | a category | `/categories/<slug>/`, its second page `/2/`, another order `/price-up/`, `/price-up/2/` |
//! | all products | `/products/`, other orders and pages below `/products/all/` |
//! | a product | `/products/<slug>/` |
//!
//! An old address of a product or category is an object that leads on. Of a category that is its first page alone: an object for
//! each page in each order would be written and compared for ever. For the others the cart's function, which answers what is not
//! in the bucket, reads the category's old address (`functions/cart/src/old_listing.rs`), so renaming one writes nothing more.

#![allow(clippy::missing_errors_doc, reason = "the error types say it")]

mod card;
mod changes;
mod home;
mod listing;
mod object;
mod order;
mod paths;
mod product;
mod robots;
mod site;
mod summary;
pub mod synthetic;

pub use changes::{Changes, changes};
pub use domain::catalogue::Sort;
pub use listing::PAGE;
pub use object::{Caching, Object, key_of};
pub use site::{PageKey, Site};
