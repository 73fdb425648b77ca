//! What the account, a guest's look-up and the back office do with an order.

use crate::{App, Problem, payment};
use domain::{
    order::{Actor, Order, OrderStatus},
    text::capital,
};
use render::views::{checkout::OrderPage, general::Confirm};
use store::Store;

/// An order's page; `base` is the list it belongs to.
///
/// # Errors
///
/// The problem of settings that cannot be read.
pub async fn page(app: &App, order: Order, base: &str) -> Result<OrderPage, Problem> {
    let settings = app.settings.get().await?;
    Ok(OrderPage {
        address: order.address.lines(),
        placed: false,
        cancel: order.is_cancellable().then(|| format!("{base}/{}/cancel", order.number)),
        payment: payment::instructions(&order, &settings),
        owed: order.amount_owed(),
        offer_account: false,
        order: order.into(),
    })
}

/// Asks before an order is cancelled. Of one that is cancelled already it says so, and leads back to it.
///
/// # Errors
///
/// 409 when the order cannot be cancelled any more.
pub fn confirm_cancel(order: &Order, base: &str) -> Result<Confirm, Problem> {
    let cancelled = order.status == OrderStatus::Cancelled;
    if !cancelled {
        check_cancellable(order)?;
    }
    let number = &order.number;
    let (heading, text, button) = if cancelled {
        (format!("Order {number} is cancelled"), "It will not be sent.", "Show the order")
    } else {
        (format!("Cancel order {number}?"), "It will not be sent. This cannot be undone.", "Cancel the order")
    };
    Ok(Confirm {
        heading,
        text: text.to_owned(),
        action: format!("{base}/{}/cancel", order.number),
        button: button.to_owned(),
        back: format!("{base}/{}", order.number),
        fields: Vec::new(),
    })
}

/// Cancels an order for who asks. An order that is cancelled by then, by whomever, is what was asked for; one that made another
/// move at the same time is looked at anew, and the answer says where it is now.
///
/// # Errors
///
/// 409 when the order cannot be cancelled any more or others change it all the time, 404 when it is gone, or the table's problem.
pub async fn cancel(store: &Store, order: Order, by: Actor) -> Result<Order, Problem> {
    let (read, by) = (&order, &by);
    store::retry(|attempt| async move {
        let mut order = match attempt {
            0 => read.clone(),
            _ => store.order(&read.number).await?.ok_or_else(Problem::not_found)?,
        };
        if order.status != OrderStatus::Cancelled {
            check_cancellable(&order)?;
            order.advance(OrderStatus::Cancelled, by.clone(), clock::now()).map_err(|e| refused(&e))?;
            store.save_move(&order, None).await?;
        }
        Ok(order)
    })
    .await
}

/// Makes a move and keeps it. A move the rules do not have, or one that came second, is a conflict.
///
/// # Errors
///
/// 409 when the rules do not have the move or somebody else was first, or the table's problem.
pub async fn advance(store: &Store, mut order: Order, to: OrderStatus, by: Actor) -> Result<Order, Problem> {
    order.advance(to, by, clock::now()).map_err(|e| refused(&e))?;
    store.save_move(&order, None).await?;
    Ok(order)
}

fn check_cancellable(order: &Order) -> Result<(), Problem> {
    if order.is_cancellable() {
        return Ok(());
    }
    Err(Problem::conflict(format!("The order is {} and cannot be cancelled any more.", order.status)))
}

fn refused(error: &impl ToString) -> Problem {
    Problem::conflict(format!("{}.", capital(&error.to_string())))
}
