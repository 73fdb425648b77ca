//! The order protocol as a model. Its names are those of the code, and each of its steps is one request to the table: between
//! two of them anybody else may be faster, and each may get lost on its way there or back.
//!
//! Worlds are small, each with people who want the same thing at once. All their histories are looked at.

mod mailing;
mod moving;
mod placing;
mod worlds;

use super::clause::{Clause, promises};
use mailing::Notify;
use moving::Move;
use placing::Submit;
use stateright::{Model, Property};
use std::collections::{BTreeMap, BTreeSet};

/// The protocol, whole or without one clause.
pub(crate) struct Protocol {
    pub(crate) without: Option<Clause>,
}

/// Everything there is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shop {
    table: Table,
    people: Vec<Person>,
    /// What else may happen, each once.
    events: BTreeSet<Event>,
    /// How much may still go wrong.
    mishaps: u8,
    history: History,
}

/// The items that the protocol reads and writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Table {
    variant: Option<Variant>,
    coupon: Option<Coupon>,
    carts: BTreeMap<u8, Cart>,
    /// By cart and key.
    requests: BTreeMap<(u8, u8), u8>,
    /// By number.
    orders: BTreeMap<u8, Order>,
    /// By identifier: the number of the order that was placed, or 100 above that of the one that expired.
    mails: BTreeMap<u8, Mail>,
}

/// What the table does not know any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct History {
    stocked: i8,
    placed: usize,
    contents: u8,
    mailed: BTreeSet<u8>,
    variant_deleted: bool,
    counts_lost: bool,
    answers_lost: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Variant {
    stock: i8,
    price: u8,
    available: bool,
}

/// A coupon with its uses by all and by one customer, who is everybody here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Coupon {
    version: u8,
    active: bool,
    used: i8,
    used_by_customer: i8,
    total_limit: i8,
    customer_limit: i8,
}

/// A cart of one unit, with what else it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cart {
    version: u8,
    content: u8,
}

/// What an order depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Seen {
    cart: Cart,
    price: u8,
    available: bool,
    terms: Option<(u8, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Order {
    request: (u8, u8),
    seen: Seen,
    /// What there was when it was placed.
    then: Option<Seen>,
    status: Status,
    version: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Status {
    Pending,
    Processing,
    Cancelled,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Mail {
    sent: bool,
    claimed: bool,
    /// The `write_id` of the last claim.
    write_id: Option<(u8, u8)>,
    /// Nothing but what an update has left where no mail was.
    torn: bool,
}

/// Somebody who sends requests to the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Person {
    Submits(Submit),
    Moves(Move),
    Notifies(Notify),
}

/// What somebody else does, in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Event {
    CartChanges(u8),
    CartIsFilledAgain(u8),
    PriceChanges,
    VariantIsWithdrawn,
    VariantIsDeleted,
    TermsChange,
    CouponIsSwitchedOff,
    CountIsLost,
    CountOfCustomerIsLost,
    MailExpires(u8),
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    LostRequest,
    LostAnswer,
    Conflict,
    /// The SDK sends it no more.
    GivenUp,
    /// Who has sent it is no more.
    Death,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Step(usize, Fate),
    Event(Event),
}

impl Protocol {
    /// The clauses that do not hold, of those that are sent.
    fn failed(&self, conditions: impl IntoIterator<Item = (Clause, bool)>) -> BTreeSet<Clause> {
        let failed = conditions.into_iter().filter(|(clause, holds)| !holds && self.without != Some(*clause));
        failed.map(|(clause, _)| clause).collect()
    }
}

impl Shop {
    /// Something goes wrong, if it still may.
    fn mishap(&mut self) -> Option<()> {
        self.mishaps = self.mishaps.checked_sub(1)?;
        Some(())
    }

    fn happens(&mut self, event: Event) -> Option<()> {
        self.history.contents += 1;
        let (content, table) = (self.history.contents, &mut self.table);
        match event {
            Event::CartChanges(of) => {
                let cart = table.carts.get_mut(&of)?;
                *cart = Cart { version: cart.version + 1, content };
            }
            Event::CartIsFilledAgain(of) if table.carts.contains_key(&of) => return None,
            // `next_version`: it begins where no cart has been.
            Event::CartIsFilledAgain(of) => drop(table.carts.insert(of, Cart { version: 10 * content, content })),
            Event::PriceChanges => table.variant.as_mut()?.price += 1,
            Event::VariantIsWithdrawn => table.variant.as_mut()?.available = false,
            Event::VariantIsDeleted => {
                table.variant = None;
                self.history.variant_deleted = true;
            }
            Event::TermsChange => table.coupon.as_mut()?.version += 1,
            Event::CouponIsSwitchedOff => table.coupon.as_mut()?.active = false,
            Event::CountIsLost => (table.coupon.as_mut()?.used, self.history.counts_lost) = (0, true),
            Event::CountOfCustomerIsLost => {
                (table.coupon.as_mut()?.used_by_customer, self.history.counts_lost) = (0, true);
            }
            Event::MailExpires(id) => drop(table.mails.remove(&id)?),
        }
        self.events.remove(&event);
        Some(())
    }

    /// Orders that hold stock and coupon.
    fn live(&self) -> impl Iterator<Item = &Order> {
        self.table.orders.values().filter(|order| order.status != Status::Cancelled)
    }

    fn submits(&self) -> impl Iterator<Item = &Submit> {
        self.people.iter().filter_map(|person| if let Person::Submits(submit) = person { Some(submit) } else { None })
    }

    fn notifies(&self) -> impl Iterator<Item = &Notify> {
        self.people.iter().filter_map(|person| if let Person::Notifies(notify) = person { Some(notify) } else { None })
    }

    fn is_at_rest(&self) -> bool {
        self.people.iter().all(|person| match person {
            Person::Submits(submit) => submit.told().is_some(),
            Person::Moves(of) => of.is_done(self),
            Person::Notifies(notify) => notify.is_done(self),
        })
    }

    fn returns_once(&self) -> bool {
        let live = i8::try_from(self.live().count()).unwrap();
        let stock = self.table.variant.is_none_or(|v| v.stock + live == self.history.stocked);
        let uses = self.table.coupon.is_none_or(|c| c.used == live && c.used_by_customer == live);
        (stock || self.history.variant_deleted) && (uses || self.history.counts_lost)
    }

    fn keys_are_used_once(&self) -> bool {
        let mut seen = BTreeSet::new();
        self.table.orders.values().all(|order| seen.insert(order.request))
    }

    fn every_order_is_known(&self) -> bool {
        self.submits().filter_map(|submit| self.table.requests.get(&submit.request())).all(|number| {
            let mut told = self.submits().filter_map(Submit::number_told);
            told.any(|told| told == *number)
        })
    }
}

impl Model for Protocol {
    type State = Shop;
    type Action = Action;

    fn init_states(&self) -> Vec<Shop> {
        worlds::all()
    }

    fn actions(&self, shop: &Shop, actions: &mut Vec<Action>) {
        for who in 0..shop.people.len() {
            let fates =
                [Fate::Answered, Fate::LostRequest, Fate::LostAnswer, Fate::Conflict, Fate::GivenUp, Fate::Death].into_iter();
            actions.extend(fates.map(|fate| Action::Step(who, fate)));
        }
        actions.extend(shop.events.iter().map(|event| Action::Event(*event)));
    }

    fn next_state(&self, shop: &Shop, action: Action) -> Option<Shop> {
        let mut next = shop.clone();
        match action {
            Action::Event(event) => next.happens(event)?,
            Action::Step(who, fate) => {
                next.people[who] = match &shop.people[who] {
                    Person::Submits(submit) => Person::Submits(submit.step(self, &mut next, fate)?),
                    Person::Moves(of) => Person::Moves(of.step(self, &mut next, fate)?),
                    Person::Notifies(notify) => Person::Notifies(notify.step(self, &mut next, fate)?),
                };
                next.history.answers_lost |= fate == Fate::LostAnswer;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(promises::STOCK, |_, shop: &Shop| shop.table.variant.is_none_or(|v| v.stock >= 0)),
            Property::always(promises::KEY, |_, shop: &Shop| shop.keys_are_used_once()),
            Property::always(promises::SEEN, |_, shop: &Shop| shop.table.orders.values().all(|o| o.then == Some(o.seen))),
            Property::always(promises::STAYS, |_, shop: &Shop| shop.table.orders.len() == shop.history.placed),
            Property::always(promises::LIMITS, |_, shop: &Shop| {
                shop.table.coupon.is_none_or(|c| c.used <= c.total_limit && c.used_by_customer <= c.customer_limit)
            }),
            Property::always(promises::RETURNED, |_, shop: &Shop| shop.returns_once()),
            Property::always(promises::NOTHING, |_, shop: &Shop| {
                shop.table.coupon.is_none_or(|c| c.used >= 0 && c.used_by_customer >= 0)
            }),
            Property::always(promises::GONE, |_, shop: &Shop| {
                let variant = shop.history.variant_deleted && shop.table.variant.is_some();
                !variant && shop.table.mails.values().all(|mail| !mail.torn)
            }),
            Property::always(promises::ONE_HAND, |_, shop: &Shop| {
                let mut held = BTreeSet::new();
                shop.notifies().filter_map(Notify::mail_in_hand).all(|mail| held.insert(mail))
            }),
            Property::always(promises::SENT_ONCE, |_, shop: &Shop| {
                let sent = |mail: u8| shop.table.mails.get(&mail).is_some_and(|mail| mail.sent);
                shop.notifies().filter_map(Notify::mail_in_hand).all(|mail| !sent(mail))
            }),
            Property::always(promises::TRUTH, |_, shop: &Shop| shop.submits().all(Submit::is_told_the_truth)),
            // The checker's own "eventually" passes over ways that meet again; nothing here goes on for ever.
            Property::always(promises::KNOWN, |_, shop: &Shop| !shop.is_at_rest() || shop.every_order_is_known()),
            Property::eventually("everybody is answered", |_, shop: &Shop| shop.is_at_rest()),
            Property::sometimes("somebody is refused", |_, shop: &Shop| shop.submits().any(Submit::is_refused)),
            Property::sometimes("an order whose answer was lost is known", |_, shop: &Shop| {
                shop.history.answers_lost && shop.is_at_rest() && shop.submits().any(|s| s.number_told().is_some())
            }),
            Property::sometimes("an order is packed and cancelled", |_, shop: &Shop| {
                shop.table.orders.values().any(|o| o.status == Status::Cancelled && o.version == 3)
            }),
            Property::sometimes("an order expires and its mail is sent", |_, shop: &Shop| {
                shop.table.mails.iter().any(|(id, mail)| *id >= moving::EXPIRED && mail.sent)
            }),
        ]
    }
}
