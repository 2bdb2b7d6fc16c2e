//! Limits of a running node: what ships, and a policy that counts by what a body says.

use crate::app::{App, ok};
use crate::gateway::TestGateway;
use crate::wire::Message;

/// A node that believes 127.0.0.1 about its clients, so that a test can be many.
fn gateway(app: &App, rest: &str) -> TestGateway {
    let trust = "[listen]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    TestGateway::plain(&format!("{trust}{}{rest}", app.upstream("")))
}

fn post(gateway: &TestGateway, path: &str, header_lines: &str, body: &str) -> Message {
    let length = body.len();
    let mut client = gateway.client();
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n");
    client
        .send(format!("{head}{header_lines}\r\n{body}"))
        .unwrap();
    client.answer()
}

fn login(gateway: &TestGateway, header_lines: &str) -> Message {
    post(gateway, "/api/login", header_lines, "{}")
}

const REFUSED: &str =
    "palisade_control_findings_total{control=\"edge.rate-limit\",finding=\"refused\"}";
const WOULD_REFUSE: &str =
    "palisade_control_findings_total{control=\"edge.rate-limit\",finding=\"would-refuse\"}";

#[test]
fn the_sixth_login_of_a_minute_is_refused_and_told_when_to_come_back() {
    let app = App::answering(ok("application/json", "{}"));
    let gateway = TestGateway::plain(&app.upstream(""));
    for left in (0..5).rev() {
        let answer = login(&gateway, "");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.one("ratelimit-policy"), "\"login\";q=5;w=60");
        let told = answer.one("ratelimit");
        assert!(
            told.starts_with(&format!("\"login\";r={left};t=")),
            "{told}"
        );
    }
    let refused = login(&gateway, "Accept: application/json\r\n");
    assert_eq!(refused.status(), 429);
    let wait: u32 = refused.one("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    assert_eq!(refused.one("ratelimit"), format!("\"login\";r=0;t={wait}"));
    assert!(refused.text().contains("\"code\":\"rate-limited\""));
    assert_eq!(app.unseen_requests().len(), 5);
    // What is no login, and the page of it, are another matter.
    assert_eq!(gateway.get("/api/login").status(), 200);
    assert_eq!(gateway.get("/").all("ratelimit"), [""; 0]);
    gateway.await_metric(REFUSED, 1);
    assert!(gateway.metric("palisade_rate_limit_keys") >= 1);
}

#[test]
fn a_forged_address_is_no_way_around_a_limit() {
    let app = App::answering(ok("application/json", "{}"));
    let complete = "[edge.client_ip]\ntrusted_proxies_complete = true\n";
    let gateway = TestGateway::plain(&(app.upstream("") + complete));
    for at in 0..6 {
        let forged =
            format!("X-Forwarded-For: 203.0.113.{at}\r\nForwarded: for=203.0.113.{at}\r\n");
        let status = login(&gateway, &forged).status();
        assert_eq!(status, if at < 5 { 200 } else { 429 }, "{at}");
    }
}

#[test]
fn another_client_behind_the_same_proxy_is_not_refused() {
    let app = App::answering(ok("application/json", "{}"));
    let gateway = gateway(&app, "");
    let from = |ip: &str| login(&gateway, &format!("X-Forwarded-For: 9.9.9.9, {ip}\r\n")).status();
    for _ in 0..5 {
        assert_eq!(from("203.0.113.1"), 200);
    }
    assert_eq!(from("203.0.113.1"), 429);
    assert_eq!(from("203.0.113.2"), 200);
    // A proxy that names nobody stands for a crowd: in doubt, and let in.
    for _ in 0..7 {
        assert_eq!(login(&gateway, "").status(), 200);
    }
    gateway.await_metric(WOULD_REFUSE, 2);
}

#[test]
fn through_a_proxy_that_nobody_listed_only_what_hangs_on_no_address_is_refused() {
    let app = App::answering(ok("application/json", "{}"));
    let policy = "[[edge.rate_limit.policies]]\nname = \"sms\"\nlimit = \"2/hour\"\n\
        key = \"json:/phone\"\npaths = [\"/sms\"]\n";
    let gateway = TestGateway::plain(&(app.upstream("") + policy));
    let from = |at| format!("X-Forwarded-For: 203.0.113.{at}\r\n");
    for at in 0..8 {
        let answer = login(&gateway, &from(at));
        assert_eq!(answer.status(), 200, "{at}");
        assert_eq!(answer.all("ratelimit"), [""; 0]);
    }
    gateway.await_metric(WOULD_REFUSE, 3);
    let body = "{\"phone\":\"+491712345678\"}";
    for (at, status) in [(1, 200), (2, 200), (3, 429)] {
        let answer = post(&gateway, "/sms", &from(at), body);
        assert_eq!(answer.status(), status, "{at}");
    }
}

#[test]
fn in_shadow_everything_passes_and_is_counted() {
    let app = App::answering(ok("application/json", "{}"));
    let shadow = "[edge.rate_limit]\nmode = \"shadow\"\n";
    let gateway = TestGateway::plain(&(app.upstream("") + shadow));
    for _ in 0..8 {
        let answer = login(&gateway, "");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.all("ratelimit"), [""; 0]);
    }
    gateway.await_metric(WOULD_REFUSE, 3);
    assert_eq!(gateway.metric(REFUSED), 0);
}

#[test]
fn a_phone_number_is_counted_however_it_is_spelled_and_told_to_nobody() {
    let app = App::answering(ok("application/json", "{}"));
    let policy = "[edge.rate_limit]\ndefault_country_code = \"49\"\n\
        [[edge.rate_limit.policies]]\nname = \"sms\"\nlimit = \"2/hour\"\nkey = \"json:/phone\"\n\
        methods = [\"POST\"]\npaths = [\"/sms\"]\n";
    let gateway = gateway(&app, policy);
    let bodies = [
        "{\"phone\":\"+49 171 2345678\"}",
        "{\"x\":[1],\"phone\":\"0171/2345678\"}",
        "{\"phone\":\"\\u002b49 (0)171-2345678\"}",
    ];
    for (at, body) in bodies.into_iter().enumerate() {
        let from = format!("X-Forwarded-For: 203.0.113.{at}\r\nContent-Type: application/json\r\n");
        let answer = post(&gateway, "/sms", &from, body);
        assert_eq!(answer.status(), if at < 2 { 200 } else { 429 }, "{body}");
        if at < 2 {
            assert_eq!(
                app.request().body,
                body.as_bytes(),
                "the app gets what was sent"
            );
        }
    }
    let other = "{\"phone\":\"+49 171 2345679\"}";
    assert_eq!(post(&gateway, "/sms", "", other).status(), 200);
    gateway.await_metric(REFUSED, 1);
    assert_eq!(gateway.log.lines(4).len(), 4);
    let log = gateway.log.text();
    assert!(!log.contains("2345678"), "{log}");
}

#[test]
fn a_body_too_long_to_be_read_reaches_the_app_whole() {
    let app = App::answering(ok("application/json", "{}"));
    let policy = "[[edge.rate_limit.policies]]\nname = \"sms\"\nlimit = \"1/hour\"\n\
        key = \"json:/phone\"\npaths = [\"/sms\"]\n";
    let gateway = TestGateway::plain(&(app.upstream("") + policy));
    let long = format!(
        "{{\"phone\":\"+491712345678\",\"x\":\"{}\"}}",
        "x".repeat(100_000)
    );
    assert_eq!(post(&gateway, "/sms", "", &long).status(), 200);
    assert_eq!(app.request().body.len(), long.len());
    assert_eq!(post(&gateway, "/sms", "", &long).status(), 429);
    gateway.await_metric("palisade_rate_limit_bodies_unread_total", 2);
}

#[test]
fn a_reload_forgives_nobody() {
    let app = App::answering(ok("application/json", "{}"));
    let gateway = TestGateway::plain(&app.upstream(""));
    for _ in 0..5 {
        assert_eq!(login(&gateway, "").status(), 200);
    }
    gateway.rewrite(&(app.upstream("") + "[edge.rate_limit]\nfields = false\n"));
    gateway.reload().unwrap();
    let refused = login(&gateway, "");
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.all("ratelimit"), [""; 0]);
}
