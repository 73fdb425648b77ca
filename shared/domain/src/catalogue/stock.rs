//! How a variant's stock is kept, and what it means to who buys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What happens when a variant has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockPolicy {
    /// It is sold out.
    #[default]
    Track,
    /// It is sold on; what is sold beyond the stock is counted apart.
    SellWhenOut,
    /// Nobody counts it: there is always enough.
    Untracked,
}

/// How much of a variant there is, in the words of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockState {
    /// Plenty.
    InStock,
    /// At most [`StockState::LOW`] left.
    Low,
    /// None left, but it can be ordered.
    OnOrder,
    /// None left, or not for sale.
    SoldOut,
}

/// The units left by a balance (stock less what was sold beyond it), and those sold beyond.
pub fn stock_of(balance: i64) -> (u32, u32) {
    let units = |count: i64| u32::try_from(count.max(0)).unwrap_or(u32::MAX);
    (units(balance), units(balance.saturating_neg()))
}

impl StockState {
    /// From this many units down the page says how many are left.
    pub const LOW: u32 = 5;

    /// The `ItemAvailability` of schema.org.
    pub fn schema(self) -> &'static str {
        match self {
            Self::InStock | Self::Low => "InStock",
            Self::OnOrder => "BackOrder",
            Self::SoldOut => "OutOfStock",
        }
    }
}

impl StockPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Track, Self::SellWhenOut, Self::Untracked];

    /// Its name in items, forms and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::SellWhenOut => "sell_when_out",
            Self::Untracked => "untracked",
        }
    }

    /// Units that can be ordered with this stock: `u32::MAX` where the stock is no bound.
    pub fn on_offer(self, stock: u32) -> u32 {
        if self == Self::Track { stock } else { u32::MAX }
    }

    /// What the page says of a variant for sale with this stock.
    pub fn state(self, stock: u32) -> StockState {
        match (self, stock) {
            (Self::SellWhenOut, 0) => StockState::OnOrder,
            (Self::Track, 0) => StockState::SoldOut,
            (Self::Track, 1..=StockState::LOW) => StockState::Low,
            _ => StockState::InStock,
        }
    }

    /// Whether it is what most variants have, and is not written down.
    pub fn is_track(&self) -> bool {
        *self == Self::Track
    }
}

impl std::str::FromStr for StockPolicy {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|policy| policy.name() == name).ok_or("is not a way to keep stock")
    }
}
