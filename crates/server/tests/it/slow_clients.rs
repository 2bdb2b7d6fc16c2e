//! Clients that hold a place at the app without taking part: it is taken from them, in a time that
//! each test makes short.

use crate::app::{App, ok};
use crate::gateway::TestGateway;
use crate::headers;

/// More than all buffers and windows between app and client.
const LARGE_BYTES: usize = 64 << 20;

/// An app that serves one request at a time, large ones under `/large`.
fn app() -> App {
    App::start(|request| match request.start.contains("/large") {
        true => ok("image/png", &"x".repeat(LARGE_BYTES)),
        false => ok("text/plain", "small"),
    })
}

const ONE_AT_A_TIME: &str = "in_flight_max = 1\nretries_max = 0";

#[test]
fn an_upload_that_stops_is_a_408_and_leaves_its_place() {
    let app = app();
    let keys = "[listen]\nbody_timeout = \"1s\"\n";
    let gateway = TestGateway::plain(&(app.upstream(ONE_AT_A_TIME) + keys));
    let mut slow = gateway.client();
    slow.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
        .unwrap();
    let answer = slow.answer();
    headers::check(&answer, 408);
    assert_eq!(answer.json()["code"], "request-timeout");
    assert_eq!(slow.rest().unwrap(), b"", "nothing follows, and it closes");
    assert_eq!(gateway.get("/").text(), "small");
    let lines = gateway.log.lines(2);
    let line = lines.iter().find(|line| line["path"] == "/upload").unwrap();
    assert_eq!(line["problem"], "request-timeout");
    assert_eq!(line["bytes_in"], 1);
    gateway.await_metric("palisade_problems_total{code=\"request-timeout\"}", 1);
}

/// Of the two requests that were made, the large one did not come to its end.
#[track_caller]
fn check_broken_off(gateway: &TestGateway) {
    let lines = gateway.log.lines(2);
    let large = lines.iter().find(|line| line["path"] == "/large");
    assert_eq!(large.unwrap()["complete"], false);
}

#[test]
fn a_client_that_reads_nothing_leaves_its_place() {
    let app = app();
    let keys = "[listen]\nwrite_timeout = \"1s\"\n";
    for gateway in [
        TestGateway::plain(&(app.upstream(ONE_AT_A_TIME) + keys)),
        TestGateway::tls(&(app.upstream(ONE_AT_A_TIME) + keys)),
    ] {
        let mut slow = gateway.client();
        slow.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut answer = slow.head().unwrap();
        assert_eq!(gateway.get("/").text(), "small");
        check_broken_off(&gateway);
        assert!(slow.body_of(&mut answer).is_err());
    }
}

#[test]
fn a_stream_without_a_window_leaves_its_place_and_its_neighbours_alone() {
    let app = app();
    let keys = "[listen]\nwrite_timeout = \"1s\"\n";
    let gateway = TestGateway::tls(&(app.upstream(ONE_AT_A_TIME) + keys));
    let mut client = gateway.http2_client();
    let unread = client.get_unread("/large");
    assert_eq!(client.get("/").text(), "small");
    check_broken_off(&gateway);
    assert!(client.read(unread).is_err());
    assert_eq!(client.get("/").text(), "small");
}
