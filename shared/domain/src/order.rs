//! Orders: what was bought, as it was at that moment, and the moves an order can make.

use crate::{
    address::Address,
    cart::Cart,
    catalogue::{Image, OptionValue},
    quote::{Quote, QuoteLine},
    text::{CouponCode, Email, Id, Name, OrderNumber, Phone, Slug},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// What people call it.
    pub number: OrderNumber,
    /// The customer, unless a guest ordered.
    pub customer: Option<Id>,
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
    pub coupon: Option<CouponUse>,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// Where it stands.
    pub status: OrderStatus,
    /// Every move with its moment, oldest first; the first is the placing.
    pub timeline: Vec<TimelineEntry>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Counts writes; a write names the one it has read.
    pub version: u64,
}

/// A use of a coupon, and for whom it was counted. Stays what it is when a guest's order joins an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CouponUse {
    /// The coupon.
    pub code: CouponCode,
    /// The account; a guest's use counts for the order's e-mail address.
    pub customer: Option<Id>,
}

/// What a line was at the moment of purchase, for ever; its amounts are in the quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderLine {
    /// The product.
    pub product: Id,
    /// Its page then.
    pub slug: Slug,
    /// Its name then.
    pub name: Name,
    /// The variant's options.
    pub options: Vec<OptionValue>,
    /// Its picture then.
    pub image: Option<Image>,
    /// SKU, quantity and amounts.
    #[serde(flatten)]
    pub amounts: QuoteLine,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Placed.
    Pending,
    /// Being packed.
    Processing,
    /// With the carrier.
    Shipped,
    /// Arrived.
    Delivered,
    /// Given up; stock and coupon went back.
    Cancelled,
}

/// One move of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// What it became.
    pub status: OrderStatus,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "id", rename_all = "lowercase")]
pub enum Actor {
    /// The shopper, signed in or as guest.
    Shopper,
    /// A member of staff, by account.
    Staff(Id),
    /// The shop itself.
    Shop,
}

/// What kind of somebody did something: all that shoppers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// The shopper, signed in or as guest.
    Shopper,
    /// A member of staff.
    Staff,
    /// The shop itself.
    Shop,
}

impl Actor {
    /// Which kind, whoever it is.
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::Shopper => ActorKind::Shopper,
            Self::Staff(_) => ActorKind::Staff,
            Self::Shop => ActorKind::Shop,
        }
    }
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// The shopper transfers the total.
    BankTransfer,
    /// The carrier takes the money.
    OnDelivery,
}

/// A move that the rules do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from} cannot become {to}")]
pub struct IllegalMove {
    /// Where it stands.
    pub from: OrderStatus,
    /// What was asked for.
    pub to: OrderStatus,
}

/// What a cart still lacks to become an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// Nothing to buy.
    #[error("the cart is empty")]
    Empty,
    /// A line is not for sale any more.
    #[error("an item in the cart is not available any more")]
    UnavailableLine,
    /// No e-mail address or no delivery address.
    #[error("contact and address are missing")]
    Contact,
    /// No shipping method, or it does not go there.
    #[error("no delivery is chosen")]
    Delivery,
    /// No payment method, or the shop does not take it.
    #[error("no payment is chosen")]
    Payment,
}

impl OrderStatus {
    /// Every status, in the order an order passes them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Processing, Self::Shipped, Self::Delivered, Self::Cancelled];

    /// The moves there are, and no others.
    pub fn can_become(self, to: Self) -> bool {
        use OrderStatus::{Cancelled, Delivered, Pending, Processing, Shipped};
        matches!((self, to), (Pending, Processing | Cancelled) | (Processing, Shipped | Cancelled) | (Shipped, Delivered))
    }

    /// The moves from here.
    pub fn next(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |to| self.can_become(*to))
    }

    /// `pending`, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }
}

impl PaymentMethod {
    /// `bank_transfer`, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BankTransfer => "bank_transfer",
            Self::OnDelivery => "on_delivery",
        }
    }
}

impl std::fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Order {
    /// Turns a cart with a complete checkout into an order, at the prices the cart holds.
    pub fn place(
        cart: &Cart,
        quote: Quote,
        number: OrderNumber,
        customer: Option<Id>,
        now: Timestamp,
    ) -> Result<Self, Incomplete> {
        check_complete(cart, &quote)?;
        let checkout = cart.checkout.clone();
        let lines = cart
            .lines
            .iter()
            .zip(&quote.lines)
            .map(|(line, amounts)| OrderLine {
                product: line.offer.product.clone(),
                slug: line.offer.slug.clone(),
                name: line.offer.name.clone(),
                options: line.offer.options.clone(),
                image: line.offer.image.clone(),
                amounts: amounts.clone(),
            })
            .collect();
        Ok(Self {
            number,
            email: checkout.email.ok_or(Incomplete::Contact)?,
            phone: checkout.phone,
            address: checkout.address.ok_or(Incomplete::Contact)?,
            lines,
            quote,
            coupon: cart.coupon.as_ref().map(|c| CouponUse { code: c.code.clone(), customer: customer.clone() }),
            customer,
            payment_method: checkout.payment_method.ok_or(Incomplete::Payment)?,
            status: OrderStatus::Pending,
            timeline: vec![TimelineEntry { status: OrderStatus::Pending, at: now, by: Actor::Shopper }],
            placed_at: now,
            version: 1,
        })
    }

    /// Makes a move, stamped with who and when. The order is unchanged when the rules do not have it.
    pub fn advance(&mut self, to: OrderStatus, by: Actor, at: Timestamp) -> Result<(), IllegalMove> {
        if !self.status.can_become(to) {
            return Err(IllegalMove { from: self.status, to });
        }
        self.status = to;
        self.timeline.push(TimelineEntry { status: to, at, by });
        self.version += 1;
        Ok(())
    }

    /// Until when it holds its stock without being paid, where the shop waits for a payment.
    pub fn pay_by(&self, payment_days: u16) -> Option<Timestamp> {
        let waits = self.status == OrderStatus::Pending && self.payment_method == PaymentMethod::BankTransfer;
        waits.then(|| self.placed_at.plus_days(payment_days.into()))
    }

    /// Whether it can still be cancelled.
    pub fn is_cancellable(&self) -> bool {
        self.status.can_become(OrderStatus::Cancelled)
    }
}

/// What is still missing, in the order of the steps.
pub fn check_complete(cart: &Cart, quote: &Quote) -> Result<(), Incomplete> {
    if cart.lines.is_empty() {
        Err(Incomplete::Empty)
    } else if cart.lines.iter().any(|l| !l.offer.available) {
        Err(Incomplete::UnavailableLine)
    } else if cart.checkout.email.is_none() || cart.checkout.address.is_none() {
        Err(Incomplete::Contact)
    } else if quote.shipping.is_none() {
        Err(Incomplete::Delivery)
    } else if cart.checkout.payment_method.is_none() {
        Err(Incomplete::Payment)
    } else {
        Ok(())
    }
}
