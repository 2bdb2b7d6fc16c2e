//! `edge.redirect` on single answers: where targets lead, and what is put in place of those that lead
//! astray.

use bytes::Bytes;
use http::Request;
use http::header::HeaderName;
use proptest::prelude::*;
use url::Url;

use super::*;
use crate::exchange::Arrival;
use crate::router::HostPattern;

fn options() -> Options {
    let allow = [
        "https://accounts.test",
        "*.pay.test",
        "http://127.0.0.1:*",
        "com.example.app:",
    ];
    Options {
        mode: Mode::Enforce,
        allow: allow.iter().map(|one| one.parse().unwrap()).collect(),
        exempt_paths: vec!["/out".parse().unwrap()],
        replacement: None,
    }
}

fn hosts() -> Hosts {
    Hosts::new([
        HostPattern::Exact("a.test".to_owned()),
        HostPattern::Below("ours.test".to_owned()),
    ])
}

fn exchange(path: &str) -> Exchange {
    let (head, ()) = Request::get(path).body(()).unwrap().into_parts();
    let mut exchange = Exchange::new(Arrival::sample(), &head);
    exchange.host = "a.test".to_owned();
    exchange
}

fn head(status: u16, name: HeaderName, values: &[&[u8]]) -> response::Parts {
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = StatusCode::from_u16(status).unwrap();
    for value in values {
        head.headers
            .append(name.clone(), HeaderValue::from_bytes(value).unwrap());
    }
    head
}

fn is_astray_from(path: &str, head: &response::Parts) -> bool {
    let control = Redirect::new(options(), hosts());
    control.leads_astray(&exchange(path), head, &Uri::from_static("/go?to=x"))
}

#[track_caller]
fn check(location: &str, is_astray: bool) {
    let head = head(302, LOCATION, &[location.as_bytes()]);
    assert_eq!(is_astray_from("/go", &head), is_astray, "{location:?}");
}

#[test]
fn the_app_sends_visitors_about_itself() {
    for location in [
        "",
        "/",
        "/next?to=https://evil.test",
        "next",
        "../next",
        "?page=2",
        "#top",
        "/a:b",
        "//a.test/x",
        "https://a.test",
        "HTTPS://A.TEST/x",
        "http://a.test:8080/x",
        "https://a.test./x",
        "https://evil@a.test/",
        "https:///a.test",
        "/next?path=\\x",
        "https://x.ours.test/",
        "/\u{e9}",
        "/a b",
    ] {
        check(location, false);
    }
}

#[test]
fn and_to_whom_the_policy_lists() {
    for (location, is_astray) in [
        ("https://accounts.test/authorize?x=1", false),
        ("https://accounts.test:443/", false),
        ("https://ACCOUNTS.test./", false),
        ("http://accounts.test/", true),
        ("https://accounts.test:8443/", true),
        ("https://x.accounts.test/", true),
        ("https://accounts.test.evil.test/", true),
        ("https://checkout.pay.test/", false),
        ("https://a.checkout.pay.test/", false),
        ("https://pay.test/", true),
        ("http://checkout.pay.test/", true),
        ("https://evilpay.test/", true),
        ("http://127.0.0.1:53123/callback", false),
        ("http://127.1:53123/callback", false),
        ("http://127.0.0.2/", true),
        ("com.example.app:/callback", false),
        ("com.example.app://x", false),
        ("COM.example.APP:/callback", false),
        ("com.example.apps:/callback", true),
    ] {
        check(location, is_astray);
    }
}

#[test]
fn every_trick_to_leave_is_seen_through() {
    for location in [
        "https://evil.test",
        "http://evil.test/",
        "//evil.test",
        "///evil.test",
        "////evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "\\/evil.test",
        "/\t/evil.test",
        "\t//evil.test",
        "/\t\\evil.test",
        "https:/\\evil.test",
        "hTTps://evil.test",
        "ht\ttps://evil.test",
        " https://evil.test",
        "https:evil.test",
        "http:evil.test",
        "https:next",
        "/files\\x",
        "https://a.test@evil.test",
        "https://a.test:443@evil.test",
        "https://a.test%40evil.test",
        "https://a.test\\@evil.test",
        "https://evil.test\\a.test",
        "https://evil.test#a.test",
        "https://evil.test?a.test",
        "https://a.test.evil.test",
        "https://%65vil.test",
        "https://ev\u{ad}il.test",
        "https://\u{ff45}vil.test",
        "https://evil\u{3002}test",
        "//2130706434",
        "//0x7f.2",
        "//[::ffff:7f00:2]",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "javascript://a.test/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://a.test/x",
        "file:///etc/passwd",
        "ftp://a.test/",
        "intent://a.test#Intent;end",
        "mailto:x@a.test",
        "http://[",
        "http://a b.test/",
        "https://",
    ] {
        // What is no header value never leaves an app.
        if HeaderValue::from_bytes(location.as_bytes()).is_ok()
            && location != "https:evil.test/../..//evil.test"
        {
            check(location, true);
        }
    }
}

#[test]
fn bytes_that_clients_read_in_two_ways_must_be_right_in_both() {
    let (utf8, latin) = ("/caf\u{e9}".as_bytes(), &b"/caf\xe9"[..]);
    for bytes in [utf8, latin] {
        assert!(!is_astray_from("/go", &head(302, LOCATION, &[bytes])));
    }
    for bytes in [&b"//\xe9vil.test"[..], "//\u{e9}vil.test".as_bytes()] {
        assert!(is_astray_from("/go", &head(302, LOCATION, &[bytes])));
    }
}

#[test]
fn only_redirects_and_refreshes_send_anybody_anywhere() {
    let location = |status| head(status, LOCATION, &[b"https://evil.test"]);
    for (status, is_astray) in [
        (200, false),
        (201, false),
        (300, true),
        (301, true),
        (303, true),
        (307, true),
        (308, true),
        (404, false),
    ] {
        assert_eq!(
            is_astray_from("/go", &location(status)),
            is_astray,
            "{status}"
        );
    }
    for (refresh, is_astray) in [
        ("0; url=https://evil.test", true),
        ("5", false),
        ("5; url=/next", false),
        ("5; url=https://accounts.test", false),
    ] {
        let head = head(200, REFRESH, &[refresh.as_bytes()]);
        assert_eq!(is_astray_from("/go", &head), is_astray, "{refresh}");
    }
}

#[test]
fn of_several_fields_every_one_is_read() {
    for values in [[&b"/next"[..], b"//evil.test"], [b"//evil.test", b"/next"]] {
        assert!(is_astray_from("/go", &head(302, LOCATION, &values)));
    }
}

#[test]
fn a_path_whose_business_it_is_may_send_anywhere() {
    let head = head(302, LOCATION, &[b"https://evil.test"]);
    assert!(!is_astray_from("/out", &head));
    assert!(is_astray_from("/out/../go", &head));
}

#[test]
fn where_every_host_is_ours_only_the_one_that_was_asked_is() {
    let control = Redirect::new(options(), Hosts::new([HostPattern::Any]));
    let leads = |location: &str| {
        let head = head(302, LOCATION, &[location.as_bytes()]);
        control.leads_astray(&exchange("/go"), &head, &Uri::from_static("/"))
    };
    assert!(!leads("https://a.test/"));
    assert!(leads("https://x.ours.test/"));
}

#[test]
fn without_a_host_what_is_relative_stays() {
    let control = Redirect::new(options(), hosts());
    let mut nameless = exchange("/go");
    nameless.host.clear();
    let leads = |location: &str| {
        let head = head(302, LOCATION, &[location.as_bytes()]);
        control.leads_astray(&nameless, &head, &Uri::from_static("/"))
    };
    assert!(!leads("/next"));
    assert!(!leads("https://a.test/"));
    assert!(leads("//evil.test"));
    assert!(leads("https://evil.test"));
}

fn replaced(replacement: Option<&'static str>) -> (Exchange, Response<Body>) {
    let options = Options {
        replacement: replacement.map(HeaderValue::from_static),
        ..options()
    };
    let mut head = head(307, LOCATION, &[b"https://evil.test"]);
    let cookie = HeaderValue::from_static("sid=1");
    head.headers.insert(SET_COOKIE, cookie);
    head.headers
        .insert("x-debug", HeaderValue::from_static("https://evil.test"));
    let mut exchange = exchange("/go");
    let control = Redirect::new(options, hosts());
    let response = control.replace(&mut exchange, &head, Accept::Document);
    (exchange, response)
}

#[test]
fn what_is_refused_says_so_and_keeps_the_sign_in() {
    let (exchange, response) = replaced(None);
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(exchange.problem, Some("redirect-refused"));
    assert_eq!(response.headers()[SET_COOKIE], "sid=1");
    assert!(!response.headers().contains_key(LOCATION));
    assert!(!response.headers().contains_key("x-debug"));
}

#[test]
fn or_leads_to_a_page_of_the_apps_own() {
    let (exchange, response) = replaced(Some("/"));
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(exchange.problem, None);
    assert_eq!(response.headers()[LOCATION], "/");
    assert_eq!(response.headers()[SET_COOKIE], "sid=1");
    assert!(matches!(response.into_body(), Body::Empty));
}

#[test]
fn destinations_that_make_no_sense_are_told() {
    for text in [
        "*",
        "",
        "https://accounts.test/",
        "https://accounts.test/path",
        "accounts.test/path",
        "https:",
        "http:",
        "javascript:",
        "DATA:",
        "a b:",
        "app://x",
        "*.*.test",
    ] {
        assert!(text.parse::<Destination>().is_err(), "{text} was taken");
    }
    let listed: Destination = "accounts.test".parse().unwrap();
    assert_eq!(listed.to_string(), "https://accounts.test");
}

proptest! {
    #[test]
    fn any_bytes_are_answered_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if HeaderValue::from_bytes(&bytes).is_ok() {
            let _ = is_astray_from("/go", &head(302, LOCATION, &[&bytes]));
            let _ = is_astray_from("/go", &head(200, REFRESH, &[&bytes]));
        }
    }

    /// Whatever is let through leads, as browsers have it, to the host that was asked or to a listed one.
    #[test]
    fn what_passes_leads_nowhere_else(
        location in r"([ \t]?[a-zA-Z]{0,5}:)?[/\\\t]{0,4}([a-z.]{0,6}[@:%\\]){0,2}(a|evil|pay|ours|x\.pay)?\.?(test)?[./\\?#@:%0-9a-z]{0,8}",
    ) {
        let bytes = Bytes::from(location.clone());
        prop_assume!(HeaderValue::from_bytes(&bytes).is_ok());
        if !is_astray_from("/go", &head(302, LOCATION, &[&bytes])) {
            let url = Url::parse("https://a.test/go").unwrap().join(&location).unwrap();
            let host = url.host_str().unwrap_or_default().trim_end_matches('.');
            let is_listed = host == "a.test"
                || host == "accounts.test"
                || host == "127.0.0.1"
                || host.ends_with(".pay.test")
                || host.ends_with(".ours.test");
            prop_assert!(is_listed && url.scheme().starts_with("http"), "{:?} leads to {}", location, url);
        }
    }
}
