use super::order_item;
use crate::{
    Store, StoreError, account,
    cart::{CartKey, is_cart, read_cart},
    catalogue::{self, to_offer},
    coupon,
    item::{Item, attribute, expire, key, n, s},
    lists::Layout,
    mail::Mail,
    now,
    retry::repeat,
    settings,
    write::{Cancelled, Failures, Part, Write},
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    cart::{Cart, Offer},
    catalogue::StockPolicy,
    coupon::{CouponRefusal, CouponTerms},
    money::Money,
    order::{Buyer, Order},
    settings::Settings,
    text::{IdempotencyKey, OrderNumber, Sku},
};
use std::time::Instant;

/// How long a repeated request is recognised, in days.
const REMEMBERED_DAYS: i64 = 7;

/// What placing needs, from one read.
#[derive(Debug)]
pub struct ForPlacing {
    /// The cart as it is stored.
    pub cart: Cart,
    /// Who buys.
    pub buyer: Buyer,
    /// The order that this key placed before, and the fingerprint of that request.
    pub earlier: Option<(OrderNumber, String)>,
    /// The settings as they are now.
    pub settings: Settings,
}

/// An order to place, with everything its conditions name.
#[derive(Debug)]
pub struct Placement<'a> {
    /// The order; its lines' unit prices are those the shopper saw.
    pub order: &'a Order,
    /// Whose cart becomes the order.
    pub cart: &'a CartKey,
    /// The cart's version that was read.
    pub cart_version: u64,
    /// The terms under which the order uses its coupon.
    pub coupon: Option<&'a CouponTerms>,
    /// The request's key.
    pub key: &'a IdempotencyKey,
    /// The request's fingerprint.
    pub fingerprint: &'a str,
    /// What tells the shopper.
    pub mail: &'a Mail,
}

/// What changed since the shopper looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Fewer are left than wanted.
    NotEnoughStock {
        /// Of which variant.
        sku: Sku,
        /// How many are left.
        left: u32,
    },
    /// Another price.
    PriceChanged {
        /// Of which variant.
        sku: Sku,
        /// The price now.
        now: Money,
    },
    /// Withdrawn.
    Unavailable {
        /// Which variant.
        sku: Sku,
    },
    /// The coupon no longer counts.
    Coupon(CouponRefusal),
    /// The coupon has other terms.
    CouponChanged,
    /// The cart changed, in another tab.
    CartChanged,
}

/// Why no order was placed; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Conditions failed.
    #[error("something changed since the shopper looked")]
    Refused(Vec<Refusal>),
    /// The key has placed an order already.
    #[error("the request was carried out before, as order {number}")]
    Replayed {
        /// The first order.
        number: OrderNumber,
        /// The first request's fingerprint.
        fingerprint: String,
    },
    /// See there.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn idempotency_key(cart: &CartKey, key_of_request: &IdempotencyKey) -> Item {
    let scoped = crate::sha256_hex(&format!("{}\n{key_of_request}", cart.pk()));
    key(format!("IDEMPOTENCY#{scoped}"), "IDEMPOTENCY")
}

impl Store {
    /// Reads what placing needs, in one request.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer or has no settings, `StoreError::Corrupt` when something cannot
    /// be read.
    pub async fn read_for_placing(&self, of: &CartKey, request: &IdempotencyKey) -> Result<ForPlacing, StoreError> {
        let mut keys = of.keys_of_buyer();
        keys.extend([idempotency_key(of, request), key(settings::KEY, settings::KEY)]);
        let (mut cart, mut earlier, mut found, mut buyer) = (None, None, None, of.buyer());
        for item in self.read_many(keys).await? {
            if is_cart(&item) {
                cart = Some(item);
            } else if account::is_customer(&item) {
                buyer.email = Some(attribute(&item, "email")?);
            } else if item.contains_key("fingerprint") {
                earlier = Some(to_earlier(&item)?);
            } else {
                self.note_layout(Some(&item));
                found = Some(settings::from(item)?);
            }
        }
        let settings = found.ok_or_else(settings::missing)?;
        let cart = read_cart(of, cart)?;
        Ok(ForPlacing { buyer: buyer.joining(&cart), cart, earlier, settings })
    }

    /// Places an order: stock, seen prices, availability, coupon, order, idempotency and cart in one transaction. Failed
    /// conditions are never retried. Contention is, with jitter until the deadline, while there is stock: many who want the last
    /// one of a thing hear that it is sold out, in place of waiting for each other.
    ///
    /// # Errors
    ///
    /// `PlaceError::Refused` when something changed since the shopper looked, `Replayed` when the key has placed an order; else a
    /// `StoreError`: nothing is known of the order when that is `Unanswered`.
    pub async fn place_order(&self, placement: &Placement<'_>, deadline: Instant) -> Result<(), PlaceError> {
        match self.try_to_place(placement, deadline).await {
            Err(Cancelled::Conditions(failed)) if self.finish_saves_of(&failed).await? => {
                self.try_to_place(placement, deadline).await
            }
            placed => placed,
        }
        .unwrap_or_else(|cancelled| match cancelled {
            Cancelled::Conditions(failed) => Err(placement.explain(&failed)?),
            Cancelled::Failed(error) => Err(error.into()),
            Cancelled::Contention => Err(StoreError::Unavailable("too many shoppers at once".to_owned()).into()),
        })
    }

    async fn try_to_place(&self, placement: &Placement<'_>, deadline: Instant) -> Result<Result<(), PlaceError>, Cancelled> {
        let transaction = &self.transaction(placement.writes(self.known_layout())?)?;
        let placed = repeat(deadline, Cancelled::is_contention, |attempt| async move {
            if attempt > 0
                && let Err(refused) = self.look_at_stock(placement).await
            {
                return Ok(Err(refused));
            }
            self.attempt(transaction).await.map(Ok)
        });
        placed.await
    }

    /// Rolls forward the saves that are staged in variants which could not be sold: the shopper may have seen what they become.
    /// Whether there were any; somebody else may have rolled them forward meanwhile.
    async fn finish_saves_of(&self, failed: &Failures) -> Result<bool, StoreError> {
        let mut products = failed.items().filter(|item| catalogue::is_staged(item)).collect::<Vec<_>>();
        products.dedup_by_key(|item| catalogue::text(item, "product").to_owned());
        for item in &products {
            self.finish(&attribute(item, "product")?).await?;
        }
        Ok(!products.is_empty())
    }

    /// Refuses an order for which there is not enough stock, unless it has been placed by an attempt whose answer was lost. The
    /// key is read after the stock: who sees the stock that such an order has taken sees its key too.
    async fn look_at_stock(&self, placement: &Placement<'_>) -> Result<(), PlaceError> {
        let wanted = placement.order.lines.iter().map(|line| (&line.amounts.sku, line.amounts.quantity));
        let skus: Vec<Sku> = wanted.clone().map(|(sku, _)| sku.clone()).collect();
        let offers = self.offers(&skus).await?;
        let left = |sku: &Sku| offers.get(sku).map_or(0, Offer::on_offer);
        let refusals: Vec<Refusal> = wanted
            .filter(|(sku, quantity)| left(sku) < *quantity)
            .map(|(sku, _)| Refusal::NotEnoughStock { sku: sku.clone(), left: left(sku) })
            .collect();
        if refusals.is_empty() {
            return Ok(());
        }
        let key = idempotency_key(placement.cart, placement.key);
        match self.read_many(vec![key]).await?.pop() {
            Some(earlier) => {
                let (number, fingerprint) = to_earlier(&earlier)?;
                Err(PlaceError::Replayed { number, fingerprint })
            }
            None => Err(PlaceError::Refused(refusals)),
        }
    }
}

impl Placement<'_> {
    /// The request's key, the cart, each line's stock, the coupon, the order, the mail.
    fn writes(&self, layout: Layout) -> Result<Vec<Write>, StoreError> {
        let mut remembered = idempotency_key(self.cart, self.key);
        remembered.insert("number".to_owned(), s(self.order.number.as_str()));
        remembered.insert("fingerprint".to_owned(), s(self.fingerprint));
        expire(&mut remembered, now().plus_days(REMEMBERED_DAYS));
        let mut writes = vec![
            Write::create(remembered).part(Part::Request),
            Write::delete(self.cart.key()).at_version(self.cart_version).part(Part::Cart),
        ];
        writes.extend(self.order.lines.iter().map(|line| {
            Write::update(catalogue::sku_key(&line.amounts.sku), "SET stock = stock - :quantity")
                .when(
                    "(stock >= :quantity OR stock_policy IN (:sell_when_out, :untracked)) AND price = :seen AND available = :yes",
                )
                .value(":sell_when_out", s(StockPolicy::SellWhenOut.name()))
                .value(":untracked", s(StockPolicy::Untracked.name()))
                .value(":quantity", n(line.amounts.quantity))
                .value(":seen", n(line.amounts.unit_price))
                .value(":yes", AttributeValue::Bool(true))
                .part(Part::Stock(line.amounts.sku.clone()))
        }));
        if let (Some(terms), Some(used)) = (self.coupon, &self.order.coupon) {
            writes.extend(coupon::count(terms, &used.users(&self.order.email)));
        }
        writes.push(Write::put(order_item(self.order, layout)?).when("attribute_not_exists(pk)"));
        writes.push(self.mail.write()?);
        Ok(writes)
    }

    /// What the failed conditions mean, from the items as they are.
    fn explain(&self, failed: &Failures) -> Result<PlaceError, StoreError> {
        if let Some(earlier) = failed.of(&Part::Request) {
            let (number, fingerprint) = to_earlier(earlier)?;
            return Ok(PlaceError::Replayed { number, fingerprint });
        }
        let mut refusals = Vec::new();
        if failed.of(&Part::Cart).is_some() {
            refusals.push(Refusal::CartChanged);
        }
        for line in &self.order.lines {
            let sku = &line.amounts.sku;
            if let Some(item) = failed.of(&Part::Stock(sku.clone())) {
                refusals.push(explain_line(sku, line.amounts.quantity, line.amounts.unit_price, item)?);
            }
        }
        if let Some(terms) = self.coupon {
            if let Some(item) = failed.of(&Part::Coupon) {
                refusals.push(explain_coupon(terms, item));
            } else if failed.of(&Part::CouponUses).is_some() {
                refusals.push(Refusal::Coupon(CouponRefusal::NotForYou));
            }
        }
        // An order number that exists: one in 10^15 times; the shopper submits again.
        Ok(if refusals.is_empty() { StoreError::Conflict.into() } else { PlaceError::Refused(refusals) })
    }
}

fn explain_line(sku: &Sku, quantity: u32, seen: Money, item: &Item) -> Result<Refusal, StoreError> {
    let sku = sku.clone();
    // A new variant that is only staged has nothing yet.
    if !item.contains_key("sku") {
        return Ok(Refusal::Unavailable { sku });
    }
    let offer = to_offer(item)?;
    Ok(if !offer.available {
        Refusal::Unavailable { sku }
    } else if offer.price != seen {
        Refusal::PriceChanged { sku, now: offer.price }
    } else {
        debug_assert!(offer.on_offer() < quantity);
        Refusal::NotEnoughStock { sku, left: offer.stock }
    })
}

/// Why its use could not be counted, by the coupon as it is.
fn explain_coupon(seen: &CouponTerms, item: &Item) -> Refusal {
    let Ok(now) = coupon::to_coupon(item.clone()) else { return Refusal::Coupon(CouponRefusal::Withdrawn) };
    if !now.terms.active {
        Refusal::Coupon(CouponRefusal::Withdrawn)
    } else if now.terms.version == seen.version {
        Refusal::Coupon(CouponRefusal::Exhausted)
    } else {
        Refusal::CouponChanged
    }
}

fn to_earlier(item: &Item) -> Result<(OrderNumber, String), StoreError> {
    Ok((attribute(item, "number")?, attribute(item, "fingerprint")?))
}
