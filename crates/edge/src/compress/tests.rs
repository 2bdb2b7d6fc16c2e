//! Encoders and rules of `compress`, tried together on responses as apps send them.

use std::collections::VecDeque;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::HeaderName;
use http_body::Frame;

use super::*;
use crate::body::BodyError;

const ON: Compression = Compression {
    enabled: true,
    bytes_min: 1024,
};

/// Chunks with pauses (`None`) between them. The poll that flushes uses up a pause of its own.
struct Script(VecDeque<Option<Bytes>>);

impl http_body::Body for Script {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.0.pop_front() {
            Some(Some(chunk)) => Poll::Ready(Some(Ok(Frame::data(chunk)))),
            Some(None) => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

fn accept(codings: &'static str) -> Acceptable {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.headers.insert(
        http::header::ACCEPT_ENCODING,
        HeaderValue::from_static(codings),
    );
    ON.acceptable(&head)
}

fn response(fields: &[(&'static str, &'static str)], body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    for (name, value) in fields {
        let name = HeaderName::from_static(name);
        response
            .headers_mut()
            .append(name, HeaderValue::from_static(value));
    }
    response
}

fn text(fields: &[(&'static str, &'static str)]) -> Response<Body> {
    response(fields, Body::Full(Bytes::from("so it goes. ".repeat(1000))))
}

/// What can be read without waiting.
fn available(body: &mut Body) -> (Vec<u8>, bool) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut bytes = Vec::new();
    loop {
        match Pin::new(&mut *body).poll_frame(&mut cx) {
            Poll::Pending => return (bytes, false),
            Poll::Ready(None) => return (bytes, true),
            Poll::Ready(Some(frame)) => {
                bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
            }
        }
    }
}

fn decode(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "zstd" => plain = zstd::stream::decode_all(bytes).unwrap(),
        "br" => {
            _ = brotli::Decompressor::new(bytes, 4096)
                .read_to_end(&mut plain)
                .unwrap()
        }
        _ => {
            let mut decoder = flate2::write::GzDecoder::new(&mut plain);
            std::io::Write::write_all(&mut decoder, bytes).unwrap();
            decoder.finish().unwrap();
        }
    }
    plain
}

#[test]
fn each_coding_can_be_decoded_again() {
    for coding in ["zstd", "br", "gzip"] {
        let mut response = ON.apply(accept(coding), text(&[("content-type", "text/html")]));
        assert_eq!(response.headers()[CONTENT_ENCODING], coding);
        let (bytes, ended) = available(response.body_mut());
        assert!(ended && bytes.len() < 1000, "{coding}: {}", bytes.len());
        assert_eq!(
            decode(coding, &bytes),
            "so it goes. ".repeat(1000).as_bytes()
        );
    }
}

#[test]
fn what_the_app_has_said_is_not_held_back_when_it_pauses() {
    for coding in ["zstd", "br", "gzip"] {
        let chunks = [
            Some(Bytes::from("first")),
            None,
            None,
            Some(Bytes::from("second")),
        ];
        let body = Body::wrap(Script(chunks.into()));
        let mut response = ON.apply(
            accept(coding),
            response(&[("content-type", "text/css")], body),
        );
        let (first, ended) = available(response.body_mut());
        assert!(!ended && !first.is_empty(), "{coding}");
        let (second, ended) = available(response.body_mut());
        assert!(ended);
        assert_eq!(decode(coding, &[first, second].concat()), b"firstsecond");
    }
}

#[test]
fn what_must_stay_plain_stays_plain() {
    let plain = |fields: &[(&'static str, &'static str)]| {
        let response = ON.apply(accept("gzip"), text(fields));
        !response
            .headers()
            .get_all(CONTENT_ENCODING)
            .iter()
            .any(|value| value == "gzip")
    };
    assert!(!plain(&[("content-type", "text/plain")]));
    assert!(plain(&[("content-type", "text/event-stream")]));
    assert!(plain(&[(
        "content-type",
        "Text/Event-Stream; charset=utf-8"
    )]));
    assert!(plain(&[("content-type", "image/png")]));
    assert!(plain(&[]));
    assert!(plain(&[
        ("content-type", "text/plain"),
        ("content-encoding", "br")
    ]));
    assert!(plain(&[
        ("content-type", "text/plain"),
        ("cache-control", "private, No-Transform")
    ]));
    assert!(plain(&[
        ("content-type", "text/plain"),
        ("content-range", "bytes 0-1/2")
    ]));
}

#[test]
fn short_responses_stay_plain_but_vary() {
    let short = response(
        &[("content-type", "text/plain")],
        Body::Full(Bytes::from("hi")),
    );
    let response = ON.apply(accept("gzip"), short);
    assert!(!response.headers().contains_key(CONTENT_ENCODING));
    assert_eq!(response.headers()[VARY], "accept-encoding");
}

#[test]
fn validators_and_ranges_follow_the_encoding() {
    let fields = [
        ("content-type", "text/plain"),
        ("etag", "\"a\""),
        ("accept-ranges", "bytes"),
        ("content-length", "12000"),
        ("vary", "Cookie"),
    ];
    let response = ON.apply(accept("gzip"), text(&fields));
    assert_eq!(response.headers()[ETAG], "W/\"a\"");
    assert!(!response.headers().contains_key(ACCEPT_RANGES));
    assert!(!response.headers().contains_key(CONTENT_LENGTH));
    assert_eq!(response.headers().get_all(VARY).iter().count(), 2);
}
