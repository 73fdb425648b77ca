//! What a function holds from its cold start on.
//!
//! | variable | what it is |
//! |---|---|
//! | `BASE_URL` | the shop's address, `https://shop.example`, no slash at the end |
//! | `TABLE_NAME` | the table |
//! | `KEYS_SECRET` | name of the secret in Secrets Manager that holds the keys; without it, they are in these: |
//! | `SESSION_KEYS` | `id:secret` pairs with commas, secrets of 32 characters or more; the first signs, all are accepted |
//! | `LINK_SECRET` | 32 characters or more; single-use links are derived from it |
//! | `ENVIRONMENT` | what metrics are told apart by; `local` where it is not set |
//! | `RUST_LOG` | how much is logged; `info` where it is not set |

use crate::{KeyRing, Keys};
use domain::settings::Settings;
use lambda::ConfigError;
use render::{Renderer, SiteInfo};
use std::sync::Arc;
use store::{CachedSettings, Store, StoreError};

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
    pub keys: KeyRing,
    /// The shop's address.
    pub base_url: String,
}

impl App {
    /// From parts.
    ///
    /// # Errors
    ///
    /// `ConfigError::Wrong` when a template cannot be read.
    pub fn new(store: Store, keys: Keys, base_url: impl Into<String>) -> Result<Arc<Self>, ConfigError> {
        Ok(Self::from_parts(store, Renderer::new().map_err(wrong)?, KeyRing::of(keys), base_url))
    }

    /// From parts, with keys that may change.
    pub fn from_parts(store: Store, renderer: Renderer, keys: KeyRing, base_url: impl Into<String>) -> Arc<Self> {
        let settings = CachedSettings::new(store.clone());
        Arc::new(Self { store, renderer, settings, keys, base_url: base_url.into() })
    }

    /// From the environment, with a warm connection and the settings read by it. `function` names the folder of its templates.
    ///
    /// # Errors
    ///
    /// The `ConfigError` of the first variable that is missing or wrong, by its name.
    pub async fn from_env(function: &'static str) -> Result<Arc<Self>, ConfigError> {
        let base_url = lambda::base_url()?;
        // Beside the client and its first request, which take as long.
        let renderer = tokio::task::spawn_blocking(move || Renderer::of(function));
        let (keys, store) = tokio::try_join!(KeyRing::from_env(), lambda::table())?;
        let settings = CachedSettings::new(store.clone());
        lambda::warm(settings.get()).await;
        let renderer = renderer.await.map_err(wrong)?.map_err(wrong)?;
        Ok(Arc::new(Self { store, renderer, settings, keys, base_url }))
    }

    /// What every page knows of the shop.
    ///
    /// # Errors
    ///
    /// A `StoreError` when no settings are held and they cannot be read.
    pub async fn site(&self) -> Result<SiteInfo, StoreError> {
        Ok(site_info(self.settings.get().await?.as_ref(), &self.base_url))
    }

    /// What a page can know while the table does not answer: what was read last, or next to nothing.
    pub(crate) async fn cached_site(&self) -> SiteInfo {
        match self.settings.held().await {
            Some(settings) => site_info(&settings, &self.base_url),
            None => SiteInfo::unknown(&self.base_url),
        }
    }
}

fn wrong(error: impl ToString) -> ConfigError {
    ConfigError::Wrong("templates", error.to_string())
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
