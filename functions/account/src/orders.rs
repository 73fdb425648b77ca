use axum::extract::{Path, Query};
use domain::{
    order::{Actor, Order},
    text::OrderNumber,
};
use render::views::account::{OrderRow, OrdersPage};
use serde::Deserialize;
use web::{Answer, Problem, Visit, api, orders};

const LIST: &str = "/account/orders";

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Start {
    /// Position of the page, from the page before.
    start: String,
}

#[utoipa::path(
    get,
    path = "/account/orders",
    operation_id = "account_orders_list",
    params(Start),
    responses(api::Page<OrdersPage>, api::SignInFirst)
)]
pub(crate) async fn list(visit: Visit, Query(query): Query<Start>) -> Answer {
    let session = visit.signed_in()?;
    let start = visit.position(LIST, &query.start)?;
    let page = visit.app.store.orders_of(&session.customer, start.as_deref(), 20).await?;
    let view = OrdersPage {
        orders: page.items.iter().map(OrderRow::from).collect(),
        next: page.next.map(|next| format!("{LIST}?start={}", visit.seal_position(LIST, &next))),
    };
    visit.page(&view).await
}

#[utoipa::path(
    get,
    path = "/account/orders/{number}",
    operation_id = "account_orders_show",
    params(("number" = String, Path)),
    responses(api::Page<render::views::checkout::OrderPage>, api::SignInFirst, api::NotFound)
)]
pub(crate) async fn show(visit: Visit, Path(number): Path<String>) -> Answer {
    let order = own_order(&visit, &number).await?;
    let page = orders::page(&visit.app, order, "/account/orders").await?;
    visit.page(&page).await
}

#[utoipa::path(
    get,
    path = "/account/orders/{number}/cancel",
    operation_id = "account_orders_confirm_cancel",
    params(("number" = String, Path)),
    responses(api::Page<render::views::general::Confirm>, api::SignInFirst, api::NotFound, api::Conflict)
)]
pub(crate) async fn confirm_cancel(visit: Visit, Path(number): Path<String>) -> Answer {
    let order = own_order(&visit, &number).await?;
    let confirm = orders::confirm_cancel(&order, "/account/orders")?;
    visit.page(&confirm).await
}

#[utoipa::path(
    post,
    path = "/account/orders/{number}/cancel",
    operation_id = "account_orders_cancel",
    params(("number" = String, Path)),
    responses(api::SeeOther, api::SignInFirst, api::NotFound, api::Conflict)
)]
pub(crate) async fn cancel(mut visit: Visit, Path(number): Path<String>) -> Answer {
    let order = own_order(&visit, &number).await?;
    let path = format!("/account/orders/{}", order.number);
    orders::cancel(&visit.app.store, order, Actor::Shopper).await?;
    visit.notice("The order is cancelled.");
    visit.see_other(&path)
}

/// An order of who is signed in; any other one is not there.
async fn own_order(visit: &Visit, number: &str) -> Result<Order, Problem> {
    let session = visit.signed_in()?;
    let number: OrderNumber = number.parse().map_err(|_| Problem::not_found())?;
    let order = visit.app.store.order(&number).await?;
    order.filter(|o| o.customer.as_ref() == Some(&session.customer)).ok_or_else(Problem::not_found)
}
