//! Orders: what was bought, as it was at that moment, and the moves an order can make.

pub use crate::payment::PaymentMethod;
use crate::{
    address::Address,
    cart::Cart,
    catalogue::{Image, OptionValue},
    money::Money,
    offer::Offer,
    quote::{Quote, QuoteLine},
    settings::Settings,
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
    /// How it is paid; absent where there is nothing to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// Where it stands.
    pub status: OrderStatus,
    /// Every move with its moment, oldest first; the first is the placing.
    pub timeline: Vec<TimelineEntry>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Counts writes; a write names the one it has read.
    pub version: u64,
}

/// An order as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSummary {
    /// What people call it.
    pub number: OrderNumber,
    /// Where its mail goes.
    pub email: Email,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Where it stands.
    pub status: OrderStatus,
    /// What it costs.
    pub total: Money,
    /// Units of all lines.
    pub units: u32,
    /// To whom it goes.
    pub name: Name,
    /// How it is paid; absent where there is nothing to pay, and in lists that do not show it.
    #[serde(default)]
    pub payment_method: Option<PaymentMethod>,
}

/// A use of a coupon, and for whom it was counted. Stays what it is when a guest's order joins an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CouponUse {
    /// The coupon.
    pub code: CouponCode,
    /// The account.
    pub customer: Option<Id>,
    /// The e-mail addresses it was counted for, each once. Empty in orders of earlier times: then it was counted for the account,
    /// or else for the order's address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
}

/// One whose uses of a coupon are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponUser {
    /// By e-mail address.
    Email(Email),
    /// By account.
    Account(Id),
}

/// Who buys, as far as the session tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buyer {
    /// The account.
    pub customer: Option<Id>,
    /// The account's own address; the order may name another one.
    pub email: Option<Email>,
}

impl Buyer {
    /// With the account that a guest's order joins, which checkout has found by the proven address.
    #[must_use]
    pub fn joining(self, cart: &Cart) -> Self {
        Self { customer: self.customer.or_else(|| cart.checkout.account.clone()), ..self }
    }

    /// Who counts as having used a coupon: the account, its address and the order's, each once.
    pub fn coupon_users(&self, contact: Option<&Email>) -> Vec<CouponUser> {
        let own = self.email.as_ref().filter(|own| Some(*own) != contact);
        let emails = contact.into_iter().chain(own).cloned().map(CouponUser::Email);
        emails.chain(self.customer.clone().map(CouponUser::Account)).collect()
    }
}

impl OrderLine {
    fn new(offer: &Offer, amounts: &QuoteLine) -> Self {
        Self {
            product: offer.product.clone(),
            slug: offer.slug.clone(),
            name: offer.name.clone(),
            options: offer.options.clone(),
            image: offer.image.clone(),
            amounts: amounts.clone(),
        }
    }
}

impl CouponUse {
    fn new(code: &CouponCode, buyer: &Buyer, contact: &Email) -> Self {
        let users = buyer.coupon_users(Some(contact)).into_iter();
        let emails = users.filter_map(|user| if let CouponUser::Email(email) = user { Some(email) } else { None });
        Self { code: code.clone(), customer: buyer.customer.clone(), emails: emails.collect() }
    }

    /// For whom it was counted. `contact` is the order's address.
    pub fn users(&self, contact: &Email) -> Vec<CouponUser> {
        if self.emails.is_empty() {
            let user = self.customer.clone().map_or_else(|| CouponUser::Email(contact.clone()), CouponUser::Account);
            return vec![user];
        }
        let emails = self.emails.iter().cloned().map(CouponUser::Email);
        emails.chain(self.customer.clone().map(CouponUser::Account)).collect()
    }
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

/// A move that the rules do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from} cannot become {to}")]
pub struct IllegalMove {
    /// Where it stands.
    pub from: OrderStatus,
    /// What was asked for.
    pub to: OrderStatus,
}

/// What is to be done about an order's payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// It costs nothing.
    Nothing,
    /// The total, this way.
    Due(PaymentMethod),
    /// It was paid this way.
    Settled(PaymentMethod),
    /// It is cancelled.
    Void(PaymentMethod),
}

/// What a cart still lacks to become an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// Nothing to buy.
    #[error("your cart is empty")]
    Empty,
    /// A line cannot be ordered as it stands.
    #[error("something in your cart cannot be ordered as it is")]
    Lines,
    /// No e-mail address or no delivery address.
    #[error("please enter your contact details and address")]
    Contact,
    /// The shop does not sell to that country any more.
    #[error("we do not deliver to this country any more, please choose another address")]
    Country,
    /// No shipping method.
    #[error("please choose a delivery method")]
    Delivery,
    /// The chosen shipping method is gone, or does not go there any more.
    #[error("the delivery method you chose is no longer available, please choose again")]
    DeliveryGone,
    /// No payment method.
    #[error("please choose a payment method")]
    Payment,
    /// The shop does not take the chosen payment method any more.
    #[error("the payment method you chose is no longer available, please choose again")]
    PaymentGone,
}

impl Incomplete {
    /// Whether the shopper had given it, and the shop has changed since.
    pub fn is_by_change(self) -> bool {
        matches!(self, Self::Lines | Self::Country | Self::DeliveryGone | Self::PaymentGone)
    }
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

impl std::fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Order {
    /// Turns a cart with a complete checkout into an order, at the prices the cart holds and under these settings.
    ///
    /// # Errors
    ///
    /// The first thing that the cart still lacks, or that changed.
    pub fn place(
        cart: &Cart,
        quote: Quote,
        settings: &Settings,
        number: OrderNumber,
        buyer: &Buyer,
        now: Timestamp,
    ) -> Result<Self, Incomplete> {
        check_complete(cart, &quote, settings)?;
        let checkout = cart.checkout.clone();
        let email = checkout.email.ok_or(Incomplete::Contact)?;
        let coupon = cart.counting_coupon(settings.cart, settings.currency, now);
        Ok(Self {
            number,
            phone: checkout.phone,
            address: checkout.address.ok_or(Incomplete::Contact)?,
            lines: cart.lines.iter().zip(&quote.lines).map(|(line, amounts)| OrderLine::new(&line.offer, amounts)).collect(),
            coupon: coupon.map(|terms| CouponUse::new(&terms.code, buyer, &email)),
            customer: buyer.customer.clone(),
            payment_method: checkout.payment_method.filter(|_| !quote.is_free()),
            quote,
            email,
            status: OrderStatus::Pending,
            timeline: vec![TimelineEntry { status: OrderStatus::Pending, at: now, by: Actor::Shopper }],
            placed_at: now,
            version: 1,
        })
    }

    /// Makes a move, stamped with who and when. The order is unchanged when the rules do not have it.
    ///
    /// # Errors
    ///
    /// `IllegalMove` when the rules do not have that move.
    pub fn advance(&mut self, to: OrderStatus, by: Actor, at: Timestamp) -> Result<(), IllegalMove> {
        if !self.status.can_become(to) {
            return Err(IllegalMove { from: self.status, to });
        }
        self.status = to;
        self.timeline.push(TimelineEntry { status: to, at, by });
        self.version += 1;
        Ok(())
    }

    /// What is to be done about its payment, by where it stands. A parcel paid by transfer is sent when the money has arrived.
    pub fn owed(&self) -> Owed {
        self.summary().owed()
    }

    /// The amount that is still to be paid.
    pub fn amount_owed(&self) -> Money {
        if matches!(self.owed(), Owed::Due(_)) { self.quote.total } else { Money::ZERO }
    }

    /// Until when it holds its stock without being paid, where the shop waits for a payment.
    pub fn pay_by(&self, payment_days: u16) -> Option<Timestamp> {
        self.summary().pay_by(payment_days)
    }

    /// As lists show it.
    pub fn summary(&self) -> OrderSummary {
        OrderSummary {
            number: self.number.clone(),
            email: self.email.clone(),
            placed_at: self.placed_at,
            status: self.status,
            total: self.quote.total,
            units: self.lines.iter().map(|line| line.amounts.quantity).sum(),
            name: self.address.name.clone(),
            payment_method: self.payment_method,
        }
    }

    /// Whether it can still be cancelled.
    pub fn is_cancellable(&self) -> bool {
        self.status.can_become(OrderStatus::Cancelled)
    }
}

impl OrderSummary {
    /// See [`Order::owed`].
    pub fn owed(&self) -> Owed {
        let Some(method) = self.payment_method.filter(|_| !self.total.is_zero()) else { return Owed::Nothing };
        match (self.status, method) {
            (OrderStatus::Cancelled, _) => Owed::Void(method),
            (OrderStatus::Pending, _) | (OrderStatus::Processing | OrderStatus::Shipped, PaymentMethod::OnDelivery) => {
                Owed::Due(method)
            }
            _ => Owed::Settled(method),
        }
    }

    /// See [`Order::pay_by`].
    pub fn pay_by(&self, payment_days: u16) -> Option<Timestamp> {
        let waits = self.owed() == Owed::Due(PaymentMethod::BankTransfer);
        waits.then(|| self.placed_at.plus_days(payment_days.into()))
    }
}

/// What is still missing, in the order of the steps: the lines first.
///
/// # Errors
///
/// The first thing that the cart still lacks, or that changed.
pub fn check_complete(cart: &Cart, quote: &Quote, settings: &Settings) -> Result<(), Incomplete> {
    if !cart.lines.is_empty() && !cart.is_orderable(settings.cart) {
        return Err(Incomplete::Lines);
    }
    check_steps(cart, quote, settings)
}

/// What the steps still lack, whatever the lines are.
///
/// # Errors
///
/// The first thing that the steps still lack.
pub fn check_steps(cart: &Cart, quote: &Quote, settings: &Settings) -> Result<(), Incomplete> {
    let known = &cart.checkout;
    let Some(address) = known.address.as_ref().filter(|_| known.email.is_some() && !cart.lines.is_empty()) else {
        return Err(if cart.lines.is_empty() { Incomplete::Empty } else { Incomplete::Contact });
    };
    if !settings.sells_to(&settings.destination(address)) {
        Err(Incomplete::Country)
    } else if quote.shipping.is_none() {
        Err(if known.shipping_method.is_some() { Incomplete::DeliveryGone } else { Incomplete::Delivery })
    } else if quote.is_free() {
        Ok(())
    } else {
        match known.payment_method {
            None => Err(Incomplete::Payment),
            Some(method) if !settings.payment.contains(&method) => Err(Incomplete::PaymentGone),
            Some(_) => Ok(()),
        }
    }
}
