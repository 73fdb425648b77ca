use crate::write::{Cancelled, Failures, Part};
use aws_sdk_dynamodb::{error::SdkError, operation::transact_write_items::TransactWriteItemsError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Why the table did not answer a question.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or has no capacity left; trying again later may help.
    #[error("the table is not available: {0}")]
    Unavailable(String),
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
