//! Identifiers and short texts, valid by construction. Whatever is typed is normalised before it is judged ([`one_line`],
//! [`free_text`], [`strict`]); no other place does that.

mod email;
mod normal;

pub(crate) use normal::with_ascii_digits;
pub use normal::{capital, free_text, one_line, strict};

use crate::countries;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// Why a text was refused. The message is meant for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must be at most {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A character or shape that the kind of text does not have.
    #[error("{0}")]
    Malformed(&'static str),
}

// `$check` judges what somebody types. `$stored` reads what was accepted once, perhaps under other rules: it must not be lost.
macro_rules! validated_text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        validated_text! { $(#[$doc])* $name, $check, $check }
    };
    ($(#[$doc:meta])* $name:ident, $check:path, $stored:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = TextError;
            fn from_str(raw: &str) -> Result<Self, TextError> {
                $check(raw).map(Self)
            }
        }
        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(raw: String) -> Result<Self, TextError> {
                $stored(&raw).map(Self)
            }
        }
        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

validated_text! {
    /// The last part of a page's address: `a-z`, `0-9` and single inner hyphens, at most 120 characters.
    Slug, slug
}
validated_text! {
    /// Stock keeping unit: 1 to 64 of letters, digits, `-`, `_`, `.`, kept in upper case, so that
    /// two that differ in case alone cannot exist.
    Sku, sku
}
validated_text! {
    /// What a scanner reads of a variant: one line of 1 to 64 characters, a GTIN where it is sold elsewhere too.
    Barcode, barcode
}
validated_text! {
    /// An e-mail address as used for comparing and sending: lower case, at most 254 characters (RFC 5321), one `@`, a domain
    /// with a dot, as ASCII (IDNA, UTS 46): `ada@xn--mnchen-3ya.example`. Before the `@` only ASCII is sent to. A domain does not
    /// end with a number, as `1.2.3.4` does: that is the address of a machine (RFC 1123, 2.1).
    Email, email::email, email::stored
}
validated_text! {
    /// A telephone number as people write it: at least 5 digits, spaces, `+ - . ( ) /`; then perhaps an extension, `x12`,
    /// `ext. 12`, `Durchwahl 12` or `#12`. At most 40 characters. `tel:` before it is left out.
    Phone, phone
}
validated_text! {
    /// Name of a person, product or category: one line, 1 to 255 characters.
    Name, name, stored_name
}
validated_text! {
    /// What the shop itself gives out as an identifier (products, categories, customers, carts, sessions): 1 to 64
    /// of `a-z`, `0-9`, `-`. Opaque to everybody.
    Id, id
}
validated_text! {
    /// A coupon's code: 2 to 40 of letters, digits, `-`, `_`, kept in upper case (codes compare without case).
    CouponCode, coupon_code
}
validated_text! {
    /// An order's number as printed: `XXXXX-XXXXX` in Crockford's base 32 (50 random bits). Reading
    /// forgives case, spaces, missing hyphens, the letters O, I and L, and a `#` before it.
    OrderNumber, order_number
}
validated_text! {
    /// ISO 3166-1 alpha-2 country code, upper case.
    Country, country
}
validated_text! {
    /// Where an order goes, for taxes and delivery: a country's code, or that of a territory with rules of its own such as
    /// `ES-CN` (see [`crate::destination`]).
    Destination, destination
}
validated_text! {
    /// The key under which a repeated request is recognised: 1 to 255 visible ASCII characters.
    IdempotencyKey, idempotency_key
}

impl Barcode {
    /// The Global Trade Item Number in it, spaces and hyphens aside: 8, 12, 13 or 14 digits, the last of which is the check
    /// digit of the others (GS1 General Specifications, section 7.9).
    pub fn gtin(&self) -> Option<String> {
        let plain: String = self.0.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits: Vec<u32> = plain.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
        let (check, others) = digits.split_last()?;
        let weighted: u32 = others.iter().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
        (matches!(digits.len(), 8 | 12 | 13 | 14) && (weighted + check).is_multiple_of(10)).then_some(plain)
    }
}

impl Phone {
    /// A number that may be left out: `None` for nothing but white space.
    ///
    /// # Errors
    ///
    /// `TextError` when something was typed that is no telephone number.
    pub fn optional(raw: &str) -> Result<Option<Self>, TextError> {
        if strict(raw).is_empty() { Ok(None) } else { raw.parse().map(Some) }
    }
}

impl OrderNumber {
    /// From 50 random bits (the higher bits are ignored).
    pub fn from_bits(bits: u64) -> Self {
        let digit = |i: u32| CROCKFORD[(bits >> (5 * i) & 31) as usize] as char;
        let mut number: String = (0..10).map(digit).collect();
        number.insert(5, '-');
        Self(number)
    }
}

impl Slug {
    /// The slug nearest to a name: its letters in ASCII, whatever script they are in, lower-cased, with hyphens between words.
    /// `None` when no letter or digit is left.
    pub fn from_name(name: &str) -> Option<Self> {
        let lower = one_line(name).to_lowercase();
        // In Turkish, Swedish or Hungarian, which have other letters too, `ö` is not `oe`.
        let is_german = !lower.contains(['ğ', 'ı', 'ş', 'å', 'ő', 'ű', 'õ', 'ð', 'þ']);
        let spelt = if is_german { lower.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue") } else { lower };
        // An apostrophe stands within a word; some scripts have letters that are written with one in ASCII.
        let ascii = deunicode::deunicode(&spelt).to_ascii_lowercase().replace('\'', "");
        let words = ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut slug = words.collect::<Vec<_>>().join("-");
        slug.truncate(LONGEST_SLUG);
        slug.trim_end_matches('-').parse().ok()
    }
}

impl Name {
    /// The same with a number behind it: `Mug (2)`.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let end = format!(" ({number})");
        let start: String = self.0.chars().take(LONGEST_NAME - end.len()).collect();
        Self(format!("{}{end}", start.trim_end()))
    }

    /// Whether it is `other` with a number behind it.
    pub fn is_numbered(&self, other: &Self) -> bool {
        let number = self.0.rsplit_once(" (").and_then(|(_, end)| end.strip_suffix(')')?.parse().ok());
        number.is_some_and(|number| other.numbered(number) == *self)
    }
}

impl Sku {
    /// The same with a number behind it: `MUG-2`.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let end = format!("-{number}");
        let start: String = self.0.chars().take(LONGEST_SKU - end.len()).collect();
        Self(format!("{start}{end}"))
    }

    /// Whether it is `other` with a number behind it.
    pub fn is_numbered(&self, other: &Self) -> bool {
        let number = self.0.rsplit_once('-').and_then(|(_, end)| end.parse().ok());
        number.is_some_and(|number| other.numbered(number) == *self)
    }
}

impl Slug {
    /// The same with a number behind it: `mug-2`.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let end = format!("-{number}");
        let start: String = self.0.chars().take(LONGEST_SLUG - end.len()).collect();
        Self(format!("{}{end}", start.trim_end_matches('-')))
    }
}

impl Destination {
    pub(crate) fn of_country(country: &Country) -> Self {
        Self(country.0.clone())
    }
}

impl Country {
    /// Whether ISO 3166 has it.
    pub fn is_known(&self) -> bool {
        countries::of(self).is_some()
    }

    /// Its short name in English, as in ISO 3166; the code where there is no such country.
    pub fn name(&self) -> &str {
        countries::of(self).map_or(&self.0, |facts| facts.name)
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One line of words as typed; refuses control characters, and bounds the length in characters.
pub(crate) fn line(raw: &str, max: usize) -> Result<String, TextError> {
    bounded(normal::line_as_typed(raw), max)
}

/// The same for what has a form ([`strict`]).
fn code(raw: &str, max: usize) -> Result<String, TextError> {
    bounded(strict(raw), max)
}

fn bounded(text: String, max: usize) -> Result<String, TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::Malformed("must be one line of plain text"));
    }
    Ok(text)
}

const LONGEST_SLUG: usize = 120;
const LONGEST_SKU: usize = 64;
/// As long as Shopify's.
const LONGEST_NAME: usize = 255;

fn name(raw: &str) -> Result<String, TextError> {
    line(raw, LONGEST_NAME)
}

/// A name that is nothing but invisible, or too long as normalised, could be stored once. It stays readable as it is.
fn stored_name(raw: &str) -> Result<String, TextError> {
    name(raw).or_else(|_| bounded(raw.trim().to_owned(), LONGEST_NAME))
}

fn slug(raw: &str) -> Result<String, TextError> {
    let text = code(raw, LONGEST_SLUG)?;
    let plain = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !plain || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        return Err(TextError::Malformed("may have a-z, 0-9 and single hyphens between them"));
    }
    Ok(text)
}

fn sku(raw: &str) -> Result<String, TextError> {
    let text = code(raw, LONGEST_SKU)?.to_ascii_uppercase();
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return Err(TextError::Malformed("may have letters, digits, '-', '_' and '.'"));
    }
    Ok(text)
}

/// Spreadsheets mark numbers that are to stay as they are with an apostrophe before them.
fn barcode(raw: &str) -> Result<String, TextError> {
    line(one_line(raw).trim_start_matches(['\'', ' ']), 64)
}

fn id(raw: &str) -> Result<String, TextError> {
    let text = code(raw, 64)?;
    if !text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return Err(TextError::Malformed("is not an identifier of this shop"));
    }
    Ok(text)
}

fn phone(raw: &str) -> Result<String, TextError> {
    const SHAPE: TextError = TextError::Malformed("is not a telephone number");
    let text = with_ascii_digits(&bounded(without_tel(&strict(raw)).to_owned(), 40)?);
    let (number, extension) =
        text.find(|c: char| c == '#' || c == ';' || c.is_ascii_alphabetic()).map_or((&*text, ""), |at| text.split_at(at));
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b" +-.()/,".contains(&b));
    if digits >= 5 && plain && is_extension(extension) { Ok(text) } else { Err(SHAPE) }
}

/// A number without what links (RFC 3966) and cards put before it: `tel:`, `Tel.:`, `Tel.`.
fn without_tel(text: &str) -> &str {
    const MARKS: [&str; 3] = ["tel:", "tel.:", "tel."];
    let behind = |mark: &&str| text.split_at_checked(mark.len()).filter(|(start, _)| start.eq_ignore_ascii_case(mark));
    MARKS.iter().find_map(behind).map_or(text, |(_, number)| number.trim_start())
}

/// Nothing, or the number behind a switchboard's: `x12`, `ext. 12`, `extension 12`, `#12`, `;ext=12` (RFC 3966), `Durchwahl 12`,
/// `DW 12`.
fn is_extension(text: &str) -> bool {
    const MARKS: [&str; 10] = [";ext=", "extension", "ext.", "ext", "x.", "x", "#", "durchwahl", "dw.", "dw"];
    let text = text.to_ascii_lowercase();
    let number = MARKS.iter().find_map(|mark| text.strip_prefix(mark)).map(|rest| rest.trim_start_matches([':', ' ']));
    text.is_empty() || number.is_some_and(|n| (1..=8).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

fn coupon_code(raw: &str) -> Result<String, TextError> {
    let text = code(raw, 40)?.to_ascii_uppercase();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if plain && text.len() >= 2 { Ok(text) } else { Err(TextError::Malformed("is not a coupon code")) }
}

fn order_number(raw: &str) -> Result<String, TextError> {
    const SHAPE: TextError = TextError::Malformed("is not an order number");
    let text = code(raw, 40)?;
    let text = text.strip_prefix('#').unwrap_or(&text);
    let digit = |c: char| match c.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        c if c.is_ascii() && CROCKFORD.contains(&(c as u8)) => Some(c),
        _ => None,
    };
    let mut number = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(digit).collect::<Option<String>>().ok_or(SHAPE)?;
    if number.len() != 10 {
        return Err(SHAPE);
    }
    number.insert(5, '-');
    Ok(number)
}

fn country(raw: &str) -> Result<String, TextError> {
    let text = code(raw, 2)?.to_ascii_uppercase();
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(text)
    } else {
        Err(TextError::Malformed("is not a country code"))
    }
}

fn destination(raw: &str) -> Result<String, TextError> {
    const SHAPE: TextError = TextError::Malformed("is not the code of a country or territory");
    let text = code(raw, 15)?.to_ascii_uppercase();
    let (of, territory) = text.split_once('-').unwrap_or((&text, "X"));
    let plain = of.len() == 2 && of.bytes().all(|b| b.is_ascii_uppercase());
    let within = !territory.is_empty() && territory.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if plain && within { Ok(text) } else { Err(SHAPE) }
}

fn idempotency_key(raw: &str) -> Result<String, TextError> {
    let fits = (1..=255).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(raw.to_owned()) } else { Err(TextError::Malformed("must be 1 to 255 visible ASCII characters")) }
}
