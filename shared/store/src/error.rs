use crate::write::{Cancelled, Failures, Part};
use aws_sdk_dynamodb::{error::SdkError, operation::transact_write_items::TransactWriteItemsError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Why the table did not answer a question.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or has no capacity left; trying again later may help.
    #[error("the table is not available: {0}")]
    Unavailable(String),
    /// No answer to a write has come, and nothing tells whether it was carried out.
    #[error("the table did not say whether it was done: {0}")]
    Unanswered(String),
    /// What it holds does not read as what it should be.
    #[error("an item cannot be read: {0}")]
    Corrupt(String),
    /// A position in a list that came from outside is none of that list.
    #[error("there is no such position")]
    Position,
    /// Somebody else wrote first: read again and decide again.
    #[error("somebody else changed this at the same time")]
    Conflict,
    /// The write was for a session that has ended; nothing was written.
    #[error("the session has ended")]
    SessionEnded,
}

impl StoreError {
    /// Whether the table did not answer as it should; that passes.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unanswered(_))
    }

    /// Of a write that may have been carried out.
    pub(crate) fn unanswered(self) -> Self {
        match self {
            Self::Unavailable(why) => Self::Unanswered(why),
            other => other,
        }
    }

    /// Of a write beside what was asked for: whether it was done makes no difference to anybody.
    pub(crate) fn aside(self) -> Self {
        match self {
            Self::Unanswered(why) => Self::Unavailable(why),
            other => other,
        }
    }
}

/// Turns a failed request into an answer.
pub(crate) fn failed<E, R>(error: &SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata,
{
    let message = error.as_service_error().and_then(ProvideErrorMetadata::message);
    StoreError::Unavailable(message.map_or_else(|| reason(error), |message| format!("{}: {message}", reason(error))))
}

/// Why a request to any service failed, by its code alone: what services say in words may name people.
pub fn reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("error"),
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "no connection",
        _ => "the request failed",
    }
    .to_owned()
}

/// What became of a transaction of these parts that was not carried out.
pub(crate) fn cancelled<R>(error: &SdkError<TransactWriteItemsError, R>, parts: &[Part]) -> Cancelled {
    const CONTENTION: [&str; 7] = [
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TransactionInProgressException",
    ];
    let contention = |code: Option<&str>| code.is_some_and(|c| CONTENTION.contains(&c));
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            if reasons.iter().any(|r| r.code() == Some("ConditionalCheckFailed")) {
                Cancelled::Conditions(Failures::new(parts, reasons))
            } else if reasons.iter().any(|r| contention(r.code())) {
                Cancelled::Contention
            } else {
                Cancelled::Failed(StoreError::Unavailable(format!("{reasons:?}")))
            }
        }
        Some(service) if contention(service.code()) => Cancelled::Contention,
        _ => Cancelled::Failed(failed(error)),
    }
}
