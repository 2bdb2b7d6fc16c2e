//! Bodies: their framing, their trailers, their size, and who waits for whom.

use http::Request;

use crate::app::{App, answer, nobody, ok, upstream};
use crate::gateway::TestGateway;

/// More than all buffers and windows on the way together.
const LARGE_BYTES: usize = 64 << 20;

/// Bytes that do not look the same at any two offsets nearby.
fn large() -> Vec<u8> {
    let words = (0..LARGE_BYTES as u64 / 8).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    words.flat_map(u64::to_le_bytes).collect()
}

#[test]
fn a_length_is_kept_as_a_length_and_chunks_as_chunks() {
    let app = App::start(|request| match request.start.contains("/chunked") {
        true => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                  2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
            .to_vec(),
        false => ok("image/png", "hello"),
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    let with_length = client.get("/length");
    assert_eq!(with_length.one("content-length"), "5");
    let chunked = client.get("/chunked");
    assert_eq!(chunked.one("transfer-encoding"), "chunked");
    assert_eq!(
        (with_length.text(), chunked.text()),
        ("hello".into(), "hello".into())
    );
}

#[test]
fn a_request_body_arrives_in_the_framing_it_was_sent_in() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    client.ask("POST", "/", "Content-Length: 0\r\n");
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        .unwrap();
    client.answer();
    client
        .send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        .unwrap();
    client.answer();
    let requests = [app.request(), app.request(), app.request()];
    assert_eq!(requests[0].body, b"");
    assert_eq!(
        (requests[1].one("content-length"), requests[1].text()),
        ("5", "hello".into())
    );
    assert_eq!(requests[2].one("transfer-encoding"), "chunked");
    assert_eq!(requests[2].text(), "hello");
}

#[test]
fn a_request_with_two_framings_never_reaches_the_app_with_both() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    for head in [
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 4\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
    ] {
        let mut client = gateway.client();
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n5\r\nhello\r\n0\r\n\r\n");
        client.send(request).unwrap();
        assert_eq!(client.head().unwrap().status(), 400, "{head}");
    }
    let mut client = gateway.client();
    client
        .send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\n\r\n",
        )
        .unwrap();
    let status = client.head().unwrap().status();
    for request in app.unseen_requests() {
        assert_eq!(request.all("content-length"), [""; 0]);
    }
    assert!(matches!(status, 200 | 400), "{status}");
}

/// WSGI and PHP would read the second one as the length.
#[test]
fn a_length_in_disguise_never_reaches_the_app() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let lines = "Content_Length: 5\r\nTransfer_Encoding: chunked\r\n";
    assert_eq!(gateway.client().ask("POST", "/", lines).status(), 200);
    let request = app.request();
    for name in ["content_length", "transfer_encoding"] {
        assert_eq!(request.all(name), [""; 0], "{name}");
    }
}

#[test]
fn answers_without_a_body_keep_what_describes_it() {
    let app = App::start(|request| match request.start.split(' ').nth(1) {
        Some("/304") => b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n".to_vec(),
        Some("/204") => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        _ => b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n".to_vec(),
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    assert_eq!(
        client.ask("HEAD", "/head", "").one("content-length"),
        "1234"
    );
    let unchanged = client.get("/304");
    assert_eq!((unchanged.status(), unchanged.one("etag")), (304, "\"a\""));
    let empty = client.get("/204");
    assert_eq!(empty.status(), 204);
    assert_eq!(empty.all("content-length"), [""; 0]);
    assert_eq!(empty.all("transfer-encoding"), [""; 0]);
}

#[test]
fn trailers_cross_both_ways() {
    let app = App::start(|_| {
        b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n\
          2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n"
            .to_vec()
    });
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = gateway.client();
    client
        .send(
            "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTrailer: X-Mine\r\n\
             Transfer-Encoding: chunked\r\n\r\n2\r\nup\r\n0\r\nX-Mine: 8\r\n\r\n",
        )
        .unwrap();
    let answer = client.answer();
    assert_eq!(answer.trailers, [("x-sum".to_owned(), "7".to_owned())]);
    let request = app.request();
    assert_eq!(request.one("te"), "trailers");
    assert_eq!(request.trailers, [("x-mine".to_owned(), "8".to_owned())]);
    let over_http2 = gateway.http2_client().get("/");
    assert_eq!(over_http2.trailers, [("x-sum".to_owned(), "7".to_owned())]);
}

#[test]
fn a_client_that_expects_100_is_told_to_go_on_when_the_app_takes_the_body() {
    let app = App::answering(ok("text/plain", "taken"));
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.send(head).unwrap();
    assert_eq!(client.answer().status(), 100);
    client.send("hello").unwrap();
    assert_eq!(client.answer().text(), "taken");
    assert_eq!(app.request().text(), "hello");
}

#[test]
fn a_request_that_is_refused_is_never_told_to_send_its_body() {
    let url = format!("http://{}", nobody());
    let gateway = TestGateway::plain(&upstream("app", &[&url], ""));
    for (target, host, status) in [
        ("/", "a", 502),
        ("/", "a b", 400),
        ("/.palisade/x", "a", 404),
    ] {
        let mut client = gateway.client();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\n\
             Content-Length: 5\r\n\r\n"
        );
        client.send(head).unwrap();
        assert_eq!(client.head().unwrap().status(), status);
    }
}

#[test]
fn an_answer_in_the_middle_of_an_upload_reaches_the_client() {
    let app = App::scripted(|wire, _| {
        wire.head()?;
        wire.bytes(1 << 20)?;
        wire.send(answer(413, "Connection: close\r\n", "too much"))?;
        wire.rest().map(drop)
    });
    let gateway = TestGateway::plain(&app.upstream(""));
    let mut client = gateway.client();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE_BYTES}\r\n\r\n");
    client.send(head).unwrap();
    client.send(vec![b'x'; 1 << 20]).unwrap();
    let answer = client.answer();
    assert_eq!((answer.status(), answer.text()), (413, "too much".into()));
}

#[test]
fn a_large_download_arrives_whole() {
    let body = large();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE_BYTES}\r\n\r\n");
    let app = App::answering([head.as_bytes(), &body].concat());
    let gateway = TestGateway::tls(&app.upstream(""));
    assert!(gateway.get("/").body == body, "over HTTP/1.1");
    assert!(gateway.http2_client().get("/").body == body, "over HTTP/2");
}

#[test]
fn a_large_upload_arrives_whole() {
    let body = large();
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let mut client = gateway.client();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE_BYTES}\r\n\r\n");
    client.send(head).unwrap();
    client.send(&body).unwrap();
    assert_eq!(client.answer().status(), 200);
    assert!(app.request().body == body);
    assert_eq!(gateway.log.line()["bytes_in"], LARGE_BYTES);
}

#[test]
fn a_body_over_http2_arrives_with_its_length() {
    let app = App::answering(ok("text/plain", "x"));
    let gateway = TestGateway::tls(&app.upstream(""));
    let request = Request::post("https://localhost/form");
    assert_eq!(gateway.http2_client().send(request, "a=1").status(), 200);
    let request = app.request();
    assert_eq!(
        (request.one("content-length"), request.text()),
        ("3", "a=1".into())
    );
}
