//! Mail is written to files here, one `.eml` each, in place of being sent.

use anyhow::{Context, Result};
use mail_builder::MessageBuilder;
use render::SiteInfo;
use std::path::{Path, PathBuf};
use store::mail::Mail;
use web::Keys;

/// A folder of mail.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// Writes a mail; one that comes again takes the place of the first.
    pub(crate) fn deliver(&self, mail: &Mail, site: &SiteInfo, keys: &Keys) -> Result<()> {
        let message = web::mail::compose(mail, site, keys);
        let text = MessageBuilder::new()
            .from((site.name.as_str(), site.email.as_str()))
            .to(mail.to.as_str())
            .message_id(format!("{}@shop", mail.id))
            .subject(message.subject)
            .text_body(message.text)
            .write_to_vec()
            .context("a mail cannot be written")?;
        let path = self.folder.join(format!("{}.eml", mail.id));
        let write = || {
            std::fs::create_dir_all(&self.folder)?;
            std::fs::write(&path, &text)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}
