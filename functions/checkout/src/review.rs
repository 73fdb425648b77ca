use crate::{InCheckout, empty};
use domain::money::Money;
use http::StatusCode;
use render::views::checkout::{CartPage, ReviewPage};
use store::cart::CartKey;
use web::{Answer, Problem, Visit, api, payment::provider};

#[utoipa::path(
    get,
    path = "/checkout/review",
    operation_id = "checkout_review_show",
    responses(api::PageOrNext<ReviewPage>)
)]
pub(crate) async fn show(visit: Visit) -> Answer {
    let Some(of) = visit.cart_key() else { return visit.see_other("/cart") };
    let (checkout, changes) = look(&visit, of).await?;
    if let Some(step) = checkout.step_before("/checkout/review") {
        return visit.see_other(step);
    }
    visit.page(&page(&checkout, changes)).await
}

/// The cart as it is offered now, and what changed about it in sentences.
async fn look(visit: &Visit, of: CartKey) -> Result<(InCheckout, Vec<String>), Problem> {
    let settings = visit.app.settings.get().await?;
    let (cart, refusal) = visit.app.store.refreshed_cart(&of, settings.currency).await?;
    let changes = refusal.map(|r| format!("The coupon was taken off: {r}.")).into_iter().collect();
    Ok((InCheckout { of, cart, settings }, changes))
}

/// The review again, with what stands in the way of the order: 409. `seen` is the total the shopper agreed to.
pub(crate) async fn refuse(visit: Visit, of: CartKey, mut changes: Vec<String>, seen: Money) -> Answer {
    let (checkout, more) = look(&visit, of).await?;
    changes.extend(more);
    let quote = checkout.quote();
    if quote.total != seen {
        let amount = |money| quote.currency.format(money);
        changes.push(format!("The total is now {}; you saw {}.", amount(quote.total), amount(seen)));
    }
    if visit.wants_json {
        let problem = Problem::conflict(changes.join(" "));
        return Err(problem.with("changes", changes.into()).with("total", quote.total.to_string().into()));
    }
    if checkout.cart.lines.is_empty() {
        return Err(empty());
    }
    if checkout.step_before("/checkout/review").is_some() {
        return Err(Problem::conflict(changes.join(" ")).at("/cart", "To the cart"));
    }
    visit.page_with(StatusCode::CONFLICT, &page(&checkout, changes)).await
}

fn page(checkout: &InCheckout, changes: Vec<String>) -> ReviewPage {
    let InCheckout { cart, settings, .. } = checkout;
    let known = &cart.checkout;
    ReviewPage {
        cart: CartPage::new(cart, checkout.quote(), settings.cart.quantity),
        address: known.address.as_ref().map(domain::address::Address::lines).unwrap_or_default(),
        email: known.email.as_ref().map(ToString::to_string).unwrap_or_default(),
        phone: known.phone.as_ref().map(ToString::to_string),
        payment: known.payment_method.map(|m| provider(m).name().to_owned()).unwrap_or_default(),
        changes,
        idempotency_key: store::new_secret().to_string(),
        step: 4,
    }
}
