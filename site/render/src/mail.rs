//! The words of the shop's mail.

use crate::SiteInfo;
use std::collections::BTreeMap;

/// A mail ready to send, plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// Proves the address of a new account.
pub fn verify(site: &SiteInfo, secret: &str) -> Message {
    message(
        site,
        "Please confirm your e-mail address",
        &format!(
            "Welcome to {}.\n\nPlease confirm your address:\n{}/auth/verify?token={secret}\n\nYou need the account's password there, or choose a new one. The link works for three days. If you did not create an account, nothing happens without it.",
            site.name, site.base_url
        ),
    )
}

/// Lets somebody choose a new password.
pub fn reset(site: &SiteInfo, secret: &str) -> Message {
    message(
        site,
        "Choose a new password",
        &format!(
            "Choose a new password here:\n{}/auth/reset?token={secret}\n\nThe link works once, for an hour. If you did not ask for it, your password stays as it is.",
            site.base_url
        ),
    )
}

/// Tells the owner of an address that somebody tried to register it.
pub fn already_registered(site: &SiteInfo) -> Message {
    message(
        site,
        "You have an account already",
        &format!(
            "Somebody, perhaps you, tried to create an account with your address. You have one already.\n\nSign in: {0}/auth/sign-in\nForgotten password: {0}/auth/forgot",
            site.base_url
        ),
    )
}

/// Confirms an order. `data` names `number`, `total` and `payment`.
pub fn order_placed(site: &SiteInfo, data: &BTreeMap<String, String>) -> Message {
    let of = |name: &str| data.get(name).map_or("", String::as_str);
    message(
        site,
        &format!("Your order {}", of("number")),
        &format!(
            "Thank you for your order {} for {}.\n\n{}\n\nFollow it here: {}/orders",
            of("number"),
            of("total"),
            of("payment"),
            site.base_url
        ),
    )
}

/// Says that an order was not paid in time and is cancelled. `data` names `number`.
pub fn order_expired(site: &SiteInfo, data: &BTreeMap<String, String>) -> Message {
    let number = data.get("number").map_or("", String::as_str);
    message(
        site,
        &format!("Your order {number} is cancelled"),
        &format!(
            "Your payment for order {number} has not arrived in time, so the order is cancelled and nothing will be sent.\n\nIf you have paid meanwhile, please answer this mail: you get your money back, or what you ordered.\n\nThe order: {}/orders",
            site.base_url
        ),
    )
}

fn message(site: &SiteInfo, subject: &str, text: &str) -> Message {
    Message { subject: subject.to_owned(), text: format!("Hello,\n\n{text}\n\n{}\n{}\n", site.name, site.email) }
}
