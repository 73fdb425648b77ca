use axum::extract::{Path, Query};
use domain::{
    order::{Actor, Order, OrderStatus, OrderSummary},
    text::{OrderNumber, capital},
};
use render::views::{
    Choice,
    account::OrderRow,
    admin::{AdminOrder, AdminOrders},
};
use serde::Deserialize;
use store::{Page, Store, StoreError};
use web::{Answer, Input, Problem, Visit, api, orders};

const LIST: &str = "/admin/orders";
const PAGE: usize = 50;

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only orders with this status.
    status: String,
    /// Position of the page among all orders, from the page before.
    after: String,
    /// Position of the page among those with the status, from the page before.
    start: String,
}

/// The list that is asked for, and where in it.
struct Asked {
    status: Option<OrderStatus>,
    address: String,
    position: Option<String>,
}

impl Filter {
    fn asked(&self, visit: &Visit) -> Result<Asked, Problem> {
        let status = OrderStatus::ALL.into_iter().find(|s| s.as_str() == self.status);
        if status.is_none() && !self.status.is_empty() {
            return Err(Problem::malformed("This status does not exist. Please choose one from the list."));
        }
        let address = status.map_or_else(|| LIST.to_owned(), |status| format!("{LIST}?status={status}"));
        // A list takes its own positions alone, not those of the other parameter.
        let (given, foreign) = if status.is_some() { (&self.start, &self.after) } else { (&self.after, &self.start) };
        if !foreign.is_empty() {
            return Err(StoreError::Position.into());
        }
        let position = visit.position(&address, given)?;
        Ok(Asked { status, address, position })
    }
}

impl Asked {
    async fn read(&self, store: &Store) -> Result<Page<OrderSummary>, StoreError> {
        match self.status {
            Some(status) => store.orders_with_status(status, self.position.as_deref(), PAGE).await,
            None => store.orders(self.position.as_deref(), PAGE).await,
        }
    }

    /// The address of the page that begins here.
    fn page_at(&self, visit: &Visit, position: &str) -> String {
        let sealed = visit.seal_position(&self.address, position);
        let parameter = if self.status.is_some() { "&start" } else { "?after" };
        format!("{}{parameter}={sealed}", self.address)
    }
}

fn choices(chosen: Option<OrderStatus>) -> Vec<Choice> {
    let choice = |value: &str, label: &str, selected| Choice { value: value.to_owned(), label: label.to_owned(), selected };
    let all = std::iter::once(choice("", "All", chosen.is_none()));
    all.chain(OrderStatus::ALL.map(|s| choice(s.as_str(), &capital(s.as_str()), chosen == Some(s)))).collect()
}

#[utoipa::path(
    get,
    path = "/admin/orders",
    operation_id = "admin_orders_list",
    params(Filter),
    responses(api::Page<AdminOrders>, api::NotFound)
)]
pub(crate) async fn list(mut visit: Visit, Query(filter): Query<Filter>) -> Answer {
    let store = visit.app.store.clone();
    let asked = match filter.asked(&visit) {
        Ok(asked) => asked,
        Err(problem) => {
            visit.staff().await?;
            return Err(problem);
        }
    };
    let (_, found) = visit.staff_reading(asked.read(&store)).await?;
    let next = found.next.map(|next| asked.page_at(&visit, &next));
    let orders = found.items.iter().map(OrderRow::from).collect();
    visit.page(&AdminOrders { statuses: choices(asked.status), orders, next }).await
}

#[utoipa::path(
    get,
    path = "/admin/orders/{number}",
    operation_id = "admin_orders_show",
    params(("number" = String, Path)),
    responses(api::Page<AdminOrder>, api::NotFound)
)]
pub(crate) async fn show(mut visit: Visit, Path(number): Path<String>) -> Answer {
    let order = find_order(&mut visit, &number).await?;
    visit.page(&page(order)).await
}

/// The move, and the version of the order that was seen.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct MoveInput {
    status: OrderStatus,
    #[serde(deserialize_with = "web::text")]
    #[schema(value_type = api::TextOrNumber)]
    version: String,
}

impl MoveInput {
    /// Whether it is the last move that the order has made: the same form comes again where its answer was lost.
    fn was_carried_out(&self, order: &Order, by: &Actor) -> bool {
        let last = order.timeline.last().is_some_and(|last| last.status == self.status && last.by == *by);
        last && self.version == (order.version - 1).to_string()
    }
}

#[utoipa::path(
    post,
    path = "/admin/orders/{number}/status",
    operation_id = "admin_orders_advance",
    params(("number" = String, Path)),
    request_body = MoveInput,
    responses(api::SeeOther, api::NotFound, api::Conflict)
)]
pub(crate) async fn advance(mut visit: Visit, Path(number): Path<String>, input: Result<Input<MoveInput>, Problem>) -> Answer {
    let staff = visit.staff().await?;
    let order = find_order(&mut visit, &number).await?;
    let Input(input) = input?;
    let (path, by) = (format!("/admin/orders/{}", order.number), Actor::Staff(staff.customer));
    if !input.was_carried_out(&order, &by) {
        if input.version != order.version.to_string() {
            return Err(StoreError::Conflict.into());
        }
        orders::advance(&visit.app.store, order, input.status, by).await?;
    }
    visit.notice(&format!("The order is {} now.", input.status));
    visit.see_other(&path)
}

#[utoipa::path(
    get,
    path = "/admin/orders/{number}/cancel",
    operation_id = "admin_orders_confirm_cancel",
    params(("number" = String, Path)),
    responses(api::Page<render::views::general::Confirm>, api::NotFound, api::Conflict)
)]
pub(crate) async fn confirm_cancel(mut visit: Visit, Path(number): Path<String>) -> Answer {
    let order = find_order(&mut visit, &number).await?;
    visit.page(&orders::confirm_cancel(&order, "/admin/orders")?).await
}

#[utoipa::path(
    post,
    path = "/admin/orders/{number}/cancel",
    operation_id = "admin_orders_cancel",
    params(("number" = String, Path)),
    responses(api::SeeOther, api::NotFound, api::Conflict)
)]
pub(crate) async fn cancel(mut visit: Visit, Path(number): Path<String>) -> Answer {
    let staff = visit.staff().await?;
    let order = find_order(&mut visit, &number).await?;
    let path = format!("/admin/orders/{}", order.number);
    orders::cancel(&visit.app.store, order, Actor::Staff(staff.customer)).await?;
    visit.notice("The order is cancelled. Its stock and coupon are available again.");
    visit.see_other(&path)
}

async fn find_order(visit: &mut Visit, number: &str) -> Result<Order, Problem> {
    let store = visit.app.store.clone();
    let number: Option<OrderNumber> = number.parse().ok();
    let read = async {
        match &number {
            Some(number) => store.order(number).await,
            None => Ok(None),
        }
    };
    let (_, order) = visit.staff_reading(read).await?;
    order.ok_or_else(Problem::not_found)
}

fn page(order: Order) -> AdminOrder {
    let label = |to: OrderStatus| match to {
        OrderStatus::Processing => "Start packing",
        OrderStatus::Shipped => "Mark as shipped",
        OrderStatus::Delivered => "Mark as delivered",
        OrderStatus::Pending | OrderStatus::Cancelled => "",
    };
    let moves = order.status.next().filter(|to| *to != OrderStatus::Cancelled).map(|to| Choice {
        value: to.as_str().to_owned(),
        label: label(to).to_owned(),
        selected: false,
    });
    AdminOrder {
        address: order.address.lines(),
        moves: moves.collect(),
        cancel: order.is_cancellable().then(|| format!("/admin/orders/{}/cancel", order.number)),
        order,
    }
}
