//! Follows the table's stream, as Lambda does for the deployed shop: pages are published, mail goes to the outbox.

use crate::{data, front::Front, outbox::Outbox};
use anyhow::Result;
use publish::Publisher;
use std::{path::PathBuf, sync::Arc, time::Duration};
use store::{changes::Change, stream::Stream};
use tokio::{select, sync::watch, time::sleep};
use web::App;

/// Between two looks at a stream that had nothing new.
const PAUSE: Duration = Duration::from_millis(150);
/// After something failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

pub(crate) struct Follower {
    pub(crate) stream: Stream,
    pub(crate) publisher: Publisher,
    pub(crate) outbox: Outbox,
    pub(crate) app: Arc<App>,
    pub(crate) front: Arc<Front>,
    /// Where it is kept how far the stream was followed.
    pub(crate) positions: PathBuf,
}

impl Follower {
    /// Follows until told to stop. What was read and not done is tried again, also by the next process.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut open = Vec::new();
        while !*stop.borrow() {
            let pause = match self.step(&mut open).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => PAUSE,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "a change was not followed; trying again");
                    PAUSE_AFTER_FAILURE
                }
            };
            select! {
                _ = stop.changed() => {}
                () = sleep(pause) => {}
            }
        }
    }

    /// Reads what is new, does it, remembers how far it got. Returns whether there was anything.
    async fn step(&mut self, open: &mut Vec<Change>) -> Result<bool> {
        let records = self.stream.next().await?;
        for record in &records {
            match record.change() {
                Ok(change) => open.push(change),
                Err(error) => tracing::error!(%error, "a record of the stream cannot be read and is passed over"),
            }
        }
        if open.is_empty() && records.is_empty() {
            return Ok(false);
        }
        let site = self.app.site().await?;
        for change in open.iter() {
            if let Change::Mail(mail) = change {
                self.outbox.deliver(mail, &site, &self.app.keys)?;
            }
        }
        let published = self.publisher.publish(open).await?;
        self.front.forget(published.uploaded.iter().chain(&published.removed));
        tracing::debug!(rendered = published.rendered, uploaded = ?published.uploaded, "published");
        open.clear();
        data::write_json(&self.positions, self.stream.positions())?;
        Ok(true)
    }
}
