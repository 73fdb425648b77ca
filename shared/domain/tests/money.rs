//! Amounts and currencies.

mod common;
use common::read;
use domain::money::{Currency, Money, MoneyError};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn currency(code: &str) -> Currency {
    read(code)
}

#[test]
fn a_currency_has_its_minor_unit() {
    for (code, decimals) in [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3)] {
        assert_eq!(currency(code).minor_units(), decimals, "{code}");
        assert_eq!(currency(code).code(), code);
    }
    assert_eq!("XYZ".parse::<Currency>(), Err(MoneyError::UnknownCurrency));
}

#[test]
fn rounding_is_half_away_from_zero_to_the_minor_unit() {
    for (code, amount, rounded) in [
        ("USD", "0.005", "0.01"),
        ("USD", "0.015", "0.02"),
        ("USD", "0.025", "0.03"),
        ("USD", "0.0249999", "0.02"),
        ("USD", "7", "7.00"),
        ("JPY", "0.5", "1"),
        ("JPY", "2.5", "3"),
        ("KWD", "0.0005", "0.001"),
        ("KWD", "1.2345", "1.235"),
    ] {
        assert_eq!(currency(code).round(read(amount)).to_string(), rounded, "{amount} {code}");
    }
}

#[test]
fn rounding_never_goes_below_zero() {
    assert_eq!(currency("USD").round(read("-3")), Money::ZERO);
}

#[test]
fn a_typed_amount_has_at_most_the_decimals_of_its_currency() {
    for (code, typed, money) in [
        ("USD", " 38.23 ", "38.23"),
        ("USD", "38.230", "38.23"),
        ("USD", "5", "5.00"),
        ("JPY", "1200", "1200"),
        ("KWD", "0.125", "0.125"),
    ] {
        assert_eq!(currency(code).parse(typed).map(|m| m.to_string()).as_deref(), Ok(money), "{typed:?} {code}");
    }
    for (code, typed) in [("JPY", "1.5"), ("USD", "1.005"), ("KWD", "1.0005")] {
        assert_eq!(currency(code).parse(typed), Err(MoneyError::TooPrecise), "{typed:?} {code}");
    }
}

#[test]
fn a_typed_amount_is_a_plain_number_not_below_zero() {
    for typed in ["", " ", ".", "1,50", "1.2.3", "1e5", "+1", "0x10", "NaN", "€5", "1 000", "٣"] {
        assert_eq!(currency("USD").parse(typed), Err(MoneyError::NotANumber), "{typed:?}");
    }
    assert_eq!(currency("USD").parse("-0.01"), Err(MoneyError::Negative));
}

#[test]
fn a_typed_amount_is_never_rounded_silently() {
    assert!(currency("USD").parse("1.000000000000000000000000000000000001").is_err());
}

#[test]
fn a_price_has_at_most_ten_digits_before_the_point() {
    assert_eq!(currency("USD").parse("9999999999.99").map(|m| m.to_string()).as_deref(), Ok("9999999999.99"));
    assert_eq!(currency("USD").parse("10000000000"), Err(MoneyError::TooLarge));
}

#[test]
fn subtracting_never_goes_below_zero() {
    let (small, large) = (common::euros("1.50"), common::euros("2.00"));
    assert_eq!(large.checked_sub(small), Some(common::euros("0.50")));
    assert_eq!(small.checked_sub(large), None);
    assert!(small.saturating_sub(large).is_zero());
    assert_eq!(large.saturating_sub(small), common::euros("0.50"));
}

#[test]
fn amounts_add_and_multiply_exactly() {
    assert_eq!(common::euros("38.23") * 10, common::euros("382.30"));
    assert_eq!([common::euros("0.10"), common::euros("0.20")].into_iter().sum::<Money>(), common::euros("0.30"));
}

#[test]
fn an_amount_is_shown_with_its_currency_and_grouped_thousands() {
    for (code, amount, shown) in [
        ("EUR", "45.9", "€45.90"),
        ("JPY", "1200", "¥1,200"),
        ("KWD", "3.25", "KWD 3.250"),
        ("USD", "1234567.89", "$1,234,567.89"),
        ("USD", "123", "$123.00"),
        ("USD", "0", "$0.00"),
    ] {
        let currency = currency(code);
        assert_eq!(currency.parse(amount).map(|m| currency.format(m)).as_deref(), Ok(shown));
    }
}

#[test]
fn stored_amounts_are_numbers_not_below_zero() {
    assert_eq!("-0.01".parse::<Money>(), Err(MoneyError::Negative));
    assert_eq!("a lot".parse::<Money>(), Err(MoneyError::NotANumber));
    assert!(serde_json::from_str::<Money>("\"-1\"").is_err());
    assert!(serde_json::from_str::<Money>("1.5").is_err(), "a JSON number may have lost digits");
}

#[test]
fn a_currency_is_stored_as_its_code() {
    assert_eq!(serde_json::to_string(&currency("KWD")).unwrap(), "\"KWD\"");
    assert_eq!(serde_json::from_str::<Currency>("\"JPY\"").unwrap(), currency("JPY"));
    assert!(serde_json::from_str::<Currency>("\"moon\"").is_err());
}

proptest! {
    #[test]
    fn money_survives_json_to_the_last_digit(
        minor in 0..=9_999_999_999_i64,
        code in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
    ) {
        let currency = currency(code);
        let money = currency.round(Decimal::new(minor, currency.minor_units()));
        let json = serde_json::to_string(&money).unwrap();
        let back: Money = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(back, money);
        prop_assert_eq!(back.to_string(), money.to_string());
        prop_assert_eq!(currency.parse(&money.to_string()), Ok(money));
    }

    #[test]
    fn any_typed_amount_is_refused_or_exactly_what_was_typed(typed in r"\PC{0,12}|-?[0-9]{0,12}\.?[0-9]{0,5}") {
        if let Ok(money) = currency("USD").parse(&typed) {
            prop_assert_eq!(money.amount(), read::<Decimal>(&domain::text::strict(&typed)));
            prop_assert_eq!(money.amount().scale(), 2);
            prop_assert!(!money.amount().is_sign_negative());
        }
    }
}
