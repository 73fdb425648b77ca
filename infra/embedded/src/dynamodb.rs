use crate::{
    StartError,
    engine::{Answer, CONTENT_TYPE, Engine},
    records::{self, Records},
    server::{Background, serve},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use dynoxide::Database;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE as CONTENT_TYPE_HEADER};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use std::{
    convert::Infallible,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, time::sleep};

/// How often expired items are removed at most. DynamoDB itself takes up to days.
const TTL_SWEEP: Duration = Duration::from_hours(1);
/// The first time comes soon, for a shop that never runs for long.
const FIRST_SWEEP: Duration = Duration::from_mins(5);
/// Looking for what has expired takes as long as the tables are big: this is its part of one processor at most.
const PART_OF_TIME: u32 = 1_000;
/// As much as DynamoDB takes in.
const MOST: usize = 16 * 1024 * 1024;

/// DynamoDB with streams and TTL, over SQLite.
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    engine: Engine,
    file: PathBuf,
    server: Background,
    sweep: Background,
}

impl DynamoDb {
    /// Opens (or makes) the database in a file, or one in memory that goes with it, and serves it on a free loopback port.
    pub async fn start(file: Option<&Path>) -> Result<Self, StartError> {
        // A database in memory has a name too, by which the process can open it again.
        let memory = || PathBuf::from(format!("file:{}?mode=memory&cache=shared", uuid::Uuid::new_v4()));
        let file = file.map_or_else(memory, Path::to_path_buf);
        let engine = Engine::new(open(&file)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let to_serve = engine.clone();
        let service = service_fn(move |request| answered(to_serve.clone(), request));
        let server = Background::spawn(|stopped| serve(listener, service, stopped));
        let to_sweep = engine.clone();
        let sweep = Background::spawn(|mut stopped| async move {
            let mut pause = FIRST_SWEEP;
            loop {
                tokio::select! {
                    _ = &mut stopped => return,
                    () = sleep(pause) => {}
                }
                let (engine, started) = (to_sweep.clone(), Instant::now());
                if let Ok(Err(error)) = tokio::task::spawn_blocking(move || engine.sweep()).await {
                    tracing::warn!(%error, "expired items were not removed");
                }
                pause = TTL_SWEEP.max(started.elapsed() * PART_OF_TIME);
            }
        });
        Ok(Self { endpoint, engine, file, server, sweep })
    }

    /// What sends the SDK's requests to this engine without a network, for tables and streams.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.engine.clone())
    }

    /// The records of the streams.
    pub fn records(&self) -> Records {
        Records::new(self.file.clone(), self.engine.written())
    }

    /// Address for `AWS_ENDPOINT_URL_DYNAMODB`; streams are there too.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Finishes what is running and closes the file.
    pub async fn stop(self) {
        self.sweep.stop().await;
        self.server.stop().await;
    }
}

fn open(file: &Path) -> Result<Database, StartError> {
    let data = |error: String| StartError::Data { path: file.display().to_string(), reason: error.replace('\n', " ") };
    let database = Database::new(&file.to_string_lossy()).map_err(|error| data(error.to_string()))?;
    records::index(file).map_err(|error| data(error.to_string()))?;
    Ok(database)
}

/// One request over HTTP.
async fn answered(engine: Engine, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MOST).collect().await else { return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE)) };
    let done = tokio::task::spawn_blocking(move || {
        let target = head.headers.get("x-amz-target").and_then(|name| name.to_str().ok()).unwrap_or_default();
        engine.answer(target, &body.to_bytes())
    });
    let Ok(Answer { status, body }) = done.await else { return Ok(refused(StatusCode::INTERNAL_SERVER_ERROR)) };
    let answer = Response::builder().status(status).header(CONTENT_TYPE_HEADER, CONTENT_TYPE).body(Full::from(body));
    Ok(answer.unwrap_or_else(|_| refused(StatusCode::INTERNAL_SERVER_ERROR)))
}

fn refused(status: StatusCode) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}
