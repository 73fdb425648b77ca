//! Placing an order: one read, one transaction.

use crate::{empty, orders, review, step_of};
use domain::{
    money::Money,
    order::{Incomplete, Order},
    quote::Quote,
    text::{IdempotencyKey, OrderNumber},
};
use serde::Deserialize;
use std::time::{Duration, Instant};
use store::{
    cart::CartKey,
    mail::{Mail, MailKind},
    order::{PlaceError, Placement, Refusal},
};
use web::{
    Answer, Input, Metric, Problem, Visit, api,
    payment::provider,
    telemetry::{count, count_by_reason},
};

/// How long contention is waited out.
const PATIENCE: Duration = Duration::from_secs(4);

/// The review's form, or an API client's order.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct PlaceInput {
    /// The form's own key; API clients send the header `Idempotency-Key`.
    #[serde(default)]
    idempotency_key: String,
    /// The total the shopper agreed to.
    seen_total: String,
}

#[utoipa::path(
    post,
    path = "/checkout/place",
    operation_id = "checkout_place_submit",
    params(("idempotency-key" = Option<String>, Header, description = "1 to 255 visible ASCII characters")),
    request_body = PlaceInput,
    responses(api::Created, api::Conflict, api::Invalid)
)]
pub(crate) async fn submit(visit: Visit, Input(input): Input<PlaceInput>) -> Answer {
    let app = visit.app.clone();
    let key = key_of(&visit, &input)?;
    let seen: Money = input.seen_total.parse().map_err(|e| Problem::unprocessable(format!("seen_total {e}.")))?;
    let of = visit.cart_key().ok_or_else(empty)?;
    let fingerprint = store::sha256_hex(&format!("seen_total={}", seen.amount().normalize()));
    let mut read = app.store.read_for_placing(&of, &key).await?;
    if let Some((number, first)) = read.earlier {
        return replay(visit, &number, first == fingerprint);
    }
    let now = store::now();
    let refusal = read.cart.recheck_coupon(read.settings.currency, now);
    let quote = Quote::new(&read.cart, &read.settings, now);
    let customer = visit.caller.session.as_ref().map(|s| s.customer.clone()).or(read.cart.checkout.account.clone());
    let number = OrderNumber::from_bits(store::random_bits());
    let order = match Order::place(&read.cart, quote, number, customer, now) {
        Ok(order) => order,
        Err(Incomplete::Empty) => return Err(empty()),
        Err(missing) => {
            count_by_reason(Metric::OrdersRefused, "incomplete");
            return Err(Problem::conflict(sentence(missing)).at(step_of(missing), "Go on there"));
        }
    };
    if refusal.is_some() || order.quote.total != seen {
        count_by_reason(Metric::OrdersRefused, if refusal.is_some() { "coupon" } else { "total" });
        return review::refuse(visit, of, Vec::new(), seen).await;
    }
    let mail = Mail::new(MailKind::OrderPlaced, order.email.clone())
        .with("number", &order.number)
        .with("total", order.quote.currency.format(order.quote.total))
        .with("payment", provider(order.payment_method).instructions(&order, &read.settings));
    let placement = Placement {
        order: &order,
        cart: &of,
        cart_version: read.cart.version,
        coupon: read.cart.coupon.as_ref(),
        key: &key,
        fingerprint: &fingerprint,
        mail: &mail,
    };
    match app.store.place_order(&placement, Instant::now() + PATIENCE).await {
        Ok(()) => {
            count(Metric::Orders, 1);
            orders::placed(visit, &order.number)
        }
        Err(PlaceError::Replayed { number, fingerprint: first }) => replay(visit, &number, first == fingerprint),
        Err(PlaceError::Refused(refusals)) => {
            for refusal in &refusals {
                count_by_reason(Metric::OrdersRefused, reason(refusal));
            }
            forget_coupon(&visit, &of, &refusals).await?;
            review::refuse(visit, of, refusals.iter().map(|r| explain(r, &order)).collect(), seen).await
        }
        Err(PlaceError::Store(error)) => {
            count_by_reason(Metric::OrdersRefused, "unavailable");
            Err(error.into())
        }
    }
}

fn key_of(visit: &Visit, input: &PlaceInput) -> Result<IdempotencyKey, Problem> {
    let header = visit.headers.get("idempotency-key").map(|v| v.to_str().unwrap_or_default());
    let key = header.unwrap_or(&input.idempotency_key).parse();
    key.map_err(|e| Problem::unprocessable(format!("Idempotency-Key {e}.")))
}

/// The same request again: the first answer. Another request under the same key: refused.
fn replay(visit: Visit, number: &OrderNumber, same: bool) -> Answer {
    if same {
        return orders::placed(visit, number);
    }
    Err(Problem::unprocessable("This Idempotency-Key was used for another request."))
}

/// A coupon that does not count is taken off, so that the shopper can go on.
async fn forget_coupon(visit: &Visit, of: &CartKey, refusals: &[Refusal]) -> Result<(), Problem> {
    if refusals.iter().any(|r| matches!(r, Refusal::Coupon(_))) {
        let mut cart = visit.app.store.cart(of).await?;
        cart.coupon = None;
        visit.app.store.save_cart(of, &cart).await?;
    }
    Ok(())
}

/// The metric's word for it.
fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotEnoughStock { .. } => "stock",
        Refusal::PriceChanged { .. } => "price",
        Refusal::Unavailable { .. } => "withdrawn",
        Refusal::Coupon(_) => "coupon",
        Refusal::CartChanged => "cart",
    }
}

fn explain(refusal: &Refusal, order: &Order) -> String {
    let line = |sku| order.lines.iter().find(|l| &l.amounts.sku == sku);
    let name = |sku| line(sku).map_or_else(String::new, |l| l.name.to_string());
    let amount = |money| order.quote.currency.format(money);
    match refusal {
        Refusal::NotEnoughStock { sku, left: 0 } => format!("{} is sold out.", name(sku)),
        Refusal::NotEnoughStock { sku, left } => format!("Only {left} of {} left.", name(sku)),
        Refusal::PriceChanged { sku, now } => {
            let seen = line(sku).map_or(Money::ZERO, |l| l.amounts.unit_price);
            format!("The price of {} changed from {} to {}.", name(sku), amount(seen), amount(*now))
        }
        Refusal::Unavailable { sku } => format!("{} is not available any more.", name(sku)),
        Refusal::Coupon(refusal) => format!("The coupon was taken off: {refusal}."),
        Refusal::CartChanged => "Your cart changed, perhaps in another window.".to_owned(),
    }
}

fn sentence(missing: Incomplete) -> String {
    format!("{}.", web::orders::capital(&missing.to_string()))
}
