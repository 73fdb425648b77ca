//! Money: exact decimals in the shop's one currency.

use iso_currency::Currency as Iso;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    cell::Cell,
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Mul},
    str::FromStr,
};

/// Why an amount or currency was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number.
    #[error("is not an amount")]
    NotANumber,
    /// Below zero.
    #[error("must not be negative")]
    Negative,
    /// More than ten digits before the decimal point.
    #[error("is too large")]
    TooLarge,
    /// More decimals than the currency has.
    #[error("has more decimals than the currency")]
    TooPrecise,
    /// Not an ISO 4217 code.
    #[error("is not a currency")]
    UnknownCurrency,
}

thread_local! {
    /// See [`Currency::showing`].
    static SHOWN_IN: Cell<Option<Currency>> = const { Cell::new(None) };
}

/// The largest amount that may be typed as a price: ten digits.
const MAX_PRICE: Decimal = Decimal::from_parts(1_410_065_407, 2, 0, false, 0);

/// A currency of ISO 4217, with its minor unit (JPY 0, USD 2, KWD 3 decimals).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(Iso);

impl Currency {
    /// ISO 4217's code for where no currency is meant.
    pub const NONE: Self = Self(Iso::XXX);

    /// ISO 4217 code, such as `EUR`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit.
    pub fn minor_units(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// Rounds half away from zero to the minor unit. Below zero becomes zero.
    pub fn round(self, amount: Decimal) -> Money {
        let places = self.minor_units();
        let mut rounded = amount.max(Decimal::ZERO).round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(places);
        Money(rounded)
    }

    /// An amount typed by a person or read from a file: plain digits and at most one `.`, as
    /// many decimals as the currency has, at most ten digits before them.
    ///
    /// # Errors
    ///
    /// A `MoneyError` when it is no number, negative, too large, or has more decimals than the currency.
    pub fn parse(self, raw: &str) -> Result<Money, MoneyError> {
        let text = &*crate::text::strict(raw);
        if text.starts_with('-') {
            return Err(MoneyError::Negative);
        }
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.bytes().any(|b| b.is_ascii_digit());
        if !plain || text.len() > 40 {
            return Err(MoneyError::NotANumber);
        }
        let amount = Decimal::from_str_exact(text).map_err(|_| MoneyError::NotANumber)?;
        let money = self.round(amount);
        if amount.trunc() > MAX_PRICE {
            Err(MoneyError::TooLarge)
        } else if money.0 != amount {
            Err(MoneyError::TooPrecise)
        } else {
            Ok(money)
        }
    }

    /// Runs what writes documents: every amount in them gets the decimals of this currency, however it was read. (DynamoDB's
    /// numbers, for one, know no zeros at their end.) Amounts know no currency, so this is where they meet it on their way out.
    pub fn showing<T>(self, write: impl FnOnce() -> T) -> T {
        struct Restore(Option<Currency>);
        impl Drop for Restore {
            fn drop(&mut self) {
                SHOWN_IN.set(self.0);
            }
        }
        let _restore = Restore(SHOWN_IN.replace(Some(self)));
        write()
    }

    /// With the decimals of the minor unit, where it is such an amount.
    fn complete(self, money: Money) -> Money {
        let rounded = self.round(money.0);
        if rounded == money { rounded } else { money }
    }

    /// For people: `€45.90`, `¥1,200`, `KWD 3.250`.
    pub fn format(self, money: Money) -> String {
        let plain = self.round(money.0).to_string();
        let (whole, decimals) = plain.split_once('.').map_or((plain.as_str(), None), |(w, d)| (w, Some(d)));
        let mut text = match self.0.symbol().to_string() {
            symbol if symbol.chars().count() == 1 => symbol,
            _ => format!("{} ", self.code()),
        };
        for (i, digit) in whole.char_indices() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        if let Some(decimals) = decimals {
            text.push('.');
            text.push_str(decimals);
        }
        text
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Iso::from_code(code).map(Self).ok_or(MoneyError::UnknownCurrency)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount of the shop's currency: never negative, rounded to the minor unit by the [`Currency`] that made
/// it. As text and in JSON the plain decimal, `45.90`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The decimal itself.
    pub fn amount(self) -> Decimal {
        self.0
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// `self - other`, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        (self.0 >= other.0).then(|| Self(self.0 - other.0))
    }

    /// `self - other`, at least zero.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        self.checked_sub(other).unwrap_or_default()
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u32> for Money {
    type Output = Self;
    fn mul(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(Decimal::from(quantity)))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&SHOWN_IN.get().map_or(*self, |currency| currency.complete(*self)))
    }
}

/// Reads what [`Money`] writes. Amounts from people go through [`Currency::parse`] instead.
impl FromStr for Money {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let amount = Decimal::from_str_exact(text).map_err(|_| MoneyError::NotANumber)?;
        if amount.is_sign_negative() && !amount.is_zero() { Err(MoneyError::Negative) } else { Ok(Self(amount)) }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Text in JSON.
macro_rules! text_schema {
    ($($type:ty),*) => {$(
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }
        impl utoipa::ToSchema for $type {}
    )*};
}
text_schema!(Currency);

impl utoipa::PartialSchema for Money {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::{ObjectBuilder, schema::Type};
        let amount = ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^\d+(\.\d+)?$"));
        amount.description(Some("An amount, with all decimals of the currency: `45.90`")).into()
    }
}

impl utoipa::ToSchema for Money {}
