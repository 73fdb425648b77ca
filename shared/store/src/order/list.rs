use super::{guest_pk, order_item};
use crate::{
    Store, StoreError,
    catalogue::Page,
    error::failed,
    item::{Item, from_item, s},
    write::{NotWritten, Write},
};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use domain::{
    customer::Customer,
    order::{Order, OrderStatus},
    text::{Email, Id},
    timestamp::Timestamp,
};

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

    /// Orders of every status, newest first, those placed before `before` where it is given.
    pub async fn orders(&self, before: Option<Timestamp>, limit: usize) -> Result<Vec<Order>, StoreError> {
        let most = i32::try_from(limit).unwrap_or(i32::MAX);
        let start = before.map(|moment| moment.to_string());
        let queries = OrderStatus::ALL.map(|status| self.orders_before(status, start.clone(), most));
        let mut orders: Vec<Order> = futures_util::future::try_join_all(queries).await?.into_iter().flatten().collect();
        orders.sort_by(|a, b| (b.placed_at, &b.number).cmp(&(a.placed_at, &a.number)));
        orders.truncate(limit);
        Ok(orders)
    }

    async fn orders_before(&self, status: OrderStatus, before: Option<String>, limit: i32) -> Result<Vec<Order>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("gsi2")
            .key_condition_expression("gsi2pk = :pk AND gsi2sk < :before")
            .expression_attribute_values(":pk", s(format!("ORDERS#{status}")))
            .expression_attribute_values(":before", s(before.unwrap_or_else(|| "~".to_owned())))
            .scan_index_forward(false)
            .limit(limit);
        let items = query.send().await.map_err(|e| failed(&e))?.items.unwrap_or_default();
        items.into_iter().map(from_item).collect()
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
            .set_exclusive_start_key(start.and_then(crate::catalogue::decode));
        page(query.send().await.map_err(|e| failed(&e))?)
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
            .set_exclusive_start_key(
                start.and_then(crate::catalogue::decode).filter(|position| in_partition(position, index, &pk)),
            );
        page(query.send().await.map_err(|e| failed(&e))?)
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

fn page(answer: QueryOutput) -> Result<Page<Order>, StoreError> {
    let items = answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_, _>>()?;
    Ok(Page { items, next: answer.last_evaluated_key.as_ref().map(crate::catalogue::encode) })
}

/// Whether a position that came from outside lies in the partition that is read: nobody pages into another's orders.
fn in_partition(position: &Item, index: &str, pk: &str) -> bool {
    position.get(&format!("{index}pk")).and_then(|v| v.as_s().ok()).is_some_and(|p| p == pk)
}
