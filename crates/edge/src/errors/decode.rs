//! The beginning of an encoded body, decoded within bounds.

use std::io::Read;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// How much text is made of what was read, whatever a small body swells to.
const DECODED_BYTES_MAX: usize = super::beginning::READ_BYTES_MAX;

/// Windows beyond 8 MiB are refused, as RFC 8878 section 3.1.1.1.2 recommends.
const ZSTD_WINDOW_LOG2_MAX: u32 = 23;

const BROTLI_BUFFER_BYTES: usize = 4096;

/// A coding that can be read (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
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
    /// `None` for a coding that is not known, and for several on top of each other.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(CONTENT_ENCODING).iter();
        let Some(line) = lines.next() else {
            return Some(Self::Identity);
        };
        let named = [
            ("", Self::Identity),
            ("identity", Self::Identity),
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstd),
        ];
        let name = line.as_bytes().trim_ascii();
        let found = named
            .into_iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
        found.filter(|_| lines.next().is_none()).map(|(_, it)| it)
    }
}

/// As much as can be decoded of a body that may be cut off.
pub(super) fn decode(coding: Coding, bytes: &Bytes) -> Decoded {
    let coded: &[u8] = bytes;
    match coding {
        Coding::Identity => Decoded {
            text: bytes.clone(),
            is_whole: true,
        },
        Coding::Gzip => take(flate2::read::MultiGzDecoder::new(coded)),
        Coding::Deflate => take(flate2::read::ZlibDecoder::new(coded)),
        Coding::Brotli => take(brotli::Decompressor::new(coded, BROTLI_BUFFER_BYTES)),
        Coding::Zstd => zstd(coded).unwrap_or(Decoded {
            text: Bytes::new(),
            is_whole: false,
        }),
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
