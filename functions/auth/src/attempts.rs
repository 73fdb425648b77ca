//! Tries of a password, counted before it is known whether it is right: tries at the same time count too.

use domain::text::Email;
use store::{Store, StoreError};
use web::Visit;

/// Wrong passwords after which an account, and a source, waits out the quarter of an hour.
const ACCOUNT_ATTEMPTS: u32 = 10;
const SOURCE_ATTEMPTS: u32 = 60;
const WINDOW_SECONDS: i64 = 15 * 60;

/// One try.
pub(crate) struct Attempt {
    account: String,
    source: String,
    /// Whether there were few enough before it.
    pub(crate) allowed: bool,
}

impl Attempt {
    /// Counts a try at the account of an address; all that is no address counts as one account.
    pub(crate) async fn count(visit: &Visit, email: Option<&Email>) -> Result<Self, StoreError> {
        let (account, source) = (of_account(email), format!("sign-in source {}", visit.source()));
        let store = &visit.app.store;
        let count = |what| store.count_attempt(what, WINDOW_SECONDS);
        let (by_account, by_source) = tokio::try_join!(count(&account), count(&source))?;
        Ok(Self { account, source, allowed: by_account <= ACCOUNT_ATTEMPTS && by_source <= SOURCE_ATTEMPTS })
    }

    /// It was a good one.
    pub(crate) async fn forget(&self, store: &Store) -> Result<(), StoreError> {
        let forget = |what| store.forget_attempt(what, WINDOW_SECONDS);
        tokio::try_join!(forget(&self.account), forget(&self.source)).map(|_| ())
    }
}

/// All counters of wrong passwords of an account, for who has proven the address and chosen a new one.
pub(crate) fn of(customer: &domain::customer::Customer) -> [(String, i64); 2] {
    [
        (of_account(Some(&customer.email)), WINDOW_SECONDS),
        (web::password::change_attempts(&customer.id), web::password::CHANGE_WINDOW_SECONDS),
    ]
}

fn of_account(email: Option<&Email>) -> String {
    format!("sign-in account {}", email.map_or("nobody", Email::as_str))
}
