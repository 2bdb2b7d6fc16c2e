//! Refuses requests that a foreign page could make a browser send to loopback.
//!
//! DNS rebinding points a name of the attacker's at 127.0.0.1; the browser then names that host.
//! So only loopback names are answered, and an `Origin` must be one of them too.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use palisade_edge::listen::authority::Authority;

pub(super) async fn refuse(request: Request, next: Next) -> Response {
    match is_local(request.uri(), request.headers()) {
        true => next.run(request).await,
        false => {
            let why = "The admin listener answers to localhost, 127.0.0.1 and [::1] only.\n";
            (StatusCode::MISDIRECTED_REQUEST, why).into_response()
        }
    }
}

fn is_local(target: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = match (target.authority(), hosts.next(), hosts.next()) {
        (Some(authority), ..) => is_loopback(authority.as_str().as_bytes()),
        (None, Some(host), None) => is_loopback(host.as_bytes()),
        (None, ..) => false,
    };
    let own_origin = headers.get_all(header::ORIGIN).iter().all(|origin| {
        origin
            .as_bytes()
            .strip_prefix(b"https://")
            .is_some_and(is_loopback)
    });
    named && own_origin
}

fn is_loopback(authority: &[u8]) -> bool {
    let host = Authority::parse(authority).map(|authority| authority.host);
    host.is_ok_and(|host| matches!(host.as_ref(), "localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(host: &'static str, origin: Option<&'static str>, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        assert_eq!(
            is_local(&Uri::from_static("/"), &headers),
            expected,
            "{host} {origin:?}"
        );
    }

    #[test]
    fn loopback_names_are_answered() {
        check("localhost:9443", None, true);
        check("127.0.0.1", Some("https://127.0.0.1:9443"), true);
        check("[::1]:9443", None, true);
    }

    #[test]
    fn other_names_and_origins_are_refused() {
        check("evil.test:9443", None, false);
        check("localhost.evil.test", None, false);
        check("localhost:9443", Some("https://evil.test"), false);
        check("localhost:9443", Some("http://localhost:9443"), false);
        check("localhost:9443", Some("null"), false);
    }
}
