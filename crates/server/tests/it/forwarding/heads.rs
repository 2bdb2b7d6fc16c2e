//! Request and response heads: what is dropped, what is rewritten, what stays.

use http::Request;

use crate::app::{App, answer, ok, upstream};
use crate::gateway::TestGateway;

const TRUSTING: &str = "[listen]\ntrusted_proxies = [\"127.0.0.0/8\"]\n";

#[test]
fn hop_by_hop_fields_of_a_request_stay_with_the_client() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let lines = "Connection: keep-alive, X-Nominated\r\nX-Nominated: 1\r\nKeep-Alive: 5\r\n\
                 Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\n\
                 TE: gzip\r\nX-Kept: 1\r\n";
    assert_eq!(gateway.client().ask("GET", "/", lines).status(), 200);
    let request = app.request();
    for name in [
        "x-nominated",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "te",
        "connection",
    ] {
        assert_eq!(request.all(name), [""; 0], "{name}");
    }
    assert_eq!(request.one("x-kept"), "1");
}

#[test]
fn hop_by_hop_fields_of_a_response_stay_with_the_app() {
    let lines = "Connection: X-Nominated\r\nX-Nominated: 1\r\nKeep-Alive: timeout=5\r\n\
                 Proxy-Authenticate: Basic\r\nX-Kept: 1\r\n";
    let app = App::answering(answer(200, lines, "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway.get("/");
    for name in [
        "x-nominated",
        "keep-alive",
        "proxy-authenticate",
        "connection",
    ] {
        assert_eq!(answer.all(name), [""; 0], "{name}");
    }
    assert_eq!(answer.one("x-kept"), "1");
}

#[test]
fn forged_claims_about_the_client_are_replaced_by_what_is_known() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let forged = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\
                  X-Forwarded-Host: evil.test\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n\
                  X_Forwarded_For: 6.6.6.6\r\nCF-Connecting-IP: 6.6.6.6\r\n\
                  X-Original-URL: /admin\r\nX-Forwarded-User: root\r\nX-Forwarded-Prefix: /x\r\n";
    gateway.client().ask("GET", "/", forged);
    let request = app.request();
    assert_eq!(request.one("x-forwarded-for"), "127.0.0.1");
    assert_eq!(request.one("x-real-ip"), "127.0.0.1");
    assert_eq!(request.one("x-forwarded-proto"), "http");
    assert_eq!(request.one("x-forwarded-host"), "localhost");
    assert_eq!(
        request.one("forwarded"),
        "for=127.0.0.1;proto=http;host=localhost"
    );
    for name in [
        "x_forwarded_for",
        "cf-connecting-ip",
        "x-original-url",
        "x-forwarded-user",
        "x-forwarded-prefix",
    ] {
        assert_eq!(request.all(name), [""; 0], "{name}");
    }
}

#[test]
fn a_trusted_proxy_is_believed_and_what_lies_behind_it_is_not() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&(app.upstream("") + TRUSTING));
    let lines = "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    gateway.client().ask("GET", "/", lines);
    let request = app.request();
    assert_eq!(request.one("x-forwarded-for"), "203.0.113.9");
    assert_eq!(request.one("x-forwarded-proto"), "https");
    let line = gateway.log.line();
    assert_eq!(line["client"], "203.0.113.0");
    assert_eq!(line["secure"], true);
}

#[test]
fn the_request_id_is_ours_and_the_same_everywhere() {
    let app = App::answering(answer(200, "X-Request-Id: apps\r\n", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway
        .client()
        .ask("GET", "/", "X-Request-Id: clients\r\n");
    let id = answer.one("x-request-id");
    assert!(id != "clients" && id != "apps");
    assert_eq!(app.request().one("x-request-id"), id);
    assert_eq!(gateway.log.line()["request_id"], id);
}

#[test]
fn host_and_target_arrive_byte_for_byte() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    let request = "GET /a%2Fb//c/../d?x=%20&y=a+b&z HTTP/1.1\r\nHost: Shop.test:8080\r\n\r\n";
    client.send(request).unwrap();
    client.answer();
    let request = app.request();
    assert_eq!(request.start, "GET /a%2Fb//c/../d?x=%20&y=a+b&z HTTP/1.1");
    assert_eq!(request.one("host"), "Shop.test:8080");
}

#[test]
fn an_absolute_target_becomes_a_path_and_its_host() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    client
        .send("GET http://shop.test/a?b HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        .unwrap();
    client.answer();
    let request = app.request();
    assert_eq!(request.start, "GET /a?b HTTP/1.1");
    assert_eq!(request.one("host"), "shop.test");
}

#[test]
fn an_app_that_insists_on_its_own_host_gets_it() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream("host = \"upstream\""));
    gateway.get("/");
    let request = app.request();
    assert_eq!(request.one("host"), app.address().to_string());
    assert_eq!(request.one("x-forwarded-host"), "localhost");
}

#[test]
fn crumbs_of_a_cookie_over_http2_arrive_as_one() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let request = Request::get("https://localhost/")
        .header("cookie", "a=1")
        .header("cookie", "b=2");
    assert_eq!(gateway.http2_client().send(request, "").status(), 200);
    let request = app.request();
    assert_eq!(request.one("cookie"), "a=1; b=2");
    assert_eq!(request.one("host"), "localhost");
    assert_eq!(request.one("via"), "2 palisade");
    assert_eq!(request.one("x-forwarded-proto"), "https");
}

#[test]
fn each_cookie_of_a_response_keeps_its_own_line() {
    let app = App::answering(answer(200, "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let own_lines = ["a=1; Secure", "b=2; Secure"];
    assert_eq!(gateway.get("/").all("set-cookie"), own_lines);
    assert_eq!(gateway.http2_client().get("/").all("set-cookie"), own_lines);
}

#[test]
fn the_app_never_sees_our_own_paths() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&upstream(
        "app",
        &[&format!("http://{}", app.address())],
        "",
    ));
    assert_eq!(gateway.get("/.palisade/health").json()["status"], "ok");
    assert_eq!(gateway.get("/.palisade/app").status(), 404);
    assert!(app.unseen_requests().is_empty());
}

#[test]
fn a_client_of_http_1_0_is_answered_and_its_connection_closed() {
    let app = App::answering(ok("text/plain", "hello"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    client.send("GET /old HTTP/1.0\r\n\r\n").unwrap();
    let answer = client.answer();
    assert_eq!((answer.status(), answer.text()), (200, "hello".to_owned()));
    assert_eq!(client.rest().unwrap(), b"");
}
