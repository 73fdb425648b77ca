//! What the account, a guest's look-up and the back office do with an order.

use crate::{App, Problem, payment::provider};
use domain::order::{Actor, Order, OrderStatus};
use render::views::{checkout::OrderPage, general::Confirm};
use store::Store;

/// An order's page; `base` is the list it belongs to.
pub async fn page(app: &App, order: Order, base: &str) -> Result<OrderPage, Problem> {
    let settings = app.settings.get().await?;
    Ok(OrderPage {
        address: order.address.lines(),
        placed: false,
        cancel: order.is_cancellable().then(|| format!("{base}/{}/cancel", order.number)),
        payment: provider(order.payment_method).instructions(&order, &settings),
        offer_account: false,
        order: order.into(),
    })
}

/// Asks before an order is cancelled.
pub fn confirm_cancel(order: &Order, base: &str) -> Result<Confirm, Problem> {
    if !order.is_cancellable() {
        return Err(Problem::conflict(format!("The order is {} and cannot be cancelled any more.", order.status)));
    }
    Ok(Confirm {
        heading: format!("Cancel order {}?", order.number),
        text: "Nothing of it will be sent. This cannot be undone.".to_owned(),
        action: format!("{base}/{}/cancel", order.number),
        button: "Cancel the order".to_owned(),
        back: format!("{base}/{}", order.number),
        fields: Vec::new(),
    })
}

/// Makes a move and keeps it. A move the rules do not have, or one that came second, is a conflict.
pub async fn advance(store: &Store, mut order: Order, to: OrderStatus, by: Actor) -> Result<Order, Problem> {
    order.advance(to, by, store::now()).map_err(|e| Problem::conflict(format!("{}.", capital(&e.to_string()))))?;
    store.save_move(&order, None).await?;
    Ok(order)
}

/// A sentence's first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
