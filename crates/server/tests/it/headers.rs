//! Security headers stand exactly once on every answer, whoever made it.

use http::Request;

use crate::app::{App, answer, nobody, ok, upstream};
use crate::client::Client;
use crate::gateway::TestGateway;
use crate::wire::Message;

/// What stands on every answer without any configuration, in plain mode.
const ALWAYS: [&str; 6] = [
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
];

/// What an app tells of itself and nobody should know.
const NEVER: [&str; 2] = ["server", "x-powered-by"];

/// Whether `answer` has this status and, each once, what every answer has.
#[track_caller]
pub(crate) fn check(answer: &Message, status: u16) {
    assert_eq!(answer.status(), status, "{answer:?}");
    for name in ALWAYS {
        answer.one(name);
    }
    for name in NEVER {
        assert_eq!(answer.all(name), [""; 0]);
    }
    answer.one("x-request-id");
}

/// An app that answers the status in its path and tells too much of itself.
fn status_app() -> App {
    App::start(|request| {
        let status = request.start.split(['/', ' ']).nth(2).unwrap();
        let headers = "Server: nginx\r\nX-Powered-By: PHP/5\r\nContent-Type: text/html\r\n";
        answer(status.parse().unwrap(), headers, "<p>hello")
    })
}

#[test]
fn they_stand_on_every_status_of_the_app() {
    let app = status_app();
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    for status in [
        200, 201, 301, 302, 401, 403, 404, 405, 418, 429, 500, 502, 503,
    ] {
        check(&client.get(&format!("/{status}")), status);
    }
}

#[test]
fn they_stand_on_answers_over_tls_in_both_versions_of_http() {
    let app = status_app();
    let gateway = TestGateway::tls(&app.upstream(""));
    let (mut client, mut http2) = (gateway.client(), gateway.http2_client());
    for status in [200, 404, 405, 500] {
        let path = format!("/{status}");
        for answer in [client.get(&path), http2.get(&path)] {
            check(&answer, status);
            assert_eq!(answer.one("strict-transport-security"), "max-age=60");
        }
    }
}

#[test]
fn plain_http_never_pins_to_https_but_a_trusted_platform_that_ended_tls_does() {
    let app = status_app();
    let plain = TestGateway::plain(&app.upstream(""));
    assert_eq!(plain.get("/200").all("strict-transport-security"), [""; 0]);
    let forged = "X-Forwarded-Proto: https\r\n";
    let forged = plain.client().ask("GET", "/200", forged);
    assert_eq!(forged.all("strict-transport-security"), [""; 0]);

    let trusting = "[listen]\ntrusted_proxies = [\"127.0.0.0/8\"]\n";
    let behind = TestGateway::plain(&(app.upstream("") + trusting));
    let line = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    let believed = behind.client().ask("GET", "/200", line);
    assert_eq!(believed.one("strict-transport-security"), "max-age=86400");
}

#[test]
fn the_apps_own_are_kept_and_not_doubled() {
    let own = "X-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n\
               Permissions-Policy: camera=()\r\nCross-Origin-Opener-Policy: unsafe-none\r\n\
               Cross-Origin-Resource-Policy: same-origin\r\nX-Content-Type-Options: nosniff\r\n\
               Content-Security-Policy: default-src 'self'\r\nContent-Type: text/html\r\n";
    let app = App::answering(answer(200, own, "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway.get("/");
    check(&answer, 200);
    assert_eq!(answer.one("x-frame-options"), "DENY");
    assert_eq!(answer.one("referrer-policy"), "no-referrer");
    assert_eq!(answer.one("permissions-policy"), "camera=()");
    assert_eq!(answer.one("cross-origin-opener-policy"), "unsafe-none");
    assert_eq!(answer.one("cross-origin-resource-policy"), "same-origin");
    assert_eq!(answer.one("content-security-policy"), "default-src 'self'");
}

#[test]
fn what_the_app_sends_twice_stands_once() {
    let twice = "X-Content-Type-Options: nosniff\r\nX-Content-Type-Options: nosniff\r\n\
                 X-Frame-Options: DENY\r\nX-Frame-Options: DENY\r\n";
    let app = App::answering(answer(200, twice, "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    check(&gateway.get("/"), 200);
}

#[test]
fn a_doubled_type_or_date_stands_once_in_every_mode() {
    let twice = "Content-Type: text/html\r\nContent-Type: image/png\r\n\
                 Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nDate: Fri, 02 Jan 1970 00:00:00 GMT\r\n";
    for policy in ["", "[edge.headers]\nmode = \"off\"\n"] {
        let app = App::answering(answer(200, twice, "x"));
        let gateway = TestGateway::plain(&(app.upstream("") + policy));
        let answer = gateway.get("/");
        assert_eq!(answer.all("content-type"), ["text/html"]);
        assert_eq!(answer.all("date"), ["Thu, 01 Jan 1970 00:00:00 GMT"]);
        let found = &gateway.log.line()["controls"]["edge.headers"];
        assert_eq!(found.is_null(), !policy.is_empty(), "{found}");
    }
}

#[test]
fn they_stand_on_answers_of_the_gateway_itself() {
    let app = status_app();
    let only = "[[routes]]\nhost = \"localhost\"\nupstream = \"app\"\n";
    let gateway = TestGateway::plain(&(app.upstream("") + only));
    for (request, status) in [
        (
            "GET /.palisade/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
            200,
        ),
        (
            "GET /.palisade/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n",
            404,
        ),
        (
            "DELETE /.palisade/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
            405,
        ),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n", 421),
        (
            "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n",
            501,
        ),
    ] {
        let mut client = gateway.client();
        client.send(request).unwrap();
        check(&client.answer(), status);
    }
}

#[test]
fn they_stand_on_a_502_of_a_dead_app_and_on_the_503_of_its_open_breaker() {
    let url = format!("http://{}", nobody());
    let breaker = "retries_max = 0\n[upstreams.breaker]\nfailures = 1\nopen = \"1h\"";
    let gateway = TestGateway::plain(&upstream("app", &[&url], breaker));
    let dead = gateway.get("/");
    check(&dead, 502);
    assert_eq!(dead.json()["code"], "upstream-unreachable");
    let open = gateway.get("/");
    check(&open, 503);
    assert_eq!(open.json()["code"], "upstream-suspended");
    assert_eq!(open.one("retry-after"), "5");
}

#[test]
fn they_stand_on_a_504_of_a_hanging_app() {
    let app = App::scripted(|wire, _| wire.rest().map(drop));
    let gateway = TestGateway::plain(&app.upstream("first_byte_timeout = \"1s\""));
    check(&gateway.get("/"), 504);
}

#[test]
fn they_stand_on_the_page_that_a_browser_gets() {
    let url = format!("http://{}", nobody());
    let gateway = TestGateway::tls(&upstream("app", &[&url], ""));
    let page = gateway.client().ask("GET", "/", "Accept: text/html\r\n");
    check(&page, 502);
    assert_eq!(page.one("content-type"), "text/html; charset=utf-8");
    assert!(
        page.one("content-security-policy")
            .contains("default-src 'none'")
    );
    let page = Request::get("https://localhost/").header("accept", "text/html");
    check(&gateway.http2_client().send(page, ""), 502);
}

#[test]
fn they_stand_on_redirects_to_https_and_on_their_refusal() {
    let app = status_app();
    let gateway = TestGateway::tls(&app.upstream(""));
    let address = gateway.redirect_address().unwrap();
    let redirect = Client::plain(address).get("/a?b=c");
    check(&redirect, 308);
    let port = gateway.address().port();
    assert_eq!(
        redirect.one("location"),
        format!("https://localhost:{port}/a?b=c")
    );
    let mut client = Client::plain(address);
    client.send("GET / HTTP/1.1\r\n\r\n").unwrap();
    check(&client.answer(), 400);
}

#[test]
fn a_method_that_is_not_allowed_is_told_which_are() {
    let app = status_app();
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway.client().ask("DELETE", "/.palisade/health", "");
    assert_eq!((answer.status(), answer.one("allow")), (405, "GET, HEAD"));
}

#[test]
fn in_shadow_nothing_changes_but_what_would_is_logged_and_counted() {
    let app = App::answering(ok("text/html", "x"));
    let shadow = app.upstream("") + "[edge.headers]\nmode = \"shadow\"\n";
    let gateway = TestGateway::plain(&shadow);
    let answer = gateway.get("/");
    for name in ALWAYS {
        assert_eq!(answer.all(name), [""; 0], "{name}");
    }
    assert_eq!(
        gateway.log.line()["controls"]["edge.headers"],
        "would-amend"
    );
    let sample = |finding: &str| {
        format!("palisade_control_findings_total{{control=\"edge.headers\",finding=\"{finding}\"}}")
    };
    gateway.await_metric(&sample("would-amend"), 1);
    assert_eq!(gateway.metric(&sample("amended")), 0);
}

#[test]
fn an_operators_rule_is_applied_to_what_it_is_for() {
    let app = App::start(|request| match request.start.contains("/page") {
        true => ok("text/html", "x"),
        false => ok("application/json", "{}"),
    });
    let rule = "[[edge.headers.rules]]\nheader = \"X-Robots-Tag\"\nverb = \"set\"\n\
                value = \"noindex\"\non = \"api\"\n";
    let gateway = TestGateway::plain(&(app.upstream("") + rule));
    assert_eq!(gateway.get("/page").all("x-robots-tag"), [""; 0]);
    assert_eq!(gateway.get("/data").one("x-robots-tag"), "noindex");
}
