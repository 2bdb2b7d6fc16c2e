//! Text that the app left plain is compressed on its way out: zstd, br or gzip.
//!
//! Event streams never are, nor anything that `no-transform`, a range or an existing coding
//! forbids. What streams in streams out: whenever the app pauses, the encoder is flushed.

mod encoder;
mod negotiate;

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap,
    HeaderValue, VARY,
};
use http::{Method, Response, StatusCode};
use http_body::Body as _;

pub(crate) use negotiate::Acceptable;

use crate::body::Body;
use crate::field_list;
use crate::media_type::MediaType;

/// When responses are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    pub enabled: bool,
    /// Shorter responses are sent as they are.
    pub bytes_min: u64,
}

impl Compression {
    /// What the client can decode; nothing when compression is off.
    pub(crate) fn acceptable(&self, head: &http::request::Parts) -> Acceptable {
        match self.enabled && head.method != Method::HEAD {
            true => Acceptable::of(&head.headers),
            false => Acceptable::NONE,
        }
    }

    pub(crate) fn apply(
        &self,
        codings: Acceptable,
        mut response: Response<Body>,
    ) -> Response<Body> {
        if !self.enabled || !is_compressible(&response) {
            return response;
        }
        vary_by_encoding(response.headers_mut());
        let Some(coding) = codings.best() else {
            return response;
        };
        if response
            .body()
            .size_hint()
            .exact()
            .is_some_and(|bytes| bytes < self.bytes_min)
        {
            return response;
        }
        let Some(encoder) = encoder::Encoder::new(coding) else {
            return response;
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.as_str()));
        headers.remove(CONTENT_LENGTH);
        // Ranges of the encoded form cannot be served.
        headers.remove(ACCEPT_RANGES);
        weaken_etag(headers);
        response.map(|body| Body::wrap(encoder::Encoded::new(body, encoder)))
    }
}

fn is_compressible(response: &Response<Body>) -> bool {
    let headers = response.headers();
    let status = response.status();
    let bodiless = status.is_informational()
        || matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT
        );
    let transformable = !field_list::elements(headers, &CACHE_CONTROL)
        .any(|directive| directive.eq_ignore_ascii_case(b"no-transform"));
    !bodiless
        && transformable
        && !headers.contains_key(CONTENT_ENCODING)
        && !headers.contains_key(CONTENT_RANGE)
        && MediaType::of(headers).is_some_and(is_text)
}

fn is_text(media_type: MediaType<'_>) -> bool {
    const TEXT: &[&str] = &[
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        "application/x-ndjson",
        "application/xml",
        "font/otf",
        "font/ttf",
        "image/svg+xml",
    ];
    // An event stream is text as well, and compressing it would hold its events back.
    (media_type.is_under("text") && !media_type.is("text/event-stream"))
        || TEXT.iter().any(|text| media_type.is(text))
        || (media_type.is_under("application")
            && (media_type.has_suffix("json") || media_type.has_suffix("xml")))
}

/// Caches must keep the plain and the encoded form apart, also when this one stayed plain.
fn vary_by_encoding(headers: &mut HeaderMap) {
    let names_it = field_list::elements(headers, &VARY)
        .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"accept-encoding"));
    if !names_it {
        headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    }
}

/// The encoded form has other bytes than the one the app tagged (RFC 9110 section 8.8.3.3).
fn weaken_etag(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG) else {
        return;
    };
    if !tag.as_bytes().starts_with(b"W/") {
        match HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()) {
            Ok(weak) => headers.insert(ETAG, weak),
            Err(_) => headers.remove(ETAG),
        };
    }
}

#[cfg(test)]
mod tests;
