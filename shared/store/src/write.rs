//! Writes: what is written, under which condition, and how it is sent. Every write of the shop goes through [`Store::write`] or
//! [`Store::transact`].
//!
//! The SDK sends a request again when its answer does not come. A write that had been done then fails by its own condition, or
//! counts twice. So each write of one item leaves a fresh `write_id` in it: whose condition fails on an item that carries one's
//! own has been done. Transactions carry a `ClientRequestToken`, by which the table knows a repeated one.
//!
//! When no answer has come at all, the item is read: it has the `write_id` if the write was done. So has one item of each
//! transaction. Where that does not tell either, the error is [`StoreError::Unanswered`], never [`StoreError::Unavailable`].

use crate::{
    Asked, Store, StoreError,
    error::{cancelled, failed},
    guard,
    item::{Item, corrupt, key_of, n, s},
    meter,
    retry::repeat,
};
use aws_sdk_dynamodb::{
    operation::{
        delete_item::DeleteItemError,
        put_item::PutItemError,
        update_item::{UpdateItemError, UpdateItemOutput},
    },
    types::{
        AttributeValue, CancellationReason, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
        Update,
    },
};
use domain::text::{Id, Sku};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// The attribute that says which write an item comes from.
const WRITE_ID: &str = "write_id";
/// A write that meets contention is tried again for so long, unless its caller says until when.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a write has left is looked for so long: a function has ten seconds in all.
const LOOK: Duration = Duration::from_millis(1500);

/// What a write of a transaction stands for: a failed condition is told from the others by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// The request, as it is remembered by its key.
    Request,
    /// The cart that becomes an order.
    Cart,
    /// A variant's stock, sold or counted.
    Stock(Sku),
    /// A coupon and its uses by all.
    Coupon,
    /// One customer's uses of a coupon.
    CouponUses,
    /// An e-mail address that only one account can have.
    Email,
    /// The product or category itself, at the version that was seen.
    Entry,
    /// An address that only one page can have.
    Slug,
    /// A name that only one product can have.
    Name,
    /// What names an imported product in the shop where it came from.
    Handle,
    /// The category that a product goes into.
    Category,
    /// A SKU that no product has yet.
    NewSku(Sku),
    /// What no caller tells from the rest.
    Other,
}

/// The writes of a transaction whose conditions failed, each with the item as it is; empty where there is none.
#[derive(Debug)]
pub(crate) struct Failures(Vec<(Part, Item)>);

impl Failures {
    /// Takes the reasons, which come in the order of the writes.
    pub(crate) fn new(parts: &[Part], reasons: &[CancellationReason]) -> Self {
        let failed = parts.iter().zip(reasons).filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"));
        Self(failed.map(|(part, reason)| (part.clone(), reason.item.clone().unwrap_or_default())).collect())
    }

    /// The item on which this part failed; none where it did not fail.
    pub(crate) fn of(&self, part: &Part) -> Option<&Item> {
        self.0.iter().find(|(failed, _)| failed == part).map(|(_, item)| item)
    }

    /// The items on which they failed.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.0.iter().map(|(_, item)| item)
    }

    /// The parts that failed.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.0.iter().map(|(part, _)| part)
    }
}

/// What became of a transaction that was not carried out.
pub(crate) enum Cancelled {
    /// Conditions failed.
    Conditions(Failures),
    /// Other transactions or too little capacity stood in the way until patience ended.
    Contention,
    /// Anything else.
    Failed(StoreError),
}

/// A failed condition means that somebody else wrote first.
impl Cancelled {
    /// Whether nothing but others who wrote the same stood in the way.
    pub(crate) fn is_contention(&self) -> bool {
        matches!(self, Self::Contention)
    }
}

impl From<StoreError> for Cancelled {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<Cancelled> for StoreError {
    fn from(cancelled: Cancelled) -> Self {
        match cancelled {
            Cancelled::Conditions(_) => Self::Conflict,
            Cancelled::Contention => too_much_contention(),
            Cancelled::Failed(error) => error,
        }
    }
}

/// What became of a single write that was not carried out.
pub(crate) enum NotWritten {
    /// Its condition failed on this item; an empty one where there is none.
    Condition(Item),
    /// Anything else.
    Failed(StoreError),
}

/// A failed condition means that somebody else wrote first.
impl From<NotWritten> for StoreError {
    fn from(error: NotWritten) -> Self {
        match error {
            NotWritten::Condition(_) => Self::Conflict,
            NotWritten::Failed(error) => error,
        }
    }
}

impl From<StoreError> for NotWritten {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// A write, made of an item or key, an expression and its values.
#[derive(Clone)]
pub(crate) struct Write {
    part: Part,
    item: Item,
    kind: Kind,
    condition: Option<String>,
    names: HashMap<String, String>,
    values: Item,
    aside: bool,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Put,
    Delete,
    Update(String),
}

impl Write {
    pub(crate) fn put(item: Item) -> Self {
        Self::new(item, Kind::Put)
    }

    pub(crate) fn delete(key: Item) -> Self {
        Self::new(key, Kind::Delete)
    }

    /// An update; where its expression sets something, that comes first.
    pub(crate) fn update(key: Item, expression: impl Into<String>) -> Self {
        Self::new(key, Kind::Update(expression.into()))
    }

    /// A put that is refused when something is there.
    pub(crate) fn create(item: Item) -> Self {
        Self::put(item).when("attribute_not_exists(pk)")
    }

    fn new(item: Item, kind: Kind) -> Self {
        Self { part: Part::Other, item, kind, condition: None, names: HashMap::new(), values: HashMap::new(), aside: false }
    }

    /// Beside what was asked for, such as a count of attempts: whether it was done makes no difference to who asked.
    pub(crate) fn aside(mut self) -> Self {
        self.aside = true;
        self
    }

    /// What it stands for in its transaction.
    pub(crate) fn part(mut self, part: Part) -> Self {
        self.part = part;
        self
    }

    /// Under this condition alone.
    pub(crate) fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// Under the version that was read; 0 where nothing was there.
    pub(crate) fn at_version(self, seen: u64) -> Self {
        match seen {
            0 => self.when("attribute_not_exists(pk)"),
            seen => self.when("version = :seen_version").value(":seen_version", n(seen)),
        }
    }

    /// An update that counts, done once however often it is sent.
    pub(crate) fn once(self) -> Self {
        self.when(format!("attribute_not_exists({WRITE_ID}) OR {WRITE_ID} <> :{WRITE_ID}"))
    }

    /// What is put has this too. A deletion stays as it is.
    pub(crate) fn with(mut self, attribute: &str, value: AttributeValue) -> Self {
        if self.kind == Kind::Put {
            self.item.insert(attribute.to_owned(), value);
        }
        self
    }

    pub(crate) fn name(mut self, placeholder: &str, attribute: &str) -> Self {
        self.names.insert(placeholder.to_owned(), attribute.to_owned());
        self
    }

    pub(crate) fn value(mut self, placeholder: &str, value: AttributeValue) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    /// The same write, leaving this mark in its item.
    fn signed(mut self, mark: &Mark) -> Self {
        let id = &mark.id;
        match &mut self.kind {
            Kind::Put => {
                self.item.insert(WRITE_ID.to_owned(), id.clone());
            }
            Kind::Update(expression) => {
                *expression = match expression.strip_prefix("SET ") {
                    Some(rest) => format!("SET {WRITE_ID} = :{WRITE_ID}, {rest}"),
                    None => format!("SET {WRITE_ID} = :{WRITE_ID} {expression}"),
                };
                self.values.insert(format!(":{WRITE_ID}"), id.clone());
            }
            Kind::Delete => {}
        }
        self
    }

    /// What it leaves when it is done.
    fn mark(&self) -> Mark {
        Mark { key: key_of(&self.item), id: s(format!("{:016x}", crate::random_bits())), gone: self.kind == Kind::Delete }
    }

    /// Whether this item, of another write, may have come after this one.
    fn may_be_under(&self, found: &Item) -> bool {
        let version = |item: &Item| item.get("version").and_then(|v| v.as_n().ok()?.parse::<u64>().ok());
        match (&self.kind, version(&self.item), version(found)) {
            (Kind::Put, Some(own), Some(found)) => found > own,
            // It was there when it was read, and is gone.
            (Kind::Put, Some(own), None) => own > 1,
            _ => false,
        }
    }

    /// As part of a transaction, answering with the old item when its condition fails.
    fn build(self, table: &str) -> Result<TransactWriteItem, StoreError> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let names = Some(self.names).filter(|n| !n.is_empty());
        let values = Some(self.values).filter(|v| !v.is_empty());
        let write = TransactWriteItem::builder();
        let write = match self.kind {
            Kind::Put => write.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(self.item))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(corrupt)?,
            ),
            Kind::Delete => write.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(self.item))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(corrupt)?,
            ),
            Kind::Update(expression) => write.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(self.item))
                    .update_expression(expression)
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(corrupt)?,
            ),
        };
        Ok(write.build())
    }
}

/// What a write leaves when it is done: its own mark in its item, or no item.
struct Mark {
    key: Item,
    id: AttributeValue,
    gone: bool,
}

impl Mark {
    fn is_in(&self, item: &Item) -> bool {
        item.get(WRITE_ID) == Some(&self.id)
    }

    /// Of a transaction: in what it puts, else in what it updates, else what it deletes.
    fn of(writes: &[Write]) -> Option<(usize, Self)> {
        let rank = |write: &Write| match write.kind {
            Kind::Put => 0,
            Kind::Update(_) => 1,
            Kind::Delete => 2,
        };
        let (at, write) = writes.iter().enumerate().min_by_key(|(_, write)| rank(write))?;
        Some((at, write.mark()))
    }
}

/// Why one request wrote nothing.
enum Unsent {
    Condition(Item),
    Contention,
    Failed(StoreError),
}

/// An answer of one of the three single writes, whose errors are three types with the same cases.
macro_rules! sent {
    ($answer:expr, $error:ident, $done:expr) => {
        match $answer {
            Ok(answer) => Ok(($done)(answer)),
            Err(error) => match error.as_service_error() {
                Some($error::ConditionalCheckFailedException(refused)) => {
                    Err(Unsent::Condition(refused.item().cloned().unwrap_or_default()))
                }
                Some($error::TransactionConflictException(_)) => Err(Unsent::Contention),
                _ => Err(Unsent::Failed(failed(&error))),
            },
        }
    };
}

/// Writes that are carried out together or not at all. All attempts are one request to the table, by their token: one that is
/// still being carried out when the next comes is not done twice.
pub(crate) struct Transaction {
    parts: Vec<Part>,
    writes: Vec<TransactWriteItem>,
    token: Id,
    mark: Option<Mark>,
    /// Whether it may have been done.
    unsure: AtomicBool,
}

impl Store {
    /// Writes one item. Returns it as it is after an update, nothing otherwise. What had been done before its answer was lost
    /// counts as done.
    pub(crate) fn write(&self, write: Write) -> Asked<'_, Result<Item, NotWritten>> {
        Box::pin(async move {
            let aside = write.aside;
            match self.write_marked(write).await {
                Err(NotWritten::Failed(error)) if aside => Err(error.aside().into()),
                Ok(item) => {
                    if !aside {
                        meter::count_written();
                    }
                    Ok(item)
                }
                not_written => not_written,
            }
        })
    }

    async fn write_marked(&self, write: Write) -> Result<Item, NotWritten> {
        let mark = write.mark();
        let write = write.signed(&mark);
        let unsure = AtomicBool::new(false);
        let is_contention = |error: &Unsent| matches!(error, Unsent::Contention);
        let sent = repeat(Instant::now() + PATIENCE, is_contention, |_| async {
            let (sent, open) = guard::sent(meter::unsure(self.send(write.clone()))).await.map_err(Unsent::Failed)?;
            unsure.fetch_or(open, Ordering::Relaxed);
            sent
        });
        let sent = sent.await;
        let unsure = unsure.into_inner();
        let error = match sent {
            Ok(item) => return Ok(item),
            Err(Unsent::Condition(item)) if mark.is_in(&item) => return Ok(item),
            Err(Unsent::Condition(item)) if unsure && write.may_be_under(&item) => {
                return Err(StoreError::Unanswered("somebody wrote after it or before it".to_owned()).into());
            }
            Err(Unsent::Condition(item)) => return Err(NotWritten::Condition(item)),
            Err(Unsent::Contention) => too_much_contention(),
            Err(Unsent::Failed(error)) => error,
        };
        if unsure { Ok(self.find(&mark, error).await?) } else { Err(error.into()) }
    }

    /// The item of a write whose answers were lost, if it was done; else why there was no answer.
    async fn find(&self, mark: &Mark, why: StoreError) -> Result<Item, StoreError> {
        match tokio::time::timeout(LOOK, self.read_item(mark.key.clone())).await {
            Ok(Ok(Some(item))) if mark.is_in(&item) => Ok(item),
            Ok(Ok(None)) if mark.gone => Ok(Item::new()),
            _ => Err(why.unanswered()),
        }
    }

    async fn send(&self, write: Write) -> Result<Item, Unsent> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let names = Some(write.names).filter(|n| !n.is_empty());
        let values = Some(write.values).filter(|v| !v.is_empty());
        match write.kind {
            Kind::Put => {
                let put = self.client.put_item().table_name(&self.table).set_item(Some(write.item));
                let put = put.set_condition_expression(write.condition).return_values_on_condition_check_failure(old);
                let put = put.set_expression_attribute_names(names).set_expression_attribute_values(values);
                sent!(put.send().await, PutItemError, |_| Item::new())
            }
            Kind::Delete => {
                let delete = self.client.delete_item().table_name(&self.table).set_key(Some(write.item));
                let delete = delete.set_condition_expression(write.condition).return_values_on_condition_check_failure(old);
                let delete = delete.set_expression_attribute_names(names).set_expression_attribute_values(values);
                sent!(delete.send().await, DeleteItemError, |_| Item::new())
            }
            Kind::Update(expression) => {
                let update = self.client.update_item().table_name(&self.table).set_key(Some(write.item));
                let update = update.update_expression(expression).return_values(ReturnValue::AllNew);
                let update = update.set_condition_expression(write.condition).return_values_on_condition_check_failure(old);
                let update = update.set_expression_attribute_names(names).set_expression_attribute_values(values);
                sent!(update.send().await, UpdateItemError, |a: UpdateItemOutput| a.attributes.unwrap_or_default())
            }
        }
    }

    /// All writes or none, once however often they are sent. Contention is retried with jitter for a while, failed conditions
    /// never.
    pub(crate) fn transact(&self, writes: Vec<Write>) -> Asked<'_, Result<(), Cancelled>> {
        Box::pin(async move {
            let transaction = self.transaction(writes).map_err(Cancelled::Failed)?;
            let sent = repeat(Instant::now() + PATIENCE, Cancelled::is_contention, |_| self.attempt(&transaction));
            let sent = sent.await;
            let unsure = transaction.unsure.into_inner();
            let error = match sent {
                Err(Cancelled::Failed(error)) => error,
                Err(Cancelled::Contention) if unsure => too_much_contention(),
                done => return done,
            };
            let Some(mark) = transaction.mark.filter(|_| unsure) else { return Err(Cancelled::Failed(error)) };
            self.find(&mark, error).await.map_err(Cancelled::Failed)?;
            meter::count_written();
            Ok(())
        })
    }

    pub(crate) fn transaction(&self, mut writes: Vec<Write>) -> Result<Transaction, StoreError> {
        let mark = Mark::of(&writes).map(|(at, mark)| {
            writes[at] = writes[at].clone().signed(&mark);
            mark
        });
        let parts = writes.iter().map(|write| write.part.clone()).collect();
        let writes = writes.into_iter().map(|w| w.build(&self.table)).collect::<Result<_, _>>()?;
        Ok(Transaction { parts, writes, token: crate::new_id(), mark, unsure: AtomicBool::new(false) })
    }

    /// Sends a transaction, at first or again.
    pub(crate) fn attempt<'a>(&'a self, transaction: &'a Transaction) -> Asked<'a, Result<(), Cancelled>> {
        Box::pin(async move {
            let Transaction { parts, writes, token, .. } = transaction;
            let request = self.client.transact_write_items().client_request_token(token.as_str());
            let request = meter::unsure(request.set_transact_items(Some(writes.clone())).send());
            let (sent, open) = guard::sent(request).await.map_err(Cancelled::Failed)?;
            let done = sent.map_err(|error| cancelled(&error, parts));
            transaction.unsure.fetch_or(open, Ordering::Relaxed);
            done.map(|_| meter::count_written())
        })
    }
}

/// Why a write was given up that others stood in the way of.
pub(crate) fn too_much_contention() -> StoreError {
    StoreError::Unavailable("too much contention".to_owned())
}
