use crate::InCheckout;
use domain::{money::Money, text::Id};
use http::StatusCode;
use render::views::checkout::{DeliveryChoice, DeliveryPage};
use serde::Deserialize;
use web::{Answer, Input, Visit, api};

const HERE: &str = "/checkout/delivery";

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub(crate) struct DeliveryInput {
    shipping_method: String,
}

#[utoipa::path(
    get,
    path = "/checkout/delivery",
    operation_id = "checkout_delivery_form",
    responses(api::PageOrNext<DeliveryPage>)
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
    path = "/checkout/delivery",
    operation_id = "checkout_delivery_submit",
    request_body = DeliveryInput,
    responses(api::SeeOther, api::Conflict, api::Invalid)
)]
pub(crate) async fn submit(visit: Visit, Input(input): Input<DeliveryInput>) -> Answer {
    let mut checkout = InCheckout::read(&visit).await?;
    if let Some(step) = checkout.step_before(HERE) {
        return visit.see_other(step);
    }
    let chosen: Option<Id> = input.shipping_method.parse().ok();
    let to = checkout.cart.checkout.address.as_ref().map(|a| checkout.settings.destination(a));
    let serves = |id: &Id| to.as_ref().is_some_and(|to| checkout.settings.shipping_to(to).any(|m| &m.id == id));
    let Some(method) = chosen.filter(serves) else {
        let page = page(&checkout, Some("Please choose one of these.".to_owned()));
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await;
    };
    checkout.cart.checkout.shipping_method = Some(method);
    checkout.save(&visit).await?;
    visit.see_other("/checkout/payment")
}

fn page(checkout: &InCheckout, error: Option<String>) -> DeliveryPage {
    let InCheckout { cart, settings, .. } = checkout;
    let quote = checkout.quote();
    let goods: Money = quote.goods.saturating_sub(quote.discount);
    let free = cart.coupon.as_ref().is_some_and(domain::coupon::CouponTerms::frees_shipping);
    let to = cart.checkout.address.as_ref().map(|a| settings.destination(a));
    let chosen = cart.checkout.shipping_method.as_ref();
    let methods = to.iter().flat_map(|to| settings.shipping_to(to)).map(|method| DeliveryChoice {
        price_now: method.price_for(goods, free),
        selected: chosen == Some(&method.id),
        method: method.clone(),
    });
    let mut methods: Vec<DeliveryChoice> = methods.collect();
    if methods.len() == 1 || !methods.iter().any(|m| m.selected) {
        methods.iter_mut().take(1).for_each(|first| first.selected = true);
    }
    let place = to.map(|to| to.name(&settings.territories));
    DeliveryPage { methods, place, error, quote, step: 2 }
}
