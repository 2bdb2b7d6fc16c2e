//! `edge.headers` on whole responses: what goes in, what a client would see.

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response};

use super::*;
use crate::exchange::Arrival;

fn options() -> Options {
    Options {
        mode: Mode::Enforce,
        hsts: Hsts::Soak,
        frame_options: Some(HeaderValue::from_static("SAMEORIGIN")),
        referrer_policy: Some(HeaderValue::from_static("strict-origin-when-cross-origin")),
        permissions_policy: Some(HeaderValue::from_static("usb=()")),
        cross_origin_opener_policy: Some(HeaderValue::from_static("same-origin-allow-popups")),
        cross_origin_resource_policy: ResourcePolicy::Auto,
        api_content_security_policy: Some(HeaderValue::from_static("default-src 'none'")),
        remove: vec![HeaderName::from_static("x-powered-by")],
        rules: Vec::new(),
    }
}

fn exchange() -> Exchange {
    let (head, ()) = Request::new(()).into_parts();
    Exchange::new(Arrival::sample(), &head)
}

/// Sends `own` headers through the control over HTTPS and returns what a client would see, a
/// line per header, in a stable order.
fn amended(options: Options, own: &str) -> String {
    let (mut head, ()) = Response::new(()).into_parts();
    head.headers = parse(own);
    Headers::new(options).amend(&exchange(), &mut head);
    print(&head.headers)
}

fn parse(text: &str) -> HeaderMap {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pairs = lines.map(|line| {
        let (name, value) = line.split_once(": ").expect("a header line");
        (
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        )
    });
    pairs.collect()
}

fn print(headers: &HeaderMap) -> String {
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines.join("\n")
}

fn rule(name: &'static str, verb: Verb, scope: Scope) -> Options {
    let rule = Rule::new(HeaderName::from_static(name), verb, scope);
    Options {
        rules: vec![rule],
        ..options()
    }
}

fn value(text: &'static str) -> HeaderValue {
    HeaderValue::from_static(text)
}

#[test]
fn a_bare_page_gets_every_header_once() {
    insta::assert_snapshot!(amended(options(), "content-type: text/html"), @r"
    content-type: text/html
    cross-origin-opener-policy: same-origin-allow-popups
    cross-origin-resource-policy: same-site
    permissions-policy: usb=()
    referrer-policy: strict-origin-when-cross-origin
    strict-transport-security: max-age=86400
    x-content-type-options: nosniff
    x-frame-options: SAMEORIGIN
    ");
}

#[test]
fn data_gets_the_api_profile_too() {
    insta::assert_snapshot!(amended(options(), "content-type: application/json"), @r"
    content-security-policy: default-src 'none'
    content-type: application/json
    cross-origin-opener-policy: same-origin-allow-popups
    cross-origin-resource-policy: same-site
    permissions-policy: usb=()
    referrer-policy: strict-origin-when-cross-origin
    strict-transport-security: max-age=86400
    x-content-type-options: nosniff
    x-frame-options: SAMEORIGIN
    ");
}

#[test]
fn the_apps_own_headers_are_kept_and_stand_once() {
    let own = "
        content-type: application/json
        content-security-policy: default-src 'self'
        cross-origin-opener-policy: unsafe-none
        cross-origin-resource-policy: cross-origin
        permissions-policy: camera=()
        referrer-policy: origin
        referrer-policy: no-referrer
        strict-transport-security: max-age=9
        x-content-type-options: nosniff
        x-content-type-options: nosniff
        x-frame-options: DENY
        x-frame-options: SAMEORIGIN";
    insta::assert_snapshot!(amended(options(), own), @r"
    content-security-policy: default-src 'self'
    content-type: application/json
    cross-origin-opener-policy: unsafe-none
    cross-origin-resource-policy: cross-origin
    permissions-policy: camera=()
    referrer-policy: no-referrer
    strict-transport-security: max-age=9
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[test]
fn doubled_headers_keep_what_they_mean_to_a_browser() {
    let once = |own: &str, name: &str| {
        let sent = amended(options(), own);
        let lines: Vec<&str> = sent.lines().filter(|line| line.starts_with(name)).collect();
        assert_eq!(lines.len(), 1, "{sent}");
        lines[0].to_owned()
    };
    let csp = "content-type: application/json
        content-security-policy: default-src 'self'
        content-security-policy: object-src 'none'";
    assert_eq!(
        once(csp, "content-security-policy"),
        "content-security-policy: default-src 'self', object-src 'none'"
    );
    let permissions = "permissions-policy: camera=()\npermissions-policy: usb=()";
    assert_eq!(
        once(permissions, "permissions-policy"),
        "permissions-policy: camera=(), usb=()"
    );
    let frames = "x-frame-options: SAMEORIGIN\nx-frame-options: DENY";
    assert_eq!(once(frames, "x-frame-options"), "x-frame-options: DENY");
    let same = "x-frame-options: SAMEORIGIN\nx-frame-options: SAMEORIGIN";
    assert_eq!(once(same, "x-frame-options"), "x-frame-options: SAMEORIGIN");
}

#[test]
fn a_header_that_is_to_be_removed_is_not_added() {
    let names = [
        "referrer-policy",
        "strict-transport-security",
        "cross-origin-resource-policy",
    ];
    let remove = names.map(HeaderName::from_static).to_vec();
    let sent = amended(
        Options {
            remove,
            ..options()
        },
        "referrer-policy: origin",
    );
    assert!(!names.iter().any(|name| sent.contains(name)), "{sent}");
}

#[test]
fn a_satisfied_response_is_left_as_it_is() {
    let headers = Headers::new(options());
    let (mut head, ()) = Response::new(()).into_parts();
    head.headers.insert(CONTENT_TYPE, value("text/html"));
    assert!(headers.amend(&exchange(), &mut head));
    let once = head.headers.clone();
    assert!(!headers.amend(&exchange(), &mut head));
    assert_eq!(head.headers, once);
}

#[test]
fn what_the_app_runs_on_is_not_told() {
    assert!(!amended(options(), "x-powered-by: PHP/8.3").contains("x-powered-by"));
}

#[test]
fn an_app_that_names_its_framers_is_not_shut_to_them() {
    let own = "content-type: text/html
        content-security-policy: default-src 'self'; frame-ancestors https://partner.test";
    assert!(!amended(options(), own).contains("x-frame-options"));
    let other = "content-security-policy: default-src 'self'; frame-src 'none'";
    assert!(amended(options(), other).contains("x-frame-options: SAMEORIGIN"));
}

#[test]
fn what_pages_embed_or_the_app_shares_may_cross_origins() {
    let policy = |own: &str| {
        let sent = amended(options(), own);
        let line = sent
            .lines()
            .find(|line| line.starts_with("cross-origin-resource-policy"));
        line.unwrap().to_owned()
    };
    assert!(policy("content-type: image/png").ends_with("cross-origin"));
    assert!(policy("content-type: text/html").ends_with("same-site"));
    let shared = format!("content-type: application/json\n{ACCESS_CONTROL_ALLOW_ORIGIN}: *");
    assert!(policy(&shared).ends_with(": cross-origin"));
}

#[test]
fn a_rule_of_the_operator_replaces_the_built_in_one() {
    let sent = amended(
        rule("x-frame-options", Verb::Set(value("DENY")), Scope::Every),
        "x-frame-options: SAMEORIGIN",
    );
    assert!(
        sent.contains("x-frame-options: DENY") && !sent.contains("SAMEORIGIN"),
        "{sent}"
    );
    let sent = amended(
        rule("referrer-policy", Verb::Remove, Scope::Every),
        "referrer-policy: origin",
    );
    assert!(!sent.contains("referrer-policy"), "{sent}");
    let sent = amended(
        rule("strict-transport-security", Verb::Remove, Scope::Every),
        "",
    );
    assert!(!sent.contains("strict-transport-security"), "{sent}");
}

#[test]
fn an_appended_value_stands_beside_the_apps() {
    let append = rule(
        "link",
        Verb::Append(value("</b>; rel=preload")),
        Scope::Documents,
    );
    let sent = amended(append.clone(), "content-type: text/html\nlink: </a>");
    assert!(
        sent.contains("link: </a>\nlink: </b>; rel=preload"),
        "{sent}"
    );
    assert!(!amended(append, "content-type: text/css").contains("rel=preload"));
}

#[test]
fn on_a_development_machine_no_rule_pins_localhost() {
    let year = Verb::Set(value("max-age=31536000"));
    let pinned = rule("strict-transport-security", year, Scope::Every);
    let sent = amended(
        Options {
            hsts: Hsts::Development,
            ..pinned
        },
        "",
    );
    assert!(
        sent.contains("strict-transport-security: max-age=60"),
        "{sent}"
    );
    assert!(!sent.contains("31536000"), "{sent}");
}

#[test]
fn framing_headers_are_not_policy() {
    for name in [
        "x-request-id",
        "content-encoding",
        "content-length",
        "transfer-encoding",
        "connection",
        "te",
        "upgrade",
    ] {
        assert!(!Rule::may_name(&HeaderName::from_static(name)), "{name}");
    }
    assert!(Rule::may_name(&HeaderName::from_static("x-frame-options")));
}
