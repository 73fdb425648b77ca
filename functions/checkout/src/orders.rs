//! An order's page for who placed it as a guest, and for who has just placed it.

use axum::extract::Path;
use domain::{
    order::{Actor, Order, OrderStatus},
    text::{Email, OrderNumber},
};
use http::StatusCode;
use render::views::{
    Form,
    checkout::{LookupInput, LookupPage},
};
use web::{Answer, Input, Problem, Visit, api, cookies, orders};

/// A guest sees an order this long without asking for it again.
const ORDER_COOKIE_SECONDS: i64 = 30 * 24 * 3600;
/// How many orders a browser sees at most, those it saw last.
const ORDERS_SEEN: usize = 20;
/// Between their numbers in the cookie.
const BETWEEN: &str = "_";
const LOOK_UPS_PER_SOURCE: u32 = 100;
const WINDOW_SECONDS: i64 = 15 * 60;

/// On to the done page, which the browser may see from now on.
pub(crate) fn placed(mut visit: Visit, number: &OrderNumber) -> Answer {
    remember(&mut visit, number);
    visit.set_cart_count(0);
    visit.created(&format!("/checkout/done/{number}"), "number", number.as_str())
}

#[utoipa::path(
    get,
    path = "/checkout/done/{number}",
    operation_id = "checkout_orders_done",
    params(("number" = String, Path)),
    responses(api::Page<render::views::checkout::OrderPage>, api::NotFound)
)]
pub(crate) async fn done(visit: Visit, Path(number): Path<String>) -> Answer {
    let order = own_order(&visit, &number).await?;
    let mut page = orders::page(&visit.app, order, "/orders").await?;
    page.placed = page.order.status == OrderStatus::Pending;
    page.offer_account = visit.caller.session.is_none();
    visit.page(&page).await
}

#[utoipa::path(
    get,
    path = "/orders",
    operation_id = "checkout_orders_form",
    responses(api::Page<LookupPage>)
)]
pub(crate) async fn form(visit: Visit) -> Answer {
    visit.page(&LookupPage { form: Form::default() }).await
}

/// A wrong pair is answered as an unknown one.
#[utoipa::path(
    post,
    path = "/orders",
    operation_id = "checkout_orders_find",
    request_body = LookupInput,
    responses(api::SeeOther, api::NotFound, api::TooMany)
)]
pub(crate) async fn find(mut visit: Visit, Input(input): Input<LookupInput>) -> Answer {
    let source = format!("look-up source {}", visit.source());
    if visit.app.store.count_attempt(&source, WINDOW_SECONDS).await? > LOOK_UPS_PER_SOURCE {
        return Err(Problem::too_many(WINDOW_SECONDS));
    }
    let order = match (input.number.parse::<OrderNumber>(), input.email.parse::<Email>()) {
        (Ok(number), Ok(email)) => visit.app.store.order(&number).await?.filter(|o| o.email == email),
        _ => None,
    };
    let Some(order) = order else {
        let mut form = Form::new(input);
        form.refuse("number", "does not belong to an order with this e-mail address");
        return visit.page_with(StatusCode::NOT_FOUND, &LookupPage { form }).await;
    };
    remember(&mut visit, &order.number);
    visit.see_other(&format!("/orders/{}", order.number))
}

#[utoipa::path(
    get,
    path = "/orders/{number}",
    operation_id = "checkout_orders_show",
    params(("number" = String, Path)),
    responses(api::Page<render::views::checkout::OrderPage>, api::NotFound)
)]
pub(crate) async fn show(visit: Visit, Path(number): Path<String>) -> Answer {
    let order = own_order(&visit, &number).await?;
    let page = orders::page(&visit.app, order, "/orders").await?;
    visit.page(&page).await
}

#[utoipa::path(
    get,
    path = "/orders/{number}/cancel",
    operation_id = "checkout_orders_confirm_cancel",
    params(("number" = String, Path)),
    responses(api::Page<render::views::general::Confirm>, api::NotFound, api::Conflict)
)]
pub(crate) async fn confirm_cancel(visit: Visit, Path(number): Path<String>) -> Answer {
    let order = own_order(&visit, &number).await?;
    visit.page(&orders::confirm_cancel(&order, "/orders")?).await
}

#[utoipa::path(
    post,
    path = "/orders/{number}/cancel",
    operation_id = "checkout_orders_cancel",
    params(("number" = String, Path)),
    responses(api::SeeOther, api::NotFound, api::Conflict)
)]
pub(crate) async fn cancel(mut visit: Visit, Path(number): Path<String>) -> Answer {
    let order = own_order(&visit, &number).await?;
    let path = format!("/orders/{}", order.number);
    orders::cancel(&visit.app.store, order, Actor::Shopper).await?;
    visit.notice("The order is cancelled.");
    visit.see_other(&path)
}

/// Lets the browser see an order from now on, beside those that it sees already.
fn remember(visit: &mut Visit, number: &OrderNumber) {
    let mut seen = seen_orders(visit);
    seen.retain(|other| other != number);
    seen.insert(0, number.clone());
    seen.truncate(ORDERS_SEEN);
    let numbers: Vec<&str> = seen.iter().map(OrderNumber::as_str).collect();
    let sealed = visit.app.keys.get().seal(&numbers.join(BETWEEN));
    visit.cookies.set(cookies::ORDER, sealed, ORDER_COOKIE_SECONDS);
}

/// The orders that the browser's sealed cookie names, the one seen last first.
fn seen_orders(visit: &Visit) -> Vec<OrderNumber> {
    let keys = visit.app.keys.get();
    let numbers = visit.cookies.get(cookies::ORDER).and_then(|sealed| keys.unseal(sealed)).unwrap_or_default();
    numbers.split(BETWEEN).filter_map(|number| number.parse().ok()).collect()
}

/// An order that the browser's sealed cookie names, or one of who is signed in. Any other one is not there.
async fn own_order(visit: &Visit, number: &str) -> Result<Order, Problem> {
    let number: OrderNumber = number.parse().map_err(|_| Problem::not_found())?;
    let looked_up = seen_orders(visit).contains(&number);
    let signed_in = visit.caller.session.as_ref().map(|s| &s.customer);
    if !looked_up && signed_in.is_none() {
        return Err(Problem::not_found());
    }
    let order = visit.app.store.order(&number).await?;
    order.filter(|o| looked_up || (o.customer.is_some() && o.customer.as_ref() == signed_in)).ok_or_else(Problem::not_found)
}
