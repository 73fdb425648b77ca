//! Bytes as text: UTF-8 and UTF-16 with and without a byte order mark, and the encodings of one byte a letter that spreadsheets
//! write.

use crate::FileError;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::collections::BTreeSet;

/// How much of a file is looked at for what has no byte order mark: names of columns, which are in ASCII.
const LOOKED_AT: usize = 128;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Another encoding than Windows-1252 needs so many different letters of its own: `£1` alone is no Polish.
const FEWEST_LETTERS: usize = 3;

/// The first bytes of what is not text, with its name.
const NOT_TEXT: [(&[u8], &str); 8] = [
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook: save it as CSV first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save it as CSV first"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
];

/// A file's text.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// `UTF-8`, `windows-1252`.
    pub(crate) encoding: &'static str,
    /// Some bytes are no letters of that encoding; U+FFFD stands for them.
    pub(crate) has_foreign_bytes: bool,
    /// Nothing in the file says the encoding: it was told from the letters.
    pub(crate) is_guessed: bool,
}

/// Reads bytes as text.
///
/// # Errors
///
/// `FileError::Empty`, `NotText` or `Nul`.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Decoded, FileError> {
    if bytes.is_empty() {
        return Err(FileError::Empty);
    }
    if let Some((_, kind)) = NOT_TEXT.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(FileError::NotText(kind));
    }
    let encoding = find(&bytes);
    if !is_utf_16(encoding) && bytes.contains(&0) {
        return Err(FileError::Nul);
    }
    let bytes = match String::from_utf8(bytes) {
        // As it is, without a copy.
        Ok(mut text) if encoding == UTF_8 => {
            if text.starts_with(BYTE_ORDER_MARK) {
                text.remove(0);
            }
            return not_empty(Decoded { text, encoding: UTF_8.name(), has_foreign_bytes: false, is_guessed: false });
        }
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    let (text, has_foreign_bytes) = encoding.decode_with_bom_removal(&bytes);
    let is_guessed = encoding != UTF_8 && !is_utf_16(encoding);
    not_empty(Decoded { text: text.into_owned(), encoding: encoding.name(), has_foreign_bytes, is_guessed })
}

/// Refuses a text of white space alone.
fn not_empty(decoded: Decoded) -> Result<Decoded, FileError> {
    if decoded.text.trim().is_empty() { Err(FileError::Empty) } else { Ok(decoded) }
}

fn is_utf_16(encoding: &Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

fn find(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if let Some(encoding) = utf_16_without_mark(bytes) {
        return encoding;
    }
    if std::str::from_utf8(bytes).is_ok() || is_mostly_utf_8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess == WINDOWS_1252 || own_letters(bytes, guess) < FEWEST_LETTERS { WINDOWS_1252 } else { guess }
}

/// How many different letters a text has in an encoding that it would not have in Windows-1252. Where Windows-1252 has a sign
/// (`£`, `¾`), a letter counts only beside others: signs stand beside digits and spaces.
fn own_letters(bytes: &[u8], encoding: &'static Encoding) -> usize {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    if !encoding.is_single_byte() {
        return text.chars().filter(|letter| !letter.is_ascii()).collect::<BTreeSet<_>>().len();
    }
    let (western, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let (mut found, mut before) = (BTreeSet::new(), ' ');
    let mut letters = text.chars().zip(western.chars()).peekable();
    while let Some((letter, western)) = letters.next() {
        let after = letters.peek().map_or(' ', |(letter, _)| *letter);
        let is_beside = before.is_alphabetic() || after.is_alphabetic();
        if letter != western && letter.is_alphabetic() && (western.is_alphabetic() || is_beside) {
            found.insert(letter);
        }
        before = letter;
    }
    found.len()
}

/// Letters of ASCII have a zero byte beside them in UTF-16: before it or after it.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or_default();
    let zeros = |place: usize| start.iter().skip(place).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second, half) = (zeros(0), zeros(1), start.len() / 4);
    // Some letters have a zero on the other side: Ā is U+0100.
    match () {
        () if second > half && first * 4 < second => Some(UTF_16LE),
        () if first > half && second * 4 < first => Some(UTF_16BE),
        () => None,
    }
}

/// Whether more is UTF-8 than is not: a file with a few broken bytes is not taken for another encoding.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut letters, mut foreign) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        foreign += usize::from(!chunk.invalid().is_empty());
    }
    letters > foreign
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WORDS: &str = "Handle,Title,Price\ncafe,Café Crème déjà vu à la carte,1\ngruen,Größe für Mädchen,2\n";

    fn read(bytes: &[u8]) -> (String, &'static str, bool) {
        let Decoded { text, encoding, has_foreign_bytes, .. } = decode(bytes.to_vec()).unwrap();
        (text, encoding, has_foreign_bytes)
    }

    fn as_utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn the_same_words_are_read_from_every_encoding_with_and_without_a_mark() {
        let with_mark = format!("\u{feff}{WORDS}");
        for (bytes, encoding) in [
            (WORDS.as_bytes().to_vec(), "UTF-8"),
            (with_mark.as_bytes().to_vec(), "UTF-8"),
            (as_utf_16(WORDS, u16::to_le_bytes), "UTF-16LE"),
            (as_utf_16(&with_mark, u16::to_le_bytes), "UTF-16LE"),
            (as_utf_16(WORDS, u16::to_be_bytes), "UTF-16BE"),
            (as_utf_16(&with_mark, u16::to_be_bytes), "UTF-16BE"),
            (encoding_rs::WINDOWS_1252.encode(WORDS).0.into_owned(), "windows-1252"),
        ] {
            assert_eq!(read(&bytes), (WORDS.to_owned(), encoding, false), "{encoding}");
        }
    }

    #[test]
    fn utf_16_without_a_mark_may_have_letters_with_a_zero_on_the_other_side() {
        let words = format!("Handle,Title,Price\na,Āda Ѐ\u{3000}ok,1\n{}", "b,茶碗\u{3000}茶碗茶碗茶碗茶碗,2\n".repeat(300));
        assert_eq!(read(&as_utf_16(&words, u16::to_le_bytes)), (words.clone(), "UTF-16LE", false));
        assert_eq!(read(&as_utf_16(&words, u16::to_be_bytes)), (words.clone(), "UTF-16BE", false));
    }

    #[test]
    fn a_few_western_signs_and_letters_are_not_taken_for_another_language() {
        for words in [
            "<p>Save £1 today</p>",
            "Shirt “1”, It’s £1 – good",
            "Filter 1 µm",
            "Œuf, cœur",
            "Pen ¼, ¾",
            "¡Hola!",
            "20 °C ± 2",
            "½ l",
            "5 m², 3 m³",
            "Straße",
            "© 2026 ™",
            "€ 5",
            "naïve",
            "Señor",
            "1 × 2",
            "Señor naïve, café",
            "crème brûlée",
            "ŒUVRE, sœur",
            "Köln, Malmö, København",
            "ação, coração",
            "élève à l’école",
        ] {
            let rows = format!("h,{words},1\n").repeat(20);
            for text in [format!("Handle,Title,Price\nh,{words},1\n"), format!("Handle,Title,Price\n{rows}")] {
                let bytes = WINDOWS_1252.encode(&text).0.into_owned();
                assert_eq!(read(&bytes), (text, "windows-1252", false), "{words}");
            }
        }
    }

    #[test]
    fn other_languages_in_their_own_encodings_are_read_with_their_letters() {
        for (encoding, words) in [
            (encoding_rs::WINDOWS_1250, "Żółta łódź, gęś i źdźbło, mąka"),
            (encoding_rs::WINDOWS_1250, "Řeřicha čerstvá, kůň, ťuhýk, měsíc, žluťoučký"),
            (encoding_rs::WINDOWS_1251, "Чашка с блюдцем, синяя"),
            (encoding_rs::WINDOWS_1253, "Κόκκινο φλιτζάνι καφέ"),
            (encoding_rs::WINDOWS_1254, "Çiğ köfte ılık şişe, ışık, ağaç, İstanbul"),
            (encoding_rs::SHIFT_JIS, "赤いコーヒーカップと皿"),
        ] {
            let text = format!("Handle,Title,Price\n{}", format!("h,{words},1\n").repeat(5));
            let bytes = encoding.encode(&text).0.into_owned();
            assert_eq!(read(&bytes).0, text, "{}", encoding.name());
        }
    }

    #[test]
    fn a_few_broken_bytes_in_utf_8_do_not_make_it_another_encoding() {
        let bytes = [WORDS.as_bytes(), b"broken,\xff,1\n"].concat();
        let (text, encoding, has_foreign_bytes) = read(&bytes);
        assert!(text.contains("Crème") && text.contains("broken,\u{fffd},1"), "{text}");
        assert_eq!((encoding, has_foreign_bytes), ("UTF-8", true));
    }

    #[test]
    fn what_is_no_text_is_refused_by_its_kind() {
        for (bytes, why) in [
            (b"".as_slice(), "is empty"),
            (b"\xef\xbb\xbf", "is empty"),
            (b"\r\n \n\n", "is empty"),
            (b"\x89PNG\r\n\x1a\n\x00", "is a PNG picture"),
            (b"PK\x03\x04abc", "save it as CSV first"),
            (b"Handle,Title\na,\x00\n", "has NUL bytes"),
        ] {
            let error = decode(bytes.to_vec()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
