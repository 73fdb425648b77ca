//! What the deployed shop has schedules for.

use std::time::Duration;
use store::Store;
use tokio::{select, sync::watch, time::interval};

/// As often as the deployed schedule.
const SWEEP: Duration = Duration::from_hours(1);

/// Sweeps at the start and every hour, until told to stop.
pub(crate) async fn run(store: Store, mut stop: watch::Receiver<bool>) {
    let mut tick = interval(SWEEP);
    loop {
        select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {}
        }
        if let Err(error) = sweep::expire_unpaid(&store, clock::now()).await {
            tracing::error!(%error, "unpaid orders were not swept; trying again in an hour");
        }
    }
}
