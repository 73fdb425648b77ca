use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result, bail};
use domain::{
    customer::{Customer, Role},
    text::{Email, Name},
};
use store::{Store, account::CreateAccountError};

/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";

/// Makes an account for staff and returns its password; `None` when the address has an account already.
pub(crate) async fn account(store: &Store, email: &Email, name: &Name, role: Role) -> Result<Option<String>> {
    let password = password();
    let hash = web::password::hash(password.clone()).await.context("the password cannot be hashed")?;
    let customer = Customer {
        id: store::new_id(),
        email: email.clone(),
        email_verified: true,
        name: name.clone(),
        phone: None,
        addresses: Vec::new(),
        role,
        created_at: store::now(),
        version: 1,
    };
    match store.create_account(&customer, &hash).await {
        Ok(()) => Ok(Some(password)),
        Err(CreateAccountError::EmailTaken) => Ok(None),
        Err(CreateAccountError::Store(error)) => Err(error.into()),
    }
}

/// `shop admin create`
pub(crate) async fn create(folder: &DataFolder, email: &str, name: &str, role: Role) -> Result<()> {
    let email: Email = email.parse().map_err(|e| anyhow::anyhow!("the e-mail address {e}"))?;
    let name: Name = name.parse().map_err(|e| anyhow::anyhow!("the name {e}"))?;
    let services = Services::open(folder).await?;
    let made = account(&services.store, &email, &name, role).await;
    services.stop().await;
    let Some(password) = made? else { bail!("{email} has an account already") };
    println!("E-mail    {email}\nPassword  {password}");
    Ok(())
}

/// Four groups of five: 95 random bits and more.
fn password() -> String {
    let bits = (u128::from(store::random_bits()) << 64) | u128::from(store::random_bits());
    let letter = |i: u32| ALPHABET[((bits >> (5 * i)) & 31) as usize % 31] as char;
    let letters: Vec<char> = (0..20).map(letter).collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
