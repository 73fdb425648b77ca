use crate::{InCheckout, Outcome, ask_for, choose, step::Step};
use domain::order::PaymentMethod;
use http::StatusCode;
use render::views::checkout::{PaymentChoice, PaymentPage};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value},
};
use web::{Answer, Input, Look, Visit, api, payment::provider};

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub(crate) struct PaymentInput {
    payment_method: String,
}

#[utoipa::path(
    get,
    path = "/checkout/payment",
    operation_id = "checkout_payment_form",
    responses(api::PageOrNext<PaymentPage>)
)]
pub(crate) async fn form(visit: Visit) -> Answer {
    if visit.own_cart()?.is_none() {
        return visit.see_other(Step::Cart.path());
    }
    let checkout = InCheckout::now(&visit).await?;
    if let Some(missing) = checkout.missing_before(Step::Payment) {
        return ask_for(visit, missing);
    }
    if checkout.look.quote().is_free() {
        return visit.see_other(Step::Review.path());
    }
    visit.page(&payment_page(&checkout, None)).await
}

#[utoipa::path(
    post,
    path = "/checkout/payment",
    operation_id = "checkout_payment_submit",
    request_body = PaymentInput,
    responses(api::SeeOther, api::Conflict, api::Invalid)
)]
pub(crate) async fn submit(visit: Visit, Input(input): Input<PaymentInput>) -> Answer {
    let chosen = parse(&input.payment_method);
    let is_offered = |look: &Look| chosen.is_some_and(|method| is_taken(look, method));
    match choose(&visit, Step::Payment, is_offered, |checkout| checkout.payment_method = chosen).await? {
        Outcome::Skipped(missing) => ask_for(visit, missing),
        Outcome::NotOffered(now) => {
            let again = payment_page(&now, Some("Please choose one of these.".to_owned()));
            visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &again).await
        }
        Outcome::Saved(_) => visit.see_other(Step::Review.path()),
    }
}

fn is_taken(look: &Look, method: PaymentMethod) -> bool {
    look.settings.payment.contains(&method)
}

fn parse(value: &str) -> Option<PaymentMethod> {
    let text: value::StrDeserializer<'_, value::Error> = value.into_deserializer();
    PaymentMethod::deserialize(text).ok()
}

fn payment_page(checkout: &InCheckout, error: Option<String>) -> PaymentPage {
    let taken = &checkout.look.settings.payment;
    let chosen = checkout.look.cart.checkout.payment_method.filter(|m| taken.contains(m)).or(taken.first().copied());
    let methods = taken.iter().map(|method| PaymentChoice {
        value: method.as_str().to_owned(),
        label: provider(*method).name().to_owned(),
        text: provider(*method).summary().to_owned(),
        selected: chosen == Some(*method),
    });
    let quote = checkout.look.quote();
    let pays = !quote.is_free();
    PaymentPage {
        methods: methods.collect(),
        error,
        coupon_news: checkout.look.coupon_news(),
        pays,
        quote,
        step: Step::Payment.number(pays),
    }
}
