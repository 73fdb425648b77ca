use domain::{customer::Area, order::OrderStatus};
use render::views::{
    account::OrderRow,
    admin::{AdminHome, OrderWork},
};
use web::{Answer, Visit, api};

/// Counts go up to this; more is shown as `99+`.
const COUNTED: usize = 99;

#[utoipa::path(
    get,
    path = "/admin",
    operation_id = "admin_home_show",
    responses(api::Page<AdminHome>, api::NotFound)
)]
pub(crate) async fn show(mut visit: Visit) -> Answer {
    let store = visit.app.store.clone();
    let read = async {
        tokio::try_join!(
            store.orders(None, 10),
            store.count_orders(OrderStatus::Pending, COUNTED + 1),
            store.count_orders(OrderStatus::Processing, COUNTED + 1),
        )
    };
    let (_, (newest, pending, processing)) = visit.staff_reading(read).await?;
    let count = |items: usize| if items > COUNTED { format!("{COUNTED}+") } else { items.to_string() };
    let work = visit.may(Area::Orders).then(|| OrderWork {
        orders: newest.items.iter().map(OrderRow::from).collect(),
        pending: count(pending),
        processing: count(processing),
    });
    let page = AdminHome { work, sees_catalogue: visit.may(Area::Catalogue) };
    visit.page(&page).await
}
