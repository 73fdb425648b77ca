//! One import at a time, whichever machine it runs on.

use anyhow::{Result, bail};
use domain::text::Id;
use std::time::Duration;
use store::{
    Store,
    import::{HELD_SECONDS, ImportTurn},
};
use tokio::{task::JoinHandle, time::sleep};

/// How often the turn is held anew.
const ANEW: Duration = Duration::from_secs(HELD_SECONDS as u64 / 3);
const LOOK: Duration = Duration::from_secs(1);

/// The turn to import, held anew until it is given back.
#[derive(Debug)]
pub(super) struct Turn {
    store: Store,
    holder: Id,
    held: JoinHandle<()>,
}

impl Turn {
    /// Takes the turn. One whose holder has ended without a word is waited for.
    pub(super) async fn take(store: &Store) -> Result<Self> {
        let holder = ids::new_id();
        let mut seen = None;
        loop {
            match store.hold_import(&holder).await? {
                ImportTurn::Taken => break,
                ImportTurn::Busy { held_until } if seen.is_some_and(|seen| seen != held_until) => {
                    bail!("another import into this shop is running: wait until it has ended")
                }
                ImportTurn::Busy { held_until } => {
                    if seen.is_none() {
                        eprintln!(
                            "An import into this shop has not ended. Looking for up to {HELD_SECONDS} seconds if it goes on …"
                        );
                    }
                    seen = Some(held_until);
                }
            }
            sleep(LOOK).await;
        }
        let held = tokio::spawn(hold(store.clone(), holder.clone()));
        Ok(Self { store: store.clone(), holder, held })
    }

    /// Returns once somebody else has the turn, as after this machine has slept.
    pub(super) async fn lost(&mut self) {
        let _ = (&mut self.held).await;
    }

    /// Gives the turn back. Where that does not succeed it is free a little later.
    pub(super) async fn give_back(self) {
        self.held.abort();
        if let Err(error) = self.store.give_back_import(&self.holder).await {
            tracing::warn!(%error, "the turn to import is free in some seconds only");
        }
    }
}

/// Holds the turn until somebody else has it.
async fn hold(store: Store, holder: Id) {
    loop {
        sleep(ANEW).await;
        match store.hold_import(&holder).await {
            Ok(ImportTurn::Busy { .. }) => return,
            Ok(ImportTurn::Taken) => {}
            Err(error) => tracing::warn!(%error, "the turn to import could not be held anew"),
        }
    }
}
