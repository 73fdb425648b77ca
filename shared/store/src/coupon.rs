//! Coupons: `COUPON#CODE` / `COUPON`; one customer's uses of it: `COUPON#CODE` / `USES#who`.

use crate::{
    Store, StoreError,
    item::{Item, attribute, from_item, key, key_of, n, to_item},
    write::{Part, Write},
};
use domain::{
    coupon::{Coupon, CouponTerms},
    order::{CouponUse, CouponUser},
    text::{CouponCode, Email},
};

const SK: &str = "COUPON";

fn pk(code: &CouponCode) -> String {
    format!("COUPON#{code}")
}

pub(crate) fn coupon_key(code: &CouponCode) -> Item {
    key(pk(code), SK)
}

/// One customer's uses: by e-mail address and by account, each counted on its own.
pub(crate) fn uses_key(code: &CouponCode, user: &CouponUser) -> Item {
    let who = match user {
        CouponUser::Email(email) => format!("USES#{email}"),
        CouponUser::Account(id) => format!("USES#{id}"),
    };
    key(pk(code), who)
}

/// The count in an item of either kind; nothing where it is missing or no count.
pub(crate) fn used(item: &Item) -> u32 {
    attribute(item, "used").unwrap_or_default()
}

impl Store {
    /// A coupon with its uses.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn coupon(&self, code: &CouponCode) -> Result<Option<Coupon>, StoreError> {
        self.read(pk(code), SK).await?.map(to_coupon).transpose()
    }

    /// Writes a coupon's terms; its uses stay.
    ///
    /// # Errors
    ///
    /// `StoreError::Conflict` when somebody else wrote first; otherwise as any write: `Unavailable`, `Unanswered`,
    /// `SessionEnded`.
    pub async fn put_coupon(&self, terms: &CouponTerms) -> Result<(), StoreError> {
        let used = self.coupon(&terms.code).await?.map_or(0, |c| c.used);
        let mut item = to_item(coupon_key(&terms.code), terms)?;
        item.insert("used".to_owned(), n(used));
        let put = Write::put(item).when("attribute_not_exists(pk) OR used = :used").value(":used", n(used));
        self.write(put).await?;
        Ok(())
    }

    /// How often somebody has used a coupon, by account or address, whichever is more. One request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn coupon_uses(&self, code: &CouponCode, users: &[CouponUser]) -> Result<u32, StoreError> {
        let items = self.read_many(users.iter().map(|user| uses_key(code, user)).collect()).await?;
        Ok(items.iter().map(used).max().unwrap_or_default())
    }
}

pub(crate) fn to_coupon(item: Item) -> Result<Coupon, StoreError> {
    Ok(Coupon { used: attribute(&item, "used")?, terms: from_item(item)? })
}

/// Counts one use under these terms and the limits they name, for each of those who use it.
pub(crate) fn count(terms: &CouponTerms, users: &[CouponUser]) -> Vec<Write> {
    let add = "ADD used :one";
    let mut condition = "version = :terms AND active = :yes".to_owned();
    let mut whole = Write::update(coupon_key(&terms.code), add).value(":one", n(1)).value(":terms", n(terms.version));
    whole = whole.value(":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true));
    if let Some(limit) = terms.total_limit {
        condition.push_str(" AND used < :limit");
        whole = whole.value(":limit", n(limit));
    }
    let own = users.iter().map(|user| {
        let own = Write::update(uses_key(&terms.code, user), add).value(":one", n(1)).part(Part::CouponUses);
        match terms.customer_limit {
            Some(limit) => own.when("attribute_not_exists(used) OR used < :limit").value(":limit", n(limit)),
            None => own,
        }
    });
    std::iter::once(whole.when(condition).part(Part::Coupon)).chain(own).collect()
}

/// The counts that an order's use of a coupon stands in.
pub(crate) fn counted(used: &CouponUse, contact: &Email) -> Vec<Item> {
    let own = used.users(contact).into_iter().map(|user| uses_key(&used.code, &user));
    std::iter::once(coupon_key(&used.code)).chain(own).collect()
}

/// Gives one use back to a count that was read and is above nothing. A count that is wrong stands in nobody's way.
pub(crate) fn give_back(count: &Item) -> Option<Write> {
    let back = Write::update(key_of(count), "ADD used :less").when("used > :none");
    (used(count) > 0).then(|| back.value(":less", n(-1)).value(":none", n(0)))
}
