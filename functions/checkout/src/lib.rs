//! From the cart to an order: contact and address, delivery, payment, review, done. Guests may buy; they find their order
//! again by number and e-mail address.

mod contact;
mod delivery;
mod fingerprint;
mod orders;
mod payment;
mod place;
mod review;
mod step;
mod unanswered;

use axum::{
    Router,
    routing::{get, post},
};
use domain::{
    cart::Checkout,
    order::{Incomplete, check_complete, check_steps},
    text::{Email, capital},
};
use std::sync::Arc;
use step::Step;
use store::cart::CartKey;
use web::{Answer, App, Look, Problem, Visit};

/// The routes as an OpenAPI document.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(
    contact::form,
    contact::submit,
    delivery::form,
    delivery::submit,
    payment::form,
    payment::submit,
    review::show,
    place::submit,
    orders::done,
    orders::form,
    orders::find,
    orders::show,
    orders::confirm_cancel,
    orders::cancel
))]
pub struct Api;

/// The routes under `/checkout` and `/orders`.
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/checkout", get(contact::form).post(contact::submit))
        .route("/checkout/delivery", get(delivery::form).post(delivery::submit))
        .route("/checkout/payment", get(payment::form).post(payment::submit))
        .route("/checkout/review", get(review::show))
        .route("/checkout/place", post(place::submit))
        .route("/checkout/done/{number}", get(orders::done))
        .route("/orders", get(orders::form).post(orders::find))
        .route("/orders/{number}", get(orders::show))
        .route("/orders/{number}/cancel", get(orders::confirm_cancel).post(orders::cancel));
    web::serve(routes, app)
}

/// A cart on its way through the steps.
pub(crate) struct InCheckout {
    pub(crate) of: CartKey,
    pub(crate) look: Look,
}

impl InCheckout {
    /// The cart as it is stored, to be changed.
    pub(crate) async fn stored(visit: &Visit) -> Result<Self, Problem> {
        let of = visit.own_cart()?.ok_or_else(empty)?;
        let (cart, buyer) = visit.app.store.cart_of_buyer(&of).await?;
        let look = Look::as_stored(&visit.app, cart, buyer).await?;
        Ok(Self { of, look })
    }

    /// The same, with the account that a guest's order joins, found in the same read: that of a proven address.
    pub(crate) async fn stored_with_account(visit: &Visit, email: &Email) -> Result<Self, Problem> {
        if visit.caller.session.is_some() {
            return Self::stored(visit).await;
        }
        let of = visit.own_cart()?.ok_or_else(empty)?;
        let (mut cart, buyer, account) = visit.app.store.cart_and_account(&of, email).await?;
        cart.checkout.account = account;
        let look = Look::as_stored(&visit.app, cart, buyer).await?;
        Ok(Self { of, look })
    }

    /// The cart as it is now, to be shown.
    pub(crate) async fn now(visit: &Visit) -> Result<Self, Problem> {
        let of = visit.own_cart()?.ok_or_else(empty)?;
        let look = Look::read(&visit.app, &of).await?;
        Ok(Self { of, look })
    }

    /// What is missing that is asked for before `here`, the lines included.
    pub(crate) fn missing_before(&self, here: Step) -> Option<Incomplete> {
        let Look { cart, settings, .. } = &self.look;
        before(check_complete(cart, &self.look.quote(), settings), here)
    }

    /// What the steps before `here` lack, whatever the lines are.
    pub(crate) fn skipped_before(&self, here: Step) -> Option<Incomplete> {
        let Look { cart, settings, .. } = &self.look;
        before(check_steps(cart, &self.look.quote(), settings), here)
    }

    /// Writes the cart.
    pub(crate) async fn save(&self, visit: &Visit) -> Result<(), Problem> {
        visit.app.store.save_cart(&self.of, &self.look.cart).await?;
        Ok(())
    }
}

/// What became of a step's form.
pub(crate) enum Outcome {
    /// A step before it lacks something.
    Skipped(Incomplete),
    /// What was chosen is not offered. The cart as it is now.
    NotOffered(InCheckout),
    /// The cart has it.
    Saved(InCheckout),
}

/// Keeps what a step's form has chosen, while it is offered.
pub(crate) async fn choose(
    visit: &Visit,
    here: Step,
    is_offered: impl Fn(&Look) -> bool,
    keep: impl Fn(&mut Checkout),
) -> Result<Outcome, Problem> {
    store::retry(|_| async {
        let mut checkout = InCheckout::stored(visit).await?;
        if let Some(missing) = checkout.skipped_before(here) {
            return Ok(Outcome::Skipped(missing));
        }
        if !is_offered(&checkout.look) {
            // The settings may be a minute old: nothing is refused by them.
            let now = InCheckout::now(visit).await?;
            if !is_offered(&now.look) {
                return Ok(Outcome::NotOffered(now));
            }
            checkout.look.settings = now.look.settings;
        }
        keep(&mut checkout.look.cart.checkout);
        checkout.save(visit).await?;
        Ok(Outcome::Saved(checkout))
    })
    .await
}

fn before(checked: Result<(), Incomplete>, here: Step) -> Option<Incomplete> {
    checked.err().filter(|missing| Step::of(*missing) < here)
}

/// On to that page; it says why when the shopper had given it already.
pub(crate) fn ask_for(mut visit: Visit, missing: Incomplete) -> Answer {
    if missing.is_by_change() {
        visit.notice(&sentence(missing));
    }
    visit.see_other(Step::of(missing).path())
}

pub(crate) fn sentence(missing: Incomplete) -> String {
    format!("{}.", capital(&missing.to_string()))
}

pub(crate) fn empty() -> Problem {
    Problem::conflict("Your cart is empty.").at(Step::Cart.path(), Step::Cart.link())
}
