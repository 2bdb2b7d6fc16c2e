//! Origins as browsers and liars write them.

use http::Request;
use proptest::prelude::*;

use super::*;
use crate::client_address::Scheme;
use crate::exchange::{Arrival, Exchange};
use crate::router::Router;

fn list(patterns: &[&str]) -> Origins {
    let patterns: Vec<OriginPattern> = patterns.iter().map(|one| one.parse().unwrap()).collect();
    Origins::new(&patterns)
}

fn names(patterns: &[&str], origin: &str) -> bool {
    let origin = Origin::parse(origin.as_bytes());
    origin.is_ok_and(|origin| list(patterns).names(&origin))
}

#[test]
fn an_origin_comes_out_in_one_form() {
    for (text, expected) in [
        ("https://example.com", "https://example.com"),
        ("HTTPS://EXAMPLE.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("moz-extension://0ff-a", "moz-extension://0ff-a"),
        ("file://", "file://"),
        ("null", "null"),
    ] {
        let origin = Origin::parse(text.as_bytes());
        assert_eq!(
            origin.map(|origin| origin.to_string()),
            Ok(expected.to_owned())
        );
    }
}

#[test]
fn what_no_browser_writes_is_no_origin() {
    for text in [
        "",
        "NULL",
        "null null",
        "example.com",
        "//example.com",
        "https:example.com",
        "https:/example.com",
        "https://",
        "https://example.com/",
        "https://example.com/x",
        "https://example.com?x",
        "https://example.com#x",
        "https://example.com:",
        "https://example.com:443x",
        "https://example.com https://evil.test",
        "https://example.com,https://evil.test",
        "https://user@example.com",
        "https://example.com\\.evil.test",
        "https://exa%6dple.com",
        "https://exämple.com",
        "https://127.1",
        "1https://example.com",
        "://example.com",
        " https://example.com",
        "https://example.com\t",
    ] {
        assert_eq!(
            Origin::parse(text.as_bytes()),
            Err(InvalidOrigin),
            "{text:?}"
        );
    }
}

#[test]
fn a_list_names_what_it_says_and_nothing_beside_it() {
    let patterns = [
        "https://app.example.com",
        "https://*.b.test",
        "http://localhost:*",
        "https://c.test:8443",
        "capacitor://localhost",
    ];
    for (origin, expected) in [
        ("https://app.example.com", true),
        ("https://APP.example.com:443", true),
        ("http://app.example.com", false),
        ("https://app.example.com:8443", false),
        ("https://x.app.example.com", false),
        ("https://app.example.com.evil.test", false),
        ("https://evil-app.example.com", false),
        ("https://a.b.test", true),
        ("https://x.a.b.test", true),
        ("https://b.test", false),
        ("https://xb.test", false),
        ("https://a.b.test:444", false),
        ("http://localhost", true),
        ("http://localhost:5173", true),
        ("https://localhost:5173", false),
        ("https://c.test:8443", true),
        ("https://c.test", false),
        ("capacitor://localhost", true),
        ("ionic://localhost", false),
        ("null", false),
    ] {
        assert_eq!(names(&patterns, origin), expected, "{origin}");
    }
    assert!(names(&["null"], "null"));
    assert!(!names(&["*"], "https://a.test"), "any is nobody by name");
    assert!(list(&["*"]).takes_any() && list(&[]).is_empty());
}

#[test]
fn pages_of_this_machine_are_listed_where_that_is_wanted() {
    let list = list(&[]).with_loopback(true);
    for (origin, expected) in [
        ("http://localhost:5173", true),
        ("https://app.localhost", true),
        ("http://127.0.0.2:3000", true),
        ("http://[::1]:3000", true),
        ("http://192.168.0.2", false),
        ("http://localhost.evil.test", false),
        ("capacitor://localhost", false),
        ("null", false),
    ] {
        let read = Origin::parse(origin.as_bytes()).unwrap();
        assert_eq!(list.names(&read), expected, "{origin}");
    }
}

#[test]
fn patterns_that_make_no_sense_are_told() {
    for text in [
        "",
        "example.com",
        "https://example.com/",
        "https://example.com/x",
        "https://*",
        "https://*.",
        "https://a.*.test",
        "https://*.192.0.2.1",
        "https://*.[::1]",
        "https://a.test:8443:*",
        "https://bücher.test",
        "*://a.test",
        "https://a test",
    ] {
        assert!(text.parse::<OriginPattern>().is_err(), "{text} was taken");
    }
}

fn own(scheme: Scheme, host: &str, origin: &str) -> bool {
    let (head, ()) = Request::get("/")
        .header("host", host)
        .body(())
        .unwrap()
        .into_parts();
    let mut exchange = Exchange::new(
        Arrival {
            scheme,
            ..Arrival::sample()
        },
        &head,
    );
    exchange.host = Router::default().read_host(&head).unwrap();
    is_own(&Origin::parse(origin.as_bytes()).unwrap(), &exchange, &head)
}

#[test]
fn a_request_knows_its_own_origin() {
    for (scheme, host, origin, expected) in [
        (Scheme::Https, "a.test", "https://a.test", true),
        (Scheme::Https, "A.test.:443", "https://a.test", true),
        (Scheme::Https, "a.test:8443", "https://a.test:8443", true),
        (Scheme::Https, "a.test:8443", "https://a.test", false),
        (Scheme::Https, "a.test", "https://a.test:8443", false),
        (Scheme::Https, "a.test", "http://a.test", false),
        (Scheme::Https, "a.test", "https://b.test", false),
        (Scheme::Https, "a.test", "https://x.a.test", false),
        (Scheme::Https, "a.test", "null", false),
        (Scheme::Http, "a.test", "http://a.test", true),
        (Scheme::Http, "a.test", "https://a.test", true),
        (Scheme::Http, "a.test:3000", "https://a.test", false),
        (Scheme::Http, "a.test", "capacitor://a.test", false),
    ] {
        assert_eq!(own(scheme, host, origin), expected, "{host} {origin}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Origin::parse(&bytes);
    }

    #[test]
    fn what_is_read_is_what_a_browser_reads(
        text in r"(https?|HTTPS|ftp)(:/{1,3})[A-Za-z0-9.:@/\\?#%\[\] -]{0,30}",
    ) {
        if let Ok(Origin::Tuple(origin)) = Origin::parse(text.as_bytes()) {
            let url = url::Url::parse(&text).unwrap();
            let host = url.host_str().unwrap();
            prop_assert_eq!(host.strip_suffix('.').unwrap_or(host), &*origin.host);
            prop_assert_eq!(url.scheme(), &*origin.scheme);
            if url.scheme() != "ftp" {
                prop_assert_eq!(url.port(), origin.port);
            }
        }
    }

    #[test]
    fn an_origin_reads_back_what_it_prints(text in r"[a-z]{1,6}://[A-Za-z0-9.\[\]:-]{1,20}") {
        if let Ok(origin) = Origin::parse(text.as_bytes()) {
            let printed = origin.to_string();
            prop_assert_eq!(Origin::parse(printed.as_bytes()), Ok(origin));
        }
    }

    #[test]
    fn a_pattern_takes_its_own_example(
        text in r"(https?|app)://(\*\.)?[a-z]{1,5}(\.[a-z]{1,5}){0,2}(:[1-9][0-9]{0,3}|:\*)?",
    ) {
        let pattern: OriginPattern = text.parse().unwrap();
        let example = pattern.example().unwrap();
        prop_assert!(Origins::new([&pattern]).names(&Origin::parse(example.as_bytes()).unwrap()));
        let printed: OriginPattern = pattern.to_string().parse().unwrap();
        prop_assert_eq!(printed, pattern);
    }
}
