//! Where an order goes, as far as taxes and delivery are concerned: a country, or a territory with rules of its own.
//!
//! A [`Destination`] stands wherever a country does in the shop's settings, and a territory behaves as a country of its own:
//! without a rate there is no tax, a method that does not list it does not go there, and a shop that does not list it does not
//! sell there. Which destination an address has follows from its country and postal code ([`resolve`]).

use crate::{
    countries::{self, TERRITORIES},
    text::{Country, Destination, Name},
};
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use utoipa::ToSchema;

/// A territory that a shop adds, or puts in the place of a shipped one of the same code. Without prefixes there is none: then
/// its addresses are as any other of the country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Territory {
    /// What taxes, shipping and countries call it.
    pub code: Destination,
    /// What people call it.
    pub name: Name,
    /// The country in its addresses.
    pub country: Country,
    /// How its postal codes begin, `35`; spaces and hyphens do not count.
    pub postal_prefixes: Vec<String>,
}

/// The destination of an address in `country`. The longest prefix counts; `own` are the shop's territories.
pub fn resolve(country: &Country, postal_code: Option<&str>, own: &[Territory]) -> Destination {
    let code = compact(postal_code.unwrap_or_default());
    // As the country writes it, or without the country's letters before it.
    let starts = |prefix: &String| {
        !prefix.is_empty()
            && (code.starts_with(prefix.as_str())
                || code.strip_prefix(country.as_str()).is_some_and(|c| c.starts_with(prefix.as_str())))
    };
    let known = TERRITORIES.iter().filter(|t| t.country == country.as_str() && !own.iter().any(|o| o.code.as_str() == t.code));
    let known = known.flat_map(|t| t.prefixes.iter().map(|p| ((*p).to_owned(), t.code)));
    let own = own.iter().filter(|t| t.country == *country);
    let own = own.flat_map(|t| t.postal_prefixes.iter().map(|p| (compact(p), t.code.as_str())));
    // The last of the longest is taken: the shop's.
    let territory = known.chain(own).filter(|(prefix, _)| starts(prefix)).max_by_key(|(prefix, _)| prefix.len());
    territory.and_then(|(_, code)| code.parse().ok()).unwrap_or_else(|| country.into())
}

fn compact(postal_code: &str) -> String {
    postal_code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

impl Destination {
    /// The country in its addresses: the first letters of its code.
    pub fn country(&self) -> Option<Country> {
        self.as_str().get(..2).and_then(|code| code.parse().ok())
    }

    /// What people call it; `own` are the shop's territories.
    pub fn name(&self, own: &[Territory]) -> String {
        let of_shop = own.iter().find(|t| t.code == *self).map(|t| t.name.to_string());
        of_shop.unwrap_or_else(|| countries::name(self.as_str()).unwrap_or(self.as_str()).to_owned())
    }

    /// Its code, and then the code of the country whose rules count where nobody names it.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        let like = TERRITORIES.iter().find(|t| t.code == self.as_str()).and_then(|t| t.like);
        std::iter::once(self.as_str()).chain(like)
    }

    /// Whether a list names it, or the country it counts as.
    pub fn is_among(&self, list: &[Self]) -> bool {
        self.codes().any(|code| list.iter().any(|listed| listed.as_str() == code))
    }
}

impl From<&Country> for Destination {
    fn from(country: &Country) -> Self {
        Self::of_country(country)
    }
}

impl Borrow<str> for Destination {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}
