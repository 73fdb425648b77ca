use crate::{
    FunctionError,
    api::{Api, Outcome},
    function::Settings,
    lines::Lines,
};
use axum::body::Bytes;
use std::{
    io,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, Command},
    select,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Lambda gives initialisation this long.
const INIT_WITHIN: Duration = Duration::from_secs(10);
/// What an ended process has written is read within this.
const READ_WITHIN: Duration = Duration::from_secs(2);

/// Why a function did not get ready.
#[derive(Debug, thiserror::Error)]
#[error("{function} did not get ready: {reason}\n{}", lines.join("\n"))]
pub struct InitError {
    /// Its name.
    pub function: String,
    /// How its process ended, or what it reported.
    pub reason: String,
    /// What it wrote.
    pub lines: Vec<String>,
}

/// One process of a function, and the Runtime API that it speaks to.
pub(crate) struct Environment {
    api: Api,
    process: Child,
    /// From the start of the process to its first request for an event.
    pub(crate) init: Duration,
}

impl Environment {
    /// Starts the process and waits until it asks for an event.
    pub(crate) async fn start(settings: &Settings, lines: &Lines) -> Result<Self, InitError> {
        let fail = |reason: String| InitError { function: settings.name.clone(), reason, lines: lines.all() };
        let api = Api::serve(&settings.name).await.map_err(|e| fail(e.to_string()))?;
        let mut command = command(settings, &api);
        let started = Instant::now();
        let mut process = command.spawn().map_err(|e| fail(format!("{}: {e}", settings.binary.display())))?;
        let readers = gather(&mut process, lines);
        select! {
            Some(ready) = api.ready() => Ok(Self { api, process, init: ready - started }),
            status = process.wait() => {
                for reader in readers {
                    let _ = timeout(READ_WITHIN, reader).await;
                }
                let reason = api.init_error().map_or_else(|| ended(&status), |reported| reported.to_string());
                Err(fail(reason))
            }
            () = sleep(INIT_WITHIN) => Err(fail(format!("nothing was asked for within {INIT_WITHIN:?}"))),
        }
    }

    pub(crate) fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Whether the process has not ended.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// One event, to its answer, the process's end, or the time limit, at which the process is killed.
    pub(crate) async fn invoke(&mut self, event: Bytes, within: Duration) -> Outcome {
        let mut answered = self.api.invoke(event, within).await;
        let mut closed = false;
        loop {
            select! {
                biased;
                outcome = &mut answered, if !closed => match outcome {
                    Ok(outcome) => return outcome,
                    // The connection broke: how the process ended is known in a moment.
                    Err(_) => closed = true,
                },
                status = self.process.wait() => {
                    let message = format!("Error: Runtime exited with error: {}", ended(&status));
                    return Err(FunctionError::new("Runtime.ExitError", &message));
                }
                () = sleep(within) => {
                    let _ = self.process.kill().await;
                    let message = format!("Task timed out after {:.2} seconds", within.as_secs_f64());
                    return Err(FunctionError::new("Sandbox.Timedout", &message));
                }
            }
        }
    }

    /// Ends the process, as Lambda does with one that is not needed any more.
    pub(crate) async fn stop(mut self) {
        let _ = self.process.kill().await;
    }
}

/// The process with the variables that Lambda sets (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>)
/// and those of the function, and with no other.
fn command(settings: &Settings, api: &Api) -> Command {
    let mut command = Command::new(&settings.binary);
    command
        .env_clear()
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", settings.name.as_str()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef"),
            ("AWS_REGION", "us-east-1"),
            ("_HANDLER", "bootstrap"),
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ])
        .envs(&settings.variables)
        .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn gather(process: &mut Child, lines: &Lines) -> Vec<JoinHandle<()>> {
    let out = process.stdout.take().map(|out| lines.gather(out));
    let err = process.stderr.take().map(|err| lines.gather(err));
    out.into_iter().chain(err).collect()
}

fn ended(status: &io::Result<std::process::ExitStatus>) -> String {
    status.as_ref().map_or_else(ToString::to_string, ToString::to_string)
}
