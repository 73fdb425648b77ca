//! Postal addresses, per country as people write them.

use crate::text::{Country, Name, TextError, line};
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
    /// Flat, floor, care of.
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

/// What a country's addresses need: postal code patterns (`9` digit, `A` letter, `X` either, others as they
/// are; empty for no postal code) and whether a region is part of an address there. Source: the formats of
/// the Universal Postal Union's addressing systems.
struct Format {
    country: &'static str,
    postal_codes: &'static [&'static str],
    region: bool,
}

const fn format(country: &'static str, postal_codes: &'static [&'static str], region: bool) -> Format {
    Format { country, postal_codes, region }
}

const FORMATS: &[Format] = &[
    format("AE", &[], true),
    format("AT", &["9999"], false),
    format("AU", &["9999"], true),
    format("BE", &["9999"], false),
    format("BG", &["9999"], false),
    format("BR", &["99999-999"], true),
    format("CA", &["A9A 9A9"], true),
    format("CH", &["9999"], false),
    format("CY", &["9999"], false),
    format("CZ", &["999 99"], false),
    format("DE", &["99999"], false),
    format("DK", &["9999"], false),
    format("EE", &["99999"], false),
    format("ES", &["99999"], true),
    format("FI", &["99999"], false),
    format("FR", &["99999"], false),
    format("GB", &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"], false),
    format("GR", &["999 99"], false),
    format("HK", &[], true),
    format("HR", &["99999"], false),
    format("HU", &["9999"], false),
    format("IE", &["A9X XXXX"], false),
    format("IN", &["999999"], true),
    format("IT", &["99999"], true),
    format("JP", &["999-9999"], true),
    format("KW", &["99999"], false),
    format("LI", &["9999"], false),
    format("LT", &["99999"], false),
    format("LU", &["9999"], false),
    format("LV", &["LV-9999"], false),
    format("MT", &["AAA 9999"], false),
    format("MX", &["99999"], true),
    format("NL", &["9999 AA"], false),
    format("NO", &["9999"], false),
    format("NZ", &["9999"], false),
    format("PL", &["99-999"], false),
    format("PT", &["9999-999"], false),
    format("RO", &["999999"], false),
    format("SE", &["999 99"], false),
    format("SG", &["999999"], false),
    format("SI", &["9999"], false),
    format("SK", &["999 99"], false),
    format("US", &["99999", "99999-9999"], true),
];

fn format_of(country: &Country) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.country == country.as_str())
}

impl AddressInput {
    /// Checks what was typed. All refused fields are named at once.
    ///
    /// `countries` are those the shop sells to; empty for any.
    pub fn check(&self, countries: &[Country]) -> Result<Address, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = keep("name", self.name.parse::<Name>(), &mut errors);
        let company = keep("company", optional(&self.company, 100), &mut errors);
        let line1 = keep("line1", line(&self.line1, 200), &mut errors);
        let line2 = keep("line2", optional(&self.line2, 200), &mut errors);
        let city = keep("city", line(&self.city, 100), &mut errors);
        let country = keep("country", self.check_country(countries), &mut errors);
        let format = country.as_ref().and_then(format_of);
        let postal_code = keep("postal_code", self.check_postal_code(format), &mut errors);
        let region = keep("region", self.check_region(format), &mut errors);
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

    fn check_postal_code(&self, format: Option<&Format>) -> Result<Option<String>, TextError> {
        match format {
            None => optional(&self.postal_code, 12),
            Some(format) if format.postal_codes.is_empty() => Ok(None),
            Some(format) => {
                let typed = line(&self.postal_code, 12)?;
                let fitting = format.postal_codes.iter().find_map(|pattern| fit(pattern, &typed));
                fitting.map(Some).ok_or(TextError::Malformed("is not a postal code of this country"))
            }
        }
    }

    fn check_region(&self, format: Option<&Format>) -> Result<Option<String>, TextError> {
        match format {
            Some(format) if format.region => line(&self.region, 100).map(Some),
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
    if raw.trim().is_empty() { Ok(None) } else { line(raw, max).map(Some) }
}

fn join(parts: &[&str]) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// A typed postal code in the pattern's own spelling, forgiving case, spaces and hyphens.
fn fit(pattern: &str, typed: &str) -> Option<String> {
    let mut typed = typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase());
    let mut code = String::new();
    for wanted in pattern.chars() {
        match wanted {
            ' ' | '-' => code.push(wanted),
            _ => {
                let c = typed.next()?;
                let fits = match wanted {
                    '9' => c.is_ascii_digit(),
                    'A' => c.is_ascii_uppercase(),
                    'X' => c.is_ascii_alphanumeric(),
                    literal => c == literal,
                };
                code.push(if fits { c } else { return None });
            }
        }
    }
    typed.next().is_none().then_some(code)
}
