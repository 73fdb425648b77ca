//! Orders that are not paid in time give their stock and coupon back, exactly once, and the shopper is told.

#![allow(clippy::missing_errors_doc, reason = "the error types say it")]

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
    let days = settings.payment_days;
    let (mut sweep, mut next) = (Sweep::default(), None);
    loop {
        let page = store.pending_orders_before(now.plus_days(-i64::from(days)), next.as_deref()).await?;
        for order in page.items.into_iter().filter(|order| order.pay_by(days).is_some_and(|last| last <= now)) {
            sweep.note(&order.number, expire(store, &order.number, days, now).await)?;
        }
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    if sweep.expired > 0 {
        telemetry::count(Metric::OrdersExpired, sweep.expired);
    }
    tracing::info!(expired = sweep.expired, "unpaid orders were swept");
    Ok(sweep.expired)
}

/// How far a sweep is.
#[derive(Default)]
struct Sweep {
    expired: u64,
    /// Orders in a row that met an unavailable table.
    unavailable: u32,
}

impl Sweep {
    /// Notes what became of an order. Returns the error that ends the sweep.
    fn note(&mut self, number: &OrderNumber, done: Result<bool, StoreError>) -> Result<(), StoreError> {
        match done {
            Ok(done) => *self = Self { expired: self.expired + u64::from(done), unavailable: 0 },
            Err(error) if error.is_outage() && self.unavailable + 1 == GIVE_UP_AFTER => return Err(error),
            Err(error) => {
                self.unavailable += u32::from(error.is_outage());
                telemetry::count(Metric::PassedOver, 1);
                tracing::error!(%number, %error, "an unpaid order cannot be cancelled and is passed over");
            }
        }
        Ok(())
    }
}

/// Cancels an order if it is still unpaid: the list may be a moment behind.
async fn expire(store: &Store, number: &OrderNumber, payment_days: u16, now: Timestamp) -> Result<bool, StoreError> {
    let found = store.order(number).await?.filter(|order| order.pay_by(payment_days).is_some_and(|last| last <= now));
    let Some(mut order) = found else { return Ok(false) };
    if order.advance(OrderStatus::Cancelled, Actor::Shop, now).is_err() {
        return Ok(false);
    }
    let mail = Mail::new(MailKind::OrderExpired { number: order.number.clone() }, order.email.clone());
    match store.save_move(&order, Some(&mail)).await {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => Ok(false),
        Err(error) => Err(error),
    }
}
