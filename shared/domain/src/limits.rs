//! How much a cart can hold.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bounds of a cart, a shop setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CartLimits {
    /// Units per line at most.
    pub quantity: u32,
    /// Lines at most (80: an order is one transaction of 100 items).
    pub lines: usize,
}

impl Default for CartLimits {
    fn default() -> Self {
        Self { quantity: 99, lines: 80 }
    }
}
