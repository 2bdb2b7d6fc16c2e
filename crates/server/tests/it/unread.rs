//! What never becomes a request is answered like a request: with every header, a problem document,
//! a line in the log and a count; and then the connection closes.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use serde_json::Value;

use crate::app::{App, answer, ok};
use crate::client::Client;
use crate::gateway::TestGateway;
use crate::headers;
use crate::patience::PATIENCE;

/// Reads the last answer on a connection and compares it with its line in the log.
#[track_caller]
fn check_last_words(client: &mut Client, line: impl FnOnce() -> Value, status: u16, code: &str) {
    let answer = client.answer();
    headers::check(&answer, status);
    let document = answer.json();
    assert_eq!(answer.one("content-type"), "application/problem+json");
    assert_eq!(document["code"], code, "{answer:?}");
    assert_eq!(answer.one("connection"), "close");
    assert!(answer.one("date").ends_with(" GMT"), "{answer:?}");
    assert_eq!(
        client.rest().unwrap(),
        b"",
        "nothing follows, and it closes"
    );

    let line = line();
    assert_eq!(line["status"], status);
    assert_eq!(line["problem"], code);
    assert_eq!(line["request_id"], answer.one("x-request-id"));
    assert_eq!(line["request_id"], document["request_id"]);
    assert_eq!(line["bytes_out"], answer.body.len());
    assert_eq!(line["complete"], true);
}

#[track_caller]
fn check(bytes: &[u8], status: u16, code: &str) {
    let app = App::answering(ok("text/plain", "x"));
    for gateway in [
        TestGateway::plain(&app.upstream("")),
        TestGateway::tls(&app.upstream("")),
    ] {
        let mut client = gateway.client();
        client.send(bytes).unwrap();
        check_last_words(&mut client, || gateway.log.line(), status, code);
        drop(client);
        let sample = format!("palisade_problems_total{{code=\"{code}\"}}");
        gateway.await_metric(&sample, 1);
        gateway.await_metric("palisade_connection_errors_total{cause=\"http\"}", 1);
    }
    assert!(app.unseen_requests().is_empty());
}

#[test]
fn a_request_line_that_is_none() {
    check(b"\x00\x01garbage\r\n\r\n", 400, "bad-request");
    check(b"GET\r\n\r\n", 400, "bad-request");
    check(b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400, "bad-request");
}

#[test]
fn a_header_name_that_is_none() {
    check(b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n", 400, "bad-request");
}

#[test]
fn a_length_that_is_none() {
    check(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        400,
        "bad-request",
    );
}

#[test]
fn more_header_fields_than_are_read() {
    let fields = "X-Field: 1\r\n".repeat(200);
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    check(request.as_bytes(), 431, "header-too-large");
}

#[test]
fn a_head_larger_than_is_read() {
    let value = "x".repeat(300 << 10);
    // Without its end: what comes whole in one read may be a little larger than what is waited for.
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Field: {value}");
    check(request.as_bytes(), 431, "header-too-large");
}

#[test]
fn an_address_longer_than_is_read() {
    let path = "x".repeat(70 << 10);
    let request = format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n");
    check(request.as_bytes(), 414, "uri-too-long");
}

#[test]
fn garbage_after_a_request_that_was_answered() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    for pipelined in [false, true] {
        let already = usize::from(pipelined) * 2;
        let mut client = gateway.client();
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        if pipelined {
            client.send(format!("{request}\x01\r\n\r\n")).unwrap();
            headers::check(&client.answer(), 200);
        } else {
            client.send(request).unwrap();
            headers::check(&client.answer(), 200);
            client.send(b"\x01\r\n\r\n").unwrap();
        }
        let line = || gateway.log.lines(already + 2).remove(already + 1);
        check_last_words(&mut client, line, 400, "bad-request");
    }
}

#[test]
fn the_redirecting_port_speaks_as_well() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = Client::plain(gateway.redirect_address().unwrap());
    client.send(b"\x01\r\n\r\n").unwrap();
    check_last_words(&mut client, || gateway.log.line(), 400, "bad-request");
}

#[test]
fn plain_http_on_the_tls_port() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = Client::plain(gateway.address());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    check_last_words(&mut client, || gateway.log.line(), 400, "plain-http");
    gateway.await_metric("palisade_problems_total{code=\"plain-http\"}", 1);

    let browser = "Accept: text/html,*/*;q=0.8\r\n";
    let page = Client::plain(gateway.address()).ask("GET", "/", browser);
    headers::check(&page, 400);
    assert!(page.text().contains("This port speaks HTTPS"), "{page:?}");
}

/// The same status lines, from an app: they are its own, and so is what stands under them.
#[test]
fn an_apps_own_refusals_pass_untouched() {
    for status in [400, 414, 431] {
        let app = App::answering(answer(status, "Content-Type: text/plain\r\n", "mine"));
        let gateway = TestGateway::plain(&app.upstream(""));
        let mut client = gateway.client();
        for _ in 0..2 {
            let answer = client.get("/");
            headers::check(&answer, status);
            assert_eq!(answer.text(), "mine");
        }
    }
}

/// A chunk of a body that looks like an answer of hyper's is a chunk of a body.
#[test]
fn a_body_that_reads_like_a_refusal_passes_untouched() {
    const LOOKALIKE: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
    let (proceed, proceeds) = channel();
    let proceeds = Mutex::new(proceeds);
    let app = App::scripted(move |wire, _| {
        wire.message()?;
        let length = LOOKALIKE.len() * 2;
        let head = format!("HTTP/1.1 200 X\r\nContent-Length: {length}\r\n\r\n");
        wire.send(head + LOOKALIKE)?;
        // The second half goes out in a write of its own.
        proceeds.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(LOOKALIKE)?;
        wire.rest().map(drop)
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    client
        .send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    headers::check(&client.head().unwrap(), 200);
    for _ in 0..2 {
        let half = client.bytes(LOOKALIKE.len()).unwrap();
        assert_eq!(String::from_utf8_lossy(&half), LOOKALIKE);
        // Nobody waits for the second one.
        let _ = proceed.send(());
    }
}
