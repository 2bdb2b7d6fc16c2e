//! Whether a client can be blamed for a request, or whether somebody else's page made its browser
//! send it: `<img src="https://victim/.env">` must get no visitor banned.

use http::header::{ORIGIN, REFERER};
use http::{HeaderMap, HeaderName, Method, request};

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where browsers and their extensions say that nobody has asked yet.
static PREFETCH: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

/// A page, even one of the app's own with what a user wrote into it, can cause any `GET`, by a
/// picture or a link; browsers then name it (Fetch Metadata, W3C), or at least by `Referer`. It
/// cannot cause another method from the app's own origin without a script of the app's. Previews of
/// links ask with `HEAD`.
pub(super) fn is_deliberate(head: &request::Parts) -> bool {
    let headers = &head.headers;
    if head.method == Method::HEAD || PREFETCH.iter().any(|name| headers.contains_key(name)) {
        return false;
    }
    match site(headers) {
        Some(b"none") => true,
        Some(b"same-origin") => head.method != Method::GET,
        Some(_) => false,
        None => !headers.contains_key(REFERER) && !headers.contains_key(ORIGIN),
    }
}

fn site(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(&SEC_FETCH_SITE).map(|site| site.as_bytes())
}
