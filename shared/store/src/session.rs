//! Sessions: `CUSTOMER#id` / `SESSION#sid`, with the hash of the refresh secret in use and of the one before it.

use crate::{
    Asked, Store, StoreError,
    catalogue::text,
    error::failed,
    guard,
    item::{Item, expire, from_item, key, readable, s, to_item},
    now,
    write::{NotWritten, Write},
};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use domain::{customer::Role, text::Id, timestamp::Timestamp};
use serde::{Deserialize, Serialize};

/// A session ends this many days after its last use.
pub const SESSION_DAYS: i64 = 30;
/// The secret before the last is still taken for so many seconds: two tabs refresh at once.
const GRACE_SECONDS: i64 = 20;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Opaque.
    pub sid: Id,
    /// Whose.
    pub customer: Id,
    /// What the account may do; follows the account.
    pub role: Role,
    /// SHA-256 of the refresh secret.
    pub refresh_hash: String,
    /// SHA-256 of the one before.
    pub previous_hash: Option<String>,
    /// When the secret was changed last.
    pub rotated_at: Timestamp,
    /// When the customer signed in.
    pub opened_at: Timestamp,
    /// Whether the account's address was still to be proven then. A proof ends such a session.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproven: bool,
}

/// What became of a refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The session goes on, with the new secret.
    Rotated(Session),
    /// The secret before the last, shortly after: the session goes on, the secret stays as it is.
    Recent(Session),
    /// There is no such session, or a secret was used twice: then the session is closed.
    Refused,
}

fn session_key(customer: &Id, sid: &Id) -> Item {
    key(format!("CUSTOMER#{customer}"), format!("SESSION#{sid}"))
}

/// Opens a session, as part of a transaction.
pub(crate) fn session_write(session: &Session) -> Result<Write, StoreError> {
    Ok(Write::create(to_session_item(session)?))
}

/// Ends a session.
pub(crate) fn session_delete(customer: &Id, sid: &Id) -> Write {
    Write::delete(session_key(customer, sid))
}

fn to_session_item(session: &Session) -> Result<Item, StoreError> {
    let mut item = to_item(session_key(&session.customer, &session.sid), session)?;
    expire(&mut item, session.rotated_at.plus_days(SESSION_DAYS));
    Ok(item)
}

impl Store {
    /// A session that has not ended.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn session(&self, customer: &Id, sid: &Id) -> Result<Option<Session>, StoreError> {
        let found: Option<Session> = self.read_as(format!("CUSTOMER#{customer}"), format!("SESSION#{sid}")).await?;
        Ok(found.filter(|s| s.rotated_at.plus_days(SESSION_DAYS) > now()))
    }

    /// Changes a session's refresh secret. A secret that was used before, and not just now, closes the session.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn rotate_session(&self, customer: &Id, sid: &Id, presented: &str, next: &str) -> Result<Rotation, StoreError> {
        let Some(mut session) = self.session(customer, sid).await? else { return Ok(Rotation::Refused) };
        let moment = now();
        if session.refresh_hash != presented {
            let recent =
                session.previous_hash.as_deref() == Some(presented) && session.rotated_at.plus_seconds(GRACE_SECONDS) > moment;
            if recent {
                return Ok(Rotation::Recent(session));
            }
            tracing::warn!(%customer, %sid, "a refresh secret was used again; its session is closed");
            self.close_session(customer, sid).await?;
            return Ok(Rotation::Refused);
        }
        session.previous_hash = Some(std::mem::replace(&mut session.refresh_hash, next.to_owned()));
        session.rotated_at = moment;
        let put = Write::put(to_session_item(&session)?).when("refresh_hash = :seen").value(":seen", s(presented)).aside();
        match self.write(put).await {
            Ok(_) => Ok(Rotation::Rotated(session)),
            // The other tab was first.
            Err(NotWritten::Condition(_)) => Ok(self.session(customer, sid).await?.map_or(Rotation::Refused, Rotation::Recent)),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn close_session(&self, customer: &Id, sid: &Id) -> Result<(), StoreError> {
        self.write(session_delete(customer, sid)).await?;
        Ok(())
    }

    /// Ends a session for who signs out with it. Need not wait for the record: ending it twice is ending it once.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn sign_out(&self, customer: &Id, sid: &Id) -> Result<(), StoreError> {
        guard::unguarded(self.close_session(customer, sid)).await
    }

    /// All sessions of a customer that can be read.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn sessions(&self, customer: &Id) -> Result<Vec<Session>, StoreError> {
        Ok(readable(self.session_items(customer).await?, from_item))
    }

    /// All sessions of a customer by their keys, to end them: one that cannot be read ends too.
    pub(crate) async fn session_ids(&self, customer: &Id) -> Result<Vec<Id>, StoreError> {
        let items = self.session_items(customer).await?;
        Ok(items.iter().filter_map(|item| text(item, "sk").strip_prefix("SESSION#")?.parse().ok()).collect())
    }

    fn session_items<'a>(&'a self, customer: &'a Id) -> Asked<'a, Result<Vec<Item>, StoreError>> {
        Box::pin(async move {
            let (mut found, mut start) = (Vec::new(), None);
            loop {
                let answer = self.query_sessions(customer, start).await?;
                found.extend(answer.items.unwrap_or_default());
                start = answer.last_evaluated_key;
                if start.is_none() {
                    return Ok(found);
                }
            }
        })
    }

    async fn query_sessions(&self, customer: &Id, start: Option<Item>) -> Result<QueryOutput, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", s(format!("CUSTOMER#{customer}")))
            .expression_attribute_values(":sk", s("SESSION#"))
            .consistent_read(true)
            .set_exclusive_start_key(start);
        query.send().await.map_err(|e| failed(&e))
    }

    /// Lets a customer's open sessions follow a change of role.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn set_session_roles(&self, customer: &Id, role: Role) -> Result<(), StoreError> {
        for session in self.sessions(customer).await? {
            let update = Write::update(session_key(customer, &session.sid), "SET #role = :role").when("attribute_exists(pk)");
            let update = update.name("#role", "role").value(":role", crate::item::to_attribute(&role)?);
            match self.write(update).await {
                Ok(_) | Err(NotWritten::Condition(_)) => {}
                Err(NotWritten::Failed(error)) => return Err(error),
            }
        }
        Ok(())
    }
}
