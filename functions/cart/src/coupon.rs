use domain::{
    cart::Cart,
    coupon::CouponRefusal,
    order::Buyer,
    text::{CouponCode, capital, strict},
};
use http::StatusCode;
use serde::Deserialize;
use store::{StoreError, cart::CartKey};
use web::{Answer, App, Input, Look, Problem, Visit, api};

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
    let of = visit.own_cart()?.ok_or_else(|| Problem::conflict("Your cart is empty."))?;
    let code = strict(&input.code);
    let look = match store::retry(|_| put(&app, &of, &code)).await? {
        Ok(look) => look,
        Err(refused) => return refuse(visit, refused, input.code).await,
    };
    if visit.wants_json {
        return visit.page(&look.page()).await;
    }
    visit.notice(if look.cart.coupon.is_some() { "The coupon is applied." } else { "The coupon is removed." });
    visit.see_other("/cart")
}

/// A coupon that was not applied, and the cart as it was.
struct Refused {
    why: CouponRefusal,
    cart: Cart,
    buyer: Buyer,
}

/// Puts a coupon on the cart, or takes off what is there for an empty code: one read, then the write beside a look at what it
/// makes. What turns out not to count then is taken back.
async fn put(app: &App, of: &CartKey, typed: &str) -> Result<Result<Look, Refused>, StoreError> {
    let Ok(code) = typed.parse::<CouponCode>() else {
        let (cart, buyer) = app.store.cart_of_buyer(of).await?;
        if !typed.is_empty() {
            return Ok(Err(Refused { why: CouponRefusal::Unknown, cart, buyer }));
        }
        let cart = app.store.save_cart(of, &Cart { coupon: None, ..cart }).await?;
        return Look::at(app, cart, buyer).await.map(Ok);
    };
    apply_code(app, of, &code).await
}

async fn apply_code(app: &App, of: &CartKey, code: &CouponCode) -> Result<Result<Look, Refused>, StoreError> {
    let store = &app.store;
    let (before, buyer, coupon) = store.cart_and_coupon(of, code).await?;
    let Some(coupon) = coupon.filter(|c| c.terms.active) else {
        return Ok(Err(Refused { why: CouponRefusal::Unknown, cart: before, buyer }));
    };
    let cart = Cart { coupon: Some(coupon.terms), ..before.clone() };
    if cart.lines.is_empty() {
        return Ok(Err(Refused { why: CouponRefusal::NothingToDiscount, cart: before, buyer }));
    }
    let (saved, look) = Look::beside(app, store.save_cart(of, &cart), &cart, &buyer).await?;
    let Some(why) = look.coupon_refusal().cloned() else { return Ok(Ok(look)) };
    match store.save_cart(of, &Cart { version: saved.version, ..before.clone() }).await {
        // Somebody changed the cart since: the coupon is on it and does not count.
        Ok(_) | Err(StoreError::Conflict) => Ok(Err(Refused { why, cart: before, buyer })),
        Err(error) => Err(error),
    }
}

async fn refuse(visit: Visit, refused: Refused, typed: String) -> Answer {
    let detail = format!("{}.", capital(&refused.why.to_string()));
    let mut page = Look::at(&visit.app, refused.cart, refused.buyer).await?.page();
    page.coupon_form.input = typed;
    page.coupon_form.refuse("code", detail);
    visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await
}
