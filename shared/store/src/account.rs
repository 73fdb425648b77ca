//! Accounts: `CUSTOMER#id` / `CUSTOMER`; the unique e-mail address: `EMAIL#address` / `EMAIL`, with the password's hash.

use crate::{
    Store, StoreError,
    item::{Item, attribute, key, s, to_item},
    mail::Mail,
    token::Token,
    write::{Cancelled, NotWritten, Part, Write, too_much_contention},
};
use domain::{
    customer::Customer,
    text::{Email, Id},
};

/// What signing in compares.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose.
    pub customer: Id,
    /// Argon2id in PHC form.
    pub password_hash: String,
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

fn customer_key(id: &Id) -> Item {
    key(format!("CUSTOMER#{id}"), "CUSTOMER")
}

fn email_key(email: &Email) -> Item {
    key(format!("EMAIL#{email}"), "EMAIL")
}

impl Store {
    /// Makes an account whose address nobody has, with the link that proves the address, its secret and the mail that carries it.
    pub async fn create_account(
        &self,
        customer: &Customer,
        password_hash: &str,
        proof: Option<(&Token, &str, &Mail)>,
    ) -> Result<(), CreateAccountError> {
        let mut credentials = email_key(&customer.email);
        credentials.extend([("customer".to_owned(), s(customer.id.as_str())), ("password_hash".to_owned(), s(password_hash))]);
        let mut writes =
            vec![Write::create(credentials).part(Part::Email), Write::create(to_item(customer_key(&customer.id), customer)?)];
        if let Some((token, secret, mail)) = proof {
            writes.extend([token.write(secret)?, mail.write()?]);
        }
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Conditions(failed)) if failed.of(&Part::Email).is_some() => Err(CreateAccountError::EmailTaken),
            Err(Cancelled::Conditions(_)) => Err(StoreError::Conflict.into()),
            Err(Cancelled::Contention) => Err(too_much_contention().into()),
            Err(Cancelled::Failed(error)) => Err(error.into()),
        }
    }

    /// What signing in with this address compares.
    pub async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        let Some(item) = self.read(format!("EMAIL#{email}"), "EMAIL").await? else { return Ok(None) };
        Ok(Some(Credentials { customer: attribute(&item, "customer")?, password_hash: attribute(&item, "password_hash")? }))
    }

    /// A customer.
    pub async fn customer(&self, id: &Id) -> Result<Option<Customer>, StoreError> {
        self.read_as(format!("CUSTOMER#{id}"), "CUSTOMER").await
    }

    /// Writes a customer over the version that was read. The e-mail address does not change here.
    pub async fn update_customer(&self, customer: &Customer) -> Result<Customer, StoreError> {
        let next = Customer { version: customer.version + 1, ..customer.clone() };
        self.write(Write::put(to_item(customer_key(&next.id), &next)?).at_version(customer.version)).await?;
        Ok(next)
    }

    /// Changes a password and ends all sessions but one.
    pub async fn set_password(&self, email: &Email, password_hash: &str, keep: Option<&Id>) -> Result<(), StoreError> {
        let update = Write::update(email_key(email), "SET password_hash = :hash");
        let item = self.write(update.when("attribute_exists(pk)").value(":hash", s(password_hash))).await?;
        let customer: Id = attribute(&item, "customer")?;
        self.close_sessions(&customer, keep).await
    }

    /// Replaces a hash by one of the same password with stronger parameters, unless the password was changed meanwhile.
    pub async fn upgrade_hash(&self, email: &Email, seen: &str, stronger: &str) -> Result<(), StoreError> {
        let update = Write::update(email_key(email), "SET password_hash = :stronger").when("password_hash = :seen");
        match self.write(update.value(":stronger", s(stronger)).value(":seen", s(seen))).await {
            Err(NotWritten::Failed(error)) => Err(error),
            Ok(_) | Err(NotWritten::Condition(_)) => Ok(()),
        }
    }

    /// Marks a customer's address as proven; the orders placed as guest with it join the account.
    pub async fn verify_email(&self, id: &Id) -> Result<Option<Customer>, StoreError> {
        let Some(mut customer) = self.customer(id).await? else { return Ok(None) };
        if !customer.email_verified {
            customer.email_verified = true;
            customer = self.update_customer(&customer).await?;
        }
        self.adopt_guest_orders(&customer).await?;
        Ok(Some(customer))
    }
}
