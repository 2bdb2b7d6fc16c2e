//! The plain port's only answer: the same address over HTTPS.
//!
//! The answer is built from a parsed host and a percent-encoded path, so that nothing of the
//! request comes back that could end a header field or name another kind of address.

use std::fmt::Write;

use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, Version};
use palisade_kernel::Problem;

use crate::body::Body;
use crate::router::read_host;

/// The port that `https` means when none is written.
const HTTPS_PORT: u16 = 443;

/// A 308 (RFC 9110 section 15.4.9) to `https://<host>[:https_port]<path and query>`.
///
/// The host is read as for a request that is forwarded. [`Problem::BAD_REQUEST`] where it is
/// missing, doubled, contradicted or malformed, or where the target is no path (`CONNECT`,
/// `OPTIONS *`).
pub fn to_https(
    target: &Uri,
    version: Version,
    headers: &HeaderMap,
    https_port: u16,
) -> Result<Response<Body>, &'static Problem> {
    let location = location(target, version, headers, https_port).ok_or(&Problem::BAD_REQUEST)?;
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, location);
    // Browsers keep a 308 for good, and another program may own this port tomorrow. What pins a
    // host to HTTPS is Strict-Transport-Security.
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    Ok(response)
}

fn location(
    target: &Uri,
    version: Version,
    headers: &HeaderMap,
    https_port: u16,
) -> Option<HeaderValue> {
    let host = read_host(target, version, headers).ok()?;
    // HTTP/1.0 need not name one, and then there is nowhere to send it.
    if host.is_empty() {
        return None;
    }
    let path = target.path_and_query()?.as_str();
    if !path.starts_with('/') {
        return None;
    }
    let mut location = String::with_capacity("https://:65535".len() + host.len() + path.len());
    location.push_str("https://");
    location.push_str(&host);
    if https_port != HTTPS_PORT {
        write!(location, ":{https_port}").ok()?;
    }
    push_encoded(&mut location, path);
    HeaderValue::try_from(location).ok()
}

/// Percent-encodes what a URI may not contain (RFC 3986 section 2) but hyper lets pass.
fn push_encoded(location: &mut String, path: &str) {
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            location.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(location, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::HOST;
    use proptest::prelude::*;

    use super::*;
    use crate::listen::authority::Authority;

    fn redirect(target: &str, hosts: &[&str], port: u16) -> Result<String, u16> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_str(host).unwrap());
        }
        match to_https(&target.parse().unwrap(), Version::HTTP_11, &headers, port) {
            Ok(response) => {
                assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
                assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
                Ok(response.headers()[LOCATION].to_str().unwrap().to_owned())
            }
            Err(problem) => Err(problem.status.as_u16()),
        }
    }

    fn check(target: &str, host: &str, port: u16, location: &str) {
        assert_eq!(redirect(target, &[host], port), Ok(location.to_owned()));
    }

    #[test]
    fn the_same_path_and_query_are_named_over_https() {
        check("/", "example.com", 443, "https://example.com/");
        check(
            "/a?b=c&d=%20",
            "Example.com:80",
            443,
            "https://example.com/a?b=c&d=%20",
        );
        check("/a", "localhost:8080", 8443, "https://localhost:8443/a");
        check("/", "[::1]:8080", 8443, "https://[::1]:8443/");
    }

    #[test]
    fn an_absolute_target_and_the_host_field_name_the_same() {
        check("http://a.test:80/x", "A.test:80", 443, "https://a.test/x");
        let contradicted = redirect("http://a.test/x", &["b.test"], 443);
        assert_eq!(contradicted, Err(400));
    }

    #[test]
    fn a_client_of_http_1_0_that_names_no_host_is_refused() {
        let target = Uri::from_static("/");
        let refused = to_https(&target, Version::HTTP_10, &HeaderMap::new(), 443);
        assert_eq!(refused.map(drop), Err(&Problem::BAD_REQUEST));
    }

    #[test]
    fn a_path_that_looks_like_a_host_stays_a_path() {
        check(
            "//evil.test/x",
            "a.test",
            443,
            "https://a.test//evil.test/x",
        );
    }

    #[test]
    fn odd_bytes_of_the_path_come_back_encoded() {
        check("/a\"b{c}", "a.test", 443, "https://a.test/a%22b%7Bc%7D");
    }

    #[test]
    fn a_host_that_cannot_be_believed_is_refused() {
        for host in ["", "a b", "a@b", "a/b", "a\"b", "a:b", "evil.test\t"] {
            assert_eq!(redirect("/", &[host], 443), Err(400), "{host:?}");
        }
        assert_eq!(redirect("/", &[], 443), Err(400));
        assert_eq!(redirect("/", &["a.test", "a.test"], 443), Err(400));
        assert_eq!(redirect("http://u:p@a.test/", &["a.test"], 443), Err(400));
    }

    #[test]
    fn a_target_that_is_no_path_is_refused() {
        assert_eq!(redirect("*", &["a.test"], 443), Err(400));
        assert_eq!(redirect("a.test:80", &["a.test"], 443), Err(400));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_the_location_stays_on_the_parsed_host(
            host in prop::collection::vec(any::<u8>(), 0..40),
            path in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let path = [b"/".as_slice(), &path].concat();
            let (Ok(target), Ok(host)) =
                (Uri::try_from(path.as_slice()), HeaderValue::from_bytes(&host)) else {
                return Ok(());
            };
            let headers = HeaderMap::from_iter([(HOST, host.clone())]);
            if let Ok(response) = to_https(&target, Version::HTTP_11, &headers, 443) {
                let location = response.headers()[LOCATION].to_str().unwrap();
                let host = Authority::parse(host.as_bytes()).unwrap().host;
                let expected = format!("https://{host}/");
                prop_assert!(location.starts_with(&expected), "{}", location);
            }
        }
    }
}
