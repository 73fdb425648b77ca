//! When the table does not say whether it has placed an order: the shopper is told just that, and sends the same request again,
//! with the same key, by one button. If the order is there, that shows it; if not, that places it.

use crate::place::PlaceInput;
use domain::text::IdempotencyKey;
use http::{HeaderValue, StatusCode, header};
use render::views::checkout::Unanswered;
use store::StoreError;
use web::{Answer, Problem, Visit};

const DETAIL: &str = "We could not find out whether your order was placed. Send it again with the same Idempotency-Key: \
    that shows it, or places it if it was not placed. It is never placed twice.";

/// 503: that page, or its problem.
pub(crate) async fn page(visit: Visit, error: StoreError, key: &IdempotencyKey, input: &PlaceInput) -> Answer {
    let problem = Problem::from(error);
    let wait = problem.retry_after;
    if visit.wants_json {
        return Err(Problem { title: "One moment, please", detail: DETAIL.to_owned(), ..problem });
    }
    let seen = input.seen().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let page = Unanswered { idempotency_key: key.to_string(), seen: seen.collect() };
    let mut answer = visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page).await?;
    if let Some(seconds) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(answer)
}
