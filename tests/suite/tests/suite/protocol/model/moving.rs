use super::{Fate, Mail, Protocol, Shop, Status, Variant};
use crate::protocol::clause::Clause;
use std::collections::BTreeSet;

/// What the identifier of an expired order's mail is above its number.
pub(super) const EXPIRED: u8 = 100;

/// Somebody who moves an order on by `save_move`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Move {
    number: u8,
    by: Mover,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mover {
    /// A shopper or staff, by `orders::cancel`.
    Canceller,
    /// The sweep.
    Sweep,
    /// Staff who start packing, by `orders::advance`.
    Packer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    Reads,
    /// `Store::returns`
    ReadsCounts {
        version: u8,
    },
    /// The table knows a transaction that was `done` by its token.
    Sends {
        version: u8,
        back: Back,
        done: bool,
        unanswered: bool,
    },
    Done,
}

/// What there was to give back to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Back {
    stock: bool,
    coupon: bool,
    customer: bool,
}

impl Move {
    pub(super) fn new(number: u8, by: Mover) -> Self {
        Self { number, by, at: At::Reads }
    }

    /// Done, or with nothing to do.
    pub(super) fn is_done(&self, shop: &Shop) -> bool {
        self.at == At::Done || (self.at == At::Reads && !shop.table.orders.contains_key(&self.number))
    }

    pub(super) fn step(&self, protocol: &Protocol, shop: &mut Shop, fate: Fate) -> Option<Self> {
        if matches!(fate, Fate::LostRequest | Fate::LostAnswer) {
            shop.mishap()?;
        }
        let at = match (self.at, fate) {
            (At::Reads, Fate::Answered) => {
                let order = shop.table.orders.get(&self.number)?;
                match (self.by, order.status) {
                    (Mover::Canceller, Status::Processing) | (_, Status::Pending) => At::ReadsCounts { version: order.version },
                    _ => At::Done,
                }
            }
            (At::ReadsCounts { version }, Fate::Answered) => {
                At::Sends { version, back: self.returns(shop), done: false, unanswered: false }
            }
            (At::Sends { done: true, .. }, Fate::Answered) => At::Done,
            (At::Sends { version, back, .. }, Fate::Answered) => {
                let failed = self.save(protocol, shop, version, back);
                match self.by {
                    _ if failed.is_empty() => At::Done,
                    _ if !failed.contains(&Clause::SameOrder) => At::ReadsCounts { version },
                    Mover::Canceller => At::Reads,
                    Mover::Sweep | Mover::Packer => At::Done,
                }
            }
            (At::Sends { version, back, done, .. }, Fate::LostRequest) => At::Sends { version, back, done, unanswered: true },
            (At::Sends { version, back, done, .. }, Fate::LostAnswer) => {
                let done = done || self.save(protocol, shop, version, back).is_empty();
                At::Sends { version, back, done, unanswered: true }
            }
            // They try again, and the next sweep does.
            (At::Sends { unanswered: true, .. }, Fate::GivenUp) => At::Reads,
            _ => return None,
        };
        Some(Self { at, ..self.clone() })
    }

    fn returns(&self, shop: &Shop) -> Back {
        if self.by == Mover::Packer {
            return Back::default();
        }
        Back {
            stock: shop.table.variant.is_some(),
            coupon: shop.table.coupon.is_some_and(|coupon| coupon.used > 0),
            customer: shop.table.coupon.is_some_and(|coupon| coupon.used_by_customer > 0),
        }
    }

    /// `Store::save_move`; returns the clauses that failed.
    fn save(&self, protocol: &Protocol, shop: &mut Shop, version: u8, back: Back) -> BTreeSet<Clause> {
        let table = &mut shop.table;
        let mut conditions = vec![(Clause::SameOrder, table.orders[&self.number].version == version)];
        if back.stock {
            conditions.push((Clause::VariantThere, table.variant.is_some()));
        }
        if back.coupon {
            conditions.push((Clause::Used, table.coupon.is_some_and(|coupon| coupon.used > 0)));
        }
        if back.customer {
            conditions.push((Clause::UsedByCustomer, table.coupon.is_some_and(|coupon| coupon.used_by_customer > 0)));
        }
        let failed = protocol.failed(conditions);
        if !failed.is_empty() {
            return failed;
        }
        let order = table.orders.get_mut(&self.number).unwrap();
        order.status = if self.by == Mover::Packer { Status::Processing } else { Status::Cancelled };
        order.version = version + 1;
        if back.stock {
            // An update makes the item where there is none.
            table.variant.get_or_insert(Variant { stock: 0, price: 0, available: false }).stock += 1;
        }
        if let Some(coupon) = &mut table.coupon {
            coupon.used -= i8::from(back.coupon);
            coupon.used_by_customer -= i8::from(back.customer);
        }
        if self.by == Mover::Sweep {
            table.mails.insert(EXPIRED + self.number, Mail::default());
            shop.history.mailed.insert(EXPIRED + self.number);
        }
        failed
    }
}
