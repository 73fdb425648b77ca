use crate::page;
use axum::extract::Path;
use domain::{
    cart::{Cart, CartError, Offer, parse_quantity},
    settings::Settings,
    text::Sku,
};
use http::StatusCode;
use render::views::checkout::StockOffer;
use serde::Deserialize;
use serde_json::json;
use store::{StoreError, cart::CartKey};
use web::{Answer, Input, Problem, Visit, api, orders::capital};

/// Tries when another tab changes the cart at the same moment.
const TRIES: usize = 4;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct AddInput {
    sku: String,
    #[serde(default = "one", deserialize_with = "web::text")]
    quantity: String,
}

fn one() -> String {
    "1".to_owned()
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct ChangeInput {
    #[serde(deserialize_with = "web::text")]
    quantity: String,
}

/// Adds units of a variant.
#[utoipa::path(
    post,
    path = "/cart/lines",
    operation_id = "cart_lines_add",
    request_body = AddInput,
    responses(api::Data<render::views::checkout::CartPage>, api::NotFound, api::Conflict, api::Invalid)
)]
pub(crate) async fn add(visit: Visit, Input(input): Input<AddInput>) -> Answer {
    let sku: Sku = input.sku.parse().map_err(|_| unknown())?;
    change_cart(visit, sku, &input.quantity, |cart, offer, quantity, settings| {
        cart.add(offer.ok_or(CartError::NoSuchLine)?, quantity, settings.cart)
    })
    .await
}

/// Sets a line's quantity; 0 removes it.
#[utoipa::path(
    post,
    path = "/cart/lines/{sku}",
    operation_id = "cart_lines_change",
    params(("sku" = String, Path)),
    request_body = ChangeInput,
    responses(api::Data<render::views::checkout::CartPage>, api::NotFound, api::Conflict, api::Invalid)
)]
pub(crate) async fn change(visit: Visit, Path(sku): Path<String>, Input(input): Input<ChangeInput>) -> Answer {
    let sku: Sku = sku.parse().map_err(|_| unknown())?;
    let of_line = sku.clone();
    change_cart(visit, sku, &input.quantity, |cart, offer, quantity, settings| match (quantity, offer) {
        // Gone already: a second press of the same button.
        (0, _) if cart.line(&of_line).is_none() => Ok(()),
        // What has left the catalogue can still be removed.
        (0, _) => cart.remove(&of_line),
        (_, Some(offer)) => cart.set_quantity(offer, quantity, settings.cart),
        (_, None) => Err(CartError::NoSuchLine),
    })
    .await
}

/// Reads the cart and the offer, changes the cart, writes it: two requests.
async fn change_cart(
    mut visit: Visit,
    sku: Sku,
    typed: &str,
    change: impl Fn(&mut Cart, Option<Offer>, u32, &Settings) -> Result<(), CartError>,
) -> Answer {
    let app = visit.app.clone();
    let settings = app.settings.get().await?;
    let of = visit.cart_key().unwrap_or_else(|| CartKey::Guest(store::new_secret()));
    for _ in 0..TRIES {
        let (mut cart, offer) = app.store.cart_and_offer(&of, &sku).await?;
        let held = cart.line(&sku).map_or(0, |l| l.quantity);
        let changed = parse_quantity(typed, settings.cart).and_then(|q| change(&mut cart, offer, q, &settings));
        if let Err(error) = changed {
            return refuse(visit, &cart, &settings, sku, error).await;
        }
        cart.recheck_coupon(settings.currency, store::now());
        match app.store.save_cart(&of, &cart).await {
            Ok(cart) => {
                visit.keep_cart(&of);
                visit.set_cart_count(cart.units());
                return answer(visit, &cart, &settings, &sku, held).await;
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// On to the cart, which can put back what was removed.
async fn answer(visit: Visit, cart: &Cart, settings: &Settings, sku: &Sku, held: u32) -> Answer {
    if visit.wants_json {
        return visit.page(&page(cart, settings)).await;
    }
    let removed = held > 0 && cart.line(sku).is_none();
    visit.see_other(&if removed { format!("/cart?removed={sku}&quantity={held}") } else { "/cart".to_owned() })
}

/// Says what was refused: the cart's page with what can be had instead, or a problem with the number there is.
async fn refuse(visit: Visit, cart: &Cart, settings: &Settings, sku: Sku, error: CartError) -> Answer {
    let (status, left) = match &error {
        CartError::Quantity { .. } | CartError::TooManyLines { .. } => (StatusCode::UNPROCESSABLE_ENTITY, None),
        CartError::NoSuchLine => return Err(unknown()),
        CartError::Unavailable { .. } => (StatusCode::CONFLICT, Some(0)),
        CartError::NotEnoughStock { stock, .. } => (StatusCode::CONFLICT, Some(*stock)),
    };
    let detail = format!("{}.", capital(&error.to_string()));
    if visit.wants_json {
        let problem = Problem::new(status, "The cart is as it was", detail);
        return Err(left.into_iter().fold(problem, |p, left| p.with("in_stock", json!(left))));
    }
    let held = cart.line(&sku).map_or(0, |l| l.quantity);
    let mut page = page(cart, settings);
    page.refused = Some(detail);
    page.offer = left.filter(|left| *left > held).map(|quantity| StockOffer { sku, quantity, in_cart: held > 0 });
    visit.page_with(status, &page).await
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Not found", "The shop does not have this item.")
}
