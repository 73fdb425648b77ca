//! Product files of other shops: read, and understood as products. Nothing here knows a terminal, a table or a network.
//!
//! [`ProductFile::read`] takes a file's bytes as they came. It finds out the encoding, what separates the cells, and what the
//! columns mean, in Shopify's former template, its present one, or `WooCommerce`'s. [`ProductFile::products`] gives the rows of
//! one product after the other, and [`draft`] makes a product of them. What cannot be taken in is a [`Remark`] with its line.
//! What is not read at all is counted in [`Unread`].
//!
//! An export of this shop lists all categories ([`category_cells`], [`ListedCategory`]). A [`CategoryMap`] says which category of
//! a shop stands for which of a file.

mod category;
mod column;
mod draft;
mod encoding;
mod file;
pub mod formula;
mod layout;
mod listed;
mod map;
mod remark;
mod row;
mod variant;
mod woo;

pub use category::CategoryPath;
pub use column::Column;
pub use draft::{Draft, Picture, draft};
pub use file::{FileError, MOST_BYTES, ProductFile};
pub use listed::{ListedCategory, category_cells};
pub use map::{CategoryMap, MapError, Mapped};
pub use remark::{Remark, Unread};
pub use row::{Group, Row};
