use super::{guest_pk, moment, order_item};
use crate::{
    Store, StoreError,
    catalogue::{Page, position, text},
    error::{failed, failed_at},
    item::{Item, from_item, readable, s},
    write::{NotWritten, Write},
};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use domain::{
    customer::Customer,
    order::{Order, OrderStatus},
    text::{Email, Id, OrderNumber},
    timestamp::Timestamp,
};
use std::{fmt, str::FromStr};

/// A place in the list of all orders, newest first: behind the order of this moment and number. The number tells orders of the
/// same millisecond apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPosition {
    placed_at: Timestamp,
    number: OrderNumber,
}

/// As it stands in the address of a page.
impl fmt::Display for OrderPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.placed_at, self.number)
    }
}

impl FromStr for OrderPosition {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let wrong = || StoreError::Corrupt("no position in the list of orders".to_owned());
        let (placed_at, number) = text.split_once('~').ok_or_else(wrong)?;
        Ok(Self { placed_at: placed_at.parse().map_err(|_| wrong())?, number: number.parse().map_err(|_| wrong())? })
    }
}

impl Store {
    /// A customer's orders, newest first, a page at a time.
    pub async fn orders_of(&self, customer: &Id, start: Option<&str>, limit: i32) -> Result<Page<Order>, StoreError> {
        self.query_orders("gsi1", format!("CUSTOMER#{customer}"), start, limit).await
    }

    /// The newest orders that guests placed with an address.
    pub async fn orders_of_guest(&self, email: &Email) -> Result<Vec<Order>, StoreError> {
        Ok(self.query_orders("gsi1", guest_pk(email), None, 100).await?.items)
    }

    /// Orders of one status, newest first. `start` is the `next` of the page before.
    pub async fn orders_with_status(
        &self,
        status: OrderStatus,
        start: Option<&str>,
        limit: i32,
    ) -> Result<Page<Order>, StoreError> {
        self.query_orders("gsi2", format!("ORDERS#{status}"), start, limit).await
    }

    /// Orders of every status, newest first, those behind `after` where it is given. `next` is an [`OrderPosition`].
    pub async fn orders(&self, after: Option<&OrderPosition>, limit: usize) -> Result<Page<Order>, StoreError> {
        let most = i32::try_from(limit).unwrap_or(i32::MAX);
        let before = after.map_or_else(|| "~".to_owned(), |position| moment(position.placed_at, &position.number));
        let queries = OrderStatus::ALL.map(|status| self.orders_before(status, &before, most));
        let found = futures_util::future::try_join_all(queries).await?;
        let mut more = found.iter().any(|(_, more)| *more);
        let mut items: Vec<Item> = found.into_iter().flat_map(|(items, _)| items).collect();
        let place = |item: &Item| text(item, "gsi2sk").to_owned();
        items.sort_by_key(|item| std::cmp::Reverse(place(item)));
        // An order that makes a move just now may be seen under both statuses.
        items.dedup_by_key(|item| place(item));
        more |= items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| place(last).replace('#', "~"));
        Ok(Page { items: readable(items, from_item), next })
    }

    /// The newest of one status before a place of the index, and whether there are more.
    async fn orders_before(&self, status: OrderStatus, before: &str, limit: i32) -> Result<(Vec<Item>, bool), StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("gsi2")
            .key_condition_expression("gsi2pk = :pk AND gsi2sk < :before")
            .expression_attribute_values(":pk", s(format!("ORDERS#{status}")))
            .expression_attribute_values(":before", s(before))
            .scan_index_forward(false)
            .limit(limit);
        let answer = query.send().await.map_err(|e| failed(&e))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.is_some()))
    }

    /// Orders still pending that were placed before a moment, oldest first. `start` is the `next` of the page before.
    pub async fn pending_orders_before(&self, moment: Timestamp, start: Option<&str>) -> Result<Page<Order>, StoreError> {
        let pk = format!("ORDERS#{}", OrderStatus::Pending);
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("gsi2")
            .key_condition_expression("gsi2pk = :pk AND gsi2sk < :before")
            .expression_attribute_values(":pk", s(&pk))
            .expression_attribute_values(":before", s(moment.to_string()))
            .limit(100)
            .set_exclusive_start_key(position(start, "gsi2", &pk)?);
        Ok(page(query.send().await.map_err(|e| failed_at(start, &e))?))
    }

    async fn query_orders(&self, index: &str, pk: String, start: Option<&str>, limit: i32) -> Result<Page<Order>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .key_condition_expression(format!("{index}pk = :pk"))
            .expression_attribute_values(":pk", s(&pk))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(position(start, index, &pk)?);
        Ok(page(query.send().await.map_err(|e| failed_at(start, &e))?))
    }

    /// Gives the orders that guests placed with this customer's proven address to the account, and returns how many those are.
    pub async fn adopt_guest_orders(&self, customer: &Customer) -> Result<usize, StoreError> {
        let (mut adopted, mut start) = (0, None::<String>);
        loop {
            let page = self.query_orders("gsi1", guest_pk(&customer.email), start.as_deref(), 100).await?;
            for order in page.items {
                adopted += usize::from(self.adopt(order, customer).await?);
            }
            start = page.next;
            if start.is_none() {
                return Ok(adopted);
            }
        }
    }

    /// Makes guests' orders of those of an account whose mail goes to other addresses. Returns how many.
    pub async fn release_orders_to_others(&self, customer: &Customer) -> Result<usize, StoreError> {
        let (mut others, mut start) = (Vec::new(), None::<String>);
        loop {
            let page = self.orders_of(&customer.id, start.as_deref(), 100).await?;
            others.extend(page.items.into_iter().filter(|order| order.email != customer.email));
            start = page.next;
            if start.is_none() {
                break;
            }
        }
        for order in &others {
            let released = Order { customer: None, version: order.version + 1, ..order.clone() };
            self.write(Write::put(order_item(&released)?).at_version(order.version)).await?;
        }
        Ok(others.len())
    }

    async fn adopt(&self, mut order: Order, customer: &Customer) -> Result<bool, StoreError> {
        let seen = order.version;
        order.customer = Some(customer.id.clone());
        order.version += 1;
        match self.write(Write::put(order_item(&order)?).at_version(seen)).await {
            Ok(_) => Ok(true),
            // It made a move meanwhile; the next sign-in takes it over.
            Err(NotWritten::Condition(_)) => Ok(false),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }
}

fn page(answer: QueryOutput) -> Page<Order> {
    let items = readable(answer.items.unwrap_or_default(), from_item);
    Page { items, next: answer.last_evaluated_key.as_ref().map(crate::catalogue::encode) }
}
