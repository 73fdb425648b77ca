use crate::conditions;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    ops::RangeFrom,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is carried out, and its answer never comes.
    LostAnswer,
    /// It never gets there.
    LostRequest,
    /// It is not carried out, and this is the answer: a status and an error of the service by its name.
    Refused(u16, &'static str),
    /// A transaction is not carried out, for these reasons, one for each write: `None`, or a code such as `TransactionConflict`.
    Cancelled(Vec<&'static str>),
    /// A batch is answered with nothing but its keys, as unprocessed.
    Unprocessed,
    /// A batch is answered without the items whose key begins so: they were read a moment before the others, and not there yet.
    Before(&'static str),
    /// It waits until it is let go, and is carried out then.
    Held(Arc<Held>),
    /// It is carried out after this time.
    Late(Duration),
    /// It is carried out twice, and the second answer comes.
    Twice,
}

/// A call that waits, so that something else can happen first.
#[derive(Debug, Default)]
pub struct Held {
    reached: Notify,
    released: Notify,
}

impl Held {
    /// Waits until the call is there.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets it go on.
    pub fn release(&self) {
        self.released.notify_one();
    }
}

impl Fault {
    /// Too little capacity.
    pub fn throttled() -> Self {
        Self::Refused(400, "ProvisionedThroughputExceededException")
    }

    /// A transaction has its hand on the item just now.
    pub fn conflict() -> Self {
        Self::Refused(400, "TransactionConflictException")
    }
}

/// What sends the SDK's requests in tests: counts them by operation, and lets some fail by rule. Clones are one.
#[derive(Debug, Clone)]
pub struct Faults {
    sender: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<String>,
    rules: Vec<Rule>,
    met: usize,
    open: usize,
    most_open: usize,
    slow: bool,
    clauses: BTreeSet<String>,
    without: Option<String>,
}

#[derive(Debug)]
struct Rule {
    operation: &'static str,
    /// Of how many calls of the operation it lets some pass, and how many fail then.
    pass: usize,
    fail: usize,
    /// How many pass between two that fail.
    between: usize,
    fault: Fault,
}

/// As long as a call takes where it is counted how many are open.
const MOMENT: Duration = Duration::from_millis(20);
/// Any operation.
const ANY: &str = "*";

impl Faults {
    /// What would send the requests if nothing went wrong, as it does at first.
    pub fn over(sender: SharedHttpClient) -> Self {
        Self { sender, state: Arc::default() }
    }

    /// The client for [`store::Service::over`].
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// The next call of an operation, such as `PutItem`, or `*` for any, fails so. An operation of S3 is its method: `PUT`.
    pub fn next(&self, operation: &'static str, fault: Fault) {
        self.nth(operation, 1, fault);
    }

    /// The nth call from now on fails so; 1 is the next one.
    pub fn nth(&self, operation: &'static str, nth: usize, fault: Fault) {
        self.rule(Rule { operation, pass: nth - 1, fail: 1, between: 0, fault });
    }

    /// From the nth call on, so many fail so.
    pub fn from(&self, operation: &'static str, nth: usize, fail: usize, fault: Fault) {
        self.rule(Rule { operation, pass: nth - 1, fail, between: 0, fault });
    }

    /// Every call from now on fails so, until [`Faults::end`].
    pub fn every(&self, operation: &'static str, fault: Fault) {
        self.rule(Rule { operation, pass: 0, fail: usize::MAX, between: 0, fault });
    }

    /// One of so many calls fails so, from now on, until [`Faults::end`].
    pub fn one_of(&self, calls: usize, operation: &'static str, fault: Fault) {
        self.rule(Rule { operation, pass: calls - 1, fail: usize::MAX, between: calls - 1, fault });
    }

    /// Of the transactions that place an order, one in ten meets another one that has its hand on the same variant; of all calls
    /// for placing, one in 33 finds too little capacity.
    pub fn of_a_busy_table(&self) {
        let conflict = vec!["None", "None", "TransactionConflict", "None", "None"];
        self.one_of(10, "TransactWriteItems", Fault::Cancelled(conflict));
        self.one_of(33, "TransactWriteItems", Fault::throttled());
        self.one_of(33, "BatchGetItem", Fault::throttled());
    }

    /// Holds the next call of an operation until it is released.
    pub fn hold(&self, operation: &'static str) -> Arc<Held> {
        let held = Arc::new(Held::default());
        self.next(operation, Fault::Held(held.clone()));
        held
    }

    /// Nothing goes wrong any more.
    pub fn end(&self) {
        self.with(|state| state.rules.clear());
    }

    /// The clauses of all conditions that were sent since this was asked before, such as
    /// `SKU: ADD stock :back if attribute_exists(pk)`.
    pub fn clauses(&self) -> BTreeSet<String> {
        self.with(|state| std::mem::take(&mut state.clauses))
    }

    /// From now on, conditions come without this clause.
    pub fn without(&self, clause: &str) {
        self.with(|state| state.without = Some(clause.to_owned()));
    }

    /// How many calls failed by a rule.
    pub fn met(&self) -> usize {
        self.with(|state| state.met)
    }

    /// How many calls were sent so far; where [`Faults::calls`] goes on from.
    pub fn sent(&self) -> RangeFrom<usize> {
        self.with(|state| state.seen.len()..)
    }

    /// The operations of the calls since then, in their order, repeated ones too.
    pub fn calls(&self, since: RangeFrom<usize>) -> Vec<String> {
        self.with(|state| state.seen[since].to_vec())
    }

    /// The most calls that were open at one moment, since this was asked before. From the first time on, calls take a moment
    /// each: the embedded engine may have answered one before the other is sent that goes beside it.
    pub fn most_at_once(&self) -> usize {
        self.with(|state| {
            state.slow = true;
            std::mem::replace(&mut state.most_open, state.open)
        })
    }

    fn rule(&self, rule: Rule) {
        self.with(|state| state.rules.push(rule));
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes the clauses of a call, and takes the one out that is to be left out.
    fn look_at_conditions(&self, operation: &str, request: &mut HttpRequest) {
        if !conditions::WRITES.contains(&operation) {
            return;
        }
        let mut sent = body(request);
        let clauses = conditions::clauses(operation, &mut sent);
        let without = self.with(|state| {
            let found = state.without.clone().filter(|without| clauses.contains(without));
            state.clauses.extend(clauses);
            found
        });
        if let Some(clause) = without {
            conditions::take_out(operation, &mut sent, &clause);
            replace_body(request, &sent);
        }
    }

    /// Notes a call, and what goes wrong with it.
    fn meet(&self, operation: &str) -> Option<Fault> {
        self.with(|state| {
            state.seen.push(operation.to_owned());
            let mut met = None;
            for rule in state.rules.iter_mut().filter(|r| r.operation == ANY || r.operation == operation) {
                if rule.pass > 0 {
                    rule.pass -= 1;
                } else if rule.fail > 0 && met.is_none() {
                    rule.fail = rule.fail.saturating_sub(1);
                    rule.pass = rule.between;
                    met = Some(rule.fault.clone());
                }
            }
            state.met += usize::from(met.is_some());
            met
        })
    }
}

impl HttpClient for Faults {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.sender.http_connector(settings, components);
        SharedHttpConnector::new(Connector { faults: self.clone(), connector })
    }
}

#[derive(Debug)]
struct Connector {
    faults: Faults,
    connector: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        // `DynamoDB_20120810.PutItem`
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let operation = target.rsplit('.').next().filter(|name| !name.is_empty()).unwrap_or(request.method()).to_owned();
        self.faults.look_at_conditions(&operation, &mut request);
        match self.faults.meet(&operation) {
            None => {
                let slow = self.faults.with(|state| {
                    state.open += 1;
                    state.most_open = state.most_open.max(state.open);
                    state.slow
                });
                let (answer, faults) = (self.connector.call(request), self.faults.clone());
                HttpConnectorFuture::new(async move {
                    let answer = answer.await;
                    if slow {
                        tokio::time::sleep(MOMENT).await;
                    }
                    faults.with(|state| state.open -= 1);
                    answer
                })
            }
            Some(Fault::LostRequest) => HttpConnectorFuture::ready(Err(lost())),
            Some(Fault::LostAnswer) => {
                let answer = self.connector.call(request);
                HttpConnectorFuture::new(async move {
                    answer.await?;
                    Err(lost())
                })
            }
            Some(Fault::Before(start)) => {
                let mut asked = body(&request);
                for table in asked["RequestItems"].as_object_mut().into_iter().flat_map(|tables| tables.values_mut()) {
                    let keys = table["Keys"].as_array_mut().expect("keys");
                    keys.retain(|key| !key["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with(start)));
                }
                replace_body(&mut request, &asked);
                self.connector.call(request)
            }
            Some(Fault::Held(held)) => {
                let connector = self.connector.clone();
                HttpConnectorFuture::new(async move {
                    held.reached.notify_one();
                    held.released.notified().await;
                    connector.call(request).await
                })
            }
            Some(Fault::Late(time)) => {
                let connector = self.connector.clone();
                HttpConnectorFuture::new(async move {
                    tokio::time::sleep(time).await;
                    connector.call(request).await
                })
            }
            Some(Fault::Twice) => {
                let again = request.try_clone().expect("a body in memory");
                let (first, connector) = (self.connector.call(request), self.connector.clone());
                HttpConnectorFuture::new(async move {
                    first.await?;
                    connector.call(again).await
                })
            }
            Some(Fault::Refused(status, name)) if target.is_empty() => {
                answered(status, format!("<Error><Code>{name}</Code><Message>by a rule of the test</Message></Error>"))
            }
            Some(Fault::Refused(status, name)) => answered(status, error(name, "by a rule of the test").to_string()),
            Some(Fault::Cancelled(codes)) => {
                let mut body = error("TransactionCanceledException", "by a rule of the test");
                body["CancellationReasons"] = codes.iter().map(|code| json!({ "Code": code, "Message": "-" })).collect();
                answered(400, body.to_string())
            }
            Some(Fault::Unprocessed) => {
                let answer = json!({ "Responses": {}, "UnprocessedKeys": body(&request)["RequestItems"] });
                answered(200, answer.to_string())
            }
        }
    }
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body().bytes().expect("a body in memory")).expect("JSON")
}

fn replace_body(request: &mut HttpRequest, body: &Value) {
    let text = body.to_string();
    request.headers_mut().insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
}

fn lost() -> ConnectorError {
    ConnectorError::io("the connection is gone".into())
}

fn error(name: &str, message: &str) -> Value {
    json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": message, "Message": message })
}

fn answered(status: u16, body: String) -> HttpConnectorFuture {
    let status = status.try_into().expect("a status");
    HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
}
