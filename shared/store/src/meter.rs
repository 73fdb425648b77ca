//! What is asked of the table: counted per process, and per request of a shopper or batch of a stream.
//!
//! Whoever handles one of those runs it inside [`Meter::measure`] and reads [`Meter::usage`] afterwards. Counting happens in
//! the SDK client itself, so no question to the table can be forgotten.

use crate::{
    guard,
    lists::{FORMER_INDEXES, INDEXES},
};
use aws_sdk_dynamodb::{
    config::Intercept,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        delete_item::{DeleteItemInput, DeleteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        scan::{ScanInput, ScanOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::context::{
            AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
            BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef, Input, Output,
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::{
    collections::BTreeSet,
    error::Error,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// What one piece of work asked of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// HTTP requests sent, retries included.
    pub round_trips: u64,
    /// Read capacity in half units: what DynamoDB bills, exactly.
    pub read_halves: u64,
    /// Write capacity in half units.
    pub write_halves: u64,
    /// Transactions tried again because others stood in their way.
    pub conflicts: u64,
    /// Items of lists that could not be read and were passed over.
    pub unreadable: u64,
    /// Writes that were carried out, except those beside what was asked for.
    pub written: u64,
    /// What was done, as IAM names it, and on which index.
    pub operations: BTreeSet<Operation>,
}

/// An action of IAM on the table or one of its indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    /// `GetItem`; a transaction counts as the actions of its parts.
    pub action: &'static str,
    /// `gsi3`, or none for the table itself.
    pub index: Option<&'static str>,
}

/// Counts what is asked of the table. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Usage>>);

tokio::task_local! {
    static CURRENT: Meter;
    /// Requests of one call that were sent, and have no answer that says what became of them.
    static OPEN: AtomicU32;
}

/// Runs a call of the client. Returns its answer, and whether any of its requests may have been carried out unnoticed.
pub(crate) async fn unsure<F: Future>(call: F) -> (F::Output, bool) {
    let call = async { (call.await, OPEN.with(|open| open.load(Ordering::Relaxed) > 0)) };
    OPEN.scope(AtomicU32::new(0), call).await
}

impl Meter {
    /// Runs some work, counting what it asks of the table; what it spawns as tasks of their own is not counted.
    pub async fn measure<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// What was counted so far.
    pub fn usage(&self) -> Usage {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the work that is being measured has written anything that was asked for.
    pub fn has_written() -> bool {
        CURRENT.try_with(|meter| meter.usage().written > 0).unwrap_or(false)
    }

    fn add(&self, add: impl FnOnce(&mut Usage)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Counts a transaction that is tried again.
pub(crate) fn count_conflict() {
    let _ = CURRENT.try_with(|meter| meter.add(|usage| usage.conflicts += 1));
}

/// Counts a write that was carried out.
pub(crate) fn count_written() {
    let _ = CURRENT.try_with(|meter| meter.add(|usage| usage.written += 1));
}

/// Counts an item that is passed over.
pub(crate) fn count_unreadable() {
    let _ = CURRENT.try_with(|meter| meter.add(|usage| usage.unreadable += 1));
}

/// Part of the client: counts for the whole process, and for the work that is being measured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counting {
    pub(crate) whole: Meter,
}

impl Counting {
    fn add(&self, add: impl Fn(&mut Usage)) {
        self.whole.add(&add);
        let _ = CURRENT.try_with(|meter| meter.add(&add));
    }
}

impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "Counting"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operations = ask_for_capacity(context.input_mut());
        if guard::is_skipped() && operations.iter().any(|operation| is_write(operation.action)) {
            return Err("a write has not waited for the session that it is for".into());
        }
        self.add(|usage| usage.operations.extend(&operations));
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.add(|usage| usage.round_trips += 1);
        let _ = OPEN.try_with(|open| open.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if is_known(context) {
            // An attempt that failed before it was sent has not been counted.
            let less = |open: u32| open.checked_sub(1);
            let _ = OPEN.try_with(|open| open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less));
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Ok(output) = context.output_or_error() {
            let (reads, writes) = capacity(output);
            self.add(|usage| {
                usage.read_halves += reads;
                usage.write_halves += writes;
            });
        }
        Ok(())
    }
}

/// Whether it is known what became of an attempt: done, refused, or never there. An error of the service's own (5xx) says
/// nothing.
fn is_known(context: &FinalizerInterceptorContextRef<'_>) -> bool {
    match context.output_or_error() {
        Some(Ok(_)) => true,
        Some(Err(error)) if error.is_operation_error() => {
            context.response().is_some_and(|response| response.status().as_u16() < 500)
        }
        Some(Err(error)) => error.as_connector_error().is_some_and(|error| was_refused(error)),
        None => false,
    }
}

/// Whether nobody took the connection.
fn was_refused(error: &(dyn Error + 'static)) -> bool {
    let is_refusal = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    error.downcast_ref().is_some_and(is_refusal) || error.source().is_some_and(was_refused)
}

fn is_write(action: &str) -> bool {
    matches!(action, "PutItem" | "UpdateItem" | "DeleteItem" | "ConditionCheckItem")
}

/// Lets DynamoDB say what a request costs; returns the actions it consists of.
fn ask_for_capacity(input: &mut Input) -> Vec<Operation> {
    /// Inputs of one action on the table or on the index they name.
    macro_rules! ask {
        ($($input:ty => $action:literal, $index:expr;)*) => {
            $(if let Some(input) = input.downcast_mut::<$input>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
                #[allow(clippy::redundant_closure_call, reason = "most inputs have no index")]
                let index: Option<&'static str> = ($index)(&*input);
                return vec![Operation { action: $action, index }];
            })*
        };
    }
    ask! {
        GetItemInput => "GetItem", |_| None;
        BatchGetItemInput => "BatchGetItem", |_| None;
        PutItemInput => "PutItem", |_| None;
        UpdateItemInput => "UpdateItem", |_| None;
        DeleteItemInput => "DeleteItem", |_| None;
        ScanInput => "Scan", |scan: &ScanInput| known_index(scan.index_name());
        QueryInput => "Query", |query: &QueryInput| known_index(query.index_name());
    }
    let Some(transaction) = input.downcast_mut::<TransactWriteItemsInput>() else { return Vec::new() };
    transaction.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
    let parts = transaction.transact_items().iter().map(|part| match (&part.put, &part.update, &part.delete) {
        (Some(_), ..) => "PutItem",
        (_, Some(_), _) => "UpdateItem",
        (_, _, Some(_)) => "DeleteItem",
        _ => "ConditionCheckItem",
    });
    parts.map(|action| Operation { action, index: None }).collect()
}

fn known_index(name: Option<&str>) -> Option<&'static str> {
    let known = INDEXES.into_iter().map(|index| index.name).chain(FORMER_INDEXES);
    name.and_then(|name| known.into_iter().find(|known| *known == name))
}

/// Half units read and written.
fn capacity(output: &Output) -> (u64, u64) {
    macro_rules! single {
        ($kind:ident: $($output:ty),*) => {
            $(if let Some(output) = output.downcast_ref::<$output>() {
                return $kind(output.consumed_capacity().map_or(0, halves));
            })*
        };
    }
    let (read, written) = (|halves| (halves, 0), |halves| (0, halves));
    single!(read: GetItemOutput, QueryOutput, ScanOutput);
    single!(written: PutItemOutput, UpdateItemOutput, DeleteItemOutput);
    if let Some(output) = output.downcast_ref::<BatchGetItemOutput>() {
        return read(output.consumed_capacity().iter().map(halves).sum());
    }
    if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
        return written(output.consumed_capacity().iter().map(halves).sum());
    }
    (0, 0)
}

/// Capacity comes as a number of units with halves.
#[expect(clippy::float_arithmetic, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole halves, small")]
fn halves(consumed: &ConsumedCapacity) -> u64 {
    (consumed.capacity_units().unwrap_or(0.0) * 2.0).round() as u64
}
