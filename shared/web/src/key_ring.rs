use crate::Keys;
use lambda::ConfigError;
use serde::Deserialize;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use store::Service;

/// The secret is read again at most this often.
const READ_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// The keys as they are now, and where to read them again when somebody shows a token of a key that is not known yet: after a
/// rotation, functions that run already learn the new key by the first token that it signed.
#[derive(Debug)]
pub struct KeyRing {
    keys: RwLock<Arc<Keys>>,
    source: Option<Source>,
}

#[derive(Debug)]
struct Source {
    service: Service,
    id: String,
    read_again: RwLock<Option<Instant>>,
}

/// The secret's text.
#[derive(Deserialize)]
struct Stored {
    session_keys: String,
    link_secret: String,
    origin_secret: String,
}

impl KeyRing {
    /// Keys that stay.
    pub(crate) fn of(keys: Keys) -> Self {
        Self { keys: RwLock::new(Arc::new(keys)), source: None }
    }

    /// From `KEYS_SECRET`, or else `SESSION_KEYS` and `LINK_SECRET`, see [`crate::App`].
    ///
    /// # Errors
    ///
    /// The `ConfigError` of the variable or the part of the secret that is missing or wrong.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let Some(id) = lambda::optional("KEYS_SECRET") else {
            return Ok(Self::of(Keys::parse(&lambda::variable("SESSION_KEYS")?, &lambda::variable("LINK_SECRET")?)?));
        };
        Self::from_secret(Service::default(), id).await
    }

    /// From a secret of Secrets Manager, by its name or ARN: JSON with `session_keys`, `link_secret` and `origin_secret`.
    ///
    /// # Errors
    ///
    /// The `ConfigError` of the variable or the part of the secret that is missing or wrong.
    pub async fn from_secret(service: Service, id: String) -> Result<Self, ConfigError> {
        let keys = read(&service, &id).await?;
        Ok(Self { keys: RwLock::new(Arc::new(keys)), source: Some(Source { service, id, read_again: RwLock::default() }) })
    }

    /// The keys.
    pub fn get(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys as they stand in Secrets Manager now; `None` when they were read just now, or cannot be read.
    pub(crate) async fn read_again(&self) -> Option<Arc<Keys>> {
        let source = self.source.as_ref()?;
        {
            let mut last = source.read_again.write().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| last.elapsed() < READ_AGAIN_AFTER) {
                return None;
            }
            *last = Some(Instant::now());
        }
        let keys = read(&source.service, &source.id).await.inspect_err(|error| tracing::error!(%error, "no new keys")).ok()?;
        let keys = Arc::new(keys);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        Some(keys)
    }
}

async fn read(service: &Service, id: &str) -> Result<Keys, ConfigError> {
    let wrong = |why: String| ConfigError::Wrong("KEYS_SECRET", why);
    let text = store::secret::read(service, id).await.map_err(|e| wrong(format!("the secret {id} cannot be read: {e}")))?;
    // What does not decode is not quoted.
    let stored: Stored = serde_json::from_str(&text)
        .map_err(|_| wrong(format!("the secret {id} does not hold session_keys, link_secret and origin_secret as JSON")))?;
    Keys::parse(&stored.session_keys, &stored.link_secret)?.behind(&stored.origin_secret)
}
