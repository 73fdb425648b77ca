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

mod changes;
mod home;
mod listing;
mod object;
mod product;
mod robots;
mod site;
pub mod synthetic;

pub use changes::{Changes, changes};
pub use listing::{PAGE, Sort};
pub use object::{Caching, Object, key_of};
pub use site::{PageKey, Site};
