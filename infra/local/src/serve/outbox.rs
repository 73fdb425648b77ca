//! Mail is written to files here, one `.eml` each, in place of being sent.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use store::mail::Mail;
use web::App;

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
    pub(crate) async fn deliver(&self, app: &App, mail: &Mail) -> Result<()> {
        let from = app.settings.get().await?.email.clone();
        let Some(text) = notify::message(app, mail, &from).await? else { return Ok(()) };
        let path = self.folder.join(format!("{}.eml", mail.id));
        let write = || {
            std::fs::create_dir_all(&self.folder)?;
            std::fs::write(&path, &text)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}
