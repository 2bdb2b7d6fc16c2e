//! What the app is told of the client: `X-Forwarded-*`, `X-Real-IP` and `Forwarded`, written anew
//! from what is believed.
//!
//! The lists hold one hop, the client. An app that trusts the proxy it can see, which is what
//! frameworks do unless told otherwise, then reads the right address whether it takes the first
//! entry, the last, or walks; and it needs no change when a CDN is put in front.

mod claims;

use std::fmt::Write;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::FORWARDED;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::client_address::{Belief, ClientAddress, Scheme};
use claims::Claim;
pub(crate) use claims::folds_to;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Removes every inbound claim about client, scheme and host, in every spelling that an app may
/// fold to one of them, and writes ours.
///
/// `scheme` is how the client spoke to the outermost believed hop (the client's, else the
/// listener's); `host` the `Host` or `:authority` it asked for, where there was one. One
/// allocation holds all that is written.
pub fn rewrite(
    headers: &mut HeaderMap,
    client: &ClientAddress,
    scheme: Scheme,
    host: Option<&HeaderValue>,
) {
    let (forwarded, address) = values(client.ip, scheme, host);
    replace_claims(headers, client.belief, address.as_ref());
    if let Some(address) = address {
        headers.insert(X_REAL_IP, address.clone());
        headers.insert(X_FORWARDED_FOR, address);
    }
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(scheme.as_str()));
    if let Some(host) = host {
        headers.insert(X_FORWARDED_HOST, host.clone());
    }
    if let Some(forwarded) = forwarded {
        headers.insert(FORWARDED, forwarded);
    }
}

/// Takes the same claims out of a request's trailers, which some app servers merge with the
/// header (RFC 9110 section 6.5.1). Nobody's word counts there.
pub(crate) fn strip_trailers(trailers: &mut HeaderMap) {
    replace_claims(trailers, Belief::Direct, None);
}

/// Whether any field says that the client is somebody other than who connects.
pub(crate) fn name_an_address(headers: &HeaderMap) -> bool {
    headers.keys().any(claims::names_an_address)
}

/// The fields that a request says of its client, with every spelling of them.
pub(crate) fn is_claim(name: &HeaderName) -> bool {
    claims::classify(name, Belief::Direct).is_some()
}

fn replace_claims(headers: &mut HeaderMap, belief: Belief, address: Option<&HeaderValue>) {
    // Nearly always empty, and then without an allocation.
    let claims: Vec<(HeaderName, Claim)> = headers
        .keys()
        .filter_map(|name| Some((name.clone(), claims::classify(name, belief)?)))
        .collect();
    for (name, claim) in claims {
        match (claim, address) {
            (Claim::Replaced, Some(address)) => headers.insert(name, address.clone()),
            (Claim::Replaced, None) | (Claim::Removed, _) => headers.remove(name),
        };
    }
}

/// The element of `Forwarded` (RFC 7239 section 4), and the bare address as a slice of it.
/// `None` stands for what is no field value, which neither can be.
fn values(
    ip: IpAddr,
    scheme: Scheme,
    host: Option<&HeaderValue>,
) -> (Option<HeaderValue>, Option<HeaderValue>) {
    const BYTES_BESIDE_HOST: usize = "for=\"[]\";proto=https;host=\"\"".len() + 45;
    let capacity = BYTES_BESIDE_HOST + host.map_or(0, HeaderValue::len);
    let mut text = TextBuffer(Vec::with_capacity(capacity));
    // IPv6 goes in brackets, which no token may hold (section 6).
    text.push(if ip.is_ipv6() { b"for=\"[" } else { b"for=" });
    let start = text.0.len();
    // Writing to memory cannot fail.
    let _ = write!(text, "{ip}");
    let end = text.0.len();
    text.push(if ip.is_ipv6() {
        b"]\";proto="
    } else {
        b";proto="
    });
    text.push(scheme.as_str().as_bytes());
    if let Some(host) = host {
        text.push(b";host=");
        text.push_token_or_quoted(host.as_bytes());
    }
    let forwarded = Bytes::from(text.0);
    let address = HeaderValue::from_maybe_shared(forwarded.slice(start..end)).ok();
    (HeaderValue::from_maybe_shared(forwarded).ok(), address)
}

struct TextBuffer(Vec<u8>);

impl Write for TextBuffer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

impl TextBuffer {
    fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn push_token_or_quoted(&mut self, value: &[u8]) {
        if !value.is_empty() && value.iter().all(|byte| is_token(*byte)) {
            return self.push(value);
        }
        self.0.push(b'"');
        for byte in value {
            if matches!(byte, b'"' | b'\\') {
                self.0.push(b'\\');
            }
            self.0.push(*byte);
        }
        self.0.push(b'"');
    }
}

/// `tchar` (RFC 9110 section 5.6.2).
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

#[cfg(test)]
mod tests;
