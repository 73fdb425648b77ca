//! The back office. Every request checks the session's record; to anybody without the role for it, nothing is here.

mod categories;
mod home;
mod orders;
mod products;

use axum::{
    Router,
    routing::{get, post},
};
use domain::customer::Area;
use std::sync::Arc;
use web::App;

/// The routes as an OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(
    home::show,
    products::list,
    products::new_form,
    products::create,
    products::form,
    products::update,
    products::confirm_delete,
    products::delete,
    categories::list,
    categories::new_form,
    categories::create,
    categories::form,
    categories::update,
    categories::confirm_delete,
    categories::delete,
    orders::list,
    orders::show,
    orders::advance,
    orders::confirm_cancel,
    orders::cancel
))]
pub struct Api;

/// The routes under `/admin`, by the part of the back office that they belong to.
pub fn router(app: Arc<App>) -> Router {
    let everybody = Router::new().route("/admin", get(home::show));
    let catalogue = Router::new()
        .route("/admin/products", get(products::list).post(products::create))
        .route("/admin/products/new", get(products::new_form))
        .route("/admin/products/{id}", get(products::form).post(products::update))
        .route("/admin/products/{id}/delete", get(products::confirm_delete).post(products::delete))
        .route("/admin/categories", get(categories::list).post(categories::create))
        .route("/admin/categories/new", get(categories::new_form))
        .route("/admin/categories/{id}", get(categories::form).post(categories::update))
        .route("/admin/categories/{id}/delete", get(categories::confirm_delete).post(categories::delete));
    let orders = Router::new()
        .route("/admin/orders", get(orders::list))
        .route("/admin/orders/{number}", get(orders::show))
        .route("/admin/orders/{number}/status", post(orders::advance))
        .route("/admin/orders/{number}/cancel", get(orders::confirm_cancel).post(orders::cancel));
    web::serve_staff([(None, everybody), (Some(Area::Catalogue), catalogue), (Some(Area::Orders), orders)], app)
}
