//! What an app in debug mode tells of itself stays on this side of the gateway.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::app::{App, answer};
use crate::client::Client;
use crate::gateway::TestGateway;
use crate::wire::Message;

const TRACEBACK: &str = "Traceback (most recent call last):\n  File \"/srv/app.py\", line 1\n\
                         KeyError: 'canary-4b1d'\n";
const DEBUG_PAGE: &str = "<!DOCTYPE html><title>Page not found at /x</title><p>You're seeing \
                          this error because you have <code>DEBUG = True</code> canary-4b1d";
const OWN_PAGE: &str = "<!DOCTYPE html><title>Sorry</title><h1>Something went wrong</h1>";

const HTML: &str = "Content-Type: text/html\r\n";

#[track_caller]
fn check_replaced(answer: &Message, status: u16) {
    assert_eq!(answer.status(), status, "{answer:?}");
    assert!(!answer.text().contains("canary-4b1d"), "{answer:?}");
    assert!(
        answer.text().contains(answer.one("x-request-id")),
        "{answer:?}"
    );
    assert_eq!(answer.one("cache-control"), "no-store");
}

#[test]
fn a_stack_trace_becomes_a_document_and_the_original_is_for_operators() {
    let lines = "Content-Type: text/plain\r\nSet-Cookie: a=1\r\nETag: \"x\"\r\nRetry-After: 7\r\n";
    let app = App::answering(answer(500, lines, TRACEBACK));
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway.get("/cart?secret");
    check_replaced(&answer, 500);
    assert_eq!(answer.one("content-type"), "application/problem+json");
    assert_eq!(answer.json()["code"], "application-error");
    assert_eq!(answer.one("retry-after"), "7");
    assert_eq!(answer.one("set-cookie"), "a=1");
    assert_eq!(answer.all("etag"), [""; 0]);

    let id = answer.one("x-request-id");
    let original = gateway.admin(&format!("/api/v1/errors/{id}")).json();
    assert_eq!(original["body"], TRACEBACK);
    assert_eq!(original["request_id"], id);
    assert_eq!(
        (
            &original["path"],
            &original["signature"],
            &original["whole"]
        ),
        (&"/cart".into(), &"python-traceback".into(), &true.into())
    );
    assert_eq!(gateway.admin("/api/v1/errors/unknown").status(), 404);

    let line = gateway.log.line();
    assert_eq!(line["controls"]["edge.errors"], "amended");
    assert!(!gateway.log.text().contains("canary"));
}

#[test]
fn a_browser_gets_a_page_with_the_status_of_the_debug_page() {
    let app = App::answering(answer(404, HTML, DEBUG_PAGE));
    let gateway = TestGateway::tls(&app.upstream(""));
    let answer = gateway.client().ask("GET", "/x", "Accept: text/html\r\n");
    check_replaced(&answer, 404);
    assert!(answer.one("content-type").starts_with("text/html"));
    check_replaced(&gateway.http2_client().get("/x"), 404);
}

#[test]
fn compression_and_chunks_hide_nothing() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(TRACEBACK.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let (one, two) = gzip.split_at(gzip.len() / 2);
    let head = "HTTP/1.1 500 X\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let mut bytes = head.as_bytes().to_vec();
    for chunk in [one, two, b""] {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    let app = App::answering(bytes);
    let gateway = TestGateway::plain(&app.upstream(""));
    let answer = gateway
        .client()
        .ask("GET", "/", "Accept-Encoding: gzip\r\n");
    check_replaced(&answer, 500);
    assert_eq!(answer.all("content-encoding"), [""; 0]);
}

#[test]
fn an_apps_own_errors_and_its_good_answers_pass_byte_for_byte() {
    let app = App::start(|request| match request.start.contains("/good") {
        true => answer(200, HTML, TRACEBACK),
        false => answer(500, &format!("{HTML}ETag: \"x\"\r\n"), OWN_PAGE),
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    let error = client.get("/");
    assert_eq!((error.status(), error.text().as_str()), (500, OWN_PAGE));
    assert_eq!(error.one("etag"), "\"x\"");
    assert_eq!(error.one("content-length"), OWN_PAGE.len().to_string());
    assert_eq!(client.get("/good").text(), TRACEBACK);
    assert_eq!(client.ask("HEAD", "/", "").status(), 500);
}

/// The rest of a long page is not waited for, and its connection is of no more use.
#[test]
fn a_page_that_goes_on_and_on_is_replaced_by_its_beginning() {
    let app = App::scripted(|wire, requests| {
        let _ = requests.send(wire.message()?);
        wire.send(format!(
            "HTTP/1.1 500 X\r\n{HTML}Content-Length: 99999999\r\n\r\n"
        ))?;
        wire.send(TRACEBACK.as_bytes())?;
        wire.send(vec![b' '; 256 << 10])?;
        // Ends when the gateway lets go.
        wire.rest().map(drop)
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client: Client = gateway.client();
    for _ in 0..2 {
        let answer = client.get("/");
        check_replaced(&answer, 500);
        let id = answer.one("x-request-id");
        let original = gateway.admin(&format!("/api/v1/errors/{id}")).json();
        assert_eq!(original["whole"], false);
    }
}

#[test]
fn in_shadow_and_on_excepted_paths_it_passes() {
    let app = App::answering(answer(500, "Content-Type: text/plain\r\n", TRACEBACK));
    let shadow = TestGateway::plain(&(app.upstream("") + "[edge.errors]\nmode = \"shadow\"\n"));
    let answer = shadow.get("/");
    assert_eq!(answer.text(), TRACEBACK);
    assert_eq!(shadow.log.line()["controls"]["edge.errors"], "would-amend");
    let id = answer.one("x-request-id");
    assert_eq!(shadow.admin(&format!("/api/v1/errors/{id}")).status(), 404);

    let except = "[edge.errors]\nexcept = [\"/traces\"]\n";
    let gateway = TestGateway::plain(&(app.upstream("") + except));
    assert_eq!(gateway.get("/traces/7").text(), TRACEBACK);
    check_replaced(&gateway.get("/"), 500);
}
