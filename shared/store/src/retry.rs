//! Doing something again because somebody else wrote at the same time.

use crate::{StoreError, guard, pause};
use std::time::{Duration, Instant};

/// How long one request waits for others that write the same.
pub(crate) const PATIENCE: Duration = Duration::from_secs(6);

/// An error that may not come again if the work is done once more from its beginning.
pub trait Contended {
    /// Whether somebody else wrote first.
    fn is_contended(&self) -> bool;
}

impl Contended for StoreError {
    fn is_contended(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

/// Changes what somebody else may change too, such as a cart in two tabs. `once` reads, changes and writes; it runs again from
/// the reading when somebody else wrote meanwhile, for a few seconds at most. It gets the number of the try, from 0. The session
/// that it is for is confirmed anew.
///
/// # Errors
///
/// The last error of `once`: any that is not contended, or a contended one when time is up.
pub async fn retry<T, E, F>(once: impl FnMut(u32) -> F) -> Result<T, E>
where
    E: Contended,
    F: Future<Output = Result<T, E>>,
{
    retry_if(E::is_contended, once).await
}

/// [`retry`], where the caller says which errors are worth another try.
pub(crate) async fn retry_if<T, E, F>(passes: impl Fn(&E) -> bool, mut once: impl FnMut(u32) -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let confirmed = |attempt| {
        if attempt > 0 {
            guard::confirm_again();
        }
        once(attempt)
    };
    repeat(Instant::now() + PATIENCE, passes, confirmed).await
}

/// Does something until it succeeds, fails with an error that does not pass, or the deadline is there. Pauses grow, with jitter.
pub(crate) async fn repeat<T, E, F>(
    deadline: Instant,
    passes: impl Fn(&E) -> bool,
    mut once: impl FnMut(u32) -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut attempt = 0;
    loop {
        match once(attempt).await {
            Err(error) if passes(&error) && Instant::now() < deadline => pause(attempt).await,
            done => return done,
        }
        attempt += 1;
    }
}
