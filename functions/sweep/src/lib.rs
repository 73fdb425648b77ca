//! Orders that are not paid in time give their stock and coupon back, exactly once, and the shopper is told.

use domain::{
    order::{Actor, OrderStatus},
    text::OrderNumber,
    timestamp::Timestamp,
};
use lambda::{Metric, telemetry};
use store::{
    Store, StoreError,
    mail::{Mail, MailKind},
};

/// So many orders in a row that meet an unavailable table end the sweep: the next one goes on.
const GIVE_UP_AFTER: u32 = 3;

/// Cancels every order whose payment is overdue. Returns how many. One that makes another move at the same time is left alone.
/// One that cannot be read or cancelled keeps no other from it: it is logged and counted, and the sweep goes on.
pub async fn expire_unpaid(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    // A table that nobody has set up has no orders.
    let Some(settings) = store.settings().await? else { return Ok(0) };
    let (mut expired, mut unavailable, mut next) = (0, 0, None);
    loop {
        let placed_before = now.plus_days(-i64::from(settings.payment_days));
        let page = store.pending_orders_before(placed_before, next.as_deref()).await?;
        for order in page.items {
            if order.pay_by(settings.payment_days).is_none_or(|last| last > now) {
                continue;
            }
            let number = order.number;
            match expire(store, &number, settings.payment_days, now).await {
                Ok(done) => (expired, unavailable) = (expired + u64::from(done), 0),
                Err(error) if error.is_outage() && unavailable + 1 == GIVE_UP_AFTER => return Err(error),
                Err(error) => {
                    unavailable += u32::from(error.is_outage());
                    telemetry::count(Metric::PassedOver, 1);
                    tracing::error!(%number, %error, "an unpaid order cannot be cancelled and is passed over");
                }
            }
        }
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    if expired > 0 {
        telemetry::count(Metric::OrdersExpired, expired);
    }
    tracing::info!(expired, "unpaid orders were swept");
    Ok(expired)
}

/// Cancels an order if it is still unpaid: the list may be a moment behind.
async fn expire(store: &Store, number: &OrderNumber, payment_days: u16, now: Timestamp) -> Result<bool, StoreError> {
    let found = store.order(number).await?.filter(|order| order.pay_by(payment_days).is_some_and(|last| last <= now));
    let Some(mut order) = found else { return Ok(false) };
    if order.advance(OrderStatus::Cancelled, Actor::Shop, now).is_err() {
        return Ok(false);
    }
    let mail = Mail::new(MailKind::OrderExpired, order.email.clone()).with("number", &order.number);
    match store.save_move(&order, Some(&mail)).await {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => Ok(false),
        Err(error) => Err(error),
    }
}
