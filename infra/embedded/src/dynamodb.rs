use crate::{
    Keys, StartError, check,
    engine::{Answer, CONTENT_TYPE, Engine},
    records::{self, Records},
    server::{Background, Listener, serve},
    signature,
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

/// DynamoDB with streams and TTL, over SQLite. It is called in process, until it is told to listen.
#[derive(Debug)]
pub struct DynamoDb {
    engine: Engine,
    file: PathBuf,
    sweep: Background,
    servers: Vec<Background>,
}

impl DynamoDb {
    /// Looks whether a database can be used, and changes nothing.
    pub async fn check(file: &Path) -> Result<(), StartError> {
        let at = file.to_path_buf();
        tokio::task::spawn_blocking(move || check::check(&at)).await.map_err(std::io::Error::other)?
    }

    /// Opens (or makes) the database in a file, or one in memory that goes with it.
    pub async fn start(file: Option<&Path>) -> Result<Self, StartError> {
        if let Some(file) = file {
            Self::check(file).await?;
        }
        Self::start_checked(file).await
    }

    /// The same, after [`DynamoDb::check`].
    pub async fn start_checked(file: Option<&Path>) -> Result<Self, StartError> {
        // A database in memory has a name too, by which the process can open it again.
        let memory = || PathBuf::from(format!("file:{}?mode=memory&cache=shared", uuid::Uuid::new_v4()));
        let file = file.map_or_else(memory, Path::to_path_buf);
        let at = file.clone();
        let opened = tokio::task::spawn_blocking(move || open(&at)).await;
        let engine = Engine::new(opened.map_err(std::io::Error::other)??);
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
        Ok(Self { engine, file, sweep, servers: Vec::new() })
    }

    /// What sends the SDK's requests to this engine without a network, for tables and streams.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.engine.clone())
    }

    /// The records of the streams.
    pub fn records(&self) -> Records {
        Records::new(self.file.clone(), self.engine.written())
    }

    /// From now on a write does not wait for the disk: for what can be made again. The file stays whole whatever happens; if the
    /// power fails, the writes of the last moments may be lost.
    pub fn commit_lazily(&self) -> Result<(), StartError> {
        let failed = |error: String| StartError::Data { path: self.file.display().to_string(), reason: error };
        self.engine.commit_lazily().map_err(|error| failed(error.to_string()))
    }

    /// Listens on a free loopback port too, for requests that are signed with these keys and come from no browser. Returns the
    /// address for `AWS_ENDPOINT_URL_DYNAMODB`; streams are there too.
    pub async fn listen(&mut self, keys: &Keys) -> Result<String, StartError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        self.serve(listener, Some(keys.clone()));
        Ok(endpoint)
    }

    /// Listens at a socket too, which its owner alone can open, for requests with any signature.
    #[cfg(unix)]
    pub fn listen_at(&mut self, socket: &Path) -> Result<(), StartError> {
        self.serve(crate::socket::listen(socket)?, None);
        Ok(())
    }

    fn serve(&mut self, listener: impl Listener, keys: Option<Keys>) {
        let engine = self.engine.clone();
        let service = service_fn(move |request| answered(engine.clone(), keys.clone(), request));
        self.servers.push(Background::spawn(|stopped| serve(listener, service, stopped)));
    }

    /// Finishes what is running and closes the file.
    pub async fn stop(self) {
        self.sweep.stop().await;
        for server in self.servers {
            server.stop().await;
        }
    }
}

fn open(file: &Path) -> Result<Database, StartError> {
    let database = Database::new(&file.to_string_lossy()).map_err(|error| refused(file, &error.to_string()))?;
    check::remove_unfinished(file)
        .and_then(|()| records::index(file))
        .and_then(|()| check::note_form(file))
        .map_err(|error| check::of_sqlite(file, &error))?;
    Ok(database)
}

/// Why dynoxide does not open a file; its own newer versions are known by what it says.
fn refused(file: &Path, reason: &str) -> StartError {
    let path = file.display().to_string();
    if reason.contains("newer version of Dynoxide") {
        return StartError::Newer { path };
    }
    StartError::Data { path, reason: reason.replace('\n', " ") }
}

/// One request over HTTP; signed with the keys, if there are any.
async fn answered(engine: Engine, keys: Option<Keys>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if signature::is_of_a_browser(request.headers()) {
        return Ok(turned_away(StatusCode::FORBIDDEN));
    }
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MOST).collect().await else { return Ok(turned_away(StatusCode::PAYLOAD_TOO_LARGE)) };
    let body = body.to_bytes();
    if keys.is_some_and(|keys| !signature::is_signed(&head, &body, &keys)) {
        return Ok(turned_away(StatusCode::FORBIDDEN));
    }
    let target = head.headers.get("x-amz-target").and_then(|name| name.to_str().ok()).unwrap_or_default();
    let Ok(Answer { status, body }) = engine.answer_in_turn(target, &body).await else {
        return Ok(turned_away(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let answer = Response::builder().status(status).header(CONTENT_TYPE_HEADER, CONTENT_TYPE).body(Full::from(body));
    Ok(answer.unwrap_or_else(|_| turned_away(StatusCode::INTERNAL_SERVER_ERROR)))
}

/// Without a word about what is here; to the SDK, a 403 says that it is not allowed to.
fn turned_away(status: StatusCode) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}
