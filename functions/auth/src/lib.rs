//! Signing up, in and out, proving an e-mail address, choosing a new password.
//!
//! Nothing here tells whether an address has an account: not the words, not the status, not the time taken.

mod attempts;
mod recovery;
mod sign_in;
mod sign_up;
mod verification;

use axum::{Router, routing::get, routing::post};
use http::StatusCode;
use std::sync::Arc;
use store::account::RenewError;
use web::{App, Problem};

/// The routes as an OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(
    sign_in::form,
    sign_in::submit,
    sign_in::sign_out,
    sign_up::form,
    sign_up::submit,
    verification::form,
    verification::submit,
    recovery::forgot_form,
    recovery::forgot,
    recovery::reset_form,
    recovery::reset
))]
pub struct Api;

/// The routes under `/auth`.
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/auth/sign-in", get(sign_in::form).post(sign_in::submit))
        .route("/auth/sign-out", post(sign_in::sign_out))
        .route("/auth/sign-up", get(sign_up::form).post(sign_up::submit))
        .route("/auth/verify", get(verification::form).post(verification::submit))
        .route("/auth/forgot", get(recovery::forgot_form).post(recovery::forgot))
        .route("/auth/reset", get(recovery::reset_form).post(recovery::reset));
    web::serve(routes, app)
}

/// One answer to every link that is used, too old, of before a new password, or was never sent.
pub(crate) fn dead_link() -> Problem {
    let text = "It was used already, it is too old, or the password was changed after it was sent.";
    Problem::new(StatusCode::GONE, "This link does not work any more", text)
        .at("/auth/forgot", "Send me a link for a new password")
}

/// Said where a new password comes with the first proof of the address.
pub(crate) const STARTS_EMPTY: &str = "The name, telephone number, addresses and cart of this account were removed: \
    somebody else may have entered them before you confirmed your address. \
    Orders to other e-mail addresses are no longer part of it.";

/// A link that was used, or a password that was changed, a moment ago.
pub(crate) fn not_renewed(error: RenewError) -> Problem {
    match error {
        RenewError::OutOfDate => dead_link(),
        RenewError::Store(error) => error.into(),
    }
}

/// A link's secret, from its query.
#[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Link {
    /// The secret in the link.
    pub(crate) token: String,
}
