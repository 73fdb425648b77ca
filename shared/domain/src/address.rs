//! Postal addresses, per country as people write them.

use crate::{
    countries::{self, CountryFacts, PostalCodes},
    text::{Country, Name, TextError, line, one_line, strict, with_ascii_digits},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where something is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Address {
    /// Who receives it.
    pub name: Name,
    /// Company, where there is one.
    pub company: Option<String>,
    /// Street and number.
    pub line1: String,
    /// Apartment, floor, c/o.
    pub line2: Option<String>,
    /// Postal code as the country writes it; `None` in countries without.
    pub postal_code: Option<String>,
    /// Town.
    pub city: String,
    /// State, province or county, in countries that need it.
    pub region: Option<String>,
    /// The country.
    pub country: Country,
}

/// An address as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct AddressInput {
    /// See [`Address`].
    pub name: String,
    /// See [`Address`].
    pub company: String,
    /// See [`Address`].
    pub line1: String,
    /// See [`Address`].
    pub line2: String,
    /// See [`Address`].
    pub postal_code: String,
    /// See [`Address`].
    pub city: String,
    /// See [`Address`].
    pub region: String,
    /// See [`Address`].
    pub country: String,
}

/// A field that was refused, by its name in the form, and why in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// `postal_code`.
    pub field: &'static str,
    /// `must not be empty`.
    pub message: String,
}

/// Which fields an address must have in every country of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct NeededFields {
    /// Every one of them has postal codes.
    pub postal_code: bool,
    /// Addresses in every one of them have a region.
    pub region: bool,
}

impl NeededFields {
    /// What all of these countries need: a page whose country is not chosen yet cannot ask for more. None for no country.
    pub fn in_all_of<'a>(countries: impl IntoIterator<Item = &'a Country>) -> Self {
        let mut facts = countries.into_iter().map(countries::of).peekable();
        let some = facts.peek().is_some();
        let needs = |f: Option<&CountryFacts>| {
            f.map_or((false, false), |f| (matches!(f.postal_codes, PostalCodes::Known { .. }), f.region))
        };
        let (postal_code, region) = facts.map(needs).fold((some, some), |all, one| (all.0 && one.0, all.1 && one.1));
        Self { postal_code, region }
    }
}

/// Characters of a postal code at most, with what people put before it.
const LONGEST_POSTAL_CODE: usize = 16;

impl AddressInput {
    /// Checks what was typed. All refused fields are named at once.
    ///
    /// `countries` are those the shop sells to; empty for any.
    ///
    /// # Errors
    ///
    /// Every field that is missing or does not fit its country, with the reason.
    pub fn check(&self, countries: &[Country]) -> Result<Address, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = keep("name", self.name.parse::<Name>(), &mut errors);
        let company = keep("company", optional(&self.company, 100), &mut errors);
        let line1 = keep("line1", line(&self.line1, 200), &mut errors);
        let line2 = keep("line2", optional(&self.line2, 200), &mut errors);
        let city = keep("city", line(&self.city, 100), &mut errors);
        let country = keep("country", self.check_country(countries), &mut errors);
        let facts = country.as_ref().and_then(countries::of);
        let postal_code = keep("postal_code", self.check_postal_code(facts), &mut errors);
        let region = keep("region", self.check_region(facts), &mut errors);
        match (name, company, line1, line2, city, country, postal_code, region) {
            (Some(name), Some(company), Some(line1), Some(line2), Some(city), Some(country), Some(postal_code), Some(region)) => {
                Ok(Address { name, company, line1, line2, postal_code, city, region, country })
            }
            _ => Err(errors),
        }
    }

    fn check_country(&self, countries: &[Country]) -> Result<Country, TextError> {
        let country: Country = self.country.parse()?;
        let sold_to = countries.is_empty() || countries.contains(&country);
        if sold_to { Ok(country) } else { Err(TextError::Malformed("is not a country we deliver to")) }
    }

    fn check_postal_code(&self, facts: Option<&CountryFacts>) -> Result<Option<String>, TextError> {
        let typed = with_ascii_digits(&strict(&self.postal_code)).to_ascii_uppercase();
        match facts.map_or(&PostalCodes::Open, |f| &f.postal_codes) {
            PostalCodes::None => Ok(None),
            PostalCodes::Open => optional(&typed, LONGEST_POSTAL_CODE),
            PostalCodes::Known { .. } => {
                let typed = line(&typed, LONGEST_POSTAL_CODE)?;
                let kept = facts.and_then(|f| f.postal_code(&typed));
                kept.map(Some).ok_or(TextError::Malformed("is not a postal code of this country"))
            }
        }
    }

    fn check_region(&self, facts: Option<&CountryFacts>) -> Result<Option<String>, TextError> {
        match facts {
            Some(facts) if facts.region => line(&self.region, 100).map(Some),
            _ => optional(&self.region, 100),
        }
    }
}

impl From<&Address> for AddressInput {
    fn from(address: &Address) -> Self {
        let text = |o: &Option<String>| o.clone().unwrap_or_default();
        Self {
            name: address.name.to_string(),
            company: text(&address.company),
            line1: address.line1.clone(),
            line2: text(&address.line2),
            postal_code: text(&address.postal_code),
            city: address.city.clone(),
            region: text(&address.region),
            country: address.country.to_string(),
        }
    }
}

impl Address {
    /// The lines of an envelope, in the order the country writes them; the country last.
    pub fn lines(&self) -> Vec<String> {
        let code = self.postal_code.as_deref().unwrap_or_default();
        let region = self.region.as_deref().unwrap_or_default();
        let town = match self.country.as_str() {
            "US" | "CA" | "AU" | "IN" => join(&[&self.city, region, code]),
            "GB" | "IE" | "NZ" | "SG" => join(&[&self.city, code]),
            _ => join(&[code, &self.city]),
        };
        let region_below = match self.country.as_str() {
            "US" | "CA" | "AU" | "IN" => None,
            _ => self.region.clone(),
        };
        [
            Some(self.name.to_string()),
            self.company.clone(),
            Some(self.line1.clone()),
            self.line2.clone(),
            Some(town),
            region_below,
            Some(self.country.name().to_owned()),
        ]
        .into_iter()
        .flatten()
        .filter(|l| !l.is_empty())
        .collect()
    }
}

fn keep<T>(field: &'static str, checked: Result<T, TextError>, errors: &mut Vec<FieldError>) -> Option<T> {
    checked.map_err(|e| errors.push(FieldError { field, message: e.to_string() })).ok()
}

fn optional(raw: &str, max: usize) -> Result<Option<String>, TextError> {
    if one_line(raw).is_empty() { Ok(None) } else { line(raw, max).map(Some) }
}

fn join(parts: &[&str]) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(" ")
}
