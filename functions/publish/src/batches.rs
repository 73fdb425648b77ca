//! What Lambda invokes.
//!
//! | variable | what it is |
//! |---|---|
//! | `BASE_URL`, `TABLE_NAME` | of which shop |
//! | `SITE_BUCKET` | where its pages go |

use crate::{Bucket, Published, Publisher};
use lambda::{ConfigError, Delivery, Metric, telemetry};
use render::Renderer;
use std::time::{Duration, SystemTime};
use store::{Service, changes::Change};
use tokio::sync::Mutex;

/// Publishes batches of the stream, one after the other.
#[derive(Debug)]
pub struct Batches {
    publisher: Mutex<Publisher>,
}

impl Batches {
    /// From the environment, with a warm connection.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let base_url = lambda::base_url()?;
        let bucket = lambda::variable("SITE_BUCKET")?;
        let wrong = |error: &dyn ToString| ConfigError::Wrong("templates", error.to_string());
        // Beside the clients and a first request, which take as long.
        let renderer = tokio::task::spawn_blocking(|| Renderer::of("catalogue"));
        let store = lambda::table().await?;
        let bucket = Bucket::connect(&bucket, &Service::default()).await;
        lambda::warm(store.warm()).await;
        let renderer = renderer.await.map_err(|e| wrong(&e))?.map_err(|e| wrong(&e))?;
        Ok(Self::new(Publisher::new(store, bucket, renderer, &base_url)))
    }

    /// Over a publisher.
    pub fn new(publisher: Publisher) -> Self {
        Self { publisher: Mutex::new(publisher) }
    }

    /// Publishes a batch. Returns the identifiers of records that have to come again: what cannot be read, or the first that
    /// cannot be published. What lies before it is published.
    pub async fn handle(&self, batch: &[Delivery]) -> Vec<String> {
        let mut publisher = self.publisher.lock().await;
        let readable = batch.iter().position(|record| record.change.is_err()).unwrap_or(batch.len());
        let (good, rest) = batch.split_at(readable);
        let mut failed = publish_until(&mut publisher, good).await;
        if let (None, Some(Err(error))) = (&failed, rest.first().map(|record| &record.change)) {
            tracing::error!(error, record = rest[0].id, "a record cannot be read");
            failed = Some(rest[0].id.clone());
        }
        failed.into_iter().collect()
    }
}

/// Publishes readable records: the identifier of the first that fails.
async fn publish_until(publisher: &mut Publisher, batch: &[Delivery]) -> Option<String> {
    let changes: Vec<Change> = batch.iter().filter_map(|record| record.change.clone().ok()).collect();
    let log = |done: &Published| {
        tracing::info!(rendered = done.rendered, uploaded = done.uploaded.len(), removed = done.removed.len(), "published");
    };
    let Err((at, error)) = publisher.publish_until(&changes, log).await else {
        count_lag(batch);
        return None;
    };
    let failed = batch.get(at)?;
    tracing::error!(%error, record = failed.id, "a record was not published");
    Some(failed.id.clone())
}

/// How long the oldest change of the batch took to be seen by shoppers.
fn count_lag(batch: &[Delivery]) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let oldest = batch.iter().map(|record| record.written).filter(|written| *written > Duration::ZERO).min();
    if let Some(written) = oldest {
        telemetry::count(Metric::PublishLag, u64::try_from(now.saturating_sub(written).as_millis()).unwrap_or(u64::MAX));
    }
}
