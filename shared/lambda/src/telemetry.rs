//! One line of JSON for each thing that happened, and metrics in CloudWatch's embedded metric format.
//!
//! No line names a person: routes are written as their patterns, errors as their kinds. Metrics are written only by a function
//! that runs on Lambda; elsewhere counting does nothing.

use serde_json::{Value, json};
use std::{
    io::Write,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};
use store::Usage;

/// The namespace of all metrics.
const NAMESPACE: &str = "Shop";

/// What is counted. Each costs money by month and dimension: what a query over the log can answer is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Orders placed.
    Orders,
    /// Orders refused when they were placed, by reason.
    OrdersRefused,
    /// Orders that were not paid in time.
    OrdersExpired,
    /// Transactions tried again because others stood in their way.
    ConflictsRetried,
    /// Processes started.
    ColdStarts,
    /// Milliseconds from a change in the table to its pages in the bucket.
    PublishLag,
    /// Mails handed over.
    MailSent,
    /// Mails that could not be handed over; they are tried again.
    MailFailed,
    /// Things in the table that could not be read, or not be handled, and were passed over: somebody has to look at them.
    PassedOver,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::Orders => "Orders",
            Self::OrdersRefused => "OrdersRefused",
            Self::OrdersExpired => "OrdersExpired",
            Self::ConflictsRetried => "ConflictsRetried",
            Self::ColdStarts => "ColdStarts",
            Self::PublishLag => "PublishLag",
            Self::MailSent => "MailSent",
            Self::MailFailed => "MailFailed",
            Self::PassedOver => "PassedOver",
        }
    }

    fn unit(self) -> &'static str {
        if self == Self::PublishLag { "Milliseconds" } else { "Count" }
    }
}

/// Libraries that would write down what shoppers send, were they asked for more.
const DISCREET: &str = "aws=info,h2=info,hyper=info,lambda_http=info,lambda_runtime=info,rustls=info,tower=info";

#[derive(Debug)]
struct Reporter {
    function: &'static str,
    environment: String,
    cold: AtomicBool,
}

static REPORTER: OnceLock<Reporter> = OnceLock::new();

/// JSON logs to standard error by `RUST_LOG` (`info` where it is not set), metrics to standard output under the function's name
/// and the `ENVIRONMENT`.
pub fn start(function: &'static str) {
    let level = crate::optional("RUST_LOG").unwrap_or_else(|| "info".to_owned());
    let filter = tracing_subscriber::EnvFilter::new(format!("{level},{DISCREET}"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let environment = crate::optional("ENVIRONMENT").unwrap_or_else(|| "local".to_owned());
    let _ = REPORTER.set(Reporter { function, environment, cold: AtomicBool::new(true) });
}

/// The function's name, where one runs.
pub fn function() -> &'static str {
    REPORTER.get().map_or("shop", |reporter| reporter.function)
}

/// Whether this is the first invocation of the process; counts the cold start.
pub fn is_cold_start() -> bool {
    let cold = REPORTER.get().is_some_and(|reporter| reporter.cold.swap(false, Ordering::Relaxed));
    if cold {
        count(Metric::ColdStarts, 1);
    }
    cold
}

/// Counts something.
pub fn count(metric: Metric, value: u64) {
    emit(metric, value, None);
}

/// Counts something by its reason, one of a few fixed words.
pub fn count_by_reason(metric: Metric, reason: &'static str) {
    emit(metric, 1, Some(reason));
}

/// Counts the transactions that were tried again and the items that were passed over, if any.
pub fn count_usage(usage: &Usage) {
    if usage.unreadable > 0 {
        count(Metric::PassedOver, usage.unreadable);
    }
    if usage.conflicts > 0 {
        count(Metric::ConflictsRetried, usage.conflicts);
    }
}

/// Half units of capacity as units, for the log.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "small numbers with halves")]
pub fn units(halves: u64) -> f64 {
    halves as f64 / 2.0
}

fn emit(metric: Metric, value: u64, reason: Option<&'static str>) {
    let Some(reporter) = REPORTER.get() else { return };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let line = line(metric, value, reason, reporter.function, &reporter.environment, u64::try_from(now).unwrap_or(u64::MAX));
    // Whole lines: one write each. A closed standard output is no reason to fail a request.
    let _ = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
}

/// A metric as CloudWatch reads it out of a log: "Specification: embedded metric format" of its user guide.
fn line(metric: Metric, value: u64, reason: Option<&str>, function: &str, environment: &str, now: u64) -> Value {
    let mut dimensions = vec!["Environment", "Function"];
    dimensions.extend(reason.map(|_| "Reason"));
    let mut line = json!({
        "_aws": {
            "Timestamp": now,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": [{ "Name": metric.name(), "Unit": metric.unit() }],
            }],
        },
        "Environment": environment,
        "Function": function,
    });
    line[metric.name()] = value.into();
    if let Some(reason) = reason {
        line["Reason"] = reason.into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_names_its_value_its_unit_and_every_dimension_it_has() {
        let line = line(Metric::OrdersRefused, 1, Some("stock"), "checkout", "prod", 1_700_000_000_000);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "Shop");
        assert_eq!(directive["Metrics"][0]["Name"], "OrdersRefused");
        for dimension in directive["Dimensions"][0].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension}");
        }
        assert_eq!((&line["OrdersRefused"], &line["Reason"]), (&json!(1), &json!("stock")));
        assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_000_u64);
    }
}
