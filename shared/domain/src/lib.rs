//! The rules of the shop, pure: no I/O, no clock, no randomness, no AWS, no HTTP.
//!
//! Every input from outside becomes one of these types at the edge ([`text`] and [`money`] validate);
//! afterwards nobody checks again. What a function computes it computes from its arguments alone.
//!
//! ```
//! use domain::money::Currency;
//! let euro: Currency = "EUR".parse()?;
//! let price = euro.parse("38.23")?;
//! assert_eq!((price * 10).to_string(), "382.30");
//! # Ok::<(), domain::money::MoneyError>(())
//! ```

pub mod address;
pub mod cart;
pub mod catalogue;
mod countries;
pub mod coupon;
pub mod customer;
pub mod destination;
pub mod limits;
pub mod line;
pub mod money;
pub mod offer;
pub mod order;
pub mod password;
pub mod payment;
pub mod quote;
pub mod settings;
pub mod shipping;
pub mod tax;
pub mod text;
pub mod timestamp;
