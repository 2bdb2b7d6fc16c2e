//! Behind a balancer that speaks the PROXY protocol: its word counts, a stranger's does not.

use crate::app::{App, ok};
use crate::client::{Client, connect};
use crate::gateway::TestGateway;

const V1: &[u8] = b"PROXY TCP4 203.0.113.9 192.0.2.1 50000 443\r\n";

/// Version 2, PROXY over TCP/IPv4, the same addresses (proxy-protocol.txt section 2.2).
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\
                    \xcb\0\x71\x09\xc0\0\x02\x01\xc3\x50\x01\xbb";

/// Connections closed for what stood, or did not stand, before their first byte of HTTP or TLS.
const REFUSALS: &str = "palisade_connection_errors_total{cause=\"proxy-protocol\"}";

fn configuration(app: &App, trusted: &str) -> String {
    let listen = format!("proxy_protocol = \"require\"\ntrusted_proxies = [\"{trusted}\"]\n");
    app.upstream("") + "[listen]\n" + &listen
}

#[track_caller]
fn check_believed(header: &[u8]) {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&configuration(&app, "127.0.0.0/8"));
    let mut client = gateway.client();
    client.send(header).unwrap();
    for _ in 0..2 {
        assert_eq!(client.get("/").status(), 200);
        assert_eq!(app.request().one("x-forwarded-for"), "203.0.113.9");
    }
    assert_eq!(gateway.log.line()["client"], "203.0.113.0");
}

#[test]
fn the_client_that_the_balancer_names_is_the_client() {
    check_believed(V1);
    check_believed(V2);
}

#[test]
fn the_header_comes_before_the_tls_handshake() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&configuration(&app, "127.0.0.0/8"));
    let mut stream = connect(gateway.address()).unwrap();
    std::io::Write::write_all(&mut stream, V2).unwrap();
    let mut client = Client::handshake(stream, &gateway.ca()).unwrap();
    assert_eq!(client.get("/").status(), 200);
    let request = app.request();
    assert_eq!(request.one("x-forwarded-for"), "203.0.113.9");
    assert_eq!(request.one("x-forwarded-proto"), "https");
}

#[track_caller]
fn check_refused(trusted: &str, bytes: &[u8]) {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&configuration(&app, trusted));
    let mut client = gateway.client();
    // Closed unread, so the reset may come while we write.
    let _ = client.send([bytes, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"].concat());
    assert!(client.head().is_err(), "no answer");
    assert!(app.unseen_requests().is_empty());
    gateway.await_metric(REFUSALS, 1);
}

#[test]
fn a_peer_that_is_not_trusted_is_closed_unread() {
    check_refused("10.0.0.0/8", V1);
    check_refused("10.0.0.0/8", V2);
}

#[test]
fn a_connection_without_a_header_or_with_a_broken_one_is_closed() {
    check_refused("127.0.0.0/8", b"");
    check_refused("127.0.0.0/8", b"PROXY TCP4 203.0.113.9 nonsense\r\n");
}
