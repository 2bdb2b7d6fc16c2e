//! Which answers are text to those who get them, and text in UTF-16 made one that can be searched.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::media_type::MediaType;

/// What is text though its type does not begin with `text/`.
const TEXT: [&str; 11] = [
    "application/ecmascript",
    "application/javascript",
    "application/json",
    "application/json-seq",
    "application/jsonl",
    "application/ndjson",
    "application/x-javascript",
    "application/x-ndjson",
    "application/xhtml+xml",
    "application/xml",
    "application/yaml",
];

/// Types that browsers take for none (WHATWG MIME Sniffing, section 7).
const UNKNOWN: [&str; 3] = ["*/*", "application/unknown", "unknown/unknown"];

/// Whether people or programs read it as text. What has no type, or one that is none, is: bare
/// servers name none, and browsers then look for themselves. Events are not, for they have no end.
pub(super) fn is_text(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let media_type = MediaType::parse(value.as_bytes());
    if media_type.is_under("text") {
        return !media_type.is("text/event-stream");
    }
    let is_one_of = |types: &[&str]| types.iter().any(|name| media_type.is(name));
    is_one_of(&TEXT)
        || is_one_of(&UNKNOWN)
        || (media_type.is_under("application")
            && (media_type.has_suffix("json") || media_type.has_suffix("xml")))
        || !is_type(value.as_bytes())
}

/// Whether a type and a subtype stand there, both tokens (RFC 9110 section 8.3.1).
fn is_type(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next();
    let mut parts = essence
        .unwrap_or_default()
        .trim_ascii()
        .split(|it| *it == b'/');
    let is_token = |part: Option<&[u8]>| {
        part.is_some_and(|part| {
            let is_token =
                |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
            !part.is_empty() && part.iter().all(is_token)
        })
    };
    is_token(parts.next()) && is_token(parts.next()) && parts.next().is_none()
}

/// The text in UTF-8 where it says by a byte order mark or by its type that it is in UTF-16, as
/// browsers believe it (WHATWG Encoding, section 6); else as it is. At most half as long again.
pub(super) fn utf8(headers: &HeaderMap, text: Bytes) -> Bytes {
    let read_unit = match text.as_ref() {
        [0xFF, 0xFE, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] => u16::from_be_bytes,
        [0xEF, 0xBB, 0xBF, ..] => return text,
        _ => match charset(headers).as_deref() {
            Some(b"utf-16" | b"utf-16le" | b"ucs-2" | b"iso-10646-ucs-2" | b"unicode") => {
                u16::from_le_bytes
            }
            Some(b"utf-16be" | b"unicodefffe") => u16::from_be_bytes,
            _ => return text,
        },
    };
    let (pairs, _) = text.as_chunks::<2>();
    let units = pairs.iter().map(|pair| read_unit(*pair));
    let characters = char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER));
    Bytes::from(characters.collect::<String>())
}

/// In lower case, without quotes.
fn charset(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(CONTENT_TYPE)?.as_bytes();
    let mut parameters = value.split(|byte| *byte == b';').skip(1);
    parameters.find_map(|parameter| {
        let mut halves = parameter.splitn(2, |byte| *byte == b'=');
        let name = halves.next()?.trim_ascii();
        let label = halves.next()?.trim_ascii();
        let label = label.strip_prefix(b"\"").unwrap_or(label);
        let label = label.strip_suffix(b"\"").unwrap_or(label);
        name.eq_ignore_ascii_case(b"charset")
            .then(|| label.trim_ascii().to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(content_type: &[u8]) -> HeaderMap {
        let value = HeaderValue::from_bytes(content_type).unwrap();
        HeaderMap::from_iter([(CONTENT_TYPE, value)])
    }

    #[test]
    fn text_is_known_by_its_type() {
        for content_type in [
            "text/json",
            "text/markdown",
            "TEXT/csv; header=present",
            "text/x-anything",
            "application/x-ndjson",
            "application/javascript",
            "application/vnd.api+json",
            "application/xhtml+xml",
        ] {
            assert!(is_text(&headers(content_type.as_bytes())), "{content_type}");
        }
        for content_type in [
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "image/svg",
            "application/octet-stream",
            "application/pdf",
            "multipart/mixed; boundary=text/html",
        ] {
            assert!(
                !is_text(&headers(content_type.as_bytes())),
                "{content_type}"
            );
        }
    }

    #[test]
    fn what_browsers_would_sniff_is_text() {
        for content_type in [
            "",
            ";",
            "html",
            "*/*",
            "unknown/unknown",
            "image/",
            "/",
            "image/png, text/html",
            "a/b/c",
            "image png",
        ] {
            assert!(is_text(&headers(content_type.as_bytes())), "{content_type}");
        }
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[track_caller]
    fn check(content_type: &str, text: Vec<u8>, expected: &str) {
        assert_eq!(
            utf8(&headers(content_type.as_bytes()), text.into()),
            expected,
            "{content_type}"
        );
    }

    #[test]
    fn a_byte_order_mark_is_believed_before_the_type() {
        check(
            "text/html",
            utf16("\u{feff}é𝄞", u16::to_le_bytes),
            "\u{feff}é𝄞",
        );
        let big = utf16("\u{feff}é𝄞", u16::to_be_bytes);
        check("text/html; charset=utf-8", big.clone(), "\u{feff}é𝄞");
        check("text/html; charset=utf-16le", big, "\u{feff}é𝄞");
        check("text/html; charset=utf-16", "\u{feff}é".into(), "\u{feff}é");
    }

    #[test]
    fn the_type_is_believed_without_a_mark() {
        for charset in ["utf-16", "UTF-16LE", "\"utf-16\"", " ucs-2 ; x=y"] {
            let content_type = format!("text/html;x=1; Charset={charset}");
            check(&content_type, utf16("é", u16::to_le_bytes), "é");
        }
        check(
            "text/html; charset=utf-16be",
            utf16("é", u16::to_be_bytes),
            "é",
        );
        check("text/html; charset=utf-8", "é".into(), "é");
        check("text/html", "é".into(), "é");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_within_bounds(
            content_type in prop_oneof![
                "(text/html)?; ?charset=\"?(utf-16(le|be)?|[a-z\" ;=]{0,6})\"?",
                "[ -~]{0,30}",
            ],
            text in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let headers = headers(content_type.as_bytes());
            is_text(&headers);
            let length = text.len();
            prop_assert!(utf8(&headers, text.into()).len() <= length + length / 2);
        }
    }
}
