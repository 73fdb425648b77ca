//! Carts: `CART#GUEST#hash` or `CART#CUSTOMER#id`, sort key `CART`. A guest's cart is known by a secret that is stored hashed.

use crate::{
    Store, StoreError, account, catalogue, coupon,
    item::{Item, attribute, expire, from_item, key, readable_one, to_item},
    now,
    retry::retry,
    settings, sha256_hex,
    write::Write,
};
use domain::{
    cart::{Cart, CartLimits, Offer},
    coupon::Coupon,
    order::Buyer,
    settings::Settings,
    text::{CouponCode, Email, Id, Sku},
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

    /// Who buys, as far as the key tells.
    pub(crate) fn buyer(&self) -> Buyer {
        let customer = if let Self::Customer(id) = self { Some(id.clone()) } else { None };
        Buyer { customer, email: None }
    }

    /// The cart, and the account that it is of.
    pub(crate) fn keys_of_buyer(&self) -> Vec<Item> {
        let account = if let Self::Customer(id) = self { Some(account::customer_key(id)) } else { None };
        std::iter::once(self.key()).chain(account).collect()
    }

    /// The identifier a cart of this key has.
    pub fn id(&self) -> &Id {
        match self {
            Self::Guest(id) | Self::Customer(id) => id,
        }
    }
}

const SK: &str = "CART";

/// What is offered, and what a coupon is worth, at this moment.
#[derive(Debug, Clone)]
pub struct Current {
    /// What is offered of the cart's lines.
    pub offers: BTreeMap<Sku, Offer>,
    /// The coupon that is applied.
    pub coupon: Option<Coupon>,
    /// How often whoever buys has used it, by account or address, whichever is more.
    pub uses: u32,
    /// The settings.
    pub settings: Settings,
}

impl Store {
    /// A cart; an empty one where none is stored. One request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn cart(&self, of: &CartKey) -> Result<Cart, StoreError> {
        let item = self.read(of.pk(), SK).await?;
        read_cart(of, item)
    }

    /// A cart and who buys, in one request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn cart_of_buyer(&self, of: &CartKey) -> Result<(Cart, Buyer), StoreError> {
        let (cart, buyer, _) = self.cart_and(of, Vec::new()).await?;
        Ok((cart, buyer))
    }

    /// A cart, who buys, and the account that has proven this address, in one request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn cart_and_account(&self, of: &CartKey, email: &Email) -> Result<(Cart, Buyer, Option<Id>), StoreError> {
        let (cart, buyer, found) = self.cart_and(of, vec![account::email_key(email)]).await?;
        let account = found.into_iter().next().map(account::proven_account).transpose()?.flatten();
        Ok((cart, buyer, account))
    }

    /// A cart, who buys, and what is offered of one variant, in one request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn cart_and_offer(&self, of: &CartKey, sku: &Sku) -> Result<(Cart, Buyer, Option<Offer>), StoreError> {
        let (cart, buyer, found) = self.cart_and(of, vec![catalogue::sku_key(sku)]).await?;
        let offer = found.into_iter().next().and_then(|item| readable_one(item, |item| catalogue::to_offer(&item)));
        Ok((cart, buyer, offer))
    }

    /// A cart, who buys, and a coupon, in one request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn cart_and_coupon(&self, of: &CartKey, code: &CouponCode) -> Result<(Cart, Buyer, Option<Coupon>), StoreError> {
        let (cart, buyer, found) = self.cart_and(of, vec![coupon::coupon_key(code)]).await?;
        Ok((cart, buyer, found.into_iter().next().map(coupon::to_coupon).transpose()?))
    }

    async fn cart_and(&self, of: &CartKey, more: Vec<Item>) -> Result<(Cart, Buyer, Vec<Item>), StoreError> {
        let mut keys = of.keys_of_buyer();
        keys.extend(more);
        let (mut cart, mut buyer, mut rest) = (None, of.buyer(), Vec::new());
        for item in self.read_many(keys).await? {
            if is_cart(&item) {
                cart = Some(item);
            } else if account::is_customer(&item) {
                buyer.email = Some(attribute(&item, "email")?);
            } else {
                rest.push(item);
            }
        }
        let cart = read_cart(of, cart)?;
        let buyer = buyer.joining(&cart);
        Ok((cart, buyer, rest))
    }

    /// What a cart is compared with before it is shown or ordered, in one request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer or has no settings, `StoreError::Corrupt` when these cannot be
    /// read.
    pub async fn current(&self, cart: &Cart, buyer: &Buyer) -> Result<Current, StoreError> {
        let mut keys: Vec<Item> = cart.lines.iter().map(|l| catalogue::sku_key(&l.offer.sku)).collect();
        keys.push(key(settings::KEY, settings::KEY));
        if let Some(applied) = &cart.coupon {
            keys.push(coupon::coupon_key(&applied.code));
            let users = buyer.coupon_users(cart.checkout.email.as_ref());
            keys.extend(users.iter().map(|user| coupon::uses_key(&applied.code, user)));
        }
        let (mut offers, mut coupon, mut uses, mut found) = (BTreeMap::new(), None, 0, None);
        for item in self.read_many(keys).await? {
            match catalogue::text(&item, "sk") {
                // One that cannot be read is shown as one that is gone: the shopper can remove it and go on.
                "SKU" => offers.extend(readable_one(item, |item| catalogue::to_offer(&item)).map(|o| (o.sku.clone(), o))),
                "COUPON" => coupon = readable_one(item, coupon::to_coupon),
                settings::KEY => {
                    self.note_layout(Some(&item));
                    found = Some(settings::from(item)?);
                }
                _ => uses = coupon::used(&item).max(uses),
            }
        }
        let settings = found.ok_or_else(settings::missing)?;
        Ok(Current { offers, coupon, uses, settings })
    }

    /// Writes a cart over the version that was read, and returns it with its new version. One request.
    ///
    /// # Errors
    ///
    /// `StoreError::Conflict` when somebody else wrote first; otherwise as any write: `Unavailable`, `Unanswered`,
    /// `SessionEnded`.
    pub async fn save_cart(&self, of: &CartKey, cart: &Cart) -> Result<Cart, StoreError> {
        let next = Cart { version: next_version(cart.version), ..cart.clone() };
        self.write(Write::put(to_cart_item(of, &next)?).at_version(cart.version)).await?;
        Ok(next)
    }

    /// Merges a guest's cart into the customer's and removes it, all or nothing; nothing happens when it is gone already.
    /// Returns the customer's cart.
    ///
    /// # Errors
    ///
    /// `StoreError::Conflict` when somebody else wrote first; otherwise as any write: `Unavailable`, `Unanswered`,
    /// `SessionEnded`.
    pub async fn merge_carts(&self, guest: &CartKey, customer: &CartKey, limits: CartLimits) -> Result<Cart, StoreError> {
        retry(|_| async {
            let items = self.read_many(vec![guest.key(), customer.key()]).await?;
            let customer_pk = customer.pk();
            let of_customer = |item: &Item| item.get("pk").and_then(|v| v.as_s().ok()) == Some(&customer_pk);
            let (mine, theirs): (Vec<Item>, Vec<Item>) = items.into_iter().partition(of_customer);
            let mut cart = read_cart(customer, mine.into_iter().next())?;
            let Some(guest_item) = theirs.into_iter().next() else { return Ok(cart) };
            let guest_cart = read_cart(guest, Some(guest_item))?;
            let (guest_version, version) = (guest_cart.version, cart.version);
            cart.merge(guest_cart, limits);
            cart.version = next_version(version);
            let put = Write::put(to_cart_item(customer, &cart)?).at_version(version);
            self.transact(vec![put, Write::delete(guest.key()).at_version(guest_version)]).await?;
            Ok(cart)
        })
        .await
    }
}

/// The version after the one that was read. A new cart begins anywhere, so that nobody takes it for the one that was ordered
/// meanwhile.
fn next_version(seen: u64) -> u64 {
    if seen == 0 { 1 + (crate::random_bits() >> 24) } else { seen + 1 }
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
