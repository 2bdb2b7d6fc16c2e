//! Text that the app left plain is compressed for who asks; nothing else is touched.

use std::io::Write;

use flate2::write::GzDecoder;

use crate::app::{App, answer, ok};
use crate::gateway::TestGateway;
use crate::wire::Message;

fn text() -> String {
    "All work and no play makes Jack a dull boy.\n".repeat(200)
}

#[track_caller]
fn check(app_answer: Vec<u8>, accept: &str, coding: &[&str]) -> Message {
    let app = App::answering(app_answer);
    let gateway = TestGateway::plain(&app.upstream(""));
    let line = format!("Accept-Encoding: {accept}\r\n");
    let answer = gateway.client().ask("GET", "/", &line);
    assert_eq!(answer.all("content-encoding"), coding);
    answer
}

fn gunzip(body: &[u8]) -> String {
    let mut decoder = GzDecoder::new(Vec::new());
    decoder.write_all(body).unwrap();
    String::from_utf8(decoder.finish().unwrap()).unwrap()
}

#[test]
fn text_is_compressed_as_the_client_prefers() {
    let answer = check(ok("text/plain", &text()), "gzip", &["gzip"]);
    assert!(answer.body.len() < text().len() / 5);
    assert_eq!(gunzip(&answer.body), text());
    assert_eq!(answer.one("vary"), "accept-encoding");
    check(
        ok("application/json", &text()),
        "gzip, deflate, br, zstd",
        &["zstd"],
    );
    check(ok("text/html", &text()), "gzip, br", &["br"]);
}

#[test]
fn who_does_not_ask_gets_it_plain_but_caches_are_told() {
    let answer = check(ok("text/plain", &text()), "identity", &[]);
    assert_eq!(answer.text(), text());
    assert_eq!(answer.one("vary"), "accept-encoding");
}

#[test]
fn images_short_texts_and_what_is_encoded_or_must_not_change_stay_as_they_are() {
    check(ok("image/png", &text()), "gzip", &[]);
    check(ok("text/plain", "short"), "gzip", &[]);
    let encoded = "Content-Type: text/plain\r\nContent-Encoding: br\r\n";
    check(answer(200, encoded, &text()), "gzip", &["br"]);
    let fixed = "Content-Type: text/plain\r\nCache-Control: no-transform\r\n";
    check(answer(200, fixed, &text()), "gzip", &[]);
}

#[test]
fn the_tag_of_a_compressed_answer_is_weak() {
    let tagged = "Content-Type: text/plain\r\nETag: \"a\"\r\n";
    let answer = check(answer(200, tagged, &text()), "gzip", &["gzip"]);
    assert_eq!(answer.one("etag"), "W/\"a\"");
}
