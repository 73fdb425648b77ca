use super::{Fate, Mail, Order, Protocol, Seen, Shop, Status, Table};
use crate::protocol::clause::Clause;
use std::collections::BTreeSet;

/// A shopper who places an order, as `place.rs` of checkout carries it out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Submit {
    cart: u8,
    key: u8,
    number: u8,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    /// `read_for_placing`; its items are not read at the same moment.
    ReadsKey {
        again: bool,
    },
    ReadsCart {
        again: bool,
    },
    /// `place_order`. The table knows a transaction that was `done` by its token.
    Sends {
        seen: Seen,
        done: bool,
        unanswered: bool,
    },
    /// `look_at_stock`
    ReadsStock {
        seen: Seen,
        done: bool,
    },
    ReadsKeyOfSoldOut,
    /// `after_failure`
    LooksUp,
    /// The page with the one button.
    MayHaveBeenPlaced,
    Told(Told),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Told {
    Placed(u8),
    Refused { rightly: bool },
}

impl Submit {
    pub(super) fn new(cart: u8, key: u8, number: u8) -> Self {
        Self { cart, key, number, at: At::ReadsKey { again: false } }
    }

    pub(super) fn request(&self) -> (u8, u8) {
        (self.cart, self.key)
    }

    pub(super) fn told(&self) -> Option<Told> {
        if let At::Told(told) = self.at { Some(told) } else { None }
    }

    pub(super) fn number_told(&self) -> Option<u8> {
        if let At::Told(Told::Placed(number)) = self.at { Some(number) } else { None }
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.at, At::Told(Told::Refused { .. }))
    }

    pub(super) fn is_told_the_truth(&self) -> bool {
        self.at != At::Told(Told::Refused { rightly: false })
    }

    pub(super) fn step(&self, protocol: &Protocol, shop: &mut Shop, fate: Fate) -> Option<Self> {
        let earlier = shop.table.requests.get(&(self.cart, self.key)).copied();
        let placed = |number| At::Told(Told::Placed(number));
        let refused = At::Told(Told::Refused { rightly: earlier.is_none() });
        let (mut number, lost) = (self.number, matches!(fate, Fate::LostRequest | Fate::LostAnswer | Fate::Conflict));
        if lost {
            shop.mishap()?;
        }
        let at = match (self.at, fate) {
            (At::ReadsKey { again }, Fate::Answered) => earlier.map_or(At::ReadsCart { again }, placed),
            (At::ReadsCart { again }, Fate::Answered) => match shop.table.seen(self.cart) {
                Some(seen) => At::Sends { seen, done: false, unanswered: false },
                None if again => refused,
                None => At::ReadsKey { again: true },
            },
            (At::Sends { done: true, .. }, Fate::Answered) => placed(number),
            (At::Sends { seen, .. }, Fate::Answered) => {
                let failed = self.place(protocol, shop, seen);
                match earlier {
                    _ if failed.is_empty() => placed(number),
                    Some(earlier) if failed.contains(&Clause::NewRequest) => placed(earlier),
                    _ => refused,
                }
            }
            (At::Sends { seen, done, .. }, Fate::LostRequest) => At::Sends { seen, done, unanswered: true },
            (At::Sends { seen, done, .. }, Fate::LostAnswer) => {
                let done = done || self.place(protocol, shop, seen).is_empty();
                At::Sends { seen, done, unanswered: true }
            }
            (At::Sends { seen, done, .. }, Fate::Conflict) => At::ReadsStock { seen, done },
            (At::Sends { unanswered: true, .. }, Fate::GivenUp) => At::LooksUp,
            (At::ReadsStock { seen, done }, Fate::Answered) => match shop.table.variant {
                Some(variant) if variant.stock >= 1 => At::Sends { seen, done, unanswered: false },
                _ => At::ReadsKeyOfSoldOut,
            },
            (At::ReadsKeyOfSoldOut, Fate::Answered) => earlier.map_or(refused, placed),
            (At::LooksUp, Fate::Answered) => earlier.map_or(At::MayHaveBeenPlaced, placed),
            (At::LooksUp, Fate::LostAnswer) => At::MayHaveBeenPlaced,
            (At::MayHaveBeenPlaced, Fate::Answered) => {
                number += 10;
                At::ReadsKey { again: false }
            }
            _ => return None,
        };
        Some(Self { number, at, ..self.clone() })
    }

    /// `Placement::writes`; returns the clauses that failed.
    fn place(&self, protocol: &Protocol, shop: &mut Shop, seen: Seen) -> BTreeSet<Clause> {
        let (table, request) = (&mut shop.table, (self.cart, self.key));
        let (then, variant) = (table.seen(self.cart), table.variant);
        let mut conditions = vec![
            (Clause::NewRequest, !table.requests.contains_key(&request)),
            (Clause::SameCart, table.carts.get(&self.cart).is_some_and(|cart| cart.version == seen.cart.version)),
            (Clause::EnoughStock, variant.is_some_and(|variant| variant.stock >= 1)),
            (Clause::SamePrice, variant.is_some_and(|variant| variant.price == seen.price)),
            (Clause::Available, variant.is_some_and(|variant| variant.available)),
            (Clause::NewNumber, !table.orders.contains_key(&self.number)),
        ];
        if let (Some(coupon), Some((version, _))) = (table.coupon, seen.terms) {
            conditions.extend([
                (Clause::SameTerms, coupon.version == version),
                (Clause::Active, coupon.active),
                (Clause::UsesLeft, coupon.used < coupon.total_limit),
                (Clause::OwnUsesLeft, coupon.used_by_customer < coupon.customer_limit),
            ]);
        }
        let failed = protocol.failed(conditions);
        if !failed.is_empty() {
            return failed;
        }
        table.requests.insert(request, self.number);
        table.carts.remove(&self.cart);
        if let Some(variant) = &mut table.variant {
            variant.stock -= 1;
        }
        if let Some(coupon) = &mut table.coupon {
            coupon.used += 1;
            coupon.used_by_customer += 1;
        }
        table.orders.insert(self.number, Order { request, seen, then, status: Status::Pending, version: 1 });
        table.mails.insert(self.number, Mail::default());
        shop.history.mailed.insert(self.number);
        shop.history.placed += 1;
        failed
    }
}

impl Table {
    /// What an order of this cart would depend on; nothing where there is nothing to order.
    fn seen(&self, cart: u8) -> Option<Seen> {
        let variant = self.variant?;
        let terms = self.coupon.map(|coupon| (coupon.version, coupon.active));
        Some(Seen { cart: *self.carts.get(&cart)?, price: variant.price, available: variant.available, terms })
    }
}
