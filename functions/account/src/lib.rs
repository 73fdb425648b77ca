//! The account: profile, address book, orders.

mod addresses;
mod orders;
mod profile;

use axum::{
    Router,
    routing::{get, post},
};
use domain::customer::Customer;
use std::sync::Arc;
use web::{App, Problem, Visit};

/// The routes as an OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(
    profile::home,
    profile::form,
    profile::submit,
    profile::change_password,
    profile::send_verification,
    addresses::list,
    addresses::new_form,
    addresses::create,
    addresses::form,
    addresses::update,
    addresses::confirm_delete,
    addresses::delete,
    orders::list,
    orders::show,
    orders::confirm_cancel,
    orders::cancel
))]
pub struct Api;

/// The routes under `/account`.
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/account", get(profile::home))
        .route("/account/profile", get(profile::form).post(profile::submit))
        .route("/account/password", post(profile::change_password))
        .route("/account/verification", post(profile::send_verification))
        .route("/account/addresses", get(addresses::list).post(addresses::create))
        .route("/account/addresses/new", get(addresses::new_form))
        .route("/account/addresses/{id}", get(addresses::form).post(addresses::update))
        .route("/account/addresses/{id}/delete", get(addresses::confirm_delete).post(addresses::delete))
        .route("/account/orders", get(orders::list))
        .route("/account/orders/{number}", get(orders::show))
        .route("/account/orders/{number}/cancel", get(orders::confirm_cancel).post(orders::cancel));
    web::serve(routes, app)
}

/// The account of who is signed in.
pub(crate) async fn own_account(visit: &Visit) -> Result<Customer, Problem> {
    let session = visit.signed_in()?;
    visit.app.store.customer(&session.customer).await?.ok_or_else(Problem::unauthorised)
}

/// Changes the account of who is signed in: reads it, changes it, writes it, and again from the reading when another window
/// wrote meanwhile. What `change` refuses is not written.
pub(crate) async fn change(visit: &Visit, change: impl Fn(&mut Customer) -> Result<(), Problem>) -> Result<(), Problem> {
    store::retry(|_| async {
        let mut customer = own_account(visit).await?;
        visit.may_change(&customer).await?;
        change(&mut customer)?;
        visit.app.store.update_customer(&customer).await?;
        Ok(())
    })
    .await
}
