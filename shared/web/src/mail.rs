//! Mail as the outbox holds it, made ready to send.

use crate::Keys;
use domain::text::{Email, TextError};
use render::{SiteInfo, mail::Message};
use store::mail::{Mail, MailKind};

/// The words of a mail. Links are derived here: the outbox holds no secret.
pub fn compose(mail: &Mail, site: &SiteInfo, keys: &Keys) -> Message {
    let secret = mail.token.as_ref().map(|token| keys.link_secret(token)).unwrap_or_default();
    match mail.kind {
        MailKind::Verify => render::mail::verify(site, &secret),
        MailKind::Reset => render::mail::reset(site, &secret),
        MailKind::AlreadyRegistered => render::mail::already_registered(site),
        MailKind::OrderPlaced => render::mail::order_placed(site, &mail.data),
    }
}

/// An address as typed; refused, with the reason, when it is of a service that gives out throw-away ones.
pub fn parse_address(typed: &str) -> Result<Email, String> {
    let email: Email = typed.parse().map_err(|e: TextError| e.to_string())?;
    if mailchecker::is_valid(email.as_str()) {
        return Ok(email);
    }
    Err("is of a service for throw-away addresses; please use one that you keep".to_owned())
}
