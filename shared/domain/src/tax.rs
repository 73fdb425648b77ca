//! Taxes: by destination and tax class, within or on top of the prices.

use crate::{
    catalogue::TaxClass,
    money::{Currency, Money},
    text::Destination,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Per cent, 0 to 100: `19` is 19 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
pub struct TaxRate(pub Decimal);

/// A destination's rates. A class that is not named has the standard rate, [`TaxClass::Zero`] none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct CountryRates {
    /// The usual rate.
    pub standard: TaxRate,
    /// The rate of [`TaxClass::Reduced`].
    pub reduced: Option<TaxRate>,
}

/// The shop's tax rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Taxes {
    /// Whether prices already hold the tax.
    pub prices_include_tax: bool,
    /// Rates by destination; one that is not named has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rates: BTreeMap<Destination, CountryRates>,
    /// Whose rates count until the destination is known.
    pub home: Option<Destination>,
}

/// An amount's tax, and the amount with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taxed {
    /// The tax in it.
    pub tax: Money,
    /// What is paid.
    pub total: Money,
}

impl Taxes {
    /// The rate of a class at a destination (or at home, while that is not known).
    pub fn rate(&self, destination: Option<&Destination>, class: TaxClass) -> TaxRate {
        let Some(rates) = destination.or(self.home.as_ref()).and_then(|d| d.codes().find_map(|code| self.rates.get(code))) else {
            return TaxRate::default();
        };
        match class {
            TaxClass::Standard => rates.standard,
            TaxClass::Reduced => rates.reduced.unwrap_or(rates.standard),
            TaxClass::Zero => TaxRate::default(),
        }
    }

    /// The tax of an amount at listed prices (a line after discount, or shipping), rounded once, half away from zero.
    pub fn apply(&self, listed: Money, rate: TaxRate, currency: Currency) -> Taxed {
        let hundred = Decimal::ONE_HUNDRED;
        if self.prices_include_tax {
            let tax = currency.round(listed.amount() * rate.0 / (hundred + rate.0));
            Taxed { tax, total: listed }
        } else {
            let total = currency.round(listed.amount() * (hundred + rate.0) / hundred);
            Taxed { tax: total.saturating_sub(listed), total }
        }
    }
}
