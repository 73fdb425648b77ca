use crate::page;
use domain::{
    cart::{Cart, CartLine},
    coupon::{Coupon, CouponRefusal},
    settings::Settings,
    text::{CouponCode, strict},
};
use http::StatusCode;
use serde::Deserialize;
use store::cart::CartKey;
use web::{Answer, Input, Problem, Visit, api, orders::capital};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct CouponInput {
    #[serde(default)]
    code: String,
}

/// Applies a coupon; an empty code takes off the one that is there.
#[utoipa::path(
    post,
    path = "/cart/coupon",
    operation_id = "cart_coupon_apply",
    request_body = CouponInput,
    responses(api::Data<render::views::checkout::CartPage>, api::Conflict, api::Invalid)
)]
pub(crate) async fn apply(mut visit: Visit, Input(input): Input<CouponInput>) -> Answer {
    let app = visit.app.clone();
    let settings = app.settings.get().await?;
    let of = visit.cart_key().ok_or_else(|| Problem::conflict("Your cart is empty."))?;
    let code = strict(&input.code);
    let mut cart;
    if code.is_empty() {
        cart = app.store.cart(&of).await?;
        cart.coupon = None;
    } else {
        let (read, checked) = check(&visit, &of, &code, &settings).await?;
        cart = read;
        match checked {
            Ok(coupon) => cart.coupon = Some(coupon.terms),
            Err(refusal) => return refuse(visit, &cart, &settings, input.code, &refusal).await,
        }
    }
    let cart = app.store.save_cart(&of, &cart).await?;
    if visit.wants_json {
        return visit.page(&page(&cart, &settings)).await;
    }
    visit.notice(if cart.coupon.is_some() { "The coupon is applied." } else { "The coupon is taken off." });
    visit.see_other("/cart")
}

/// The cart, and the coupon if it may be used: three reads side by side. A guest's earlier uses are known by e-mail address,
/// which is given later: they are counted when the order is placed.
async fn check(
    visit: &Visit,
    of: &CartKey,
    typed: &str,
    settings: &Settings,
) -> Result<(Cart, Result<Coupon, CouponRefusal>), Problem> {
    let store = &visit.app.store;
    let Ok(code) = typed.parse::<CouponCode>() else { return Ok((store.cart(of).await?, Err(CouponRefusal::Unknown))) };
    let uses = async {
        match of {
            CartKey::Customer(id) => store.coupon_uses(&code, id).await,
            CartKey::Guest(_) => Ok(0),
        }
    };
    let (cart, coupon, uses) = tokio::try_join!(store.cart(of), store.coupon(&code), uses)?;
    let lines: Vec<&CartLine> = cart.sellable_lines().collect();
    let checked = coupon.ok_or(CouponRefusal::Unknown).and_then(|coupon| {
        coupon.check(&lines, uses, settings.currency, store::now())?;
        Ok(coupon)
    });
    Ok((cart, checked))
}

async fn refuse(visit: Visit, cart: &Cart, settings: &Settings, typed: String, refusal: &CouponRefusal) -> Answer {
    let detail = format!("{}.", capital(&refusal.to_string()));
    if visit.wants_json {
        return Err(Problem::unprocessable(detail));
    }
    let mut page = page(cart, settings);
    page.coupon_form.input = typed;
    page.coupon_form.refuse("code", detail);
    visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await
}
