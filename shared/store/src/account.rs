//! Accounts: `CUSTOMER#id` / `CUSTOMER`; the unique e-mail address: `EMAIL#address` / `EMAIL`, with what signs in.
//!
//! `generation` counts passwords and proofs of the address: sessions are opened, and links used, under the generation that they
//! were made for alone. `opened` counts sessions: who ends them all knows that none was opened since they were read. Both are not
//! there while they are 0.

use crate::{
    Store, StoreError,
    cart::CartKey,
    item::{Item, expire, from_item, key, n, s, size, to_attribute, to_item},
    mail::Mail,
    new_id, now,
    retry::retry_if,
    session::{Session, session_delete, session_write},
    throttle,
    token::{self, Token, TokenKind},
    write::{Cancelled, NotWritten, Part, Write, too_much_contention},
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    customer::Customer,
    text::{Email, Id},
};
use serde::Deserialize;

/// Sessions that end in one transaction, at most; it has room for 100 writes.
const SESSIONS_AT_ONCE: usize = 90;

/// What signing in compares.
#[derive(Debug, Clone, Deserialize)]
pub struct Credentials {
    /// Whose.
    pub customer: Id,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// Counts passwords and proofs of the address.
    #[serde(default)]
    pub generation: u64,
    /// Whether the address is proven.
    #[serde(default)]
    pub verified: bool,
    #[serde(default)]
    opened: u64,
}

impl Credentials {
    /// Whether somebody has signed in with them.
    pub fn were_used(&self) -> bool {
        self.opened > 0
    }
}

/// A link that works, and whose it is.
#[derive(Debug)]
pub struct Link {
    /// Whose.
    pub customer: Customer,
    /// What signs in now.
    pub credentials: Credentials,
    secret: String,
}

/// A new password, a proof of the address, or both. Every session and every link of the account ends with it.
#[derive(Debug)]
pub struct Renewal<'a> {
    /// Whose.
    pub customer: &'a Customer,
    /// As they were when what allows this was checked.
    pub credentials: &'a Credentials,
    /// The new password's hash; the old password stays without one.
    pub password_hash: Option<&'a str>,
    /// The link from a mail that allows it, which proves the address.
    pub link: Option<&'a Link>,
    /// Opened in place of those that end.
    pub session: Option<&'a Session>,
    /// Attempts at a password that are forgiven: at what, and the window in seconds.
    pub forgiven: &'a [(String, i64)],
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// The address has an account.
    #[error("the e-mail address has an account")]
    EmailTaken,
    /// See there.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password or proof was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// The link was used, or the password changed, since they were read.
    #[error("the link or the password is not the one that was read")]
    OutOfDate,
    /// See there.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(crate) fn customer_key(id: &Id) -> Item {
    key(format!("CUSTOMER#{id}"), "CUSTOMER")
}

pub(crate) fn is_customer(item: &Item) -> bool {
    crate::catalogue::text(item, "sk") == "CUSTOMER"
}

pub(crate) fn email_key(email: &Email) -> Item {
    key(format!("EMAIL#{email}"), "EMAIL")
}

/// Whether a counter is what was read; one of 0 is not there.
fn counter_is(write: Write, conditions: &mut Vec<String>, name: &str, seen: u64) -> Write {
    if seen == 0 {
        conditions.push(format!("attribute_not_exists({name})"));
        return write;
    }
    conditions.push(format!("{name} = :seen_{name}"));
    write.value(&format!(":seen_{name}"), n(seen))
}

/// An item of the same size that means nothing, gone in a day.
fn decoy(of: &Item) -> Write {
    let mut item = key(format!("DECOY#{}", new_id()), "DECOY");
    item.insert("filler".to_owned(), s("-".repeat(size(of))));
    expire(&mut item, now().plus_days(1));
    Write::create(item)
}

fn credentials_item(customer: &Customer, password_hash: &str) -> Item {
    let mut item = email_key(&customer.email);
    item.extend([("customer".to_owned(), s(customer.id.as_str())), ("password_hash".to_owned(), s(password_hash))]);
    if customer.email_verified {
        item.insert("verified".to_owned(), AttributeValue::Bool(true));
    }
    item
}

impl Store {
    /// Makes an account whose address nobody has.
    ///
    /// # Errors
    ///
    /// `CreateAccountError::EmailTaken` when there is an account with this address; else a `StoreError` of the write.
    pub async fn create_account(&self, customer: &Customer, password_hash: &str) -> Result<(), CreateAccountError> {
        self.create_with(customer, password_hash, None).await
    }

    async fn create_with(
        &self,
        customer: &Customer,
        password_hash: &str,
        proof: Option<(&Token, &str, &Mail)>,
    ) -> Result<(), CreateAccountError> {
        let mut writes = vec![
            Write::create(credentials_item(customer, password_hash)).part(Part::Email),
            Write::create(to_item(customer_key(&customer.id), customer)?),
        ];
        if let Some((token, secret, mail)) = proof {
            writes.extend([token.write(secret)?, mail.write()?]);
        }
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Conditions(failed)) if failed.of(&Part::Email).is_some() => Err(CreateAccountError::EmailTaken),
            Err(cancelled) => Err(StoreError::from(cancelled).into()),
        }
    }

    /// Makes an account, with the link that proves its address, the link's secret and the mail that carries it. If the address
    /// has one, its owner is told in place of that. Both ask the same of the table: a read, and four writes of the same sizes.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn sign_up(
        &self,
        customer: &Customer,
        password_hash: &str,
        proof: (&Token, &str, &Mail),
        told: &Mail,
    ) -> Result<(), StoreError> {
        if self.credentials(&customer.email).await?.is_none() {
            match self.create_with(customer, password_hash, Some(proof)).await {
                Ok(()) => return Ok(()),
                // Somebody was faster by a moment.
                Err(CreateAccountError::EmailTaken) => {}
                Err(CreateAccountError::Store(error)) => return Err(error),
            }
        }
        let (token, secret, _) = proof;
        let account =
            [credentials_item(customer, password_hash), to_item(customer_key(&customer.id), customer)?, token.item(secret)?];
        let writes = account.iter().map(decoy).chain([told.write()?]).collect();
        Ok(self.transact(writes).await?)
    }

    /// Keeps a new link with the mail that carries it.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn send_link(&self, token: &Token, secret: &str, mail: &Mail) -> Result<(), StoreError> {
        Ok(self.transact(vec![token.write(secret)?, mail.write()?]).await?)
    }

    /// What signing in with this address compares.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        self.read_as(format!("EMAIL#{email}"), "EMAIL").await
    }

    /// A customer.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn customer(&self, id: &Id) -> Result<Option<Customer>, StoreError> {
        self.read_as(format!("CUSTOMER#{id}"), "CUSTOMER").await
    }

    /// The link of a secret with its account, in three requests. `None`, after one, when it is unknown, used, expired or for
    /// something else; also when the account has a new password since, or a session where the link was for the first one.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn link(&self, kind: TokenKind, secret: &str) -> Result<Option<Link>, StoreError> {
        let Some(token) = self.token(kind, secret).await? else { return Ok(None) };
        let Some(customer) = self.customer(&token.customer).await? else { return Ok(None) };
        let credentials = self.credentials(&customer.email).await?;
        let credentials = credentials.filter(|c| c.generation == token.generation && !(token.first && c.were_used()));
        Ok(credentials.map(|credentials| Link { customer, credentials, secret: secret.to_owned() }))
    }

    /// Writes a customer over the version that was read. The e-mail address does not change here.
    ///
    /// # Errors
    ///
    /// `StoreError::Conflict` when somebody else wrote first; otherwise as any write: `Unavailable`, `Unanswered`,
    /// `SessionEnded`.
    pub async fn update_customer(&self, customer: &Customer) -> Result<Customer, StoreError> {
        let next = Customer { version: customer.version + 1, ..customer.clone() };
        self.write(Write::put(to_item(customer_key(&next.id), &next)?).at_version(customer.version)).await?;
        Ok(next)
    }

    /// Opens a session for who has shown the password. `false` when the password has changed since the credentials were read.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn open_session(&self, session: &Session, email: &Email, seen: &Credentials) -> Result<bool, StoreError> {
        let mut conditions = vec!["attribute_exists(pk)".to_owned()];
        let counted = Write::update(email_key(email), "ADD opened :one").value(":one", n(1));
        let counted = counter_is(counted, &mut conditions, "generation", seen.generation);
        match self.transact(vec![counted.when(conditions.join(" AND ")), session_write(session)?]).await {
            Ok(()) => Ok(true),
            Err(Cancelled::Conditions(_)) => Ok(false),
            Err(cancelled) => Err(cancelled.into()),
        }
    }

    /// Takes a new password or a proof of the address, ends all sessions and opens the new one, all in one transaction: whatever
    /// happens in between, no session of before stays open. A query and a transaction.
    ///
    /// Before a first proof with a new password, orders to other addresses leave the account: they are of whoever had it until
    /// now.
    ///
    /// # Errors
    ///
    /// `RenewError::OutOfDate` when the link or the password is not the one that was read; else a `StoreError` of the write.
    pub async fn renew(&self, renewal: &Renewal<'_>) -> Result<(), RenewError> {
        if renewal.empties() {
            self.release_orders_to_others(renewal.customer).await.map_err(StoreError::aside)?;
        }
        let was_opened = |error: &RenewError| matches!(error, RenewError::Store(StoreError::Conflict));
        let renewed = retry_if(was_opened, |attempt| async move {
            let seen = if attempt == 0 { renewal.credentials.clone() } else { self.opened_since(renewal).await? };
            let mut sessions = self.session_ids(&renewal.customer.id).await?;
            for sid in sessions.drain(SESSIONS_AT_ONCE.min(sessions.len())..) {
                self.close_session(&renewal.customer.id, &sid).await.map_err(StoreError::aside)?;
            }
            Ok(self.transact(renewal.writes(&seen, &sessions)?).await.map_err(StoreError::from)?)
        });
        renewed.await.map_err(|error| if was_opened(&error) { too_much_contention().into() } else { error })
    }

    /// The credentials as they are, where nothing but a session that was opened meanwhile stood in the way.
    async fn opened_since(&self, renewal: &Renewal<'_>) -> Result<Credentials, RenewError> {
        let (seen, now) = (renewal.credentials, self.credentials(&renewal.customer.email).await?);
        // Otherwise the link or the password is another.
        now.filter(|now| now.generation == seen.generation && now.opened != seen.opened).ok_or(RenewError::OutOfDate)
    }

    /// Replaces a hash by one of the same password with stronger parameters, unless the password was changed meanwhile.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn upgrade_hash(&self, email: &Email, seen: &str, stronger: &str) -> Result<(), StoreError> {
        let update = Write::update(email_key(email), "SET password_hash = :stronger").when("password_hash = :seen");
        match self.write(update.value(":stronger", s(stronger)).value(":seen", s(seen)).aside()).await {
            Err(NotWritten::Failed(error)) => Err(error),
            Ok(_) | Err(NotWritten::Condition(_)) => Ok(()),
        }
    }
}

impl Renewal<'_> {
    /// Whether nothing stays of what somebody entered before.
    fn empties(&self) -> bool {
        self.link.is_some() && self.password_hash.is_some() && !self.customer.email_verified
    }

    fn writes(&self, seen: &Credentials, sessions: &[Id]) -> Result<Vec<Write>, StoreError> {
        let mut set = Vec::new();
        if self.password_hash.is_some() {
            set.push("password_hash = :hash");
        }
        if self.link.is_some() {
            set.push("verified = :yes");
        }
        let set = if set.is_empty() { String::new() } else { format!("SET {} ", set.join(", ")) };
        let mut conditions = vec!["attribute_exists(pk)".to_owned()];
        let mut email = Write::update(email_key(&self.customer.email), format!("{set}ADD generation :one")).value(":one", n(1));
        email = counter_is(email, &mut conditions, "generation", seen.generation);
        email = counter_is(email, &mut conditions, "opened", seen.opened);
        if let Some(hash) = self.password_hash {
            email = email.value(":hash", s(hash));
        }
        let mut writes = Vec::new();
        if let Some(link) = self.link {
            email = email.value(":yes", AttributeValue::Bool(true));
            writes.push(token::used(&link.secret));
            writes.extend(self.proof()?);
        }
        writes.push(email.when(conditions.join(" AND ")));
        writes.extend(sessions.iter().map(|sid| session_delete(&self.customer.id, sid)));
        if let Some(session) = self.session {
            writes.push(session_write(session)?);
        }
        writes.extend(self.forgiven.iter().map(|(what, window)| throttle::forgiven(what, *window)));
        Ok(writes)
    }

    /// What the proof makes of the account, whatever was written to it meanwhile. What
    /// [`Customer::proven_with_new_password`] drops goes, and the cart of before with it.
    fn proof(&self) -> Result<Vec<Write>, StoreError> {
        let of_customer = |expression| {
            let write = Write::update(customer_key(&self.customer.id), expression).when("attribute_exists(pk)");
            write.value(":yes", AttributeValue::Bool(true)).value(":one", n(1))
        };
        if !self.empties() {
            return Ok(vec![of_customer("SET email_verified = :yes ADD version :one")]);
        }
        let proven = self.customer.proven_with_new_password();
        let account = of_customer("SET email_verified = :yes, #name = :name, addresses = :none REMOVE phone ADD version :one")
            .name("#name", "name")
            .value(":name", s(proven.name.as_str()))
            .value(":none", to_attribute(&proven.addresses)?);
        Ok(vec![account, Write::delete(CartKey::Customer(proven.id).key())])
    }
}

/// The account of a proven address, of an item that may be its credentials.
pub(crate) fn proven_account(item: Item) -> Result<Option<Id>, StoreError> {
    let credentials: Credentials = from_item(item)?;
    Ok(credentials.verified.then_some(credentials.customer))
}
