//! Orders: `ORDER#number` / `ORDER`; GSI1 `CUSTOMER#id` or `GUEST#email` by moment, GSI2 `ORDERS#status` by moment.
//! A placed request is remembered under `IDEMPOTENCY#key of the cart` / `IDEMPOTENCY`.

mod list;
mod place;

pub use list::OrderPosition;
pub use place::{ForPlacing, PlaceError, Placement, Refusal};

use crate::{
    Store, StoreError, catalogue, coupon,
    item::{Item, index, key, n, to_item},
    mail::Mail,
    write::{Cancelled, Write, too_much_contention},
};
use domain::{
    order::{Order, OrderStatus},
    text::{Email, OrderNumber},
    timestamp::Timestamp,
};
use std::collections::BTreeSet;

fn order_key(number: &OrderNumber) -> Item {
    key(format!("ORDER#{number}"), "ORDER")
}

fn owner_pk(order: &Order) -> String {
    order.customer.as_ref().map_or_else(|| guest_pk(&order.email), |id| format!("CUSTOMER#{id}"))
}

fn guest_pk(email: &Email) -> String {
    format!("GUEST#{email}")
}

/// Where an order lies in its indexes.
fn moment(placed_at: Timestamp, number: &OrderNumber) -> String {
    format!("{placed_at}#{number}")
}

fn order_item(order: &Order) -> Result<Item, StoreError> {
    let mut item = to_item(order_key(&order.number), order)?;
    let moment = moment(order.placed_at, &order.number);
    index(&mut item, "gsi1", owner_pk(order), &moment);
    index(&mut item, "gsi2", format!("ORDERS#{}", order.status), &moment);
    Ok(item)
}

impl Store {
    /// An order.
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<Order>, StoreError> {
        self.read_as(format!("ORDER#{number}"), "ORDER").await
    }

    /// Writes an order that has made a move ([`Order::advance`]) over the version before. Cancelling returns stock and coupon in
    /// the same transaction, so it happens exactly once; so is the mail that tells the shopper put there, if any.
    pub async fn save_move(&self, order: &Order, mail: Option<&Mail>) -> Result<(), StoreError> {
        let seen = order.version.saturating_sub(1);
        let returns = order.status == OrderStatus::Cancelled;
        // Only whether they are there counts: a variant that cannot be read takes its stock back nevertheless.
        let skus = order.lines.iter().filter(|_| returns).map(|l| catalogue::sku_key(&l.amounts.sku));
        let existing: BTreeSet<String> =
            self.read_many(skus.collect()).await?.iter().map(|item| catalogue::text(item, "pk").to_owned()).collect();
        let mut writes = vec![Write::put(order_item(order)?).at_version(seen)];
        if let Some(mail) = mail {
            writes.push(mail.write()?);
        }
        if returns {
            // A variant that has left the catalogue has no stock to return to.
            let returned = order.lines.iter().map(|l| (catalogue::sku_key(&l.amounts.sku), l.amounts.quantity));
            writes.extend(returned.filter(|(key, _)| existing.contains(catalogue::text(key, "pk"))).map(|(key, quantity)| {
                Write::update(key, "ADD stock :back").when("attribute_exists(pk)").value(":back", n(quantity))
            }));
            writes.extend(order.coupon.iter().flat_map(|used| coupon::give_back(used, &order.email)));
        }
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Conditions(_)) => Err(StoreError::Conflict),
            Err(Cancelled::Contention) => Err(too_much_contention()),
            Err(Cancelled::Failed(error)) => Err(error),
        }
    }
}
