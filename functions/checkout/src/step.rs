//! The pages from the cart to the order, in their order.

use domain::order::Incomplete;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Cart,
    Contact,
    Delivery,
    Payment,
    Review,
}

impl Step {
    /// Where what is missing is asked for.
    pub(crate) fn of(missing: Incomplete) -> Self {
        match missing {
            Incomplete::Empty | Incomplete::Lines => Self::Cart,
            Incomplete::Contact | Incomplete::Country => Self::Contact,
            Incomplete::Delivery | Incomplete::DeliveryGone => Self::Delivery,
            Incomplete::Payment | Incomplete::PaymentGone => Self::Payment,
        }
    }

    /// Its address.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Cart => "/cart",
            Self::Contact => "/checkout",
            Self::Delivery => "/checkout/delivery",
            Self::Payment => "/checkout/payment",
            Self::Review => "/checkout/review",
        }
    }

    /// What a link to it says.
    pub(crate) fn link(self) -> &'static str {
        match self {
            Self::Cart => "To the cart",
            Self::Contact => "Change the address",
            Self::Delivery => "Choose the delivery",
            Self::Payment => "Choose the payment",
            Self::Review => "Look at it again",
        }
    }

    /// Its number as the page shows it. Where nothing is to be paid there is no step for it.
    pub(crate) fn number(self, pays: bool) -> u8 {
        match self {
            Self::Cart => 0,
            Self::Contact => 1,
            Self::Delivery => 2,
            Self::Review if pays => 4,
            Self::Payment | Self::Review => 3,
        }
    }
}
