//! Accounts of staff. Nobody but who uses a link knows their passwords: a link is printed, works once and sets the password.

use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result, anyhow, bail};
use domain::{
    customer::{Customer, Role},
    text::{Email, Name},
};
use store::{
    Store,
    account::{CreateAccountError, Credentials},
    token::{Token, TokenKind},
};

/// How long a printed link works, in days: as long as one that proves an address.
const DAYS: i64 = 3;
/// What is said beside a link.
pub(crate) const TERMS: &str = "(opens the page that sets it; works once, for 3 days)";

/// Makes an account for staff, with a password that nobody knows. Returns whether the address had none yet.
pub(crate) async fn account(store: &Store, email: &Email, name: &Name, role: Role) -> Result<bool> {
    let nobodys = format!("{}{}", ids::new_secret(), ids::new_secret());
    let hash = web::password::hash(nobodys).await.context("the password cannot be hashed")?;
    let customer = Customer {
        id: ids::new_id(),
        email: email.clone(),
        email_verified: true,
        name: name.clone(),
        phone: None,
        addresses: Vec::new(),
        role,
        created_at: clock::now(),
        version: 1,
    };
    match store.create_account(&customer, &hash).await {
        Ok(()) => Ok(true),
        Err(CreateAccountError::EmailTaken) => Ok(false),
        Err(CreateAccountError::Store(error)) => Err(error.into()),
    }
}

/// A new link that sets the password of an account, as long as its password stays the one that it is; one of an account that
/// nobody has signed in to, as long as that is so. The table keeps a hash of the link.
pub(crate) async fn password_link(store: &Store, credentials: &Credentials, base_url: &str) -> Result<String> {
    let token = Token::new(TokenKind::Reset, credentials.customer.clone(), credentials.generation);
    let secret = ids::new_secret();
    let token = Token { first: !credentials.were_used(), until: clock::now().plus_days(DAYS), ..token };
    store.put_token(&token, secret.as_str()).await?;
    Ok(format!("{base_url}/auth/reset?token={secret}"))
}

/// `shop admin create`
pub(crate) async fn create(folder: &DataFolder, email: &str, name: &str, role: Role, base_url: &str) -> Result<()> {
    let email = read_email(email)?;
    let name: Name = name.parse().map_err(|e| anyhow!("the name {e}"))?;
    let services = Services::open(folder).await?;
    let made = async {
        if !account(&services.store, &email, &name, role).await? {
            bail!("{email} has an account already; for a new password: shop admin password {email}");
        }
        print_link(&services, &email, base_url).await
    };
    let made = made.await;
    services.stop().await;
    made
}

/// `shop admin password`
pub(crate) async fn password(folder: &DataFolder, email: &str, base_url: &str) -> Result<()> {
    let email = read_email(email)?;
    let services = Services::open(folder).await?;
    let printed = print_link(&services, &email, base_url).await;
    services.stop().await;
    printed
}

fn read_email(email: &str) -> Result<Email> {
    email.parse().map_err(|e| anyhow!("the e-mail address {e}"))
}

/// Prints a link for an account of staff, at the address of the shop that runs.
async fn print_link(services: &Services, email: &Email, base_url: &str) -> Result<()> {
    let store = &services.store;
    let credentials = store.credentials(email).await?.with_context(|| format!("{email} has no account"))?;
    let customer = store.customer(&credentials.customer).await?.with_context(|| format!("{email} has no account"))?;
    if !customer.role.is_staff() {
        bail!("{email} is a customer: who has forgotten the password asks for a mail at {base_url}/auth/forgot");
    }
    let link = password_link(store, &credentials, services.address().unwrap_or(base_url)).await?;
    say!("E-mail    {email}\nPassword  {link}  {TERMS}");
    Ok(())
}
