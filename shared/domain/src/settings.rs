//! What the owner decides about the shop.

use crate::{
    address::{Address, AddressInput, FieldError, NeededFields},
    countries,
    destination::{self, Territory},
    limits::CartLimits,
    money::{Currency, Money},
    payment::PaymentMethod,
    shipping::ShippingMethod,
    tax::Taxes,
    text::{Country, Destination, Email, Id, Name},
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
    /// Where the shop sells, in the order shown; empty for everywhere.
    pub countries: Vec<Destination>,
    /// Territories besides those that come with the shop, or in place of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub territories: Vec<Territory>,
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

/// What cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No country has this code.
    #[error("there is no country {0}")]
    NoSuchCountry(Destination),
    /// An amount that nobody can pay.
    #[error("{amount} has more decimals than the currency {}", .currency.code())]
    TooManyDecimals {
        /// Of a delivery.
        amount: Money,
        /// The shop's.
        currency: Currency,
    },
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
    /// What its parts' types do not say.
    ///
    /// # Errors
    ///
    /// The first country that is none, and the first amount that the currency does not have.
    pub fn check(&self) -> Result<(), SettingsError> {
        let mut places = self.countries.iter().chain(self.shipping.iter().flat_map(|method| &method.countries));
        if let Some(place) = places.find(|place| place.country().is_none_or(|country| !country.is_known())) {
            return Err(SettingsError::NoSuchCountry(place.clone()));
        }
        let mut amounts = self.shipping.iter().flat_map(|method| [Some(method.price), method.free_from]).flatten();
        match amounts.find(|amount| self.currency.round(amount.amount()) != *amount) {
            Some(amount) => Err(SettingsError::TooManyDecimals { amount, currency: self.currency }),
            None => Ok(()),
        }
    }

    /// Where an address is, for taxes and delivery.
    pub fn destination(&self, address: &Address) -> Destination {
        destination::resolve(&address.country, address.postal_code.as_deref(), &self.territories)
    }

    /// Whether the shop sells there.
    pub fn sells_to(&self, to: &Destination) -> bool {
        self.countries.is_empty() || to.is_among(&self.countries)
    }

    /// The countries an address can be in, in the order shown: those of the destinations that the shop sells to,
    /// or every country by name.
    pub fn countries_to_choose(&self) -> Vec<Country> {
        if self.countries.is_empty() {
            return countries::all();
        }
        let mut countries: Vec<Country> = Vec::new();
        for country in self.countries.iter().filter_map(Destination::country) {
            if !countries.contains(&country) {
                countries.push(country);
            }
        }
        countries
    }

    /// What addresses in all of those countries have.
    pub fn needed_fields(&self) -> NeededFields {
        NeededFields::in_all_of(&self.countries_to_choose())
    }

    /// An address as typed, at a place that the shop sells to. All refused fields are named at once.
    ///
    /// # Errors
    ///
    /// Every field that is missing or does not fit, and the country when the shop does not sell there.
    pub fn check_address(&self, typed: &AddressInput) -> Result<Address, Vec<FieldError>> {
        let address = typed.check(&self.countries_to_choose())?;
        let to = self.destination(&address);
        if self.sells_to(&to) {
            return Ok(address);
        }
        let message = format!(
            "belongs to {}, where we do not deliver; please give another address, or write to us at {}",
            to.name(&self.territories),
            self.email.for_people()
        );
        Err(vec![FieldError { field: "postal_code", message }])
    }

    /// The methods that go there, if the shop sells there.
    pub fn shipping_to(&self, to: &Destination) -> impl Iterator<Item = &ShippingMethod> {
        let sold = self.sells_to(to);
        self.shipping.iter().filter(move |m| sold && m.serves(to))
    }

    /// One method.
    pub fn shipping_method(&self, id: &Id) -> Option<&ShippingMethod> {
        self.shipping.iter().find(|m| &m.id == id)
    }
}
