//! Mail as the outbox holds it, made ready to send.

use crate::{App, throw_away::is_throw_away};
use domain::text::{Email, Id, OrderNumber, TextError};
use render::mail::{Message, OrderPlaced};
use store::{
    Store, StoreError,
    mail::{Mail, MailKind},
    token::{Token, TokenKind},
};

/// The words of a mail; `None` when it is not to be sent. Links are derived here: the outbox holds no secret.
///
/// # Errors
///
/// A `StoreError` when the settings cannot be read, or the link of the mail cannot be kept.
pub async fn compose(app: &App, mail: &Mail) -> Result<Option<Message>, StoreError> {
    let site = app.site().await?;
    let secret_of = |link: &Id| app.keys.get().link_secret(link);
    Ok(Some(match &mail.kind {
        MailKind::Verify { token } => render::mail::verify(&site, &secret_of(token)),
        MailKind::Reset => {
            let secret = secret_of(&mail.id);
            if !keep_reset_link(&app.store, &mail.to, &secret).await? {
                return Ok(None);
            }
            render::mail::reset(&site, &secret)
        }
        MailKind::AlreadyRegistered => render::mail::already_registered(&site),
        MailKind::OrderPlaced { number, total, payment } => order_placed(app, number, total, payment).await?,
        MailKind::OrderExpired { number } => render::mail::order_expired(&site, number),
    }))
}

/// The confirmation of an order, with its lines, unless they cannot be read or shown.
async fn order_placed(app: &App, number: &OrderNumber, total: &str, payment: &str) -> Result<Message, StoreError> {
    let site = app.site().await?;
    let order = match app.store.order(number).await {
        Err(StoreError::Corrupt(_)) => None,
        found => found?,
    };
    let whole = order.and_then(|order| {
        let placed = OrderPlaced { order: &order, total, payment, email: &site.email };
        let shown = render::mail::order_placed(&app.renderer, &site, &placed);
        shown.inspect_err(|error| tracing::error!(%error, "a confirmation is sent without lines")).ok()
    });
    Ok(whole.unwrap_or_else(|| render::mail::order_placed_without_lines(&site, number, total, payment)))
}

/// Keeps the link of a mail, once, if its address has an account. Found out here and not where the mail was asked for, so that
/// the answer there takes the same time for every address.
async fn keep_reset_link(store: &Store, address: &Email, secret: &str) -> Result<bool, StoreError> {
    let Some(credentials) = store.credentials(address).await? else { return Ok(false) };
    match store.put_token(&Token::new(TokenKind::Reset, credentials.customer, credentials.generation), secret).await {
        // It was composed before, and then not sent.
        Ok(()) | Err(StoreError::Conflict) => Ok(true),
        Err(error) => Err(error),
    }
}

/// An address as typed; refused, with the reason, when it is of a service that gives out throw-away ones.
///
/// # Errors
///
/// Why no mail is sent to this address, for the person who typed it.
pub fn parse_address(typed: &str) -> Result<Email, String> {
    let email: Email = typed.parse().map_err(|e: TextError| e.to_string())?;
    let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    if is_throw_away(domain) {
        return Err("belongs to a service for throw-away addresses; please use one that you keep".to_owned());
    }
    Ok(email)
}
