//! What a function holds from its cold start on.
//!
//! | variable | what it is |
//! |---|---|
//! | `BASE_URL` | the shop's address, `https://shop.example`, no slash at the end |
//! | `SESSION_KEYS` | `id:secret` pairs with commas, secrets of 32 characters or more; the first signs, all are accepted |
//! | `LINK_SECRET` | 32 characters or more; single-use links are derived from it |
//! | `TABLE_NAME` | the table; `shop` where it is not set |

use crate::Keys;
use domain::settings::Settings;
use render::{Renderer, SiteInfo};
use std::sync::Arc;
use store::{CachedSettings, Store, StoreConfig, StoreError};

/// Clients, templates and settings, made once.
#[derive(Debug)]
pub struct App {
    /// The table.
    pub store: Store,
    /// The templates.
    pub renderer: Renderer,
    /// The settings.
    pub settings: CachedSettings,
    /// What signs sessions and links.
    pub keys: Keys,
    /// The shop's address.
    pub base_url: String,
}

/// A setting that is missing or wrong, by its name.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// Set to something that cannot be used.
    #[error("{0}: {1}")]
    Wrong(&'static str, String),
}

impl App {
    /// From parts.
    pub fn new(store: Store, keys: Keys, base_url: impl Into<String>) -> Result<Arc<Self>, ConfigError> {
        let renderer = Renderer::new().map_err(|e| ConfigError::Wrong("templates", e.to_string()))?;
        let settings = CachedSettings::new(store.clone());
        Ok(Arc::new(Self { store, renderer, settings, keys, base_url: base_url.into() }))
    }

    /// From the environment, with a warm connection.
    pub async fn from_env() -> Result<Arc<Self>, ConfigError> {
        let variable = |name: &'static str| std::env::var(name).map_err(|_| ConfigError::Missing(name));
        let base_url = variable("BASE_URL")?;
        let keys = Keys::parse(&variable("SESSION_KEYS")?, &variable("LINK_SECRET")?)?;
        let store = Store::connect(&StoreConfig::from_env()).await;
        if let Err(error) = store.warm().await {
            tracing::warn!(%error, "the table does not answer yet");
        }
        Self::new(store, keys, base_url)
    }

    /// What every page knows of the shop.
    pub async fn site(&self) -> Result<SiteInfo, StoreError> {
        Ok(site_info(self.settings.get().await?.as_ref(), &self.base_url))
    }
}

/// The part of the settings that pages show.
pub fn site_info(settings: &Settings, base_url: &str) -> SiteInfo {
    SiteInfo {
        name: settings.name.to_string(),
        tagline: settings.tagline.clone(),
        promises: settings.promises.clone(),
        hero: settings.hero.clone(),
        email: settings.email.to_string(),
        currency: settings.currency,
        base_url: base_url.to_owned(),
    }
}
