//! A line of a cart.

use crate::{limits::CartLimits, money::Money, offer::Offer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One variant in a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CartLine {
    /// The variant as it was at the last look.
    pub offer: Offer,
    /// What one cost when it was added; differs from the offer's price when that has changed since.
    pub price_when_added: Money,
    /// How many, at least 1.
    pub quantity: u32,
}

/// What keeps a line from being ordered as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LineProblem {
    /// Hidden, withdrawn, or gone from the catalogue.
    Unavailable,
    /// None left.
    SoldOut,
    /// Fewer left than wanted.
    TooFew {
        /// How many there are.
        left: u32,
    },
    /// More than the shop sells of one thing in one order.
    OverLimit {
        /// Units per line at most.
        max: u32,
    },
    /// The lines before it fill the cart.
    NoRoom {
        /// Lines at most.
        max: usize,
    },
}

/// A line with the units of it that can be had: they make the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Billed<'a> {
    /// The line.
    pub line: &'a CartLine,
    /// Units that count, at least 1 and at most those wanted.
    pub units: u32,
}

impl CartLine {
    /// What keeps it from being ordered as it stands, wherever in the cart it is.
    pub(crate) fn problem(&self, limits: CartLimits) -> Option<LineProblem> {
        let left = self.offer.on_offer();
        if !self.offer.available {
            Some(LineProblem::Unavailable)
        } else if left == 0 {
            Some(LineProblem::SoldOut)
        } else if left < self.quantity && left <= limits.quantity {
            Some(LineProblem::TooFew { left })
        } else if limits.quantity < self.quantity {
            Some(LineProblem::OverLimit { max: limits.quantity })
        } else {
            None
        }
    }

    /// The price when added, if it is another now.
    pub fn changed_from(&self) -> Option<Money> {
        (self.price_when_added != self.offer.price).then_some(self.price_when_added)
    }
}

impl LineProblem {
    /// How many can be had, which mends the line; 0 stands for removing it.
    pub fn can_have(self) -> u32 {
        match self {
            Self::TooFew { left } => left,
            Self::OverLimit { max } => max,
            Self::Unavailable | Self::SoldOut | Self::NoRoom { .. } => 0,
        }
    }
}

impl std::fmt::Display for LineProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unavailable => f.write_str("Not available any more"),
            Self::SoldOut => f.write_str("Sold out"),
            Self::TooFew { left } => write!(f, "Only {left} left"),
            Self::OverLimit { max } => write!(f, "At most {max} in one order"),
            Self::NoRoom { max } => write!(f, "An order holds at most {max} different items"),
        }
    }
}

impl Billed<'_> {
    /// Unit price times the units that count.
    pub fn total(&self) -> Money {
        self.line.offer.price * self.units
    }
}
