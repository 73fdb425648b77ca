use crate::{InitError, Usage, environment::Environment, lines::Lines, usage};
use axum::body::Bytes;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long an event may take, where nothing else is said. An HTTP API waits half a minute.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A function's own environment variables.
pub type Variables = BTreeMap<String, String>;

/// An event came to no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct FunctionError {
    /// `errorType`, or what Lambda says of a process that ended or took too long.
    pub kind: String,
    /// `errorMessage`
    pub message: String,
}

impl FunctionError {
    pub(crate) fn new(kind: &str, message: &str) -> Self {
        Self { kind: kind.to_owned(), message: message.to_owned() }
    }
}

impl From<InitError> for FunctionError {
    fn from(error: InitError) -> Self {
        Self::new("Runtime.ExitError", &error.to_string())
    }
}

/// An answer and how long it took.
#[derive(Debug)]
pub struct Timed {
    /// The answer.
    pub answer: Result<Value, FunctionError>,
    /// From handing over the event to having the answer; initialisation is not in it.
    pub took: Duration,
}

pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) binary: PathBuf,
    pub(crate) variables: Variables,
    pub(crate) timeout: Duration,
}

/// A function with one execution environment: events wait for each other. After a process has ended, or was killed because an
/// event took too long, the next event starts another, as Lambda does.
pub struct Function {
    settings: Settings,
    lines: Lines,
    environment: Mutex<Option<Environment>>,
    starts: AtomicU32,
}

impl Function {
    /// Starts a function's binary and waits until it is ready for events.
    pub async fn start(binary: &Path, variables: &Variables) -> Result<Self, InitError> {
        Self::start_within(binary, variables, TIMEOUT).await
    }

    /// [`Function::start`] with a limit to how long an event may take.
    pub async fn start_within(binary: &Path, variables: &Variables, timeout: Duration) -> Result<Self, InitError> {
        let name = binary.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let settings = Settings { name, binary: binary.to_owned(), variables: variables.clone(), timeout };
        let lines = Lines::default();
        let environment = Environment::start(&settings, &lines).await?;
        Ok(Self { settings, lines, environment: Mutex::new(Some(environment)), starts: AtomicU32::new(1) })
    }

    /// Hands over an event and waits for the answer.
    pub async fn invoke(&self, event: &Value) -> Result<Value, FunctionError> {
        self.invoke_raw(event.to_string()).await
    }

    /// [`Function::invoke`] with bytes that may be no JSON at all.
    pub async fn invoke_raw(&self, event: impl Into<Bytes>) -> Result<Value, FunctionError> {
        self.invoke_timed(event).await.answer
    }

    /// [`Function::invoke_raw`], timed.
    pub async fn invoke_timed(&self, event: impl Into<Bytes>) -> Timed {
        let mut place = self.environment.lock().await;
        let environment = match self.running(place.take()).await {
            Ok(environment) => place.insert(environment),
            Err(error) => return Timed { answer: Err(error.into()), took: Duration::ZERO },
        };
        let started = Instant::now();
        let outcome = environment.invoke(event.into(), self.settings.timeout).await;
        let took = started.elapsed();
        let answer = outcome.and_then(|body| {
            serde_json::from_slice(&body).map_err(|e| FunctionError::new("Runtime.InvalidResponse", &e.to_string()))
        });
        Timed { answer, took }
    }

    async fn running(&self, environment: Option<Environment>) -> Result<Environment, InitError> {
        if let Some(mut environment) = environment
            && environment.is_alive()
        {
            return Ok(environment);
        }
        self.starts.fetch_add(1, Ordering::Relaxed);
        Environment::start(&self.settings, &self.lines).await
    }

    /// The name: that of the binary.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// What it has written so far, line by line.
    pub fn lines(&self) -> Vec<String> {
        self.lines.all()
    }

    /// How often a process was started.
    pub fn starts(&self) -> u32 {
        self.starts.load(Ordering::Relaxed)
    }

    /// How long the process that runs took from its start to its first request for an event.
    pub async fn init(&self) -> Duration {
        self.environment.lock().await.as_ref().map_or(Duration::ZERO, |environment| environment.init)
    }

    /// What the process that runs takes.
    pub async fn usage(&self) -> Option<Usage> {
        let process = self.environment.lock().await.as_ref()?.process_id()?;
        usage(process).ok()
    }

    /// Ends the process.
    pub async fn stop(&self) {
        if let Some(environment) = self.environment.lock().await.take() {
            environment.stop().await;
        }
    }
}
