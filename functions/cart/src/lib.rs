//! Guest and customer carts, and the coupon on them. Any change is one read and one write.

mod coupon;
mod lines;

use axum::{
    Router,
    extract::Query,
    routing::{get, post},
};
use domain::{
    cart::{Cart, parse_quantity},
    quote::Quote,
    settings::Settings,
    text::Sku,
};
use render::views::checkout::{CartPage, Removed};
use serde::Deserialize;
use std::sync::Arc;
use web::{Answer, App, Visit, api};

/// The routes as an OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(show, lines::add, lines::change, coupon::apply))]
pub struct Api;

/// The routes under `/cart`.
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/cart", get(show))
        .route("/cart/lines", post(lines::add))
        .route("/cart/lines/{sku}", post(lines::change))
        .route("/cart/coupon", post(coupon::apply));
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
    let settings = visit.app.settings.get().await?;
    let (cart, refusal) = match visit.cart_key() {
        Some(of) => visit.app.store.refreshed_cart(&of, settings.currency).await?,
        None => (Cart::new(store::new_id()), None),
    };
    visit.set_cart_count(cart.units());
    let mut page = page(&cart, &settings);
    page.removed = removed(&just, &cart, &settings);
    page.refused = refusal.map(|r| format!("The coupon was taken off: {r}."));
    visit.page(&page).await
}

fn removed(just: &JustRemoved, cart: &Cart, settings: &Settings) -> Option<Removed> {
    let sku: Sku = just.removed.parse().ok()?;
    let quantity = parse_quantity(&just.quantity, settings.cart).ok().filter(|q| *q > 0)?;
    cart.line(&sku).is_none().then(|| Removed { sku: sku.to_string(), quantity })
}

/// The cart's page, without anything that was refused.
pub(crate) fn page(cart: &Cart, settings: &Settings) -> CartPage {
    CartPage::new(cart, Quote::new(cart, settings, store::now()), settings.cart.quantity)
}
