//! Where an order goes, as far as taxes and delivery are concerned: a country, or a territory with rules of its own.
//!
//! A [`Destination`] stands wherever a country does in the shop's settings, and a territory behaves as a country of its own:
//! without a rate there is no tax, a method that does not list it does not go there, and a shop that does not list it does not
//! sell there. Which destination an address has follows from its country and postal code ([`resolve`]).
//!
//! The territories of the European Union come with the shop. Sources: Council Directive 2006/112/EC on the common system of
//! VAT, as amended by Directive (EU) 2019/475: article 6 (territories outside its scope), article 7 (Monaco counts as France,
//! the Isle of Man as the United Kingdom), article 105 (Madeira and the Azores have rates of their own); articles 349 and 355
//! TFEU for the French territories; the Windsor Framework for Northern Ireland; the Commission's list "Territorial status of EU
//! countries and certain territories". Codes are ISO 3166 where it has one.

use crate::text::{Country, Destination, Name};
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

struct Shipped {
    code: &'static str,
    name: &'static str,
    country: &'static str,
    prefixes: &'static [&'static str],
    /// Whose rules count where nobody names it.
    like: Option<&'static str>,
}

const fn of(code: &'static str, name: &'static str, country: &'static str, prefixes: &'static [&'static str]) -> Shipped {
    Shipped { code, name, country, prefixes, like: None }
}

const SHIPPED: &[Shipped] = &[
    of("AX", "Åland Islands", "FI", &["22"]),
    of("DE-BUESINGEN", "Büsingen am Hochrhein", "DE", &["78266"]),
    of("DE-HELGOLAND", "Heligoland", "DE", &["27498"]),
    of("ES-CE", "Ceuta", "ES", &["51"]),
    of("ES-CN", "Canary Islands", "ES", &["35", "38"]),
    of("ES-ML", "Melilla", "ES", &["52"]),
    of("GR-69", "Mount Athos", "GR", &["63086", "63087"]),
    of("IT-CAMPIONE", "Campione d’Italia", "IT", &["22061"]),
    of("IT-LIVIGNO", "Livigno", "IT", &["23041"]),
    of("PT-20", "Azores", "PT", &["95", "96", "97", "98", "99"]),
    of("PT-30", "Madeira", "PT", &["90", "91", "92", "93", "94"]),
    // French territories overseas; addresses there are written with France as often as with their own code.
    of("BL", "Saint Barthélemy", "FR", &["97133", "977"]),
    of("GF", "French Guiana", "FR", &["973"]),
    of("GP", "Guadeloupe", "FR", &["971"]),
    of("MF", "Saint Martin", "FR", &["97150", "978"]),
    of("MQ", "Martinique", "FR", &["972"]),
    of("NC", "New Caledonia", "FR", &["988"]),
    of("PF", "French Polynesia", "FR", &["987"]),
    of("PM", "Saint Pierre and Miquelon", "FR", &["975"]),
    of("RE", "Réunion", "FR", &["974"]),
    of("TF", "French Southern Territories", "FR", &["984"]),
    of("WF", "Wallis and Futuna", "FR", &["986"]),
    of("YT", "Mayotte", "FR", &["976"]),
    // Outside the Union, with postal codes of a member's numbering.
    of("GL", "Greenland", "DK", &["39"]),
    of("SM", "San Marino", "IT", &["4789"]),
    of("VA", "Vatican City", "IT", &["00120"]),
    of("GG", "Guernsey", "GB", &["GY"]),
    of("JE", "Jersey", "GB", &["JE"]),
    // As its country until the shop names it.
    Shipped { like: Some("GB"), ..of("GB-NIR", "Northern Ireland", "GB", &["BT"]) },
    Shipped { like: Some("GB"), ..of("IM", "Isle of Man", "GB", &["IM"]) },
    Shipped { like: Some("FR"), ..of("MC", "Monaco", "MC", &[]) },
];

/// The destination of an address in `country`. The longest prefix counts; `own` are the shop's territories.
pub fn resolve(country: &Country, postal_code: Option<&str>, own: &[Territory]) -> Destination {
    let code = compact(postal_code.unwrap_or_default());
    // As the country writes it, or without the country's letters before it.
    let starts = |prefix: &String| {
        !prefix.is_empty()
            && (code.starts_with(prefix.as_str())
                || code.strip_prefix(country.as_str()).is_some_and(|c| c.starts_with(prefix.as_str())))
    };
    let shipped = SHIPPED.iter().filter(|s| s.country == country.as_str() && !own.iter().any(|t| t.code.as_str() == s.code));
    let shipped = shipped.flat_map(|s| s.prefixes.iter().map(|p| ((*p).to_owned(), s.code)));
    let own = own.iter().filter(|t| t.country == *country);
    let own = own.flat_map(|t| t.postal_prefixes.iter().map(|p| (compact(p), t.code.as_str())));
    // The last of the longest is taken: the shop's.
    let territory = shipped.chain(own).filter(|(prefix, _)| starts(prefix)).max_by_key(|(prefix, _)| prefix.len());
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
        let shipped = || SHIPPED.iter().find(|s| s.code == self.as_str()).map(|s| s.name.to_owned());
        let of_country = || self.as_str().parse::<Country>().ok().map(|country| country.name().to_owned());
        of_shop.or_else(shipped).or_else(of_country).unwrap_or_else(|| self.to_string())
    }

    /// Its code, and then the code of the country whose rules count where nobody names it.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        let like = SHIPPED.iter().find(|s| s.code == self.as_str()).and_then(|s| s.like);
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
