use crate::{Function, FunctionError};
use serde_json::{Value, json};
use std::sync::Arc;

/// Hands the records of a stream's shard to a function as Lambda's event source mapping does
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>): in batches and in order, with
/// `ReportBatchItemFailures` and bisection on. What keeps failing is put aside, so that the shard goes on.
pub struct Mapping {
    function: Arc<Function>,
    batch: usize,
    retries: u32,
    invocations: usize,
    dead_letters: Vec<DeadLetter>,
}

/// Records that were given up.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The records.
    pub records: Vec<Value>,
    /// The last failure.
    pub reason: String,
}

/// A batch failed from a record on.
struct Failure {
    first: usize,
    reason: String,
}

impl Mapping {
    /// Batches of up to `batch` records; `retries` after the first failure.
    pub fn new(function: Arc<Function>, batch: usize, retries: u32) -> Self {
        Self { function, batch, retries, invocations: 0, dead_letters: Vec::new() }
    }

    /// Delivers records, each until it is done or given up.
    pub async fn deliver(&mut self, records: &[Value]) {
        for batch in records.chunks(self.batch) {
            self.settle(batch.to_vec()).await;
        }
    }

    /// What was given up so far.
    pub fn dead_letters(&self) -> &[DeadLetter] {
        &self.dead_letters
    }

    /// How often the function was invoked.
    pub fn invocations(&self) -> usize {
        self.invocations
    }

    async fn settle(&mut self, batch: Vec<Value>) {
        // The last one is next.
        let mut open = vec![(batch, self.retries)];
        while let Some((mut batch, retries)) = open.pop() {
            let Err(Failure { first, reason }) = self.invoke(&batch).await else { continue };
            let mut rest = batch.split_off(first);
            if rest.len() > 1 {
                // Neither progress nor splitting counts as a retry.
                let second = if first == 0 { rest.split_off(rest.len() / 2) } else { Vec::new() };
                open.extend((!second.is_empty()).then_some((second, retries)));
                open.push((rest, retries));
            } else if let Some(retries) = retries.checked_sub(1) {
                open.push((rest, retries));
            } else {
                self.dead_letters.push(DeadLetter { records: rest, reason });
            }
        }
    }

    async fn invoke(&mut self, batch: &[Value]) -> Result<(), Failure> {
        self.invocations += 1;
        let answer = self.function.invoke(&json!({ "Records": batch })).await;
        let failed = match answer {
            Ok(answer) => failures(&answer),
            Err(error) => Err(error),
        };
        let failed = failed.map_err(|error| Failure { first: 0, reason: error.to_string() })?;
        let places = failed.iter().map(|number| batch.iter().position(|record| record["dynamodb"]["SequenceNumber"] == **number));
        match places.collect::<Option<Vec<usize>>>() {
            // Records are in the order of their sequence numbers.
            Some(places) => match places.into_iter().min() {
                Some(first) => Err(Failure { first, reason: "reported by the function".to_owned() }),
                None => Ok(()),
            },
            None => Err(Failure { first: 0, reason: format!("{failed:?} are no records of the batch") }),
        }
    }
}

/// The sequence numbers in an answer. None at all is success, one that is no text is the failure of the whole batch.
fn failures(answer: &Value) -> Result<Vec<String>, FunctionError> {
    let items = match &answer["batchItemFailures"] {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        other => return Err(FunctionError::new("Mapping", &format!("batchItemFailures is {other}"))),
    };
    let number = |item: &Value| item["itemIdentifier"].as_str().map(str::to_owned);
    let numbers: Option<Vec<String>> = items.iter().map(number).collect();
    numbers.ok_or_else(|| FunctionError::new("Mapping", "a failure has no itemIdentifier"))
}
