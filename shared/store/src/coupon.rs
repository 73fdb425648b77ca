//! Coupons: `COUPON#CODE` / `COUPON`; one customer's uses of it: `COUPON#CODE` / `USES#who`.

use crate::{
    Store, StoreError,
    item::{Item, attribute, from_item, key, n, to_item},
    write::{Part, Write},
};
use domain::{
    coupon::{Coupon, CouponTerms},
    order::CouponUse,
    text::{CouponCode, Email, Id},
};

fn pk(code: &CouponCode) -> String {
    format!("COUPON#{code}")
}

/// Who uses a coupon: customers by account, guests by e-mail address.
fn uses_sk(customer: Option<&Id>, email: &Email) -> String {
    customer.map_or_else(|| format!("USES#{email}"), |id| format!("USES#{id}"))
}

impl Store {
    /// A coupon with its uses.
    pub async fn coupon(&self, code: &CouponCode) -> Result<Option<Coupon>, StoreError> {
        self.read(pk(code), "COUPON").await?.map(to_coupon).transpose()
    }

    /// Writes a coupon's terms; its uses stay.
    pub async fn put_coupon(&self, terms: &CouponTerms) -> Result<(), StoreError> {
        let used = self.coupon(&terms.code).await?.map_or(0, |c| c.used);
        let mut item = to_item(key(pk(&terms.code), "COUPON"), terms)?;
        item.insert("used".to_owned(), n(used));
        let put = Write::put(item).when("attribute_not_exists(pk) OR used = :used").value(":used", n(used));
        self.write(put).await?;
        Ok(())
    }

    /// How often one customer has used a coupon.
    pub async fn coupon_uses(&self, code: &CouponCode, customer: &Id) -> Result<u32, StoreError> {
        let item = self.read(pk(code), format!("USES#{customer}")).await?;
        item.map_or(Ok(0), |item| attribute(&item, "used"))
    }
}

fn to_coupon(item: Item) -> Result<Coupon, StoreError> {
    Ok(Coupon { used: attribute(&item, "used")?, terms: from_item(item)? })
}

/// Counts one use under the terms the shopper saw and the limits they name: two writes of the order's transaction.
pub(crate) fn count(terms: &CouponTerms, customer: Option<&Id>, email: &Email) -> Vec<Write> {
    let add = "ADD used :one";
    let mut condition = "version = :terms AND active = :yes".to_owned();
    let mut whole = Write::update(key(pk(&terms.code), "COUPON"), add).value(":one", n(1)).value(":terms", n(terms.version));
    whole = whole.value(":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true));
    if let Some(limit) = terms.total_limit {
        condition.push_str(" AND used < :limit");
        whole = whole.value(":limit", n(limit));
    }
    let mut own = Write::update(key(pk(&terms.code), uses_sk(customer, email)), add).value(":one", n(1));
    if let Some(limit) = terms.customer_limit {
        own = own.when("attribute_not_exists(used) OR used < :limit").value(":limit", n(limit));
    }
    vec![whole.when(condition).part(Part::Coupon), own.part(Part::CouponUses)]
}

/// Gives one use back: two writes of the cancellation's transaction.
pub(crate) fn give_back(used: &CouponUse, email: &Email) -> Vec<Write> {
    ["COUPON".to_owned(), uses_sk(used.customer.as_ref(), email)]
        .into_iter()
        .map(|sk| {
            Write::update(key(pk(&used.code), sk), "ADD used :less")
                .when("used > :none")
                .value(":less", n(-1))
                .value(":none", n(0))
        })
        .collect()
}
