//! Carts: `CART#GUEST#hash` or `CART#CUSTOMER#id`, sort key `CART`. A guest's cart is known by a secret that is stored hashed.

use crate::{
    Store, StoreError, account, catalogue,
    item::{Item, expire, from_item, key, to_item},
    now, pause, sha256_hex,
    write::{Cancelled, Write, too_much_contention},
};
use domain::{
    cart::{Cart, CartLimits, Offer},
    coupon::CouponRefusal,
    money::Currency,
    text::{Email, Id, Sku},
};
use std::collections::BTreeMap;

/// A guest's cart is removed this many days after its last change.
pub const GUEST_CART_DAYS: i64 = 30;

/// Whose cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CartKey {
    /// A guest's, by the secret in the guest's cookie.
    Guest(Id),
    /// A customer's.
    Customer(Id),
}

impl CartKey {
    pub(crate) fn pk(&self) -> String {
        match self {
            Self::Guest(secret) => format!("CART#GUEST#{}", sha256_hex(secret.as_str())),
            Self::Customer(id) => format!("CART#CUSTOMER#{id}"),
        }
    }

    pub(crate) fn key(&self) -> Item {
        key(self.pk(), SK)
    }

    /// The identifier a cart of this key has.
    pub fn id(&self) -> &Id {
        match self {
            Self::Guest(id) | Self::Customer(id) => id,
        }
    }
}

const SK: &str = "CART";

impl Store {
    /// A cart; an empty one where none is stored. One request.
    pub async fn cart(&self, of: &CartKey) -> Result<Cart, StoreError> {
        let item = self.read(of.pk(), SK).await?;
        read_cart(of, item)
    }

    /// A cart and what is offered of one variant, in one request.
    pub async fn cart_and_offer(&self, of: &CartKey, sku: &Sku) -> Result<(Cart, Option<Offer>), StoreError> {
        let mut cart = None;
        let mut offer = None;
        for item in self.read_many(vec![of.key(), catalogue::sku_key(sku)]).await? {
            if is_cart(&item) { cart = Some(item) } else { offer = Some(catalogue::to_offer(&item)?) }
        }
        Ok((read_cart(of, cart)?, offer))
    }

    /// A cart, and the account that has proven this address, in one request.
    pub async fn cart_and_account(&self, of: &CartKey, email: &Email) -> Result<(Cart, Option<Id>), StoreError> {
        let (mut cart, mut account) = (None, None);
        for item in self.read_many(vec![of.key(), account::email_key(email)]).await? {
            if is_cart(&item) { cart = Some(item) } else { account = account::proven_account(item)? }
        }
        Ok((read_cart(of, cart)?, account))
    }

    /// A cart with its lines as they are offered now, and why its coupon was taken off: two requests, one while it is empty; a
    /// third only when something has changed since the last look, to keep what the shopper now sees.
    pub async fn refreshed_cart(&self, of: &CartKey, currency: Currency) -> Result<(Cart, Option<CouponRefusal>), StoreError> {
        let mut cart = self.cart(of).await?;
        if cart.lines.is_empty() {
            return Ok((cart, None));
        }
        let offers = self.offers_of(&cart).await?;
        let changed = cart.refresh(&offers);
        let refusal = cart.recheck_coupon(currency, now());
        if !changed && refusal.is_none() {
            return Ok((cart, None));
        }
        match self.save_cart(of, &cart).await {
            // Somebody else changed the cart meanwhile: what is shown is still what is offered.
            Err(StoreError::Conflict) => Ok((cart, refusal)),
            saved => saved.map(|cart| (cart, refusal)),
        }
    }

    /// What is offered now of a cart's lines.
    pub async fn offers_of(&self, cart: &Cart) -> Result<BTreeMap<Sku, Offer>, StoreError> {
        let skus: Vec<Sku> = cart.lines.iter().map(|l| l.offer.sku.clone()).collect();
        self.offers(&skus).await
    }

    /// Writes a cart over the version that was read, and returns it with its new version. One request.
    pub async fn save_cart(&self, of: &CartKey, cart: &Cart) -> Result<Cart, StoreError> {
        let next = Cart { version: cart.version + 1, ..cart.clone() };
        self.write(Write::put(to_cart_item(of, &next)?).at_version(cart.version)).await?;
        Ok(next)
    }

    /// Merges a guest's cart into the customer's and removes it, all or nothing; nothing happens when it is gone already.
    /// Returns the customer's cart.
    pub async fn merge_carts(&self, guest: &CartKey, customer: &CartKey, limits: CartLimits) -> Result<Cart, StoreError> {
        for attempt in 0..5 {
            let items = self.read_many(vec![guest.key(), customer.key()]).await?;
            let customer_pk = customer.pk();
            let of_customer = |item: &Item| item.get("pk").and_then(|v| v.as_s().ok()) == Some(&customer_pk);
            let (mine, theirs): (Vec<Item>, Vec<Item>) = items.into_iter().partition(of_customer);
            let mut cart = read_cart(customer, mine.into_iter().next())?;
            let Some(guest_item) = theirs.into_iter().next() else { return Ok(cart) };
            let guest_cart = read_cart(guest, Some(guest_item))?;
            let (guest_version, version) = (guest_cart.version, cart.version);
            cart.merge(guest_cart, limits);
            cart.version += 1;
            let put = Write::put(to_cart_item(customer, &cart)?).at_version(version);
            match self.transact(vec![put, Write::delete(guest.key()).at_version(guest_version)]).await {
                Ok(()) => return Ok(cart),
                Err(Cancelled::Conditions(_)) => pause(attempt).await,
                Err(Cancelled::Contention) => return Err(too_much_contention()),
                Err(Cancelled::Failed(error)) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }
}

pub(crate) fn is_cart(item: &Item) -> bool {
    item.get("sk").and_then(|v| v.as_s().ok()).is_some_and(|sk| sk == SK)
}

/// A stored cart; the key's secret takes the place of the identifier, which is not stored.
pub(crate) fn read_cart(of: &CartKey, item: Option<Item>) -> Result<Cart, StoreError> {
    let Some(mut item) = item else { return Ok(Cart::new(of.id().clone())) };
    item.insert("id".to_owned(), crate::item::s(of.id().as_str()));
    from_item(item)
}

fn to_cart_item(of: &CartKey, cart: &Cart) -> Result<Item, StoreError> {
    let mut item = to_item(of.key(), cart)?;
    item.remove("id");
    if matches!(of, CartKey::Guest(_)) {
        expire(&mut item, now().plus_days(GUEST_CART_DAYS));
    }
    Ok(item)
}
