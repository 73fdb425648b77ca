use axum::extract::Path;
use domain::{
    cart::{Cart, CartError, CartLimits, Offer, parse_units},
    order::Buyer,
    text::{Sku, capital},
};
use http::StatusCode;
use render::views::checkout::StockOffer;
use serde::Deserialize;
use serde_json::json;
use store::{StoreError, cart::CartKey};
use web::{Answer, App, Input, Look, Problem, Visit, api};

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
    let wish = Wish { sku, units: &input.quantity, kind: Kind::Add };
    change_cart(visit, &wish, "").await
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
    let wish = Wish { sku, units: &input.quantity, kind: Kind::Set };
    change_cart(visit, &wish, &input.next).await
}

/// A change of one line that is asked for.
struct Wish<'a> {
    sku: Sku,
    /// As typed.
    units: &'a str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Add,
    Set,
}

impl Wish<'_> {
    fn carry_out(&self, cart: &mut Cart, offer: Option<Offer>, limits: CartLimits) -> Result<(), CartError> {
        let min = match self.kind {
            Kind::Add => 1,
            Kind::Set => 0,
        };
        let units = parse_units(self.units).ok_or(CartError::Quantity { min, max: limits.quantity })?;
        match (self.kind, units, offer) {
            (Kind::Add, _, Some(offer)) => cart.add(offer, units, limits),
            // Gone already: a second press of the same button.
            (Kind::Set, 0, _) if cart.line(&self.sku).is_none() => Ok(()),
            // What has left the catalogue can still be removed.
            (Kind::Set, 0, _) => cart.remove(&self.sku),
            (Kind::Set, _, Some(offer)) => cart.set_quantity(offer, units, limits),
            (_, _, None) => Err(CartError::NoSuchLine),
        }
    }

    /// The same under the settings as they are. Those that are held may be a minute old: no limit of theirs refuses anything.
    async fn carry_out_now(&self, app: &App, cart: &mut Cart, offer: Option<Offer>) -> Result<Result<(), CartError>, StoreError> {
        let held = app.settings.get().await?;
        let done = self.carry_out(cart, offer.clone(), held.cart);
        let newer = match &done {
            Err(error) if error.is_by_limit() => app.settings.newer(&held).await?,
            _ => None,
        };
        Ok(newer.map_or(done, |newer| self.carry_out(cart, offer, newer.cart)))
    }
}

/// What became of a wish.
enum Outcome {
    /// It was carried out; so many units were in the line before.
    Done(Changed, u32),
    /// The cart, whose it is, and why it is as it was.
    Refused(Box<Cart>, Buyer, CartError),
}

/// Reads the cart and the offer, changes the cart, writes it: two requests, again when another tab wrote meanwhile.
async fn change_cart(mut visit: Visit, wish: &Wish<'_>, next: &str) -> Answer {
    let of = visit.cart_key().unwrap_or_else(|| CartKey::Guest(ids::new_secret()));
    match store::retry(|_| change_once(&visit, &of, wish)).await {
        Ok(Outcome::Done(changed, before)) => {
            visit.keep_cart(&of);
            visit.set_cart_count(changed.units());
            answer(visit, &changed, &wish.sku, before, next).await
        }
        Ok(Outcome::Refused(cart, buyer, error)) => refuse(visit, *cart, buyer, wish.sku.clone(), error).await,
        Err(error) => {
            // It may have been written: whose it is can see it.
            visit.keep_cart(&of);
            visit.refuse(error)
        }
    }
}

async fn change_once(visit: &Visit, of: &CartKey, wish: &Wish<'_>) -> Result<Outcome, StoreError> {
    let (mut cart, buyer, offer) = visit.app.store.cart_and_offer(of, &wish.sku).await?;
    let before = cart.line(&wish.sku).map_or(0, |l| l.quantity);
    if let Err(error) = wish.carry_out_now(&visit.app, &mut cart, offer).await? {
        return Ok(Outcome::Refused(Box::new(cart), buyer, error));
    }
    Ok(Outcome::Done(save(visit, of, cart, buyer).await?, before))
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
