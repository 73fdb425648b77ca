//! Placing an order: one read, one transaction. Where the stored cart does not give the total that the shopper saw, it is looked
//! at once more before anything is refused: offers and coupon may have changed since the cart did.

use crate::{empty, fingerprint::Fingerprint, orders, review, step::Step, unanswered};
use domain::{
    cart::Cart,
    money::Money,
    order::Order,
    quote::SeenAmounts,
    settings::Settings,
    text::{IdempotencyKey, OrderNumber, Sku},
};
use serde::Deserialize;
use std::time::{Duration, Instant};
use store::{
    StoreError,
    cart::CartKey,
    mail::{Mail, MailKind},
    order::{ForPlacing, PlaceError, Placement, Refusal},
};
use web::{
    Answer, App, Input, Look, Metric, Problem, Visit, api,
    payment::instructions,
    telemetry::{count, count_by_reason},
};

/// How long contention is waited out.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often an order is tried that the table refuses and that still costs what the shopper saw.
const TRIES: usize = 3;

/// The review's form, or an API client's order.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct PlaceInput {
    /// The form's own key; API clients send the header `Idempotency-Key`.
    #[serde(default)]
    idempotency_key: String,
    /// The total the shopper agreed to.
    seen_total: String,
    /// The goods the shopper saw, so that a refusal names what changed. So are the next three.
    #[serde(default)]
    seen_goods: String,
    /// The discount the shopper saw.
    #[serde(default)]
    seen_discount: String,
    /// The price of shipping the shopper saw.
    #[serde(default)]
    seen_shipping: String,
    /// The tax the shopper saw.
    #[serde(default)]
    seen_tax: String,
}

impl PlaceInput {
    /// The amounts as the form sends them, by name.
    pub(crate) fn seen(&self) -> [(&'static str, &str); 5] {
        [
            ("seen_total", &self.seen_total),
            ("seen_goods", &self.seen_goods),
            ("seen_discount", &self.seen_discount),
            ("seen_shipping", &self.seen_shipping),
            ("seen_tax", &self.seen_tax),
        ]
    }
}

/// An order that is asked for.
struct Request {
    key: IdempotencyKey,
    of: CartKey,
    seen: SeenAmounts,
}

/// What became of the request.
enum Outcome {
    /// There is an order: this one, or that of the same request before.
    Placed(OrderNumber),
    /// The key was used for another request.
    KeyUsed(OrderNumber),
    /// The cart as it is does not become the order that the shopper saw; why the table refused it, in sentences.
    Refused(Box<Look>, Vec<String>),
}

/// What became of one try.
enum Tried {
    Done(Outcome),
    Refused(Vec<Refusal>),
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
    let request = Request::check(&visit, &input)?;
    match request.carry_out(&visit.app.clone()).await {
        Ok(Outcome::Placed(number)) => orders::placed(visit, &number),
        Ok(Outcome::KeyUsed(number)) => Err(key_used(&visit, &number)),
        Ok(Outcome::Refused(look, why)) => review::refuse(visit, &look, why, &request.seen).await,
        Err(error) if error.is_outage() => unanswered::page(visit, error, &request.key, &input).await,
        Err(error) => Err(error.into()),
    }
}

impl Request {
    fn check(visit: &Visit, input: &PlaceInput) -> Result<Self, Problem> {
        let header = visit.headers.get("idempotency-key").map(|v| v.to_str().unwrap_or_default());
        let key = header.unwrap_or(&input.idempotency_key).parse();
        let key = key.map_err(|e| Problem::malformed(format!("Idempotency-Key {e}.")))?;
        let refused = |name: &str, why: String| Problem::invalid([(name.to_owned(), why)].into());
        let amount = |name: &str, typed: &str| typed.parse::<Money>().map_err(|e| refused(name, e.to_string()));
        let part =
            |name: &str, typed: &str| Some(typed).filter(|typed| !typed.is_empty()).map(|typed| amount(name, typed)).transpose();
        let seen = SeenAmounts {
            total: amount("seen_total", &input.seen_total)?,
            goods: part("seen_goods", &input.seen_goods)?,
            discount: part("seen_discount", &input.seen_discount)?,
            shipping: part("seen_shipping", &input.seen_shipping)?,
            tax: part("seen_tax", &input.seen_tax)?,
        };
        Ok(Self { key, of: visit.own_cart()?.ok_or_else(empty)?, seen })
    }

    async fn carry_out(&self, app: &App) -> Result<Outcome, StoreError> {
        let ForPlacing { cart, buyer, earlier, settings } = self.read(app).await?;
        let fingerprint = Fingerprint::new(self.seen.total, &cart);
        if let Some((number, first)) = earlier {
            return Ok(repeated(&fingerprint, number, &first));
        }
        let stored = cart.clone();
        let settings = app.settings.renew(settings).await;
        let (mut look, mut why, mut looked) = (Look { cart, buyer, settings, news: None }, Vec::new(), false);
        for _ in 0..TRIES {
            if let Some(order) = self.order(&look) {
                match self.place(app, &look, stored.version, &order, &fingerprint).await? {
                    Tried::Done(outcome) => return Ok(outcome),
                    Tried::Refused(refusals) => why = explain(&refusals, &order),
                }
            } else if looked {
                break;
            }
            look = self.look(app, &stored, &look, &why).await?;
            looked = true;
        }
        if why.is_empty() {
            let complete = look.cart.is_orderable(look.settings.cart);
            count_by_reason(Metric::OrdersRefused, if complete { "total" } else { "incomplete" });
        }
        Ok(Outcome::Refused(Box::new(look), why))
    }

    /// Reads what placing needs. The same request at the same moment may have taken the cart between the reads of one answer:
    /// where there is nothing to order, its order is looked for once more.
    async fn read(&self, app: &App) -> Result<ForPlacing, StoreError> {
        let read = app.store.read_for_placing(&self.of, &self.key).await?;
        let nothing = read.cart.lines.is_empty() && read.earlier.is_none();
        if nothing { app.store.read_for_placing(&self.of, &self.key).await } else { Ok(read) }
    }

    /// The order, if the cart is complete and costs what the shopper saw.
    fn order(&self, look: &Look) -> Option<Order> {
        let quote = look.quote();
        if quote.total != self.seen.total {
            return None;
        }
        let number = OrderNumber::from_bits(ids::random_bits());
        Order::place(&look.cart, quote, &look.settings, number, &look.buyer, clock::now()).ok()
    }

    /// The cart as it is now; read anew when it changed meanwhile.
    async fn look(&self, app: &App, stored: &Cart, last: &Look, why: &[String]) -> Result<Look, StoreError> {
        if why.iter().any(|said| said == CART_CHANGED) {
            return Look::read(app, &self.of).await;
        }
        Look::at(app, stored.clone(), last.buyer.clone()).await
    }

    async fn place(
        &self,
        app: &App,
        look: &Look,
        cart_version: u64,
        order: &Order,
        fingerprint: &Fingerprint,
    ) -> Result<Tried, StoreError> {
        let mail = mail_of(order, &look.settings);
        let placement = Placement {
            order,
            cart: &self.of,
            cart_version,
            coupon: look.cart.coupon.as_ref(),
            key: &self.key,
            fingerprint: &fingerprint.text(),
            mail: &mail,
        };
        match app.store.place_order(&placement, Instant::now() + PATIENCE).await {
            Ok(()) => {
                count(Metric::Orders, 1);
                Ok(Tried::Done(Outcome::Placed(order.number.clone())))
            }
            Err(PlaceError::Replayed { number, fingerprint: first }) => Ok(Tried::Done(repeated(fingerprint, number, &first))),
            Err(PlaceError::Refused(refusals)) => {
                for refusal in &refusals {
                    count_by_reason(Metric::OrdersRefused, reason(refusal));
                }
                Ok(Tried::Refused(refusals))
            }
            Err(PlaceError::Store(error)) => self.after_failure(app, error, fingerprint).await.map(Tried::Done),
        }
    }

    /// When the table's answer was lost, the order may be there: the key is looked up before the shopper is told anything.
    async fn after_failure(&self, app: &App, error: StoreError, fingerprint: &Fingerprint) -> Result<Outcome, StoreError> {
        if let Ok(ForPlacing { earlier: Some((number, first)), .. }) = app.store.read_for_placing(&self.of, &self.key).await {
            return Ok(repeated(fingerprint, number, &first));
        }
        count_by_reason(Metric::OrdersRefused, "unavailable");
        Err(error)
    }
}

/// What tells the shopper.
fn mail_of(order: &Order, settings: &Settings) -> Mail {
    let kind = MailKind::OrderPlaced {
        number: order.number.clone(),
        total: order.quote.currency.format(order.quote.total),
        payment: instructions(order, settings),
    };
    Mail::new(kind, order.email.clone())
}

/// The same request again: the first answer. Another request under the same key: refused.
fn repeated(fingerprint: &Fingerprint, number: OrderNumber, first: &str) -> Outcome {
    if fingerprint.is_of(first) { Outcome::Placed(number) } else { Outcome::KeyUsed(number) }
}

fn key_used(visit: &Visit, number: &OrderNumber) -> Problem {
    if visit.wants_json {
        let problem = Problem::unprocessable("This Idempotency-Key was used for another request.");
        return problem.with("number", number.to_string().into());
    }
    let detail = format!("This page has placed order {number} already. What is in your cart now is not ordered yet.");
    Problem::unprocessable(detail).at(Step::Review.path(), "Look at it and order it")
}

/// The metric's word for it.
fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotEnoughStock { .. } => "stock",
        Refusal::PriceChanged { .. } => "price",
        Refusal::Unavailable { .. } => "withdrawn",
        Refusal::Coupon(_) | Refusal::CouponChanged => "coupon",
        Refusal::CartChanged => "cart",
    }
}

const CART_CHANGED: &str = "Your cart changed, perhaps in another window.";

/// What the table refused, in sentences. What has become of the coupon is said by who looks at it next.
fn explain(refusals: &[Refusal], order: &Order) -> Vec<String> {
    let line = |sku: &Sku| order.lines.iter().find(|l| &l.amounts.sku == sku);
    let name = |sku: &Sku| line(sku).map_or_else(String::new, |l| l.name.to_string());
    let amount = |money| order.quote.currency.format(money);
    let sentence = |refusal: &Refusal| match refusal {
        Refusal::NotEnoughStock { sku, left: 0 } => Some(format!("{} is sold out.", name(sku))),
        Refusal::NotEnoughStock { sku, left } => Some(format!("Only {left} of {} left.", name(sku))),
        Refusal::PriceChanged { sku, now } => {
            let seen = line(sku).map_or(Money::ZERO, |l| l.amounts.unit_price);
            Some(format!("The price of {} changed from {} to {}.", name(sku), amount(seen), amount(*now)))
        }
        Refusal::Unavailable { sku } => Some(format!("{} is not available any more.", name(sku))),
        Refusal::Coupon(_) | Refusal::CouponChanged => None,
        Refusal::CartChanged => Some(CART_CHANGED.to_owned()),
    };
    refusals.iter().filter_map(sentence).collect()
}
