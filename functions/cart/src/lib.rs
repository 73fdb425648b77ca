//! Guest and customer carts, and the coupon on them. Any change is one read and one write; looking writes nothing. This function
//! also answers what the site does not have, as the one that is most often warm.

mod coupon;
mod lines;
mod old_listing;

use axum::{
    Router,
    extract::Query,
    routing::{get, post},
};
use domain::{
    cart::{Cart, parse_quantity},
    order::Buyer,
    text::Sku,
};
use render::views::checkout::{CartPage, Removed};
use serde::Deserialize;
use std::sync::Arc;
use web::{Answer, App, Look, Visit, api};

/// The routes as an OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(show, lines::add, lines::change, coupon::apply, old_listing::show))]
pub struct Api;

/// The routes under `/cart`, and old listings of categories.
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/cart", get(show))
        .route("/cart/lines", post(lines::add))
        .route("/cart/lines/{sku}", post(lines::change))
        .route("/cart/coupon", post(coupon::apply))
        .route("/categories/{*listing}", get(old_listing::show));
    web::serve(routes, app)
}

/// A line that was removed just now, from the address it led to.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct JustRemoved {
    /// SKU of a line that was removed just now and can be put back.
    removed: String,
    /// How many there were.
    quantity: String,
}

#[utoipa::path(
    get,
    path = "/cart",
    operation_id = "cart_show",
    params(JustRemoved),
    responses(api::Page<CartPage>)
)]
async fn show(mut visit: Visit, Query(just): Query<JustRemoved>) -> Answer {
    let look = match visit.cart_key() {
        Some(of) => Look::read(&visit.app, &of).await?,
        None => Look::as_stored(&visit.app, Cart::new(ids::new_id()), Buyer::default()).await?,
    };
    visit.set_cart_count(look.cart.units());
    if visit.caller.has_ended() && visit.cart_key().is_none() {
        visit.say("You have been signed out. Sign in again to see the cart of your account.");
    }
    let mut page = look.page();
    page.removed = removed(&just, &look);
    visit.page(&page).await
}

fn removed(just: &JustRemoved, look: &Look) -> Option<Removed> {
    let sku: Sku = just.removed.parse().ok()?;
    let quantity = parse_quantity(&just.quantity, look.settings.cart).ok().filter(|q| *q > 0)?;
    look.cart.line(&sku).is_none().then(|| Removed { sku: sku.to_string(), quantity })
}
