//! Product files of other shops are imported, and the catalogue is exported as one of Shopify's.

mod export;
mod folder;
mod images;
mod import;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod round_trip;
mod saved;

pub(crate) use export::export;
pub(crate) use import::{ImportOptions, import};
