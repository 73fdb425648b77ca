//! What the owner decides about the shop.

use crate::{
    cart::CartLimits,
    money::Currency,
    order::PaymentMethod,
    shipping::ShippingMethod,
    tax::Taxes,
    text::{Country, Email, Id, Name},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The shop's settings, one item in the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// The shop's name.
    pub name: Name,
    /// A sentence below it.
    pub tagline: String,
    /// Short reasons to buy here, shown on the home page.
    pub promises: Vec<Promise>,
    /// Large picture of the home page, an address on the site.
    pub hero: Option<String>,
    /// Where customers write to.
    pub email: Email,
    /// Every price is in it.
    pub currency: Currency,
    /// Tax mode and rates.
    pub taxes: Taxes,
    /// Where the shop sells, in the order shown.
    pub countries: Vec<Country>,
    /// In the order shown.
    pub shipping: Vec<ShippingMethod>,
    /// In the order shown.
    pub payment: Vec<PaymentMethod>,
    /// What a bank transfer goes to: shown on the done page and in the mail.
    pub bank_details: String,
    /// A transfer that has not come after so many days is not waited for any longer.
    #[serde(default = "two_weeks")]
    pub payment_days: u16,
    /// Bounds of a cart.
    pub cart: CartLimits,
    /// Counts changes.
    pub version: u64,
}

fn two_weeks() -> u16 {
    14
}

/// A short reason to buy here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Promise {
    /// Name of an icon of the site.
    pub icon: String,
    /// Three or four words.
    pub title: String,
    /// A sentence.
    pub text: String,
}

impl Settings {
    /// The methods that go to a country.
    pub fn shipping_to<'a>(&'a self, country: &'a Country) -> impl Iterator<Item = &'a ShippingMethod> {
        self.shipping.iter().filter(move |m| m.serves(country))
    }

    /// One method.
    pub fn shipping_method(&self, id: &Id) -> Option<&ShippingMethod> {
        self.shipping.iter().find(|m| &m.id == id)
    }
}
