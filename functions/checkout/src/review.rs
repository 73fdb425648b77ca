use crate::{InCheckout, ask_for, empty, sentence, step::Step};
use domain::{
    cart::LineProblem,
    order::{Incomplete, check_steps},
    quote::{Difference, Quote, SeenAmounts},
};
use http::StatusCode;
use render::views::checkout::ReviewPage;
use web::{Answer, Look, Problem, Visit, api, payment::provider};

#[utoipa::path(
    get,
    path = "/checkout/review",
    operation_id = "checkout_review_show",
    responses(api::PageOrNext<ReviewPage>)
)]
pub(crate) async fn show(visit: Visit) -> Answer {
    if visit.own_cart()?.is_none() {
        return visit.see_other(Step::Cart.path());
    }
    let checkout = InCheckout::now(&visit).await?;
    if let Some(missing) = checkout.skipped_before(Step::Review) {
        return ask_for(visit, missing);
    }
    visit.page(&page(&checkout.look, Vec::new())).await
}

/// The review again, with what stands in the way of the order: 409. `why` says what the table refused; `seen` is what the shopper
/// agreed to.
pub(crate) async fn refuse(visit: Visit, look: &Look, why: Vec<String>, seen: &SeenAmounts) -> Answer {
    let quote = look.quote();
    let missing = check_steps(&look.cart, &quote, &look.settings).err();
    if missing == Some(Incomplete::Empty) {
        return Err(empty());
    }
    let differences = quote.differences(seen);
    let mut changes = list_changes(look, why, &quote, seen);
    if changes.is_empty() && missing.is_none() {
        changes.push("Please try again.".to_owned());
    }
    if visit.wants_json || missing.is_some() {
        return Err(as_problem(look, missing, &changes, &differences, &quote));
    }
    visit.page_with(StatusCode::CONFLICT, &page(look, changes)).await
}

/// What changed since the shopper looked, in sentences.
fn list_changes(look: &Look, mut changes: Vec<String>, quote: &Quote, seen: &SeenAmounts) -> Vec<String> {
    let named = changes.clone();
    let of_lines = look.cart.looked_over(look.settings.cart).filter_map(|(line, problem)| {
        // What the table has refused is said already.
        let is_new = !named.iter().any(|said| said.contains(line.offer.name.as_str()));
        problem.filter(|_| is_new).map(|problem| format!("{}: {}.", line.offer.name, mend(problem)))
    });
    changes.extend(of_lines);
    if quote.total != seen.total {
        changes.extend(look.coupon_news());
    }
    changes.extend(quote.differences(seen).iter().map(|d| d.sentence(quote.currency)));
    changes
}

fn mend(problem: LineProblem) -> String {
    match problem.can_have() {
        0 => format!("{problem}, please remove it"),
        units => format!("{problem}, please take {units}"),
    }
}

/// For a program, and where a step is to be taken again: what changed, and where it is mended.
fn as_problem(
    look: &Look,
    missing: Option<Incomplete>,
    changes: &[String],
    differences: &[Difference],
    quote: &Quote,
) -> Problem {
    let ready = look.cart.is_orderable(look.settings.cart);
    let place = missing.map_or(if ready { Step::Review } else { Step::Cart }, Step::of);
    let said: Vec<String> = changes.iter().cloned().chain(missing.map(sentence)).collect();
    let problem = Problem::conflict(said.join(" ")).at(place.path(), place.link()).with("location", place.path().into());
    let problem =
        problem.with("changes", changes.into()).with("total", quote.currency.round(quote.total.amount()).to_string().into());
    let differences = differences.iter().map(|d| {
        let amount = |money: domain::money::Money| quote.currency.round(money.amount()).to_string();
        serde_json::json!({ "part": d.part, "seen": amount(d.seen), "now": amount(d.now) })
    });
    problem.with("differences", differences.collect())
}

fn page(look: &Look, changes: Vec<String>) -> ReviewPage {
    let known = &look.cart.checkout;
    let pays = !look.quote().is_free();
    ReviewPage {
        cart: look.page(),
        address: known.address.as_ref().map(domain::address::Address::lines).unwrap_or_default(),
        email: known.email.as_ref().map(ToString::to_string).unwrap_or_default(),
        phone: known.phone.as_ref().map(ToString::to_string),
        payment: known.payment_method.filter(|_| pays).map(|m| provider(m).name().to_owned()).unwrap_or_default(),
        changes,
        idempotency_key: ids::new_secret().to_string(),
        step: Step::Review.number(pays),
        pays,
    }
}
