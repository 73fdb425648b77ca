//! Objects whose content is not what was stored: who can make them again is told of each once.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Objects that were found to be damaged. Clones are one.
#[derive(Debug, Clone)]
pub struct Damage {
    state: Arc<Mutex<State>>,
    told: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Bucket and key of what is damaged now.
    objects: BTreeSet<(String, String)>,
    /// Those that nobody was told of yet.
    news: BTreeSet<(String, String)>,
}

impl Damage {
    pub(crate) fn new() -> Self {
        Self { state: Arc::default(), told: watch::Sender::new(()) }
    }

    /// Keys of objects that were found to be damaged when they were read, each once.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state().news).into_iter().map(|(_, key)| key).collect()
    }

    /// Waits until there is one that [`Damage::take`] has not returned.
    pub async fn wait(&self) {
        let mut told = self.told.subscribe();
        while self.state().news.is_empty() {
            if told.changed().await.is_err() {
                return;
            }
        }
    }

    /// Notes that an object is damaged, for those who ask for it.
    pub(crate) fn is(&self, bucket: &str, key: &str) -> bool {
        self.state().objects.insert((bucket.to_owned(), key.to_owned()))
    }

    /// The same, and tells who can make it again.
    pub(crate) fn found(&self, bucket: &str, key: &str) {
        if self.is(bucket, key) {
            self.state().news.insert((bucket.to_owned(), key.to_owned()));
            self.told.send_replace(());
        }
    }

    pub(crate) fn is_known(&self, bucket: &str, key: &str) -> bool {
        let state = self.state();
        !state.objects.is_empty() && state.objects.contains(&(bucket.to_owned(), key.to_owned()))
    }

    /// The object is whole, or gone.
    pub(crate) fn mended(&self, bucket: &str, key: &str) {
        let mut state = self.state();
        if !state.objects.is_empty() {
            let object = (bucket.to_owned(), key.to_owned());
            state.objects.remove(&object);
            state.news.remove(&object);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
