//! The words of the shop's mail.

use crate::SiteInfo;
use domain::text::OrderNumber;

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
            "Welcome to {}.\n\nPlease confirm your e-mail address:\n{}/auth/verify?token={secret}\n\n\
             The page asks for your password, or lets you choose a new one. The link works for three days. \
             If you did not create an account, you can ignore this e-mail.",
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
            "Choose a new password here:\n{}/auth/reset?token={secret}\n\n\
             The link works once, for one hour. If you did not ask for it, you can ignore this e-mail.",
            site.base_url
        ),
    )
}

/// Tells the owner of an address that somebody tried to register it.
pub fn already_registered(site: &SiteInfo) -> Message {
    message(
        site,
        "You already have an account",
        &format!(
            "Somebody, perhaps you, tried to create an account with your e-mail address. You already have an account.\n\n\
             Sign in: {0}/auth/sign-in\nForgot your password: {0}/auth/forgot",
            site.base_url
        ),
    )
}

/// Confirms an order: its total with the currency, and how to pay in whole sentences.
pub fn order_placed(site: &SiteInfo, number: &OrderNumber, total: &str, payment: &str) -> Message {
    message(
        site,
        &format!("Your order {number}"),
        &format!("Thank you for your order {number} for {total}.\n\n{payment}\n\nTrack your order: {}/orders", site.base_url),
    )
}

/// Says that an order was not paid in time and is cancelled.
pub fn order_expired(site: &SiteInfo, number: &OrderNumber) -> Message {
    message(
        site,
        &format!("Your order {number} is cancelled"),
        &format!(
            "Your payment for order {number} has not arrived in time. The order is cancelled, and we will not send it.\n\n\
             If you have already paid, please answer this e-mail. We will send your money back, or what you ordered.\n\n\
             Your order: {}/orders",
            site.base_url
        ),
    )
}

fn message(site: &SiteInfo, subject: &str, text: &str) -> Message {
    Message { subject: subject.to_owned(), text: format!("Hello,\n\n{text}\n\n{}\n{}\n", site.name, site.email) }
}
