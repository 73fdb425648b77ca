//! The words of the shop's mail.

use crate::{RenderError, Renderer, SiteInfo, View};
use domain::{
    money::Currency,
    order::{Order, OrderLine},
    text::OrderNumber,
};
use serde::Serialize;

/// A mail ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same with pictures, as a document of HTML.
    pub html: Option<String>,
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

/// What the confirmation of an order says.
#[derive(Debug, Serialize)]
pub struct OrderPlaced<'a> {
    /// The order with its lines.
    pub order: &'a Order,
    /// With its currency.
    pub total: &'a str,
    /// How to pay, in whole sentences.
    pub payment: &'a str,
    /// The shop's own address.
    pub email: &'a str,
}

impl View for OrderPlaced<'_> {
    const TEMPLATE: &'static str = "mail/order_placed";

    fn title(&self) -> String {
        format!("Your order {}", self.order.number)
    }
}

/// Confirms an order, with its lines and their pictures.
pub fn order_placed(renderer: &Renderer, site: &SiteInfo, placed: &OrderPlaced<'_>) -> Result<Message, RenderError> {
    let OrderPlaced { order, total, payment, .. } = placed;
    let lines: Vec<String> = order.lines.iter().map(|line| line_of_text(line, site.currency)).collect();
    let text = format!("{}\n\n{}", lines.join("\n"), track(site));
    let text = message(site, &placed.title(), &format!("{}\n\n{text}", thanks(&order.number, total, payment)));
    Ok(Message { html: Some(renderer.part(placed, site)?), ..text })
}

/// Confirms an order that cannot be read.
pub fn order_placed_without_lines(site: &SiteInfo, number: &OrderNumber, total: &str, payment: &str) -> Message {
    message(site, &format!("Your order {number}"), &format!("{}\n\n{}", thanks(number, total, payment), track(site)))
}

fn thanks(number: &OrderNumber, total: &str, payment: &str) -> String {
    format!("Thank you for your order {number} for {total}.\n\n{payment}")
}

fn track(site: &SiteInfo) -> String {
    format!("Track your order: {}/orders", site.base_url)
}

/// `2 × Shirt (Size: M): €40.00`
fn line_of_text(line: &OrderLine, currency: Currency) -> String {
    let options: Vec<String> = line.options.iter().map(|option| format!("{}: {}", option.name, option.value)).collect();
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
    format!("{} × {}{options}: {}", line.amounts.quantity, line.name, currency.format(line.amounts.goods))
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
    let text = format!("Hello,\n\n{text}\n\n{}\n{}\n", site.name, site.email);
    Message { subject: subject.to_owned(), text, html: None }
}
