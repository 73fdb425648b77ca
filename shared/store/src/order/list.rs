use super::{of_customer, of_guest, order_key, to_order};
use crate::{
    Store, StoreError,
    item::{Item, from_item, readable, s},
    lists::{Layout, List, Page, Wanted},
    write::{NotWritten, Write},
};
use domain::{
    customer::Customer,
    order::{OrderStatus, OrderSummary},
    text::{Id, OrderNumber},
    timestamp::Timestamp,
};

/// The name of the list of all orders.
const ALL: &str = "ORDERS";
/// Orders that a loop takes at once.
const AT_ONCE: usize = 100;

impl Store {
    /// A customer's orders, newest first, a page at a time. `start` is the `next` of the page before, here and below.
    ///
    /// # Errors
    ///
    /// `StoreError::Position` when `start` is no position of this list, `StoreError::Unavailable` when the table does not answer.
    pub async fn orders_of(&self, customer: &Id, start: Option<&str>, limit: usize) -> Result<Page<OrderSummary>, StoreError> {
        self.newest(&of_customer(customer).name(), &[of_customer(customer)], start, limit).await
    }

    /// Orders of one status, newest first.
    ///
    /// # Errors
    ///
    /// `StoreError::Position` when `start` is no position of this list, `StoreError::Unavailable` when the table does not answer.
    pub async fn orders_with_status(
        &self,
        status: OrderStatus,
        start: Option<&str>,
        limit: usize,
    ) -> Result<Page<OrderSummary>, StoreError> {
        let list = List::Status(status);
        self.newest(&list.name(), &[list], start, limit).await
    }

    /// Orders of every status, newest first.
    ///
    /// # Errors
    ///
    /// `StoreError::Position` when `start` is no position of this list, `StoreError::Unavailable` when the table does not answer.
    pub async fn orders(&self, start: Option<&str>, limit: usize) -> Result<Page<OrderSummary>, StoreError> {
        self.newest(ALL, &OrderStatus::ALL.map(List::Status), start, limit).await
    }

    async fn newest(
        &self,
        name: &str,
        lists: &[List],
        start: Option<&str>,
        limit: usize,
    ) -> Result<Page<OrderSummary>, StoreError> {
        let wanted = Wanted { start, backwards: true, limit, ..Wanted::default() };
        let Page { items, next } = self.page_of(name, lists, wanted).await?;
        Ok(Page { items: readable(items, to_summary), next })
    }

    /// How many orders have a status, counted up to this many.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer.
    pub async fn count_orders(&self, status: OrderStatus, most: usize) -> Result<usize, StoreError> {
        self.counted(&List::Status(status), most).await
    }

    /// Orders still pending that were placed before a moment, oldest first.
    ///
    /// # Errors
    ///
    /// `StoreError::Position` when `start` is no position of this list, `StoreError::Unavailable` when the table does not answer.
    pub async fn pending_orders_before(&self, moment: Timestamp, start: Option<&str>) -> Result<Page<OrderSummary>, StoreError> {
        let (list, before) = (List::Status(OrderStatus::Pending), moment.to_string());
        let wanted = Wanted { start, before: Some(&before), limit: AT_ONCE, ..Wanted::default() };
        let Page { items, next } = self.page_of(&list.name(), &[list], wanted).await?;
        Ok(Page { items: readable(items, to_summary), next })
    }

    /// Gives the orders that guests placed with this customer's proven address to the account, and returns how many those are.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn adopt_guest_orders(&self, customer: &Customer) -> Result<usize, StoreError> {
        let mut adopted = 0;
        for order in self.all_of(&of_guest(&customer.email)).await? {
            adopted += usize::from(self.adopt(&order.number, customer).await?);
        }
        Ok(adopted)
    }

    /// Makes guests' orders of those of an account whose mail goes to other addresses. Returns how many.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when nothing was written because the table does not answer, `StoreError::Unanswered` when it may
    /// have been written, `StoreError::SessionEnded` when the session it is for has ended.
    pub async fn release_orders_to_others(&self, customer: &Customer) -> Result<usize, StoreError> {
        let mut others = self.all_of(&of_customer(&customer.id)).await?;
        others.retain(|order| order.email != customer.email);
        for order in &others {
            let release = self.change_owner(&order.number, &of_guest(&order.email), "", " REMOVE customer");
            self.changed(release.when("customer = :customer").value(":customer", s(customer.id.as_str()))).await?;
        }
        Ok(others.len())
    }

    async fn all_of(&self, list: &List) -> Result<Vec<OrderSummary>, StoreError> {
        let wanted = Wanted { backwards: true, ..Wanted::default() };
        Ok(readable(self.page_of(&list.name(), std::slice::from_ref(list), wanted).await?.items, to_summary))
    }

    async fn adopt(&self, number: &OrderNumber, customer: &Customer) -> Result<bool, StoreError> {
        let adopt = self.change_owner(number, &of_customer(&customer.id), ", customer = :customer", "");
        let adopt = adopt.when("attribute_exists(pk) AND attribute_not_exists(customer)");
        self.changed(adopt.value(":customer", s(customer.id.as_str()))).await
    }

    /// Lists an order under another owner, whatever else happens to it at the same time.
    fn change_owner(&self, number: &OrderNumber, owner: &List, set: &str, more: &str) -> Write {
        // As long as lists are read there, it changes its place in the former ones too.
        let former = if self.known_layout() == Layout::Former { ", gsi1pk = :owner" } else { "" };
        let expression = format!("SET gsi3pk = :owner{former}{set} ADD version :one{more}");
        Write::update(order_key(number), expression).value(":owner", s(owner.name())).value(":one", crate::item::n(1))
    }

    /// Whether its condition held.
    async fn changed(&self, write: Write) -> Result<bool, StoreError> {
        match self.write(write).await {
            Ok(_) => Ok(true),
            Err(NotWritten::Condition(_)) => Ok(false),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }
}

/// An order's entry; those of the former indexes are whole orders.
fn to_summary(item: Item) -> Result<OrderSummary, StoreError> {
    if item.contains_key("quote") {
        return to_order(item).map(|order| order.summary());
    }
    from_item(item)
}
