use domain::text::Email;
use mail_builder::MessageBuilder;
use store::{StoreError, mail::Mail};
use web::App;

/// A mail as it goes over the wire (RFC 5322); `None` when it is not to be sent. Answers reach the shop's own address, whichever
/// one it sends from.
pub async fn message(app: &App, mail: &Mail, from: &Email) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(words) = web::mail::compose(app, mail).await? else { return Ok(None) };
    let site = app.site().await?;
    let builder = MessageBuilder::new()
        .from((site.name.as_str(), from.as_str()))
        .reply_to(site.email.as_str())
        .to(mail.to.as_str())
        .message_id(format!("{}@shop", mail.id))
        // Nobody's holiday notice answers it (RFC 3834).
        .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-generated"))
        .subject(words.subject)
        .text_body(words.text);
    let builder = match words.html {
        Some(html) => builder.html_body(html),
        None => builder,
    };
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = builder.write_to(&mut text);
    Ok(Some(text))
}
