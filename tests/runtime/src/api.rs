//! The Runtime API (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>) of one execution environment.

use crate::FunctionError;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};
use uuid::Uuid;

/// The largest answer that Lambda takes.
const ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// What a function made of an event.
pub(crate) type Outcome = Result<Bytes, FunctionError>;

struct Invocation {
    id: Uuid,
    event: Bytes,
    deadline: SystemTime,
    answer: oneshot::Sender<Outcome>,
}

/// Serves one process.
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    queue: mpsc::Sender<Invocation>,
    /// When the process first asked for an event.
    ready: watch::Receiver<Option<Instant>>,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    arn: String,
    queue: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    ready: watch::Sender<Option<Instant>>,
    running: Mutex<Option<(Uuid, oneshot::Sender<Outcome>)>>,
    init_error: Mutex<Option<FunctionError>>,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Api {
    pub(crate) async fn serve(function: &str) -> io::Result<Self> {
        let (queue, queued) = mpsc::channel(1);
        let (ready, seen) = watch::channel(None);
        let shared = Arc::new(Shared {
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{function}"),
            queue: tokio::sync::Mutex::new(queued),
            ready,
            running: Mutex::default(),
            init_error: Mutex::default(),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::disable())
            .with_state(shared.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, queue, ready: seen, shared, server })
    }

    /// Waits until the process asks for its first event; says when that was.
    pub(crate) async fn ready(&self) -> Option<Instant> {
        let mut ready = self.ready.clone();
        ready.wait_for(Option::is_some).await.ok().and_then(|moment| *moment)
    }

    /// What the process has said about why it cannot start.
    pub(crate) fn init_error(&self) -> Option<FunctionError> {
        lock(&self.shared.init_error).clone()
    }

    /// Hands an event to the process; the answer comes later, or never.
    pub(crate) async fn invoke(&self, event: Bytes, timeout: Duration) -> oneshot::Receiver<Outcome> {
        let (answer, answered) = oneshot::channel();
        let deadline = SystemTime::now() + timeout;
        // The other end goes with the process; then nobody answers.
        let _ = self.queue.send(Invocation { id: Uuid::new_v4(), event, deadline, answer }).await;
        answered
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.ready.send_if_modified(|ready| {
        let first = ready.is_none();
        ready.get_or_insert_with(Instant::now);
        first
    });
    let Some(invocation) = shared.queue.lock().await.recv().await else { return StatusCode::GONE.into_response() };
    let deadline = invocation.deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let trace = format!("Root=1-5759e988-{};Sampled=0", &invocation.id.simple().to_string()[..24]);
    *lock(&shared.running) = Some((invocation.id, invocation.answer));
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.id.to_string()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", shared.arn.clone()),
        ("lambda-runtime-trace-id", trace),
    ];
    (headers, invocation.event).into_response()
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > ANSWER_BYTES {
        let error = FunctionError::new("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed size");
        settle(&shared, id, Err(error));
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    settle(&shared, id, Ok(body))
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    settle(&shared, id, Err(reported(&headers, &body)))
}

async fn init_error(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    *lock(&shared.init_error) = Some(reported(&headers, &body));
    accepted()
}

fn settle(shared: &Shared, id: String, outcome: Outcome) -> Response {
    let answer = lock(&shared.running).take_if(|(running, _)| running.to_string() == id);
    let Some((_, answer)) = answer else {
        let body = json!({ "errorType": "InvalidRequestID", "errorMessage": "Invalid request ID" });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    // Who invoked may have stopped waiting.
    let _ = answer.send(outcome);
    accepted()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn reported(headers: &HeaderMap, body: &Bytes) -> FunctionError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let header = headers.get("lambda-runtime-function-error-type").and_then(|v| v.to_str().ok());
    let kind = body["errorType"].as_str().or(header).unwrap_or("Unhandled");
    FunctionError::new(kind, body["errorMessage"].as_str().unwrap_or_default())
}
