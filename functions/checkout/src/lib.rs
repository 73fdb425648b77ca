//! From the cart to an order: contact and address, delivery, payment, review, done. Guests may buy; they find their order
//! again by number and e-mail address.

mod contact;
mod delivery;
mod orders;
mod payment;
mod place;
mod review;

use axum::{
    Router,
    routing::{get, post},
};
use domain::{
    cart::Cart,
    order::{Incomplete, check_complete},
    quote::Quote,
    settings::Settings,
    text::{Email, Id},
};
use std::sync::Arc;
use store::cart::CartKey;
use web::{App, Problem, Visit};

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
    pub(crate) cart: Cart,
    pub(crate) settings: Arc<Settings>,
}

impl InCheckout {
    /// The cart as it is stored.
    pub(crate) async fn read(visit: &Visit) -> Result<Self, Problem> {
        let of = visit.cart_key().ok_or_else(empty)?;
        let (cart, settings) = tokio::try_join!(visit.app.store.cart(&of), visit.app.settings.get())?;
        Ok(Self { of, cart, settings })
    }

    /// The same, and in the same read the account that a guest's order joins: that of a proven address.
    pub(crate) async fn read_with_account(visit: &Visit, email: Option<Email>) -> Result<(Self, Option<Id>), Problem> {
        let (None, Some(email)) = (&visit.caller.session, email) else { return Ok((Self::read(visit).await?, None)) };
        let of = visit.cart_key().ok_or_else(empty)?;
        let read = visit.app.store.cart_and_account(&of, &email);
        let ((cart, account), settings) = tokio::try_join!(read, visit.app.settings.get())?;
        Ok((Self { of, cart, settings }, account))
    }

    pub(crate) fn quote(&self) -> Quote {
        Quote::new(&self.cart, &self.settings, store::now())
    }

    /// The page of the first step that still lacks something, if it comes before `here`.
    pub(crate) fn step_before(&self, here: &str) -> Option<&'static str> {
        let missing = check_complete(&self.cart, &self.quote()).err().map(step_of)?;
        let place = |path: &str| STEPS.iter().position(|s| *s == path);
        (place(missing) < place(here)).then_some(missing)
    }

    pub(crate) async fn save(&self, visit: &Visit) -> Result<(), Problem> {
        visit.app.store.save_cart(&self.of, &self.cart).await?;
        Ok(())
    }
}

const STEPS: [&str; 5] = ["/cart", "/checkout", "/checkout/delivery", "/checkout/payment", "/checkout/review"];

/// The page where what is missing is asked for.
pub(crate) fn step_of(missing: Incomplete) -> &'static str {
    match missing {
        Incomplete::Empty | Incomplete::UnavailableLine => "/cart",
        Incomplete::Contact => "/checkout",
        Incomplete::Delivery => "/checkout/delivery",
        Incomplete::Payment => "/checkout/payment",
    }
}

pub(crate) fn empty() -> Problem {
    Problem::conflict("Your cart is empty.")
}
