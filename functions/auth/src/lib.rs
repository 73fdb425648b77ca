//! Signing up, in and out, proving an e-mail address, choosing a new password.
//!
//! Nothing here tells whether an address has an account: not the words, not the status, not the time taken.

mod recovery;
mod sign_in;
mod sign_up;

use axum::{Router, routing::get, routing::post};
use std::sync::Arc;
use web::App;

/// The routes as an OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(
    sign_in::form,
    sign_in::submit,
    sign_in::sign_out,
    sign_up::form,
    sign_up::submit,
    sign_up::confirm_verify,
    sign_up::verify,
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
        .route("/auth/verify", get(sign_up::confirm_verify).post(sign_up::verify))
        .route("/auth/forgot", get(recovery::forgot_form).post(recovery::forgot))
        .route("/auth/reset", get(recovery::reset_form).post(recovery::reset));
    web::serve(routes, app)
}

/// A link's secret, from its query.
#[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Link {
    /// The secret in the link.
    pub(crate) token: String,
}
