use crate::InCheckout;
use domain::order::PaymentMethod;
use http::StatusCode;
use render::views::checkout::{PaymentChoice, PaymentPage};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value},
};
use web::{Answer, Input, Visit, api, payment::provider};

const HERE: &str = "/checkout/payment";

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
    let Ok(checkout) = InCheckout::read(&visit).await else { return visit.see_other("/cart") };
    if let Some(step) = checkout.step_before(HERE) {
        return visit.see_other(step);
    }
    visit.page(&page(&checkout, None)).await
}

#[utoipa::path(
    post,
    path = "/checkout/payment",
    operation_id = "checkout_payment_submit",
    request_body = PaymentInput,
    responses(api::SeeOther, api::Conflict, api::Invalid)
)]
pub(crate) async fn submit(visit: Visit, Input(input): Input<PaymentInput>) -> Answer {
    let mut checkout = InCheckout::read(&visit).await?;
    if let Some(step) = checkout.step_before(HERE) {
        return visit.see_other(step);
    }
    let chosen = parse(&input.payment_method).filter(|method| checkout.settings.payment.contains(method));
    let Some(method) = chosen else {
        let page = page(&checkout, Some("Please choose one of these.".to_owned()));
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await;
    };
    checkout.cart.checkout.payment_method = Some(method);
    checkout.save(&visit).await?;
    visit.see_other("/checkout/review")
}

fn parse(value: &str) -> Option<PaymentMethod> {
    let text: value::StrDeserializer<'_, value::Error> = value.into_deserializer();
    PaymentMethod::deserialize(text).ok()
}

fn page(checkout: &InCheckout, error: Option<String>) -> PaymentPage {
    let taken = &checkout.settings.payment;
    let chosen = checkout.cart.checkout.payment_method.filter(|m| taken.contains(m)).or(taken.first().copied());
    let methods = taken.iter().map(|method| PaymentChoice {
        value: method.as_str().to_owned(),
        label: provider(*method).name().to_owned(),
        text: provider(*method).summary().to_owned(),
        selected: chosen == Some(*method),
    });
    PaymentPage { methods: methods.collect(), error, quote: checkout.quote(), step: 3 }
}
