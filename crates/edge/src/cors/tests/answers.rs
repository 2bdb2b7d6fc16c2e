//! What stands in answers: with whom they are shared, and that it is with nobody else.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    VARY,
};
use proptest::prelude::*;

use super::*;

#[test]
fn a_listed_origin_may_read_the_answer() {
    let asked = ask(&options(), "GET", "/api", &[("origin", APP)]);
    let (changed, headers) = answer(&options(), &asked, &[("vary", "Accept-Encoding")]);
    assert!(changed);
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], APP);
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    assert_eq!(headers[ACCESS_CONTROL_EXPOSE_HEADERS], "retry-after");
    let vary: Vec<_> = headers.get_all(VARY).iter().collect();
    assert_eq!(vary, ["Accept-Encoding", "Origin"]);
}

#[test]
fn what_the_app_says_of_sharing_is_never_doubled_and_never_believed() {
    let generous = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-origin", "https://evil.test"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "*"),
        ("access-control-allow-private-network", "true"),
        ("access-control-expose-headers", "*"),
    ];
    let told = |origin: &'static str| {
        let asked = ask(&options(), "GET", "/api/open", &[("origin", origin)]);
        let (changed, headers) = answer(&options(), &asked, &generous);
        assert!(changed);
        let told = headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("access-control"));
        let told = told.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
        told.collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    let partners = [
        "access-control-allow-origin: https://partner.test",
        "access-control-expose-headers: retry-after",
    ];
    assert_eq!(
        told(PARTNER),
        partners,
        "without cookies, as the rule has it"
    );
    assert_eq!(told("https://evil.test"), [""; 0]);
    assert_eq!(told("null"), [""; 0]);
}

#[test]
fn an_answer_that_says_the_same_is_no_finding() {
    let asked = ask(&options(), "GET", "/api/open", &[("origin", PARTNER)]);
    let same = [
        ("access-control-allow-origin", PARTNER),
        ("access-control-expose-headers", "retry-after"),
        ("vary", "accept, ORIGIN"),
    ];
    let (changed, headers) = answer(&options(), &asked, &same);
    assert!(!changed);
    assert_eq!(headers.len(), 3);
    let asked = ask(&options(), "GET", "/api", &[]);
    let (changed, headers) = answer(&options(), &asked, &[]);
    assert!(!changed, "that answers differ by origin is none either");
    assert_eq!(headers[VARY], "Origin");
}

#[test]
fn caches_are_told_nothing_where_nobody_is_listed() {
    let nobody = Options {
        mode: Mode::Enforce,
        ..Options::off()
    };
    let asked = ask(&nobody, "GET", "/api", &[]);
    let (_, headers) = answer(&nobody, &asked, &[]);
    assert!(!headers.contains_key(VARY));
    let (changed, headers) = answer(&nobody, &asked, &[("access-control-allow-origin", "*")]);
    assert!(
        changed && headers.is_empty(),
        "a cache could hand it to anybody"
    );
}

#[test]
fn in_development_any_page_of_this_machine_is_listed_and_anybody_gets_no_cookies() {
    let development = Options {
        development: true,
        sharing: sharing(&["*"]),
        ..options()
    };
    for (origin, allowed, with_cookies) in [
        ("http://127.0.0.1:5173", "http://127.0.0.1:5173", true),
        ("https://evil.test", "*", false),
        ("null", "*", false),
    ] {
        let asked = ask(&development, "GET", "/api", &[("origin", origin)]);
        assert!(matches!(asked.verdict, Verdict::Pass), "{origin}");
        let (_, headers) = answer(&development, &asked, &[]);
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], allowed);
        assert_eq!(
            headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS),
            with_cookies
        );
    }
}

proptest! {
    /// Whatever asks and whatever the app says, an answer is shared with listed origins alone.
    #[test]
    fn no_answer_is_shared_with_a_stranger(
        origin in r"(https?://)?(app|evil|x\.app|app\.evil|partner)\.test[.:/@]?[0-9a-z]{0,4}|null|\*",
        path in r"/(api|API|%61pi)?(/|//|/\.\./|/open/|/export){0,3}[a-z.;%0-9]{0,6}",
        said in r"\*|null|https://(app|evil)\.test",
    ) {
        let Ok(uri) = path.parse::<http::Uri>() else { return Ok(()) };
        prop_assume!(uri.path().starts_with('/') && uri.authority().is_none());
        let asked = ask(&options(), "GET", &path, &[("origin", &origin)]);
        let lines = [("access-control-allow-origin", &*said), ("access-control-allow-credentials", "true")];
        let (_, headers) = answer(&options(), &asked, &lines);
        let listed = ["https://app.test", "https://x.app.test", "https://partner.test"];
        match headers.get(ACCESS_CONTROL_ALLOW_ORIGIN) {
            None => prop_assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS)),
            Some(told) => {
                let plain = origin.trim_end_matches(":443").trim_end_matches('.');
                prop_assert_eq!(told, &origin);
                prop_assert!(listed.contains(&plain), "{}", origin);
                prop_assert!(matches!(asked.verdict, Verdict::Pass));
            }
        }
    }
}
