//! What the owner's commands do, beside running the shop and Shopify's exports.

pub(crate) mod admin;
pub(crate) mod build;
pub(crate) mod demo;
pub(crate) mod migrate;
mod openapi;
pub(crate) mod seed;
pub(crate) mod setup;
