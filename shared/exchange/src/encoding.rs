//! Bytes as text: UTF-8 and UTF-16 with and without a byte order mark, and the encodings of one byte a letter that spreadsheets
//! write.

use crate::FileError;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How much of a file is looked at for what has no byte order mark: names of columns, which are in ASCII.
const LOOKED_AT: usize = 128;

const BYTE_ORDER_MARK: char = '\u{feff}';

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
            return Ok(Decoded { text, encoding: UTF_8.name(), has_foreign_bytes: false });
        }
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    let (text, has_foreign_bytes) = encoding.decode_with_bom_removal(&bytes);
    Ok(Decoded { text: text.into_owned(), encoding: encoding.name(), has_foreign_bytes })
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
    detector.guess(None, Utf8Detection::Deny)
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
        let Decoded { text, encoding, has_foreign_bytes } = decode(bytes.to_vec()).unwrap();
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
            (b"\x89PNG\r\n\x1a\n\x00", "is a PNG picture"),
            (b"PK\x03\x04abc", "save it as CSV first"),
            (b"Handle,Title\na,\x00\n", "has NUL bytes"),
        ] {
            let error = decode(bytes.to_vec()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
