//! The three kinds of function, by what invokes them. Each starts once, logs why when it cannot, and then answers invocations.

use crate::{
    ConfigError, Delivery, Invocation,
    stream::{answer, deliveries},
    telemetry::{self, count_usage, units},
};
use lambda_http::{
    Context, Request, Response,
    request::RequestContext,
    tower::{Service, ServiceExt},
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use std::{fmt::Debug, process::ExitCode, time::Instant};
use store::Meter;
use tracing::Instrument;

/// Runs a function that API Gateway invokes (HTTP API, payload version 2.0).
pub async fn http<S, B>(function: &'static str, init: impl Future<Output = Result<S, ConfigError>>) -> ExitCode
where
    S: Service<Request, Response = Response<B>, Error = std::convert::Infallible>,
    S::Future: Send + 'static,
    Response<B>: lambda_http::IntoResponse,
{
    telemetry::start(function);
    let Some(service) = started(Box::pin(init).await) else { return ExitCode::FAILURE };
    ended(lambda_http::run(service.map_request(with_invocation)).await)
}

fn with_invocation(mut request: Request) -> Request {
    let said = request.extensions();
    let context = said.get::<Context>();
    let source_address = match said.get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(gateway)) => gateway.http.source_ip.clone(),
        // Only version 2 of the HTTP API's events is taken.
        _ => None,
    };
    let invocation = Invocation {
        request_id: context.map(|context| context.request_id.clone()).unwrap_or_default(),
        trace_id: context.and_then(|context| context.xray_trace_id.clone()),
        source_address,
    };
    request.extensions_mut().insert(invocation);
    request
}

/// Runs a function that the table's stream invokes. `handle` returns the identifiers of what it could not do; those, and what
/// comes after the first of them, come again.
pub async fn stream<C>(
    function: &'static str,
    init: impl Future<Output = Result<C, ConfigError>>,
    handle: impl AsyncFn(&C, &[Delivery]) -> Vec<String>,
) -> ExitCode {
    telemetry::start(function);
    let Some(context) = started(Box::pin(init).await) else { return ExitCode::FAILURE };
    let invoked = service_fn(async |event: LambdaEvent<Value>| {
        let (event, id) = (event.payload, event.context.request_id);
        let batch = deliveries(event).inspect_err(|error| tracing::error!(%error, request_id = id, "an event was refused"))?;
        let failed = measured(&id, batch.len(), async {
            let failed = Box::pin(handle(&context, &batch)).await;
            let outcome = if failed.is_empty() { "done" } else { "failed" };
            (failed, outcome)
        })
        .await;
        Ok::<Value, Error>(answer(&failed))
    });
    ended(lambda_runtime::run(invoked).await)
}

/// Runs a function that a schedule invokes. What fails is invoked again by the scheduler.
pub async fn schedule<C>(
    function: &'static str,
    init: impl Future<Output = Result<C, ConfigError>>,
    handle: impl AsyncFn(&C) -> Result<(), Error>,
) -> ExitCode {
    telemetry::start(function);
    let Some(context) = started(Box::pin(init).await) else { return ExitCode::FAILURE };
    let invoked = service_fn(async |event: LambdaEvent<Value>| {
        let id = event.context.request_id;
        measured(&id, 1, async {
            let done = Box::pin(handle(&context)).await;
            let outcome = if done.is_ok() { "done" } else { "failed" };
            (done, outcome)
        })
        .await
    });
    ended(lambda_runtime::run(invoked).await)
}

/// Does a piece of work in a span of its own and logs what it asked of the table.
async fn measured<T>(request_id: &str, records: usize, work: impl Future<Output = (T, &'static str)>) -> T {
    let (started, meter, cold_start) = (Instant::now(), Meter::default(), telemetry::is_cold_start());
    let span = tracing::info_span!("invocation", request_id, function = telemetry::function());
    let (done, outcome) = meter.measure(work).instrument(span.clone()).await;
    let usage = meter.usage();
    count_usage(&usage);
    let _entered = span.enter();
    tracing::info!(
        outcome,
        records,
        cold_start,
        round_trips = usage.round_trips,
        read_units = units(usage.read_halves),
        write_units = units(usage.write_halves),
        milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "invoked"
    );
    done
}

/// What a function starts with; why it cannot start is in the log, with the variable's name.
fn started<C>(init: Result<C, ConfigError>) -> Option<C> {
    init.inspect_err(|error| tracing::error!(%error, "the function cannot start")).ok()
}

fn ended(ran: Result<(), impl Debug>) -> ExitCode {
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(?error, "the function has ended");
            ExitCode::FAILURE
        }
    }
}
