//! Cart, checkout and the page of an order.

use super::{Choice, Form, view};
use crate::Refusal;
use domain::{
    address::{Address, AddressInput, NeededFields},
    cart::{Cart, LineProblem},
    catalogue::{Image, OptionValue},
    coupon::CouponNews,
    money::Money,
    order::{ActorKind, Order, OrderLine, OrderStatus, PaymentMethod, TimelineEntry},
    quote::Quote,
    settings::Settings,
    shipping::ShippingMethod,
    text::{CouponCode, Email, Name, OrderNumber, Phone, Sku, Slug},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A line of the cart, with what is to be said about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CartLineView {
    /// Variant.
    pub sku: Sku,
    /// Product page.
    pub slug: Slug,
    /// Product.
    pub name: Name,
    /// Variant's options.
    pub options: Vec<OptionValue>,
    /// Picture.
    pub image: Option<Image>,
    /// How many.
    pub quantity: u32,
    /// Of one.
    pub unit_price: Money,
    /// Of those that can be had.
    pub total: Money,
    /// Price when added, when it is another now.
    pub changed_from: Option<Money>,
    /// What keeps it from being ordered as it stands, and what mends that.
    pub problem: Option<ProblemView>,
    /// Not too many wanted.
    pub max: u32,
}

/// What is wrong with a line, and the quantity that mends it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemView {
    /// What it is.
    #[serde(flatten)]
    pub problem: LineProblem,
    /// `Only 2 left`.
    pub text: String,
    /// How many can be had; 0 removes the line.
    pub take: u32,
}

impl From<LineProblem> for ProblemView {
    fn from(problem: LineProblem) -> Self {
        Self { text: problem.to_string(), take: problem.can_have(), problem }
    }
}

/// The cart.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CartPage {
    /// Lines.
    pub lines: Vec<CartLineView>,
    /// Units over all lines.
    pub units: u32,
    /// What it costs, as far as known.
    pub quote: Quote,
    /// Applied coupon, while it counts.
    pub coupon: Option<String>,
    /// Applied coupon that does not count.
    pub coupon_refused: Option<String>,
    /// What has become of the coupon since it was applied: why it does not count, or what it gives now.
    pub coupon_news: Option<String>,
    /// What was typed as coupon, and what is wrong with it.
    pub coupon_form: Form<String>,
    /// Nothing stands in the way of checkout.
    pub ready: bool,
    /// What was refused just now.
    pub refused: Option<String>,
    /// A smaller quantity that can be had.
    pub offer: Option<StockOffer>,
    /// A line that was removed just now and can be put back.
    pub removed: Option<Removed>,
}
view!(CartPage, "cart/cart", |_v| "Your cart", |v| Refusal {
    detail: v.refused.clone().or_else(|| v.coupon_form.errors.get("code").cloned()).unwrap_or_default(),
    errors: v.coupon_form.errors.clone()
});

/// A quantity that can be had in place of the one that was refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StockOffer {
    /// Variant.
    pub sku: Sku,
    /// How many there are.
    pub quantity: u32,
    /// Whether the cart has a line of it.
    pub in_cart: bool,
}

/// A removed line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Removed {
    /// Variant.
    pub sku: String,
    /// How many there were.
    pub quantity: u32,
}

impl CartPage {
    /// Of a cart, its quote under these settings, and what has become of its coupon.
    pub fn new(cart: &Cart, quote: Quote, settings: &Settings, news: Option<&CouponNews>) -> Self {
        let lines = cart.looked_over(settings.cart).map(|(line, problem)| CartLineView {
            sku: line.offer.sku.clone(),
            slug: line.offer.slug.clone(),
            name: line.offer.name.clone(),
            options: line.offer.options.clone(),
            image: line.offer.image.clone(),
            quantity: line.quantity,
            unit_price: line.offer.price,
            total: line.offer.price * problem.map_or(line.quantity, LineProblem::can_have),
            changed_from: line.changed_from(),
            problem: problem.map(ProblemView::from),
            max: settings.cart.quantity,
        });
        Self {
            lines: lines.collect(),
            ready: !cart.lines.is_empty() && cart.is_orderable(settings.cart),
            units: cart.units(),
            coupon: cart.coupon.as_ref().map(|c| c.code.to_string()),
            coupon_refused: news.and_then(CouponNews::refused).map(|(code, _)| code.to_string()),
            coupon_news: news.map(|news| news.sentence(settings.currency)),
            quote,
            coupon_form: Form::default(),
            refused: None,
            offer: None,
            removed: None,
        }
    }
}

/// Contact and address as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ContactInput {
    /// E-mail address.
    pub email: String,
    /// Telephone.
    pub phone: String,
    /// Address.
    #[serde(flatten)]
    pub address: AddressInput,
}

/// First step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactPage {
    /// Fields.
    pub form: Form<ContactInput>,
    /// Countries the shop sells to.
    pub countries: Vec<Choice>,
    /// What addresses in all of them have.
    pub needed: NeededFields,
    /// Addresses of the account.
    pub saved: Vec<Choice>,
    /// Signed in.
    pub signed_in: bool,
    /// Cart's cost so far.
    pub quote: Quote,
    /// What has become of the coupon since it was applied.
    pub coupon_news: Option<String>,
    /// Whether a payment is asked for.
    pub pays: bool,
    /// Current step.
    pub step: u8,
}
view!(ContactPage, "checkout/contact", |_v| "Checkout: address", |v| (&v.form).into());

/// A way of delivery.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryChoice {
    /// Method.
    #[serde(flatten)]
    pub method: ShippingMethod,
    /// For this cart.
    pub price_now: Money,
    /// Chosen.
    pub selected: bool,
}

/// Second step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryPage {
    /// Ways.
    pub methods: Vec<DeliveryChoice>,
    /// The country or territory it goes to.
    pub place: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// Cart's cost so far.
    pub quote: Quote,
    /// What has become of the coupon since it was applied.
    pub coupon_news: Option<String>,
    /// Whether a payment is asked for.
    pub pays: bool,
    /// Current step.
    pub step: u8,
}
view!(DeliveryPage, "checkout/delivery", |_v| "Checkout: delivery", |v| Refusal::of_field("shipping_method", v.error.as_ref()));

/// A way to pay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentChoice {
    /// What the form sends.
    pub value: String,
    /// Name.
    pub label: String,
    /// What happens then.
    pub text: String,
    /// Chosen.
    pub selected: bool,
}

/// Third step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentPage {
    /// Ways.
    pub methods: Vec<PaymentChoice>,
    /// What is wrong.
    pub error: Option<String>,
    /// Cart's cost so far.
    pub quote: Quote,
    /// What has become of the coupon since it was applied.
    pub coupon_news: Option<String>,
    /// Whether a payment is asked for.
    pub pays: bool,
    /// Current step.
    pub step: u8,
}
view!(PaymentPage, "checkout/payment", |_v| "Checkout: payment", |v| Refusal::of_field("payment_method", v.error.as_ref()));

/// Last step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewPage {
    /// Lines.
    pub cart: CartPage,
    /// Goes to.
    pub address: Vec<String>,
    /// Mail goes to.
    pub email: String,
    /// Telephone.
    pub phone: Option<String>,
    /// How it is paid.
    pub payment: String,
    /// What changed since the shopper looked, in sentences.
    pub changes: Vec<String>,
    /// Hidden: recognises a repeated submit.
    pub idempotency_key: String,
    /// Whether a payment is asked for.
    pub pays: bool,
    /// Current step.
    pub step: u8,
}
view!(ReviewPage, "checkout/review", |_v| "Checkout: review", |v| v.changes.join(" ").into());

/// Nobody knows yet whether the order was placed: its request, to be sent again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Unanswered {
    /// The request's key.
    pub idempotency_key: String,
    /// The amounts that the shopper saw, by the names of their fields.
    #[schema(value_type = Vec<Vec<String>>)]
    pub seen: Vec<(String, String)>,
}
view!(Unanswered, "checkout/unanswered", |_v| "One moment, please");

/// Who did something, as far as shoppers are told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActorView {
    /// Which kind of somebody.
    pub kind: ActorKind,
}

/// One move of an order, for its shopper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MoveView {
    /// What it became.
    pub status: OrderStatus,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorView,
}

/// An order as its shopper sees it: what was bought and what became of it. Accounts, of shopper or staff, have no place in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderView {
    /// What people call it.
    pub number: OrderNumber,
    /// Where its mail goes.
    pub email: Email,
    /// For the carrier.
    pub phone: Option<Phone>,
    /// Where it goes.
    pub address: Address,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What it costs, every part. Its lines stand in the order of `lines`.
    pub quote: Quote,
    /// The coupon whose use it counts as.
    pub coupon: Option<CouponCode>,
    /// How it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// Where it stands.
    pub status: OrderStatus,
    /// Every move with its moment, oldest first; the first is the placing.
    pub timeline: Vec<MoveView>,
    /// When it was placed.
    pub placed_at: Timestamp,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let step =
            |entry: TimelineEntry| MoveView { status: entry.status, at: entry.at, by: ActorView { kind: entry.by.kind() } };
        Self {
            number: order.number,
            email: order.email,
            phone: order.phone,
            address: order.address,
            lines: order.lines,
            quote: order.quote,
            coupon: order.coupon.map(|used| used.code),
            payment_method: order.payment_method,
            status: order.status,
            timeline: order.timeline.into_iter().map(step).collect(),
            placed_at: order.placed_at,
        }
    }
}

/// An order's page: just placed, looked up, or from the account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderPage {
    /// The order.
    pub order: OrderView,
    /// Address as lines.
    pub address: Vec<String>,
    /// Just placed.
    pub placed: bool,
    /// May be cancelled, and where to ask for it.
    pub cancel: Option<String>,
    /// What to do for payment.
    pub payment: String,
    /// What is still to be paid.
    pub owed: Money,
    /// Offered to a guest who just bought.
    pub offer_account: bool,
}
view!(OrderPage, "order", |v| format!("Order {}", v.order.number));

/// A guest's order look-up as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct LookupInput {
    /// Order number.
    pub number: String,
    /// E-mail address.
    pub email: String,
}

/// Look up an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LookupPage {
    /// Fields.
    pub form: Form<LookupInput>,
}
view!(LookupPage, "checkout/lookup", |_v| "Find your order", |v| (&v.form).into());
