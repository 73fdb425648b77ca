//! DynamoDB's protocol over dynoxide, in process: the name of an operation and its JSON become a status and JSON.
//!
//! dynoxide has an HTTP server, but it believes any signature and lets every web page read the answers, and it offers no other
//! way in. Its operations are methods with serde types, so what is missing is small: find the method, and answer errors as its
//! server does.

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError, actions::transact_write_items::TransactWriteItemsRequest};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    task::{JoinError, spawn_blocking},
};

/// What DynamoDB calls its JSON.
pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// The engine. Clones are one.
#[derive(Clone)]
pub(crate) struct Engine {
    database: Database,
    written: watch::Sender<()>,
    tokens: Arc<Mutex<Tokens>>,
    /// Whose turn it is: dynoxide does one thing at a time, and who waits for it keeps no thread waiting.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// What touches few items. It runs where it is asked for: going to another thread and back costs as much as the work itself,
/// most of it for memory that lies in the other processor's cache.
const SHORT: [&str; 7] =
    ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];

/// As long as DynamoDB remembers a transaction's token.
const REMEMBERED: Duration = Duration::from_mins(10);

/// The answers to transactions with a token: who asks again, because the answer was lost, gets it again. dynoxide has this too,
/// but goes through all tokens of the last ten minutes for each transaction. That a token comes with another transaction is not
/// looked for.
#[derive(Debug, Default)]
struct Tokens {
    answers: HashMap<String, Vec<u8>>,
    by_age: VecDeque<(Instant, String)>,
}

impl Tokens {
    fn forget(&mut self, now: Instant) {
        while let Some((_, token)) = self.by_age.pop_front_if(|(given, _)| now.duration_since(*given) > REMEMBERED) {
            self.answers.remove(&token);
        }
    }

    fn remember(&mut self, now: Instant, token: String, answer: Vec<u8>) {
        self.by_age.push_back((now, token.clone()));
        self.answers.insert(token, answer);
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// What comes back: HTTP's status, and JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Engine {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, written: watch::Sender::new(()), tokens: Arc::default(), turn: Arc::default() }
    }

    /// Changes with every write.
    pub(crate) fn written(&self) -> watch::Receiver<()> {
        self.written.subscribe()
    }

    /// See [`crate::DynamoDb::commit_lazily`].
    pub(crate) fn commit_lazily(&self) -> Result<(), DynoxideError> {
        // What dynoxide does after a bulk load: SQLite waits for the disk at checkpoints only, and all else is as at the opening.
        self.database.disable_bulk_loading()
    }

    /// Deletes what has expired. Takes as long as reading all tables.
    pub(crate) fn sweep(&self) -> Result<(), DynoxideError> {
        if self.database.sweep_ttl()? > 0 {
            self.written.send_replace(());
        }
        Ok(())
    }

    /// Carries out a request in its turn. `target` is the header that names the operation: `DynamoDB_20120810.PutItem`.
    ///
    /// # Errors
    ///
    /// A `JoinError` when an operation panics on a thread of its own.
    pub(crate) async fn answer_in_turn(&self, target: &str, body: &[u8]) -> Result<Answer, JoinError> {
        let turn = self.turn.clone().lock_owned().await;
        let is_short = target.split_once('.').is_some_and(|(_, operation)| SHORT.contains(&operation));
        if is_short {
            return Ok(self.answer(target, body));
        }
        let (engine, target, body) = (self.clone(), target.to_owned(), body.to_vec());
        spawn_blocking(move || {
            let _turn = turn;
            engine.answer(&target, &body)
        })
        .await
    }

    /// Carries out a request, and keeps the thread for as long as it takes.
    pub(crate) fn answer(&self, target: &str, body: &[u8]) -> Answer {
        let operation = match target.split_once('.') {
            Some(("DynamoDB_20120810" | "DynamoDBStreams_20120810", operation)) => operation,
            _ => "",
        };
        let done = self.carry_out(operation, body);
        if matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems") && done.is_ok()
        {
            self.written.send_replace(());
        }
        match done {
            Ok(body) => Answer { status: 200, body },
            Err(error) => Answer { status: error.status_code(), body: error.to_json().into_bytes() },
        }
    }

    fn carry_out(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        macro_rules! operations {
            ($($name:literal => $method:ident),* $(,)?) => {
                match operation {
                    $($name => written(&self.database.$method(read(body)?)?),)*
                    _ => Err(DynoxideError::ValidationException(format!("there is no operation {operation:?} here"))),
                }
            };
        }
        if operation == "TransactWriteItems" {
            return self.transact(body);
        }
        operations! {
            "GetItem" => get_item,
            "PutItem" => put_item,
            "UpdateItem" => update_item,
            "DeleteItem" => delete_item,
            "Query" => query,
            "Scan" => scan,
            "BatchGetItem" => batch_get_item,
            "BatchWriteItem" => batch_write_item,
            "TransactGetItems" => transact_get_items,
            "ListStreams" => list_streams,
            "DescribeStream" => describe_stream,
            "GetShardIterator" => get_shard_iterator,
            "GetRecords" => get_records,
            "CreateTable" => create_table,
            "UpdateTable" => update_table,
            "DescribeTable" => describe_table,
            "DeleteTable" => delete_table,
            "ListTables" => list_tables,
            "UpdateTimeToLive" => update_time_to_live,
            "DescribeTimeToLive" => describe_time_to_live,
        }
    }
}

impl Engine {
    fn transact(&self, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let mut request: TransactWriteItemsRequest = read(body)?;
        let Some(token) = request.client_request_token.take() else {
            return written(&self.database.transact_write_items(request)?);
        };
        // Held to the end, so that a second try waits for the first one. The engine does one thing at a time anyway.
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        tokens.forget(now);
        if let Some(answer) = tokens.answers.get(&token) {
            return Ok(answer.clone());
        }
        let answer = written(&self.database.transact_write_items(request)?)?;
        tokens.remember(now, token, answer.clone());
        Ok(answer)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| DynoxideError::ValidationException(error.to_string()))
}

fn written(answer: &impl Serialize) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// For the SDK: its requests go to the engine and to no network.
impl HttpClient for Engine {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Engine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let engine = self.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let body = request.body().bytes().unwrap_or_default();
            let Answer { status, body } =
                engine.answer_in_turn(target, body).await.map_err(|error| ConnectorError::other(error.into(), None))?;
            let status = status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
            let mut answer = HttpResponse::new(status, SdkBody::from(body));
            answer.headers_mut().insert("content-type", CONTENT_TYPE);
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_remembered_for_ten_minutes_and_no_longer() {
        let (mut tokens, start) = (Tokens::default(), Instant::now());
        tokens.remember(start, "one".to_owned(), b"1".to_vec());
        tokens.remember(start + REMEMBERED / 2, "two".to_owned(), b"2".to_vec());
        tokens.forget(start + REMEMBERED);
        assert_eq!(tokens.answers.len(), 2);
        tokens.forget(start + REMEMBERED + Duration::from_millis(1));
        assert!(!tokens.answers.contains_key("one") && tokens.answers.contains_key("two") && tokens.by_age.len() == 1);
    }
}
