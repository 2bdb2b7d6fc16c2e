//! `edge.cors` on single requests and answers: who is let in, and what is told to whom.

mod answers;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, HeaderValue, VARY,
};
use http::{Request, Response, StatusCode};

use super::*;
use crate::body::Body;
use crate::control::ResponseControl;
use crate::exchange::{Arrival, PATH_BYTES_MAX};
use crate::router::Router;

type Lines<'a> = &'a [(&'static str, &'a str)];

const APP: &str = "https://app.test";
const PARTNER: &str = "https://partner.test";

fn sharing(origins: &[&str]) -> Sharing {
    Sharing {
        origins: origins.iter().map(|one| one.parse().unwrap()).collect(),
        methods: vec![Method::PUT, Method::DELETE],
        headers: vec![HeaderName::from_static("authorization")],
        expose: vec![HeaderName::from_static("retry-after")],
        credentials: true,
        max_age: Duration::from_secs(600),
    }
}

fn paths(paths: &[&str]) -> Vec<PathPattern> {
    paths.iter().map(|path| path.parse().unwrap()).collect()
}

/// The app's own page on another host everywhere, a partner's below `/api/open`, nobody for exports.
fn options() -> Options {
    let rule = |path, origins: &[&str]| Rule {
        hosts: Vec::new(),
        paths: paths(&[path]),
        sharing: Sharing {
            credentials: false,
            ..sharing(origins)
        },
    };
    Options {
        mode: Mode::Enforce,
        sharing: sharing(&[APP, "https://*.app.test", "http://localhost:*"]),
        rules: vec![
            rule("/api/open/**", &[APP, PARTNER]),
            rule("/api/export", &[]),
        ],
        exempt_paths: paths(&["/.well-known/**"]),
        development: false,
    }
}

struct Asked {
    exchange: Exchange,
    verdict: Verdict,
}

/// A request to `https://api.test`, which is not in any list.
fn ask(options: &Options, method: &str, path: &str, lines: Lines<'_>) -> Asked {
    let request = Request::builder().method(method).uri(path);
    let request = lines.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let (head, ()) = request
        .header("host", "api.test")
        .body(())
        .unwrap()
        .into_parts();
    let mut exchange = Exchange::new(Arrival::sample(), &head);
    exchange.host = Router::default().read_host(&head).unwrap();
    let control = Cors::new(options.mode, Arc::new(Sharings::new(options)));
    let verdict = control.check(&mut exchange, &head, &State::isolated());
    Asked { exchange, verdict }
}

#[track_caller]
fn check(method: &str, path: &str, lines: Lines<'_>, passes: bool) {
    let asked = ask(&options(), method, path, lines);
    let expected = matches!(asked.verdict, Verdict::Pass);
    assert_eq!(
        expected, passes,
        "{method} {path} {lines:?}: {:?}",
        asked.verdict
    );
}

#[test]
fn requests_of_no_page_or_of_the_apps_own_are_untouched() {
    check("GET", "/", &[], true);
    check("POST", "/", &[], true);
    check("POST", "/", &[("origin", "https://api.test")], true);
    check("POST", "/", &[("origin", "https://api.test:443")], true);
    let behind_a_proxy = [
        ("origin", "https://shop.test"),
        ("sec-fetch-site", "same-origin"),
    ];
    check("POST", "/", &behind_a_proxy, true);
}

#[test]
fn an_origin_that_is_not_listed_is_refused() {
    for origin in [
        "https://evil.test",
        "http://app.test",
        "https://app.test:8443",
        "https://app.test.evil.test",
        "https://evilapp.test",
        "https://api.test.evil.test",
        "https://api.test:8443",
        "http://api.test",
        "null",
        "",
        "https://app.test/",
        "https://app.test https://evil.test",
        "chrome-extension://abc",
    ] {
        for method in ["GET", "POST", "OPTIONS", "DELETE"] {
            check(method, "/api", &[("origin", origin)], false);
        }
        let as_browsers_do = [
            ("origin", origin),
            ("sec-fetch-mode", "cors"),
            ("accept", "text/html"),
        ];
        check("GET", "/api", &as_browsers_do, false);
        let socket = [("origin", origin), ("sec-fetch-mode", "websocket")];
        check("GET", "/ws", &socket, false);
    }
    check("GET", "/", &[("origin", APP), ("origin", APP)], false);
}

#[test]
fn an_origin_that_is_listed_passes() {
    for origin in [
        APP,
        "https://x.app.test",
        "https://y.x.app.test",
        "http://localhost:5173",
    ] {
        check("GET", "/api", &[("origin", origin)], true);
        check(
            "DELETE",
            "/api",
            &[("origin", origin), ("sec-fetch-site", "cross-site")],
            true,
        );
        check(
            "GET",
            "/ws",
            &[("origin", origin), ("upgrade", "websocket")],
            true,
        );
    }
}

#[test]
fn what_does_not_want_to_read_is_left_to_the_cross_site_control() {
    let form = [
        ("origin", "https://evil.test"),
        ("sec-fetch-mode", "navigate"),
    ];
    check("POST", "/", &form, true);
    let beacon = [
        ("origin", "https://evil.test"),
        ("sec-fetch-mode", "no-cors"),
    ];
    check("POST", "/", &beacon, true);
    let old_browser = [("origin", "null"), ("accept", "text/html,*/*")];
    check("POST", "/", &old_browser, true);
    let asked = ask(&options(), "POST", "/", &form);
    let (_, headers) = answer(&options(), &asked, &[("access-control-allow-origin", "*")]);
    assert_eq!(
        headers.get(ACCESS_CONTROL_ALLOW_ORIGIN),
        None,
        "and its answer is shared with nobody"
    );
}

#[test]
fn a_rule_stands_for_its_paths_alone_however_they_are_spelled() {
    for (path, app, partner) in [
        ("/api", true, false),
        ("/api/open", true, true),
        ("/api/open/x", true, true),
        ("/api/open/x.json", true, true),
        ("/API/Open/a%20b", true, true),
        ("/api/export", false, false),
        ("/api/export.json", false, false),
        ("/api//export", false, false),
        ("/api/%65xport", false, false),
        ("/api/export;x=1", false, false),
        ("/api/open/../export", false, false),
        ("/api/open/%2e%2e/export", false, false),
    ] {
        check("GET", path, &[("origin", APP)], app);
        check("GET", path, &[("origin", PARTNER)], partner);
    }
    let long = format!("/api/open/{}", "x".repeat(PATH_BYTES_MAX));
    check("GET", &long, &[("origin", PARTNER)], false);
}

#[test]
fn a_rule_may_be_for_one_host() {
    let mut options = options();
    options.rules[0].hosts = vec![HostPattern::Exact("other.test".to_owned())];
    let asked = ask(&options, "GET", "/api/open", &[("origin", PARTNER)]);
    assert!(matches!(asked.verdict, Verdict::Refuse(_)));
    options.rules[0].hosts = vec![HostPattern::Exact("api.test".to_owned())];
    let asked = ask(&options, "GET", "/api/open", &[("origin", PARTNER)]);
    assert!(matches!(asked.verdict, Verdict::Pass));
}

#[test]
fn exempt_paths_and_our_own_are_left_alone() {
    check(
        "GET",
        "/.well-known/openid-configuration",
        &[("origin", "https://evil.test")],
        true,
    );
    check(
        "GET",
        "/.palisade/health",
        &[("origin", "https://evil.test")],
        true,
    );
    check(
        "GET",
        "/.well-known/../api",
        &[("origin", "https://evil.test")],
        false,
    );
    let asked = ask(
        &options(),
        "GET",
        "/.well-known/x",
        &[("origin", "https://evil.test")],
    );
    let (changed, headers) = answer(&options(), &asked, &[("access-control-allow-origin", "*")]);
    assert!(!changed && headers[ACCESS_CONTROL_ALLOW_ORIGIN] == "*");
}

fn preflight(
    options: &Options,
    path: &str,
    lines: Lines<'_>,
) -> Result<Response<Body>, &'static str> {
    match ask(options, "OPTIONS", path, lines).verdict {
        Verdict::Answer(answer) => Ok(*answer),
        Verdict::Refuse(refusal) => Err(refusal.problem.code),
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_preflight_is_answered_with_what_the_policy_grants() {
    let lines = [
        ("origin", APP),
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "authorization"),
        ("sec-fetch-mode", "cors"),
    ];
    let answer = preflight(&options(), "/api", &lines).unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let headers = answer.headers();
    for (name, expected) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, APP),
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (ACCESS_CONTROL_ALLOW_METHODS, "PUT, DELETE"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
        (
            VARY,
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ),
    ] {
        assert_eq!(headers[name], expected);
    }
}

#[test]
fn a_preflight_for_more_than_is_granted_is_refused() {
    for (origin, method, headers, expected) in [
        (APP, "GET", "", Ok(())),
        (APP, "POST", "Authorization", Ok(())),
        (APP, "PUT", " , authorization ,", Ok(())),
        (APP, "PATCH", "", Err("origin-not-allowed")),
        (APP, "delete", "", Err("origin-not-allowed")),
        (APP, "GET", "x-other", Err("origin-not-allowed")),
        (
            APP,
            "GET",
            "authorization,x-other",
            Err("origin-not-allowed"),
        ),
        ("https://evil.test", "GET", "", Err("origin-not-allowed")),
        ("null", "GET", "", Err("origin-not-allowed")),
    ] {
        let lines = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
        ];
        let found = preflight(&options(), "/api", &lines).map(drop);
        assert_eq!(found, expected, "{origin} {method} {headers}");
    }
}

#[test]
fn another_options_request_reaches_the_app() {
    check("OPTIONS", "/api", &[], true);
    check("OPTIONS", "/api", &[("origin", APP)], true);
    check(
        "OPTIONS",
        "/api",
        &[("access-control-request-method", "GET")],
        true,
    );
    check(
        "GET",
        "/api",
        &[("origin", APP), ("access-control-request-method", "GET")],
        true,
    );
}

/// What becomes of the app's answer; and whether that counts as a change.
fn answer(options: &Options, asked: &Asked, lines: Lines<'_>) -> (bool, HeaderMap) {
    let (mut head, ()) = Response::new(()).into_parts();
    for (name, value) in lines {
        head.headers
            .append(*name, HeaderValue::from_str(value).unwrap());
    }
    let control = Answers::new(options.mode, Arc::new(Sharings::new(options)));
    let changed = control.amend(&asked.exchange, &mut head);
    (changed, head.headers)
}
