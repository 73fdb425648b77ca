//! Texts as people type and paste them, made the same before anybody judges them.
//!
//! Two texts that look alike are one: Unicode's form C, every kind of space a plain space, and no characters that nobody sees
//! (Unicode's `Default_Ignorable_Code_Point`: zero-width spaces, byte order marks, soft hyphens, bidi marks, tags).
//!
//! - [`one_line`] and [`free_text`] are for words. They keep the two joiners and the variation selectors where a script or an
//!   emoji is written with them, and nowhere else.
//! - [`strict`] is for what has a form: addresses of mail, numbers, codes. It keeps no invisible character at all, and reads
//!   full-width characters and the many dashes as plain ASCII.
//!
//! Normalising twice changes nothing more.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed,
    props::{CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, Ideographic, JoiningType},
};

static NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
static IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
static EMOJI: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Emoji>();
static PICTURES: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<ExtendedPictographic>();
static HAN: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<Ideographic>();
static JOINING: CodePointMapDataBorrowed<'static, JoiningType> = CodePointMapData::<JoiningType>::new();
static COMBINING: CodePointMapDataBorrowed<'static, CanonicalCombiningClass> = CodePointMapData::<CanonicalCombiningClass>::new();

const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Words on one line: no space at the ends, single ones between, line breaks and control characters read as spaces.
pub fn one_line(raw: &str) -> String {
    single_spaces(&settled(raw, |c| Some(if c.is_control() { ' ' } else { c })))
}

/// Words on one line, with the line breaks and control characters within them left for the caller to refuse.
pub(super) fn line_as_typed(raw: &str) -> String {
    single_spaces(settled(raw, Some).trim_matches(['\n', ' ']))
}

/// Text of any number of lines, such as a description: spaces stay as many as they are, lines end with `\n`.
pub fn free_text(raw: &str) -> String {
    settled(raw, |c| (c == '\n' || !c.is_control()).then_some(c)).trim_matches(['\n', ' ']).to_owned()
}

/// What has a form, such as a code: visible characters in ASCII as far as there is one for them. Line breaks stay, for the
/// caller to refuse.
pub fn strict(raw: &str) -> String {
    let visible = raw.chars().map(plain_space).filter(|c| !IGNORABLE.contains(*c));
    let plain: String = visible.map(to_ascii).collect();
    single_spaces(plain.trim_matches(['\n', ' ']))
}

/// The characters that `kept` leaves, in form C. Removing one can bring others together that compose, and composing can leave
/// a joiner without its meaning: until nothing changes.
fn settled(raw: &str, kept: fn(char) -> Option<char>) -> String {
    let plain: String = raw.replace("\r\n", "\n").chars().map(plain_space).filter_map(kept).collect();
    if plain.is_ascii() {
        return plain;
    }
    let mut text = NFC.normalize(&plain).into_owned();
    loop {
        let next = NFC.normalize(&visible(&text)).into_owned();
        if next == text {
            return text;
        }
        text = next;
    }
}

fn visible(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !IGNORABLE.contains(c) || before.is_some_and(|before| has_meaning(c, before, chars.peek().copied())) {
            kept.push(c);
            before = Some(c);
        }
    }
    kept
}

/// Returns true if and only if an invisible character changes how its neighbours are written: joiners in scripts that join and
/// after a virama (RFC 5892, appendix A), between the parts of an emoji, and selectors of an emoji's, a Han or a Mongolian
/// character's form. After a space it has nothing to change.
fn has_meaning(c: char, before: char, next: Option<char>) -> bool {
    let is_virama = |c: char| COMBINING.get(c) == CanonicalCombiningClass::Virama;
    let is_emoji = |c: char| PICTURES.contains(c) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    match c {
        _ if before.is_whitespace() => false,
        '\u{200c}' | '\u{200d}' => {
            let joins = JOINING.get(before) != JoiningType::NonJoining || is_emoji(before);
            let followed = next.is_some_and(|next| !next.is_whitespace());
            let within = (joins && followed) || is_virama(before) || next.is_some_and(is_virama);
            within && !JOINERS.contains(&before)
        }
        // A digit takes one as part of a keycap alone.
        '\u{fe00}'..='\u{fe0f}' if before.is_ascii() => EMOJI.contains(before) && next == Some('\u{20e3}'),
        '\u{fe00}'..='\u{fe0f}' => EMOJI.contains(before) || PICTURES.contains(before) || HAN.contains(before),
        '\u{e0100}'..='\u{e01ef}' => HAN.contains(before),
        '\u{180b}'..='\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

/// Any kind of space as a plain one (the empty cell of Braille is one), any kind of line end as `\n`.
fn plain_space(c: char) -> char {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\u{2800}' => ' ',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

fn single_spaces(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The ASCII character that somebody meant who typed another one of the same meaning.
fn to_ascii(c: char) -> char {
    let ascii = match c {
        // Full-width forms.
        '\u{ff01}'..='\u{ff5e}' => u32::from(c) - 0xfee0,
        // Hyphens, dashes, the minus sign; the long vowel mark, which Japanese keyboards have in the hyphen's place.
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{30fc}' | '\u{ff70}' => u32::from('-'),
        '\u{fe6b}' => u32::from('@'),
        '\u{3002}' | '\u{ff61}' => u32::from('.'),
        '\u{2044}' | '\u{2215}' => u32::from('/'),
        _ => return c,
    };
    char::from_u32(ascii).unwrap_or(c)
}

/// Digits of Arabic, Persian, Devanagari, Bengali and Thai as those of ASCII: where a number is no amount but what a carrier
/// reads.
pub(crate) fn with_ascii_digits(text: &str) -> String {
    let digit = |c: char| {
        let zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];
        let value = zeros.iter().filter_map(|zero| u32::from(c).checked_sub(*zero)).find(|value| *value < 10);
        value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
    };
    text.chars().map(digit).collect()
}

/// A text with a capital at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
