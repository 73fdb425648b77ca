//! Ways to pay.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// The shopper transfers the total.
    BankTransfer,
    /// The carrier takes the money.
    OnDelivery,
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
