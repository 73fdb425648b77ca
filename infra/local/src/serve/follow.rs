//! Follows the table's stream, as Lambda does for the deployed shop: pages are published, mail goes to the outbox.
//!
//! The embedded engine says when something was written, so a shop where nothing happens asks for nothing. It keeps records until
//! it is told that they were followed. Another engine is asked again and again, and forgets by itself.

use super::{front::Front, outbox::Outbox};
use crate::data;
use anyhow::Result;
use embedded::{Damage, Records};
use indicatif::ProgressBar;
use publish::{Published, Publisher};
use serde::{Deserialize, Serialize};
use std::{
    future::pending,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};
use store::{StoreError, changes::Change, mail::Mail, stream::Stream};
use tokio::{
    select,
    sync::watch,
    time::{sleep, timeout},
};
use web::App;

/// Between two looks at a stream; what is written so soon after another write is gathered with it.
const PAUSE: Duration = Duration::from_millis(150);
/// Between two looks at the embedded engine's stream, should it have said nothing.
const LONG_PAUSE: Duration = Duration::from_mins(1);
/// How often the embedded engine deletes records that were followed.
const FORGET: Duration = Duration::from_hours(1);
/// Changes that keep coming are gathered no longer than this.
const GATHER: Duration = Duration::from_secs(2);
/// After something failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

pub(crate) struct Follower {
    pub(crate) stream: Stream,
    /// The stream's records in the embedded engine.
    pub(crate) records: Option<Records>,
    /// The table's name.
    pub(crate) table: String,
    /// When records were last deleted.
    pub(crate) forgot: Option<Instant>,
    pub(crate) publisher: Publisher,
    pub(crate) outbox: Outbox,
    pub(crate) app: Arc<App>,
    pub(crate) front: Arc<Front>,
    /// Where it is kept how far the stream was followed.
    pub(crate) positions: PathBuf,
    /// The whole site is to be published first, for this reason; kept there when it is done.
    pub(crate) outdated: Option<(PathBuf, Edition)>,
    /// Files of the embedded bucket that were found to be damaged when somebody read them.
    pub(crate) damage: Option<Damage>,
    /// Such files have still to be published again.
    pub(crate) damaged: bool,
}

/// What all pages depend on besides the catalogue: pages of another edition are published anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edition {
    /// When this program was built.
    program: Option<Duration>,
    base_url: String,
    settings: u64,
}

impl Edition {
    pub(crate) fn current(base_url: &str, settings: u64) -> Self {
        let built = std::env::current_exe().and_then(|path| path.metadata()?.modified()).ok();
        let program = built.and_then(|moment| moment.duration_since(UNIX_EPOCH).ok());
        Self { program, base_url: base_url.to_owned(), settings }
    }
}

impl Follower {
    /// Publishes the whole site where that is due, and shows how far it is.
    pub(crate) async fn publish_outdated(&mut self, progress: &ProgressBar) -> Result<Option<Published>> {
        let Some((path, edition)) = &self.outdated else { return Ok(None) };
        let published = self.publisher.publish_all_telling(|files| progress.set_position(files as u64)).await?;
        self.front.forget(published.uploaded.iter().chain(&published.removed));
        data::write_json(path, edition)?;
        self.outdated = None;
        Ok(Some(published))
    }

    /// Publishes the site again where a file was found to be damaged. What is whole stays as it is.
    async fn publish_damaged(&mut self) -> Result<()> {
        let damaged = self.damage.as_ref().map(Damage::take).unwrap_or_default();
        if !damaged.is_empty() {
            tracing::warn!(?damaged, "damaged files are published again");
            self.damaged = true;
        }
        if self.damaged {
            let published = self.publisher.publish_all().await?;
            self.front.forget(published.uploaded.iter().chain(&published.removed));
            self.damaged = false;
        }
        Ok(())
    }

    /// Follows until told to stop. What was read and not done is tried again, also by the next process.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut open = Vec::new();
        while !*stop.borrow() {
            match self.step(&mut open).await {
                Ok(any) => {
                    self.forget().await;
                    select! {
                        _ = stop.changed() => {}
                        () = pause(self.records.as_mut().filter(|_| !any), self.damage.as_ref()) => {}
                    }
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "a change was not followed; trying again");
                    select! {
                        _ = stop.changed() => {}
                        () = sleep(PAUSE_AFTER_FAILURE) => {}
                    }
                }
            }
        }
    }

    /// Lets the embedded engine delete what was followed, now and then.
    async fn forget(&mut self) {
        let Some(records) = &self.records else { return };
        if self.forgot.is_some_and(|moment| moment.elapsed() < FORGET) {
            return;
        }
        self.forgot = Some(Instant::now());
        for followed in self.stream.positions().numbers() {
            if let Err(error) = records.forget(&self.table, followed).await {
                tracing::warn!(%error, "old records of the stream were not deleted");
            }
        }
    }

    /// Reads what is new, does it, remembers how far it got. Returns whether there was anything.
    async fn step(&mut self, open: &mut Vec<Change>) -> Result<bool> {
        self.publish_outdated(&ProgressBar::hidden()).await?;
        self.publish_damaged().await?;
        let started = Instant::now();
        let mut any = !open.is_empty();
        // What comes in one go is published in one go. While a shop is busy each look finds something, so only a full answer is a
        // reason to look again at once.
        loop {
            let records = match self.stream.next().await {
                Ok(records) => records,
                Err(_) if self.drops_unreadable().await? => continue,
                Err(error) => return Err(error.into()),
            };
            let more = records.len() >= usize::from(store::stream::BATCH);
            for record in &records {
                match record.change() {
                    Ok(change) => open.push(change),
                    Err(error) => tracing::error!(%error, "a record of the stream cannot be read and is passed over"),
                }
            }
            any |= !records.is_empty();
            if !more || started.elapsed() > GATHER {
                break;
            }
        }
        if !any {
            return Ok(false);
        }
        self.do_all(open).await?;
        data::write_json(&self.positions, self.stream.positions())?;
        Ok(true)
    }

    /// Delivers mail and publishes. Mail that cannot be written keeps no page back; what was not done stays.
    async fn do_all(&mut self, open: &mut Vec<Change>) -> Result<()> {
        let (mut waiting, mut failed, mut changes) = (Vec::new(), Ok(()), Vec::new());
        for change in std::mem::take(open) {
            let Change::Mail(mail) = &change else {
                changes.push(change);
                continue;
            };
            if let Err(error) = self.deliver(mail).await {
                failed = Err(error);
                waiting.push(change);
            }
        }
        let published = self.publish(&changes).await;
        open.extend(waiting);
        if published.is_err() {
            open.extend(changes);
        }
        published.and(failed)
    }

    /// Takes records off the embedded stream that cannot be read. Returns whether there were any.
    async fn drops_unreadable(&self) -> Result<bool> {
        let Some(records) = &self.records else { return Ok(false) };
        let dropped = records.drop_unreadable(&self.table).await?;
        if dropped > 0 {
            tracing::error!(dropped, "records of the stream cannot be read and are passed over");
        }
        Ok(dropped > 0)
    }

    /// Writes a mail. One that never can be is passed over, as a dead-letter queue takes it from the deployed shop.
    async fn deliver(&self, mail: &Mail) -> Result<()> {
        match self.outbox.deliver(&self.app, mail).await {
            Err(error) if matches!(error.downcast_ref(), Some(StoreError::Corrupt(_))) => {
                tracing::error!(mail = %mail.id, error = format!("{error:#}"), "a mail cannot be written and is passed over");
                Ok(())
            }
            done => done,
        }
    }

    /// Publishes what these changes touch. One that never can be is passed over, and keeps no other back.
    async fn publish(&mut self, mut changes: &[Change]) -> Result<()> {
        let done = |published: &Published| {
            self.front.forget(published.uploaded.iter().chain(&published.removed));
            tracing::debug!(rendered = published.rendered, uploaded = ?published.uploaded, "published");
        };
        while let Err((at, error)) = self.publisher.publish_until(changes, done).await {
            if !error.is_poison_record() {
                return Err(error.into());
            }
            tracing::error!(%error, "a change cannot be published and is passed over");
            changes = changes.get(at + 1..).unwrap_or_default();
        }
        Ok(())
    }
}

/// Until it is worth looking at the stream again: at the next write, where the engine tells of it, and a little later; or at
/// once, where a file was found to be damaged.
async fn pause(records: Option<&mut Records>, damage: Option<&Damage>) {
    let damaged = async {
        match damage {
            Some(damage) => damage.wait().await,
            None => pending().await,
        }
    };
    let written = async {
        if let Some(records) = records {
            let _ = timeout(LONG_PAUSE, records.written()).await;
        }
    };
    select! {
        () = damaged => {}
        () = written => sleep(PAUSE).await,
    }
}
