//! Fields that are comma-separated lists (RFC 9110 section 5.6.1), however many lines they take.

use http::header::{HeaderMap, HeaderName};

/// The trimmed elements of every `name` line, in order. Quoted commas split too: none of the
/// lists read with this has quoted strings that matter.
pub(crate) fn elements<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let lines = headers.get_all(name).into_iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
}
