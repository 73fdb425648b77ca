//! Store and functions on a real DynamoDB engine, through their public interfaces.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod admin;
mod api;
mod audit;
mod broken_items;
mod buying;
mod cancelling;
mod carts;
mod catalogue;
mod checkout;
mod costs;
mod coupons;
mod ended_sessions;
mod engine;
mod every_call;
mod hostile;
mod importing;
mod lost_answers;
mod mail;
mod moving;
mod old_addresses;
mod order_list;
mod origin;
mod owed;
mod own_account;
mod page_sizes;
mod partitions;
mod placing;
mod protocol;
mod publishing;
mod roles;
mod sessions;
mod sign_up;
mod stock_policy;
mod stored_items;
mod stream;
mod sweeping;
mod territories;
mod typing;
mod unanswered;
mod wide_saves;
