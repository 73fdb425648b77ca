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
use std::sync::{Arc, Mutex, PoisonError};

/// The record of a session, read once for all who ask for it. Clones share the read.
#[derive(Debug, Clone)]
pub struct Guard {
    store: Store,
    customer: Id,
    sid: Id,
    record: Arc<Mutex<Record>>,
}

type Record = Shared<BoxFuture<'static, Result<Option<Session>, StoreError>>>;

tokio::task_local! {
    static CURRENT: Option<Guard>;
}

impl Guard {
    /// Reads the record when it is first asked for.
    pub fn new(store: Store, customer: Id, sid: Id) -> Self {
        let record = Arc::new(Mutex::new(read(&store, &customer, &sid)));
        Self { store, customer, sid, record }
    }

    /// Of a record that was read just now.
    pub fn of(store: Store, session: Session) -> Self {
        let (customer, sid) = (session.customer.clone(), session.sid.clone());
        let record = Arc::new(Mutex::new(futures_util::future::ready(Ok(Some(session))).boxed().shared()));
        Self { store, customer, sid, record }
    }

    /// The record; [`StoreError::SessionEnded`] when there is none any more.
    ///
    /// # Errors
    ///
    /// `StoreError::SessionEnded` when there is none any more; `Unavailable` or `Corrupt` when it cannot be read.
    pub async fn session(&self) -> Result<Session, StoreError> {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner).clone();
        record.await?.ok_or(StoreError::SessionEnded)
    }

    fn forget(&self) {
        *self.record.lock().unwrap_or_else(PoisonError::into_inner) = read(&self.store, &self.customer, &self.sid);
    }

    /// Runs some work whose writes wait for the record.
    pub async fn guarding<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(Some(self.clone()), work).await
    }
}

fn read(store: &Store, customer: &Id, sid: &Id) -> Record {
    let (store, customer, sid) = (store.clone(), customer.clone(), sid.clone());
    async move { store.session(&customer, &sid).await }.boxed().shared()
}

/// Has the record read again before the next write. Whoever was faster may have ended the session by that very write: a new
/// password, for example.
pub(crate) fn confirm_again() {
    if let Some(guard) = CURRENT.try_with(Clone::clone).ok().flatten() {
        guard.forget();
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

/// The session that writes are for, once it is confirmed; none where they are nobody's.
pub(crate) async fn session() -> Result<Option<Session>, StoreError> {
    match CURRENT.try_with(Clone::clone).ok().flatten() {
        Some(guard) => guard.session().await.map(Some),
        None => Ok(None),
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
