use crate::{InCheckout, Outcome, ask_for, choose, step::Step};
use domain::{money::Money, text::Id};
use http::StatusCode;
use render::views::checkout::{DeliveryChoice, DeliveryPage};
use serde::Deserialize;
use web::{Answer, Input, Look, Visit, api};

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
    if visit.own_cart()?.is_none() {
        return visit.see_other(Step::Cart.path());
    }
    let checkout = InCheckout::now(&visit).await?;
    if let Some(missing) = checkout.missing_before(Step::Delivery) {
        return ask_for(visit, missing);
    }
    visit.page(&delivery_page(&checkout, None)).await
}

#[utoipa::path(
    post,
    path = "/checkout/delivery",
    operation_id = "checkout_delivery_submit",
    request_body = DeliveryInput,
    responses(api::SeeOther, api::Conflict, api::Invalid)
)]
pub(crate) async fn submit(visit: Visit, Input(input): Input<DeliveryInput>) -> Answer {
    let chosen: Option<Id> = input.shipping_method.parse().ok();
    let is_offered = |look: &Look| chosen.as_ref().is_some_and(|id| goes_there(look, id));
    match choose(&visit, Step::Delivery, is_offered, |checkout| checkout.shipping_method.clone_from(&chosen)).await? {
        Outcome::Skipped(missing) => ask_for(visit, missing),
        Outcome::NotOffered(now) => {
            let again = delivery_page(&now, Some("Please choose one of these.".to_owned()));
            visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &again).await
        }
        Outcome::Saved(checkout) if checkout.look.quote().is_free() => visit.see_other(Step::Review.path()),
        Outcome::Saved(_) => visit.see_other(Step::Payment.path()),
    }
}

/// Whether a method goes to the address.
fn goes_there(look: &Look, method: &Id) -> bool {
    let to = look.cart.checkout.address.as_ref().map(|a| look.settings.destination(a));
    to.is_some_and(|to| look.settings.shipping_to(&to).any(|m| &m.id == method))
}

fn delivery_page(checkout: &InCheckout, error: Option<String>) -> DeliveryPage {
    let Look { cart, settings, .. } = &checkout.look;
    let quote = checkout.look.quote();
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
    let (place, coupon_news) = (to.map(|to| to.name(&settings.territories)), checkout.look.coupon_news());
    let pays = !quote.is_free();
    DeliveryPage { methods, place, error, coupon_news, pays, quote, step: Step::Delivery.number(pays) }
}
