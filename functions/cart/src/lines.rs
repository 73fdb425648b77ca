use axum::extract::Path;
use domain::{
    cart::{Cart, CartError, Offer, parse_units},
    order::Buyer,
    settings::Settings,
    text::Sku,
};
use http::StatusCode;
use render::views::checkout::StockOffer;
use serde::Deserialize;
use serde_json::json;
use store::{StoreError, Tries, cart::CartKey};
use web::{Answer, Input, Look, Problem, Visit, api, orders::capital};

/// Where a line's form may lead back to.
const REVIEW: &str = "/checkout/review";

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct AddInput {
    sku: String,
    #[serde(default = "one", deserialize_with = "web::text")]
    #[schema(value_type = api::TextOrNumber)]
    quantity: String,
}

fn one() -> String {
    "1".to_owned()
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct ChangeInput {
    #[serde(deserialize_with = "web::text")]
    #[schema(value_type = api::TextOrNumber)]
    quantity: String,
    /// Where a browser goes on to: `/checkout/review`, or else the cart.
    #[serde(default)]
    next: String,
}

/// Adds units of a variant, at least one.
#[utoipa::path(
    post,
    path = "/cart/lines",
    operation_id = "cart_lines_add",
    request_body = AddInput,
    responses(api::Data<render::views::checkout::CartPage>, api::NotFound, api::Conflict, api::Invalid)
)]
pub(crate) async fn add(visit: Visit, Input(input): Input<AddInput>) -> Answer {
    let sku: Sku = input.sku.parse().map_err(|_| unknown())?;
    change_cart(visit, sku, (&input.quantity, 1), "", |cart, offer, quantity, settings| {
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
    visit.own_cart()?;
    let of_line = sku.clone();
    change_cart(visit, sku, (&input.quantity, 0), &input.next, |cart, offer, quantity, settings| match (quantity, offer) {
        // Gone already: a second press of the same button.
        (0, _) if cart.line(&of_line).is_none() => Ok(()),
        // What has left the catalogue can still be removed.
        (0, _) => cart.remove(&of_line),
        (_, Some(offer)) => cart.set_quantity(offer, quantity, settings.cart),
        (_, None) => Err(CartError::NoSuchLine),
    })
    .await
}

/// Reads the cart and the offer, changes the cart, writes it: two requests, again when another tab wrote meanwhile. The quantity
/// is as typed, with the least that it may be.
async fn change_cart(
    mut visit: Visit,
    sku: Sku,
    (typed, min): (&str, u32),
    next: &str,
    change: impl Fn(&mut Cart, Option<Offer>, u32, &Settings) -> Result<(), CartError>,
) -> Answer {
    let app = visit.app.clone();
    let mut settings = app.settings.get().await?;
    let of = visit.cart_key().unwrap_or_else(|| CartKey::Guest(store::new_secret()));
    let mut tries = Tries::default();
    loop {
        let (mut cart, buyer, offer) = app.store.cart_and_offer(&of, &sku).await?;
        let held = cart.line(&sku).map_or(0, |l| l.quantity);
        let units = parse_units(typed).ok_or(CartError::Quantity { min, max: settings.cart.quantity });
        if let Err(error) = units.and_then(|units| change(&mut cart, offer, units, &settings)) {
            // What was held may be a minute old: nothing is refused by it.
            let newer = if error.is_by_limit() { app.settings.newer(&settings).await? } else { None };
            let Some(newer) = newer else { return refuse(visit, cart, buyer, sku, error).await };
            settings = newer;
            continue;
        }
        match save(&visit, &of, cart, buyer).await {
            Ok(changed) => {
                visit.keep_cart(&of);
                visit.set_cart_count(changed.units());
                return answer(visit, &changed, &sku, held, next).await;
            }
            Err(StoreError::Conflict) if tries.again().await => {}
            Err(error) => {
                // It may have been written: whose it is can see it.
                visit.keep_cart(&of);
                return visit.refuse(error);
            }
        }
    }
}

/// A cart that was written.
enum Changed {
    /// For a browser, which goes on to a page that looks at it.
    Written(Box<Cart>),
    /// For a program, which gets it as it is now.
    Looked(Box<Look>),
}

impl Changed {
    fn units(&self) -> u32 {
        match self {
            Self::Written(cart) => cart.units(),
            Self::Looked(look) => look.cart.units(),
        }
    }
}

/// Writes the cart; for a program, looks at it meanwhile.
async fn save(visit: &Visit, of: &CartKey, cart: Cart, buyer: Buyer) -> Result<Changed, StoreError> {
    let save = visit.app.store.save_cart(of, &cart);
    if !visit.wants_json {
        return save.await.map(|cart| Changed::Written(Box::new(cart)));
    }
    let (_, look) = Look::beside(&visit.app, save, &cart, &buyer).await?;
    Ok(Changed::Looked(Box::new(look)))
}

/// On to the cart, which can put back what was removed, or back to the review.
async fn answer(visit: Visit, changed: &Changed, sku: &Sku, held: u32, next: &str) -> Answer {
    match changed {
        Changed::Looked(look) => visit.page(&look.page()).await,
        Changed::Written(_) if next == REVIEW => visit.see_other(REVIEW),
        Changed::Written(cart) if held > 0 && cart.line(sku).is_none() => {
            visit.see_other(&format!("/cart?removed={sku}&quantity={held}"))
        }
        Changed::Written(_) => visit.see_other("/cart"),
    }
}

/// How many of a variant can be had in place of what was refused, and what a program is told besides.
fn bounds(error: &CartError) -> (StatusCode, Option<u32>, serde_json::Value) {
    match *error {
        CartError::Quantity { min, max } => (StatusCode::UNPROCESSABLE_ENTITY, None, json!({ "min": min, "max": max })),
        CartError::LineFull { in_cart, max } => {
            let more = json!({ "in_cart": in_cart, "fits": max.saturating_sub(in_cart), "max": max });
            (StatusCode::UNPROCESSABLE_ENTITY, Some(max), more)
        }
        CartError::TooManyLines { .. } => (StatusCode::UNPROCESSABLE_ENTITY, None, json!({})),
        CartError::NoSuchLine => (StatusCode::NOT_FOUND, None, json!({})),
        CartError::Unavailable { .. } => (StatusCode::CONFLICT, None, json!({ "in_stock": 0 })),
        CartError::NotEnoughStock { stock, in_cart, .. } => {
            (StatusCode::CONFLICT, Some(stock), json!({ "in_stock": stock, "in_cart": in_cart }))
        }
    }
}

/// Says what was refused: the cart's page with what can be had instead, or a problem with the numbers.
async fn refuse(visit: Visit, cart: Cart, buyer: Buyer, sku: Sku, error: CartError) -> Answer {
    if error == CartError::NoSuchLine {
        return Err(unknown());
    }
    let (status, can_have, more) = bounds(&error);
    let detail = format!("{}.", capital(&error.to_string()));
    if visit.wants_json {
        let problem = Problem::new(status, "Your cart was not changed", detail);
        let mut more = more.as_object().cloned().unwrap_or_default();
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            more.insert("errors".to_owned(), json!({ "quantity": error.to_string().trim_start_matches("quantity ") }));
        }
        return Err(more.into_iter().fold(problem, |problem, (name, value)| problem.with(&name, value)));
    }
    let held = cart.line(&sku).map_or(0, |l| l.quantity);
    let mut page = Look::at(&visit.app, cart, buyer).await?.page();
    page.refused = Some(detail);
    page.offer = can_have.filter(|most| *most > held).map(|quantity| StockOffer { sku, quantity, in_cart: held > 0 });
    visit.page_with(status, &page).await
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Not found", "The shop does not have this item.")
}
