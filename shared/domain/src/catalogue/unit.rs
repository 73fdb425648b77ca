//! The price for each unit of measure, as Directive 98/6/EC wants it beside the price of what is sold by weight, volume, length
//! or area.

use crate::money::{Currency, Money};
use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A quantity with its unit, such as `750 ml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Measure {
    amount: Decimal,
    unit: Unit,
}

/// How much a variant holds, and the amount that its unit price is for: written `750 ml / 1 l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitMeasure {
    total: Measure,
    base: Measure,
}

/// A unit of measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit(&'static Known);

/// A unit's name, what it measures, and how many millionths of that dimension's measure it has.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    name: &'static str,
    also: &'static [&'static str],
    dimension: Dimension,
    /// Millilitres, grams, millimetres, square metres or pieces in it, by 1,000,000.
    millionths: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Volume,
    Weight,
    Length,
    Area,
    Count,
}

const fn known(name: &'static str, also: &'static [&'static str], dimension: Dimension, millionths: u64) -> Known {
    Known { name, also, dimension, millionths }
}

/// The units that Shopify's unit prices know. Factors of those outside the metric system: NIST Handbook 44, appendix C.
static UNITS: [Known; 23] = [
    known("ml", &[], Dimension::Volume, 1_000_000),
    known("cl", &[], Dimension::Volume, 10_000_000),
    known("l", &[], Dimension::Volume, 1_000_000_000),
    known("m3", &["cbm", "m³"], Dimension::Volume, 1_000_000_000_000),
    known("fl oz", &["floz", "fl_oz"], Dimension::Volume, 29_573_530),
    known("pt", &[], Dimension::Volume, 473_176_473),
    known("qt", &[], Dimension::Volume, 946_352_946),
    known("gal", &[], Dimension::Volume, 3_785_411_784),
    known("mg", &[], Dimension::Weight, 1_000),
    known("g", &[], Dimension::Weight, 1_000_000),
    known("kg", &[], Dimension::Weight, 1_000_000_000),
    known("oz", &[], Dimension::Weight, 28_349_523),
    known("lb", &[], Dimension::Weight, 453_592_370),
    known("mm", &[], Dimension::Length, 1_000_000),
    known("cm", &[], Dimension::Length, 10_000_000),
    known("m", &[], Dimension::Length, 1_000_000_000),
    known("in", &[], Dimension::Length, 25_400_000),
    known("ft", &[], Dimension::Length, 304_800_000),
    known("yd", &[], Dimension::Length, 914_400_000),
    known("m2", &["sqm", "m²"], Dimension::Area, 1_000_000),
    known("ft2", &["sqft", "ft²"], Dimension::Area, 92_903),
    known("piece", &["item", "items", "pieces", "pc", "pcs", "unit", "units", "ea"], Dimension::Count, 1_000_000),
    known("sheet", &["sheets"], Dimension::Count, 1_000_000),
];

/// Why a text is no unit measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnitMeasureError {
    /// Not two quantities with a stroke between them.
    #[error("must be written like 750 ml / 1 l")]
    Form,
    /// An amount of nothing, below nothing, with over six decimals or of over a million.
    #[error("needs amounts above 0 and at most a million, with six decimals at most")]
    Amount,
    /// A unit that is not in the table.
    #[error("has a unit that is not known here")]
    Unit,
    /// Millilitres for each metre.
    #[error("compares units that measure different things")]
    Dimension,
}

impl Measure {
    /// An amount and a unit by their texts.
    ///
    /// # Errors
    ///
    /// `UnitMeasureError::Amount` or `UnitMeasureError::Unit`.
    pub fn new(amount: &str, unit: &str) -> Result<Self, UnitMeasureError> {
        let amount: Decimal = amount.trim().parse().map_err(|_| UnitMeasureError::Amount)?;
        if amount <= Decimal::ZERO || amount > Decimal::from(1_000_000) || amount.scale() > 6 {
            return Err(UnitMeasureError::Amount);
        }
        let unit = unit.trim().to_lowercase();
        let known = UNITS.iter().find(|known| known.name == unit || known.also.contains(&unit.as_str()));
        Ok(Self { amount: amount.normalize(), unit: Unit(known.ok_or(UnitMeasureError::Unit)?) })
    }

    /// How much.
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// Of what: `ml`.
    pub fn unit(self) -> &'static str {
        self.unit.0.name
    }

    /// As it stands after "per": `l` for one, else `100 ml`.
    pub fn each(self) -> String {
        if self.amount == Decimal::ONE { self.unit().to_owned() } else { self.to_string() }
    }

    fn in_millionths(self) -> Decimal {
        self.amount * Decimal::from(self.unit.0.millionths)
    }
}

/// Grams that anything weighs at most: ten tonnes.
const MOST_GRAMS: u32 = 10_000_000;

/// Why a text is no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a weight such as 250, 250 g, 1.5 kg or 8 oz, up to ten tonnes")]
pub struct WeightError;

/// A weight as typed, in grams where it has no unit, as [`rounded_grams`]. `None` where nothing is typed.
///
/// # Errors
///
/// `WeightError` for anything else.
pub fn grams(typed: &str) -> Result<Option<u32>, WeightError> {
    let typed = crate::text::strict(typed);
    let at = typed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(typed.len());
    let (amount, unit) = typed.split_at(at);
    if typed.is_empty() {
        return Ok(None);
    }
    let amount: Decimal = amount.parse().map_err(|_| WeightError)?;
    if amount.is_zero() {
        return Ok(None);
    }
    let unit = if unit.is_empty() { "g" } else { unit.trim() };
    let known = UNITS.iter().find(|known| known.dimension == Dimension::Weight && known.name.eq_ignore_ascii_case(unit));
    let millionths = Decimal::from(known.ok_or(WeightError)?.millionths);
    let exact = amount.checked_mul(millionths).ok_or(WeightError)? / Decimal::from(1_000_000);
    rounded_grams(exact).map(Some).ok_or(WeightError)
}

/// A weight above zero in whole grams, rounded half up; what weighs anything weighs at least one. `None` above ten tonnes.
pub fn rounded_grams(exact: Decimal) -> Option<u32> {
    let rounded = exact.round_dp_with_strategy(0, MidpointAwayFromZero);
    u32::try_from(rounded).ok().filter(|grams| *grams <= MOST_GRAMS).map(|grams| grams.max(1))
}

impl UnitMeasure {
    /// What `total` costs is shown for `base`.
    ///
    /// # Errors
    ///
    /// `UnitMeasureError::Dimension` where they do not measure the same.
    pub fn new(total: Measure, base: Measure) -> Result<Self, UnitMeasureError> {
        if total.unit.0.dimension == base.unit.0.dimension { Ok(Self { total, base }) } else { Err(UnitMeasureError::Dimension) }
    }

    /// What one variant holds.
    pub fn total(self) -> Measure {
        self.total
    }

    /// What the unit price is for.
    pub fn base(self) -> Measure {
        self.base
    }

    /// What the base costs where the whole costs `price`, rounded half up to the currency's minor unit. `None` where that is
    /// more than an amount can be.
    pub fn price(self, price: Money, currency: Currency) -> Option<Money> {
        let whole = price.amount().checked_mul(self.base.in_millionths())?.checked_div(self.total.in_millionths())?;
        Some(currency.round(whole))
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.unit.0.name)
    }
}

impl FromStr for Measure {
    type Err = UnitMeasureError;

    /// Reads `750 ml` and `750ml`.
    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = typed.trim();
        let at = typed.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(UnitMeasureError::Form)?;
        let (amount, unit) = typed.split_at(at);
        Self::new(amount, unit)
    }
}

impl fmt::Display for UnitMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.total, self.base)
    }
}

impl FromStr for UnitMeasure {
    type Err = UnitMeasureError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let (total, base) = typed.split_once('/').ok_or(UnitMeasureError::Form)?;
        Self::new(total.parse()?, base.parse()?)
    }
}

macro_rules! text_in_items {
    ($type:ty) => {
        impl TryFrom<String> for $type {
            type Error = UnitMeasureError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(measure: $type) -> Self {
                measure.to_string()
            }
        }
    };
}

text_in_items!(Measure);
text_in_items!(UnitMeasure);
