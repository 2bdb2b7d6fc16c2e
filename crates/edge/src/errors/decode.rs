//! The beginning of an encoded body, decoded within bounds, as a browser would decode it.

use std::io::Read;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::field_list;

/// How much text is made of what was read, whatever a small body swells to.
const DECODED_BYTES_MAX: usize = super::beginning::READ_BYTES_MAX;

/// Codings on top of each other. Two come of an app and a compressing proxy before it.
const LAYERS_MAX: usize = 3;

/// Windows beyond 8 MiB are refused, as RFC 8878 section 3.1.1.1.2 recommends.
const ZSTD_WINDOW_LOG2_MAX: u32 = 23;

const BROTLI_BUFFER_BYTES: usize = 4096;

/// A coding that can be read (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

pub(super) struct Decoded {
    pub(super) text: Bytes,
    /// Whether all of the input was decoded.
    pub(super) is_whole: bool,
}

impl Coding {
    fn of(name: &[u8]) -> Option<Self> {
        let named = [
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstd),
        ];
        let found = named
            .into_iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
        found.map(|(_, coding)| coding)
    }

    /// Nothing, where the input is something else.
    fn decode(self, coded: &[u8]) -> Decoded {
        match self {
            Self::Gzip => take(flate2::read::MultiGzDecoder::new(coded)),
            Self::Deflate => deflate(coded),
            Self::Brotli => take(brotli::Decompressor::new(coded, BROTLI_BUFFER_BYTES)),
            Self::Zstd => zstd(coded).unwrap_or(Decoded {
                text: Bytes::new(),
                is_whole: false,
            }),
        }
    }
}

/// As much as can be decoded of a body that may be cut off. What is not encoded as its head says, or
/// by a coding that nobody knows, stays as it is: programs show it so, and browsers often do.
pub(super) fn decode(headers: &HeaderMap, bytes: Bytes) -> Decoded {
    let mut decoded = Decoded {
        text: bytes,
        is_whole: true,
    };
    for coding in layers(headers).into_iter().rev() {
        let inner = coding.decode(&decoded.text);
        if inner.text.is_empty() {
            break;
        }
        decoded = Decoded {
            is_whole: inner.is_whole && decoded.is_whole,
            text: inner.text,
        };
    }
    decoded
}

/// In the order in which they were applied. None where one is unknown, or there are too many.
fn layers(headers: &HeaderMap) -> Vec<Coding> {
    let names = field_list::elements(headers, &CONTENT_ENCODING);
    let named = names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"));
    let codings: Option<Vec<Coding>> = named.take(LAYERS_MAX + 1).map(Coding::of).collect();
    codings
        .filter(|codings| codings.len() <= LAYERS_MAX)
        .unwrap_or_default()
}

/// With its zlib frame as RFC 9110 section 8.4.1.2 asks, or bare, as some servers send it and every
/// browser takes it. A bare one may look like a frame by chance, and then breaks off soon.
fn deflate(coded: &[u8]) -> Decoded {
    let framed = take(flate2::read::ZlibDecoder::new(coded));
    if framed.is_whole {
        return framed;
    }
    let bare = take(flate2::read::DeflateDecoder::new(coded));
    match bare.text.len() > framed.text.len() {
        true => bare,
        false => framed,
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "`take` bounds what is made of it, and its window is bounded here"
)]
fn zstd(bytes: &[u8]) -> std::io::Result<Decoded> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG2_MAX)?;
    Ok(take(decoder))
}

fn take(decoder: impl Read) -> Decoded {
    let mut text = Vec::new();
    let mut bounded = decoder.take(DECODED_BYTES_MAX as u64);
    // What was decoded before an error stays in `text`.
    let is_clean = bounded.read_to_end(&mut text).is_ok();
    Decoded {
        is_whole: is_clean && bounded.limit() > 0,
        text: Bytes::from(text),
    }
}
