//! Orders: `ORDER#number` / `ORDER`; GSI3 `CUSTOMER#id` or `GUEST#email` by moment, GSI4 `ORDERS#status#shard` by moment. What
//! lists show is in attributes of its own beside the order ([`OrderSummary`]). A placed request is remembered under
//! `IDEMPOTENCY#key of the cart` / `IDEMPOTENCY`.

mod list;
mod place;

pub use place::{ForPlacing, PlaceError, Placement, Refusal};

use crate::{
    Store, StoreError, audit, catalogue, coupon,
    item::{Item, from_item, key, key_of, n, to_attribute, to_item},
    lists::{Layout, List},
    mail::Mail,
    retry::retry_if,
    write::{Cancelled, Part, Write},
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    order::{Order, OrderStatus, OrderSummary},
    text::{Email, Id, OrderNumber},
    timestamp::Timestamp,
};

fn order_key(number: &OrderNumber) -> Item {
    key(format!("ORDER#{number}"), "ORDER")
}

/// The list of a customer's orders.
fn of_customer(id: &Id) -> List {
    List::Owner(format!("CUSTOMER#{id}"))
}

/// The list of the orders that guests placed with an address.
fn of_guest(email: &Email) -> List {
    List::Owner(format!("GUEST#{email}"))
}

/// Where an order lies in its indexes.
fn place_in_list(placed_at: Timestamp, number: &OrderNumber) -> String {
    format!("{placed_at}#{number}")
}

fn order_item(order: &Order, layout: Layout) -> Result<Item, StoreError> {
    let mut item = to_item(order_key(&order.number), order)?;
    // A line's amounts are stored once, with the line.
    if let Some(AttributeValue::M(quote)) = item.get_mut("quote") {
        quote.remove("lines");
    }
    item.extend(order_entry(order, layout)?);
    Ok(item)
}

/// An order of its item, whose quote gets the amounts of the lines. Former versions stored them there too.
pub(crate) fn to_order(mut item: Item) -> Result<Order, StoreError> {
    let lines = item.get("lines").cloned();
    if let (Some(AttributeValue::M(quote)), Some(lines)) = (item.get_mut("quote"), lines) {
        quote.insert("lines".to_owned(), lines);
    }
    from_item(item)
}

/// What lists orders.
pub(crate) fn order_entry(order: &Order, layout: Layout) -> Result<Item, StoreError> {
    let OrderSummary { number, total, units, name, .. } = order.summary();
    let mut entry = Item::from([
        ("total".to_owned(), to_attribute(&total)?),
        ("units".to_owned(), n(units)),
        ("name".to_owned(), to_attribute(&name)?),
    ]);
    let moment = place_in_list(order.placed_at, &number);
    let owner = order.customer.as_ref().map_or_else(|| of_guest(&order.email), of_customer);
    owner.enter(&mut entry, number.as_str(), &moment, layout);
    List::Status(order.status).enter(&mut entry, number.as_str(), &moment, layout);
    Ok(entry)
}

impl Store {
    /// An order.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<Order>, StoreError> {
        self.read(format!("ORDER#{number}"), "ORDER").await?.map(to_order).transpose()
    }

    /// Writes an order that has made a move ([`Order::advance`]) over the version before. Cancelling returns stock and coupon in
    /// the same transaction, so it happens exactly once; so is the mail that tells the shopper put there, if any.
    ///
    /// # Errors
    ///
    /// `StoreError::Conflict` when somebody else wrote first; otherwise as any write: `Unavailable`, `Unanswered`,
    /// `SessionEnded`.
    pub async fn save_move(&self, order: &Order, mail: Option<&Mail>) -> Result<(), StoreError> {
        // A variant was deleted, or a count has come to nothing, since they were read.
        let returns_changed =
            |error: &Cancelled| matches!(error, Cancelled::Conditions(failed) if failed.of(&Part::Entry).is_none());
        let mut timeline = order.timeline.iter().rev();
        let (after, before) = (timeline.next(), timeline.next());
        let moved = retry_if(returns_changed, |_| async {
            let mut writes = vec![
                Write::put(order_item(order, self.known_layout())?).at_version(order.version.saturating_sub(1)).part(Part::Entry),
            ];
            if let Some(mail) = mail {
                writes.push(mail.write()?);
            }
            if order.status == OrderStatus::Cancelled {
                writes.extend(self.returns(order).await?);
            }
            writes.extend(audit::record(format!("ORDER#{}", order.number), before, after).await?);
            self.transact(writes).await
        });
        Ok(moved.await?)
    }

    /// What a cancelled order gives back, as far as it can be given: a variant that has left the catalogue has no stock to return
    /// to, and a count that is at nothing stays there. Only whether an item is there counts, not whether it can be read.
    async fn returns(&self, order: &Order) -> Result<Vec<Write>, StoreError> {
        let mut keys: Vec<Item> = order.lines.iter().map(|l| catalogue::sku_key(&l.amounts.sku)).collect();
        keys.extend(order.coupon.iter().flat_map(|used| coupon::counted(used, &order.email)));
        let items = self.read_many(keys).await?;
        let units = |item: &Item| {
            let of_item = |sku| catalogue::text(&catalogue::sku_key(sku), "pk") == catalogue::text(item, "pk");
            order.lines.iter().find(|l| of_item(&l.amounts.sku)).map_or(0, |l| l.amounts.quantity)
        };
        let give_back = |item: &Item| match catalogue::text(item, "sk") {
            "SKU" => {
                let back = Write::update(key_of(item), "ADD stock :back").when("attribute_exists(pk)");
                Some(back.value(":back", n(units(item))))
            }
            _ => coupon::give_back(item),
        };
        Ok(items.iter().filter_map(give_back).collect())
    }
}
