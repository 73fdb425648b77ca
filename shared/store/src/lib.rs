//! The shop's one DynamoDB table.
//!
//! Keys live beside their entity, one module per entity; AWS types end at this crate's edge. Documents are written by
//! `serde_dynamo`; money inside documents is an exact decimal string, and a number where a condition or sum needs one
//! (a variant's `price`).
//!
//! | question | key | operation | round trips |
//! |---|---|---|---|
//! | the settings | `SETTINGS` | `GetItem` | 1 |
//! | all categories | GSI4 `CATEGORIES` | `Query` | 1 |
//! | a product with its variants | `PRODUCT#id`, then its `SKU#sku` | `GetItem`, `BatchGetItem` | 2 |
//! | a product by its page | `SLUG#PRODUCT#slug` first | `GetItem` | 3 |
//! | a product by the handle of the file it came from | `HANDLE#handle` first | `BatchGetItem`, `GetItem` | 3 |
//! | a variant in which a save is staged | `PRODUCT#id` besides | `BatchGetItem` | 1 more |
//! | save a product | its items that change | `TransactWriteItems` | 1 |
//! | save a product with more than 100 writes | `SAVE#id`, each `SKU#sku` twice, the rest | three steps: [`catalogue`] | many |
//! | products by name, a page | GSI3 `PRODUCTS#0` to `#3`, name; their `SKU#sku` | `Query` each, `BatchGetItem` | 2 |
//! | take in old addresses | `SLUG#kind#slug`, in use and old | `BatchGetItem`, `TransactWriteItems` | 1, 1 each |
//! | old addresses of a product or category | `SLUG#kind#slug` | `BatchGetItem` | 1 |
//! | a category's address now by an old one | `SLUG#CATEGORY#slug`, then `CATEGORY#id` | `BatchGetItem`, `GetItem` | 2 |
//! | everything, for a full build | the table | `Scan` | 1 a page |
//! | offers of some SKUs | `SKU#sku` | `BatchGetItem` | 1 |
//! | a cart and who buys, with an offer or a coupon | `CART#..`, `CUSTOMER#id`, `SKU#sku` or `COUPON#code` | `BatchGetItem` | 1 |
//! | a cart as it is now: offers, coupon, its uses, settings | `SKU#sku`, `COUPON#code`, `SETTINGS` | `BatchGetItem` | 1 |
//! | how often somebody has used a coupon | `COUPON#code`, `USES#who` | `BatchGetItem` | 1 |
//! | change a cart | `CART#..` under its version | `PutItem` | 1 |
//! | read for placing | `CART#..`, `CUSTOMER#id`, `IDEMPOTENCY#..`, `SETTINGS` | `BatchGetItem` | 1 |
//! | place an order | variants, coupon, order, idempotency, cart, mail | `TransactWriteItems` | 1 |
//! | an order | `ORDER#number` | `GetItem` | 1 |
//! | a customer's orders, newest first | GSI3 `CUSTOMER#id` or `GUEST#email`, moment | `Query` | 1 |
//! | orders of a status, newest first | GSI4 `ORDERS#pending#0` to `#7`, others `#0` and `#1`, moment | `Query` each | 1 |
//! | all orders, newest first | those of all statuses | `Query` each | 1 |
//! | how many orders have a status, up to 100 | those of the status | `Query` each, counting | 1 |
//! | a guest's order joins an account, or leaves it | `ORDER#number` | `UpdateItem` | 1 |
//! | cancel an order | its variants and coupon, then these under the order's version | `BatchGetItem`, `TransactWriteItems` | 2 |
//! | an account by e-mail | `EMAIL#address`, then `CUSTOMER#id` | `GetItem` | 2 |
//! | a session | `CUSTOMER#id`, `SESSION#sid` | `GetItem` | 1 |
//! | sign in: open a session | `EMAIL#address` under its generation, `SESSION#sid` | `TransactWriteItems` | 1 |
//! | sign up | `EMAIL#address` first; account, link and mail, or decoys and a mail | `GetItem`, `TransactWriteItems` | 2 |
//! | a single-use link with its account | `TOKEN#hash`, then `CUSTOMER#id`, then `EMAIL#address` | `GetItem` | 3 |
//! | all sessions of an account | `CUSTOMER#id`, `SESSION#` | `Query` | 1 a page |
//! | a new password, a proven address | the address, the link, the account, its sessions, attempts | `TransactWriteItems` | 1 |
//! | a cart and the account of a proven address | `CART#..`, `EMAIL#address` | `BatchGetItem` | 1 |
//! | take the next turn at publishing | `PUBLICATION` | `UpdateItem` | 1 |
//! | take the turn to import, or give it back | `IMPORT` | `UpdateItem`, `DeleteItem` | 1 each |
//! | unpaid orders due | GSI4 `ORDERS#pending#0` to `#7`, moment; `ORDER#number` | `Query`, `GetItem` | 1 a page, 1 each |
//! | a change by staff | `AUDIT#month`, its moment, in the transaction of the change | `TransactWriteItems` | 0 |
//! | claim a mail, note it as sent | `MAIL#id` | `UpdateItem` | 1 each |
//! | whether a write whose answers were lost was done | any item, by its `write_id` | `GetItem` | 1 |
//! | count an attempt | `THROTTLE#key` | `UpdateItem` | 1 |
//!
//! Requests to several keys of one list go at once: they are one round trip. What concentrates at one key, and how much it can
//! take, is in [`lists`] and ARCHITECTURE.md. Lists of a shop of the former keys are in GSI1 and GSI2, and asked as often, after
//! one `GetItem` of `SETTINGS` ([`Store::move_lists`]).

pub mod account;
mod audit;
pub mod cart;
pub mod catalogue;
pub mod changes;
mod connection;
pub mod coupon;
mod error;
mod guard;
pub mod import;
mod item;
mod lists;
pub mod mail;
pub mod meter;
mod migrate;
pub mod order;
pub mod publication;
mod retry;
pub mod secret;
mod service;
pub mod session;
pub mod settings;
pub mod stream;
mod table;
pub mod throttle;
pub mod token;
mod write;

pub(crate) use connection::{Asked, pause};
pub use connection::{Store, StoreConfig};
pub use error::{StoreError, reason};
pub use guard::Guard;
pub use lists::Page;
pub use meter::{Meter, Operation, Usage};
pub use migrate::Moved;
pub use retry::{Contended, retry};
#[cfg(feature = "aws")]
pub use service::http_client;
pub use service::{Calls, REACHES_AWS, Service};
pub use settings::CachedSettings;

pub(crate) use clock::now;
pub(crate) use ids::{new_id, random_bits, sha256_hex};
