//! Requests for hosts that are not ours, on a running node.

use crate::app::{App, ok};
use crate::client::Client;
use crate::gateway::TestGateway;

const OURS: &str = "hosts = [\"localhost\", \"*.a.test\"]\n";
const WOULD_REFUSE: &str =
    "palisade_control_findings_total{control=\"edge.boundary\",finding=\"would-refuse\"}";

fn configuration(app: &App, keys: &str) -> String {
    app.upstream("") + "[edge.boundary]\n" + OURS + keys
}

#[track_caller]
fn ask(client: &mut Client, path: &str, host: &str) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    client.send(request).unwrap();
    client.answer().status()
}

#[test]
fn in_shadow_a_strange_host_is_served_and_counted() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&configuration(&app, ""));
    assert_eq!(ask(&mut gateway.client(), "/", "evil.test"), 200);
    gateway.await_metric(WOULD_REFUSE, 1);
}

#[test]
fn a_strange_host_is_refused_before_the_app() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&configuration(&app, "mode = \"enforce\"\n"));
    let mut client = gateway.client();
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST.:8443", 200),
        ("x.a.test", 200),
        ("a.test", 421),
        ("evil.test", 421),
        ("127.0.0.1", 421),
        ("[::1]:8443", 421),
    ] {
        assert_eq!(ask(&mut client, "/", host), status, "{host}");
    }
    assert_eq!(app.unseen_requests().len(), 3);
    assert_eq!(ask(&mut client, "/.palisade/health", "127.0.0.1"), 200);
    assert_eq!(
        gateway.metric("palisade_problems_total{code=\"unknown-host\"}"),
        4
    );
}

#[test]
fn the_hosts_of_the_routes_are_ours_where_none_are_named() {
    let app = App::answering(ok("text/plain", "x"));
    let routes = "[[routes]]\nhost = \"a.test\"\nupstream = \"app\"\n";
    let enforce = "[edge.boundary]\nmode = \"enforce\"\n";
    let gateway = TestGateway::plain(&(app.upstream("") + routes + enforce));
    let mut client = gateway.client();
    assert_eq!(ask(&mut client, "/", "a.test"), 200);
    assert_eq!(ask(&mut client, "/", "b.test"), 421);
    gateway.await_metric(
        "palisade_control_findings_total{control=\"edge.boundary\",finding=\"refused\"}",
        1,
    );
}

#[test]
fn a_connection_serves_the_host_it_was_opened_for() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&configuration(&app, "mode = \"enforce\"\n"));
    let mut client = gateway.client();
    assert_eq!(ask(&mut client, "/", "localhost"), 200);
    assert_eq!(ask(&mut client, "/", "x.a.test"), 421);
    assert_eq!(
        gateway.metric("palisade_problems_total{code=\"misdirected\"}"),
        1
    );
    // Browsers share HTTP/2 connections between the hosts of one certificate.
    let mut http2 = gateway.http2_client();
    let other = http::Request::get("https://x.a.test/");
    assert_eq!(http2.send(other, "").status(), 200);
    let strange = http::Request::get("https://evil.test/");
    assert_eq!(http2.send(strange, "").status(), 421);
}
