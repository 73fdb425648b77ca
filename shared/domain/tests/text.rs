//! Identifiers and short texts.

mod common;
use common::read;
use domain::text::{Country, CouponCode, Email, Id, IdempotencyKey, Name, OrderNumber, Phone, Sku, Slug, TextError};
use proptest::prelude::*;
use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

fn accepts<T: FromStr<Err = TextError> + Debug + Display>(cases: &[(&str, &str)]) {
    for (typed, kept) in cases {
        assert_eq!(typed.parse::<T>().map(|t| t.to_string()).as_deref(), Ok(*kept), "{typed:?}");
    }
}

fn refuses<T: FromStr<Err = TextError> + Debug>(cases: &[&str]) {
    for typed in cases {
        assert!(typed.parse::<T>().is_err(), "{typed:?} was accepted");
    }
}

/// Any text is refused or reads back, as text and from JSON, as what it became.
fn round_trips<T>(typed: &str) -> Result<(), TestCaseError>
where
    T: FromStr<Err = TextError> + Debug + Display + PartialEq + AsRef<str> + serde::Serialize + serde::de::DeserializeOwned,
{
    let Ok(text) = typed.parse::<T>() else { return Ok(()) };
    prop_assert!(text.to_string().parse::<T>().as_ref() == Ok(&text), "{text:?}");
    prop_assert_eq!(text.as_ref(), text.to_string());
    let json = serde_json::to_value(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(serde_json::from_value::<T>(json).ok(), Some(text));
    Ok(())
}

#[test]
fn a_text_says_why_it_is_refused() {
    assert_eq!(" \t".parse::<Name>(), Err(TextError::Empty));
    assert_eq!("x".repeat(201).parse::<Name>(), Err(TextError::TooLong { max: 200 }));
    assert_eq!("two\nlines".parse::<Name>().map_err(|e| e.to_string()), Err("must be one line of plain text".into()));
    assert!(serde_json::from_str::<Name>("\"\"").is_err());
}

#[test]
fn a_name_is_trimmed_and_counted_in_characters() {
    accepts::<Name>(&[("  Café, 北京 ☕ ", "Café, 北京 ☕")]);
    assert!("ü".repeat(200).parse::<Name>().is_ok());
}

#[test]
fn a_slug_has_lower_case_letters_digits_and_single_inner_hyphens() {
    accepts::<Slug>(&[("blue-mug-2", "blue-mug-2")]);
    refuses::<Slug>(&["", "-mug", "mug-", "blue--mug", "Mug", "müg", "a b", "a/b", &"x".repeat(121)]);
}

#[test]
fn a_slug_is_made_from_a_name() {
    for (name, slug) in [
        ("Blue Mug", "blue-mug"),
        ("  Größe & Maß! ", "groesse-mass"),
        ("Crème brûlée à l’orange", "creme-brulee-a-lorange"),
        ("Señor Ångström’s Façade", "senor-angstroems-facade"),
        ("Ökologische Œuvre, Ærø", "oekologische-oeuvre-aero"),
        ("Piñón / Über", "pinon-ueber"),
    ] {
        assert_eq!(Slug::from_name(name).as_ref().map(Slug::as_str), Some(slug), "{name}");
    }
    assert_eq!(Slug::from_name("北京 !"), None);
}

#[test]
fn skus_and_coupon_codes_compare_without_case() {
    accepts::<Sku>(&[("mug-01_b.x", "MUG-01_B.X")]);
    refuses::<Sku>(&["", "a b", "ä", &"x".repeat(65)]);
    accepts::<CouponCode>(&[("summer-10", "SUMMER-10"), ("a_", "A_")]);
    refuses::<CouponCode>(&["a", "10%", "two words", &"x".repeat(41)]);
    assert_eq!(read::<CouponCode>("Summer"), read("sUMMER"));
}

#[test]
fn an_identifier_is_of_the_shops_own_letters() {
    accepts::<Id>(&[("0192-ab", "0192-ab")]);
    refuses::<Id>(&["", "AB", "a_b", "../x", &"x".repeat(65)]);
}

#[test]
fn an_email_address_is_kept_in_lower_case() {
    accepts::<Email>(&[
        (" Ada.Lovelace+shop@Example.COM ", "ada.lovelace+shop@example.com"),
        ("a@bücher.example", "a@bücher.example"),
    ]);
}

#[test]
fn what_is_no_email_address_is_refused() {
    refuses::<Email>(&[
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "a b@example.com",
        "a@b@example.com",
        "ada@-x.com",
        "ada@x-.com",
        "ada@x..com",
        "ada@.com",
        ".ada@x.com",
        "ada.@x.com",
        "a..b@x.com",
        "<ada@x.com>",
        "ada@x_y.com",
        "ada@x.com\nBcc: eve@x.com",
    ]);
    refuses::<Email>(&[&format!("{}@example.com", "x".repeat(65)), &format!("a@{}.com", "x".repeat(64))]);
    refuses::<Email>(&[&format!("a@{}com", "label.".repeat(42))]);
}

#[test]
fn an_email_address_stays_within_its_length_in_lower_case() {
    let domain = format!("{}com", "label.".repeat(38));
    round_trips::<Email>(&format!("{}@{domain}", "İ".repeat(21))).unwrap();
}

#[test]
fn a_telephone_number_is_kept_as_people_write_it() {
    accepts::<Phone>(&[(" +49 (30) 123-45/6.7 ", "+49 (30) 123-45/6.7")]);
    refuses::<Phone>(&["", "1234", "call me", "+49 30 12345 x6", &"1".repeat(31)]);
}

#[test]
fn an_order_number_forgives_case_hyphens_and_letters_that_look_like_digits() {
    accepts::<OrderNumber>(&[
        ("0123A-BCD11", "0123A-BCD11"),
        ("oi23a-bcdlL", "0123A-BCD11"),
        ("O123abcdIi", "0123A-BCD11"),
        (" 01 23-AB cd-11 ", "0123A-BCD11"),
    ]);
    refuses::<OrderNumber>(&["", "0123A-BCD1", "0123A-BCD111", "U123A-BCD11", "0123A-BCD1!", "0123A-BCD1É"]);
}

#[test]
fn a_country_is_two_letters() {
    accepts::<Country>(&[("de", "DE"), (" US", "US")]);
    refuses::<Country>(&["", "D", "DEU", "D1", "ÄÖ"]);
    assert_eq!(["DE", "XX"].map(|code| read::<Country>(code).name().to_owned()), ["Germany", "XX"]);
}

#[test]
fn an_idempotency_key_is_kept_as_it_is() {
    accepts::<IdempotencyKey>(&[("aB-{1}", "aB-{1}")]);
    assert!("x".repeat(255).parse::<IdempotencyKey>().is_ok());
    refuses::<IdempotencyKey>(&["", " a", "a b", "ä", &"x".repeat(256)]);
}

proptest! {
    #[test]
    fn any_text_is_refused_or_reads_back_the_same(typed in r"\PC{0,70}|(?s:.){0,10}|[ ]?[a-zA-Z0-9 .@+_-]{1,50}|[a-z]{1,8}@[a-zİΣ]{1,8}\.[a-zA-Z]{2,3}") {
        round_trips::<Name>(&typed)?;
        round_trips::<Slug>(&typed)?;
        round_trips::<Sku>(&typed)?;
        round_trips::<Id>(&typed)?;
        round_trips::<Email>(&typed)?;
        round_trips::<Phone>(&typed)?;
        round_trips::<CouponCode>(&typed)?;
        round_trips::<OrderNumber>(&typed)?;
        round_trips::<Country>(&typed)?;
        round_trips::<IdempotencyKey>(&typed)?;
    }

    #[test]
    fn every_generated_order_number_reads_back_however_it_is_typed(bits: u64) {
        let number = OrderNumber::from_bits(bits);
        let typed = number.to_string().to_lowercase().replace('-', "").replace('0', "o").replace('1', "l");
        prop_assert_eq!(typed.parse(), Ok(number.clone()));
        prop_assert_eq!(OrderNumber::from_bits(bits & ((1 << 50) - 1)), number);
    }

    #[test]
    fn different_random_bits_are_different_order_numbers(a in 0..1_u64 << 50, b in 0..1_u64 << 50) {
        prop_assert_eq!(a == b, OrderNumber::from_bits(a) == OrderNumber::from_bits(b));
    }

    #[test]
    fn a_slug_from_any_name_is_a_slug(name in r"\PC{0,150}|[a-zé -]{100,150}") {
        if let Some(slug) = Slug::from_name(&name) {
            round_trips::<Slug>(slug.as_str())?;
        }
    }
}
