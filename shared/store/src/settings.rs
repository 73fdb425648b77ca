//! The shop's settings: one item, `SETTINGS` / `SETTINGS`.
//!
//! They are read with every cart and order, and always as a whole. So they are one attribute, as JSON: reading that is less work
//! than reading hundreds of small attributes.

use crate::{
    Store, StoreError,
    item::{Item, attribute, corrupt_attribute, from_item, key, n, s},
    lists::Layout,
    write::Write,
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::settings::Settings;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::RwLock;

pub(crate) const KEY: &str = "SETTINGS";
/// The attribute with the settings as JSON. The version in there cannot be used: that of the item does.
const DOCUMENT: &str = "document";
/// The attribute that says that the shop's lists have the keys of today ([`crate::lists`]).
pub(crate) const MOVED: &str = "lists_moved";

impl Store {
    /// The settings, `None` in a table that nobody has set up.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn settings(&self) -> Result<Option<Settings>, StoreError> {
        let item = self.read(KEY, KEY).await?;
        self.note_layout(item.as_ref());
        item.map(from).transpose()
    }

    /// Writes the settings over those of their version (0: there are none yet).
    ///
    /// # Errors
    ///
    /// `StoreError::Conflict` when somebody else wrote first; otherwise as any write: `Unavailable`, `Unanswered`,
    /// `SessionEnded`.
    pub async fn put_settings(&self, settings: &Settings) -> Result<Settings, StoreError> {
        let next = Settings { version: settings.version + 1, ..settings.clone() };
        let document = serde_json::to_string(&next).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let mut item = key(KEY, KEY);
        item.extend([("version".to_owned(), n(next.version)), (DOCUMENT.to_owned(), s(document))]);
        // A new shop begins with the keys of today. Any other is as its settings said when they were read; a move counts as a
        // version.
        if settings.version == 0 || self.known_layout() == Layout::Spread {
            item.insert(MOVED.to_owned(), AttributeValue::Bool(true));
        }
        self.write(Write::put(item.clone()).at_version(settings.version)).await?;
        self.note_layout(Some(&item));
        Ok(next)
    }
}

type Held = (Instant, Arc<Settings>);

/// The settings as pages use them: read once a minute per process. Placing an order reads them anew.
#[derive(Debug, Clone)]
pub struct CachedSettings {
    store: Store,
    held: Arc<RwLock<Option<Held>>>,
}

impl CachedSettings {
    const FRESH: Duration = Duration::from_mins(1);

    /// Reads nothing yet.
    pub fn new(store: Store) -> Self {
        Self { store, held: Arc::default() }
    }

    /// The settings, at most a minute old.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when none are held and the table does not answer or has none, `StoreError::Corrupt` when they
    /// cannot be read.
    pub async fn get(&self) -> Result<Arc<Settings>, StoreError> {
        if let Some((read, settings)) = self.held.read().await.as_ref()
            && read.elapsed() < Self::FRESH
        {
            return Ok(settings.clone());
        }
        let settings = self.store.settings().await?.ok_or_else(missing)?;
        Ok(self.renew(settings).await)
    }

    /// The settings read anew, for who is about to refuse something by those that are held; `None` where they are the same.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn newer(&self, held: &Settings) -> Result<Option<Arc<Settings>>, StoreError> {
        let settings = self.store.settings().await?.ok_or_else(missing)?;
        let is_newer = settings.version != held.version;
        let settings = self.renew(settings).await;
        Ok(is_newer.then_some(settings))
    }

    /// Takes over settings that were read just now, so that pages agree with what was decided by them.
    pub async fn renew(&self, settings: Settings) -> Arc<Settings> {
        let settings = Arc::new(settings);
        let mut held = self.held.write().await;
        if held.as_ref().is_none_or(|(_, held)| held.version <= settings.version) {
            *held = Some((Instant::now(), settings.clone()));
        }
        settings
    }

    /// The settings as they were last read, for pages that must be shown while the table does not answer.
    pub async fn held(&self) -> Option<Arc<Settings>> {
        self.held.read().await.as_ref().map(|(_, settings)| settings.clone())
    }
}

pub(crate) fn missing() -> StoreError {
    StoreError::Unavailable("the shop has no settings".to_owned())
}

pub(crate) fn from(item: Item) -> Result<Settings, StoreError> {
    // A former version of the shop wrote each setting as an attribute.
    let Some(document) = item.get(DOCUMENT) else { return from_item(item) };
    let settings = document.as_s().ok().and_then(|document| serde_json::from_str::<Settings>(document).ok());
    let settings = settings.ok_or_else(|| corrupt_attribute(&item, DOCUMENT))?;
    Ok(Settings { version: attribute(&item, "version")?, ..settings })
}
