//! Customers and staff.

use crate::{
    address::Address,
    text::{Email, Id, Name, Phone},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Addresses an account keeps at most.
pub const MAX_ADDRESSES: usize = 20;

/// Somebody with an account. The password's hash is not part of it (see `store::account`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    /// Opaque identifier, never changes.
    pub id: Id,
    /// Signs in with it; unique.
    pub email: Email,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// Full name.
    pub name: Name,
    /// For the carrier.
    pub phone: Option<Phone>,
    /// At most [`MAX_ADDRESSES`], the first is the default.
    pub addresses: Vec<SavedAddress>,
    /// What the account may do.
    pub role: Role,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Counts writes; a write names the one it has read.
    pub version: u64,
}

impl Customer {
    /// The account once whoever reads its mail has proven the address with a password of their own. Before the first proof
    /// anybody may have filled it in, so no name, telephone number or address stays from then.
    #[must_use]
    pub fn proven_with_new_password(&self) -> Self {
        if self.email_verified {
            return self.clone();
        }
        let local = self.email.as_str().split('@').next().unwrap_or_default();
        let name = local.parse().unwrap_or_else(|_| self.name.clone());
        Self { email_verified: true, name, phone: None, addresses: Vec::new(), ..self.clone() }
    }
}

/// An address in the address book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedAddress {
    /// Opaque identifier within the account.
    pub id: Id,
    /// The address.
    #[serde(flatten)]
    pub address: Address,
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Shops.
    #[default]
    Customer,
    /// Answers customers.
    Support,
    /// Works on orders.
    Orders,
    /// Works on products and categories.
    Catalogue,
    /// All of these.
    Manager,
    /// Everything, staff and settings included.
    Owner,
}

/// A part of the back office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// Products and categories.
    Catalogue,
    /// Orders.
    Orders,
    /// Customers and their messages.
    Support,
    /// Settings and staff.
    Settings,
}

impl Role {
    /// Whether the role sees and works on a part of the back office.
    pub fn may(self, area: Area) -> bool {
        match self {
            Self::Customer => false,
            Self::Support => area == Area::Support,
            Self::Orders => area == Area::Orders,
            Self::Catalogue => area == Area::Catalogue,
            Self::Manager => area != Area::Settings,
            Self::Owner => true,
        }
    }

    /// Whether it may enter the back office at all.
    pub fn is_staff(self) -> bool {
        self != Self::Customer
    }
}
