//! A session is confirmed before anything is written for it.
//!
//! A session's token is believed for a few minutes. Its record says at once that it has ended. Who answers a request reads the
//! record beside the request's own reads: the work runs inside [`Guard::guarding`], where every write waits for the record and is
//! refused when the session has ended. The client itself refuses a write that does not wait.

use crate::{Store, StoreError, session::Session};
use domain::text::Id;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

/// The record of a session, read once for all who ask for it. Clones share the read.
#[derive(Debug, Clone)]
pub struct Guard(Shared<BoxFuture<'static, Result<Option<Session>, StoreError>>>);

tokio::task_local! {
    static CURRENT: Option<Guard>;
}

impl Guard {
    /// Reads the record when it is first asked for.
    pub fn new(store: Store, customer: Id, sid: Id) -> Self {
        Self(async move { store.session(&customer, &sid).await }.boxed().shared())
    }

    /// Of a record that was read just now.
    pub fn of(session: Session) -> Self {
        Self(futures_util::future::ready(Ok(Some(session))).boxed().shared())
    }

    /// The record; [`StoreError::SessionEnded`] when there is none any more.
    pub async fn session(&self) -> Result<Session, StoreError> {
        self.0.clone().await?.ok_or(StoreError::SessionEnded)
    }

    /// Runs some work whose writes wait for the record.
    pub async fn guarding<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(Some(self.clone()), work).await
    }
}

/// Sends a write once the session that it is for is confirmed; at once where there is none.
pub(crate) fn sent<F: Future>(write: F) -> impl Future<Output = Result<F::Output, StoreError>> {
    // The SDK's requests are large; what waits for one need not be.
    let write = Box::pin(write);
    async move {
        if let Some(guard) = CURRENT.try_with(Clone::clone).ok().flatten() {
            guard.session().await?;
        }
        Ok(unguarded(write).await)
    }
}

/// Runs a write that need not wait, such as the end of the session itself.
pub(crate) async fn unguarded<F: Future>(work: F) -> F::Output {
    CURRENT.scope(None, work).await
}

/// Whether a write that is being sent has not waited.
pub(crate) fn is_skipped() -> bool {
    CURRENT.try_with(Option::is_some).unwrap_or(false)
}
