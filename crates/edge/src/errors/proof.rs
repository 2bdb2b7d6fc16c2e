//! Samples that show whether `edge.errors` bites, made from the policy in force.

use std::io::Write;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use palisade_kernel::ControlId;

use super::Options;
use crate::body::Body;
use crate::control::Finding;
use crate::proof::{Outcome, Sample};

const TRACEBACK: &str = "Traceback (most recent call last):\n  File \"/srv/app.py\", line 1, in \
                         total\nZeroDivisionError: division by zero\n";
const TRACE_JSON: &str = "{\"error\":\"Internal Server Error\",\"trace\":\"java.lang.\
                          NullPointerException\\n\\tat com.acme.Cart.total(Cart.java:42)\"}";
const DEBUG_PAGE: &str = "<!DOCTYPE html><title>Page not found at /x</title><p>You're seeing \
                          this error because you have <code>DEBUG = True</code></p>";
const OWN_PAGE: &str = "<!DOCTYPE html><title>Sorry</title><h1>Something went wrong</h1>";
const OWN_PROBLEM: &str = "{\"title\":\"Card declined\",\"status\":402,\"code\":\"declined\"}";

pub(super) fn samples(options: &Options) -> Vec<Sample> {
    let html = "text/html; charset=utf-8";
    let error = StatusCode::INTERNAL_SERVER_ERROR;
    let mut zipped = answer(error, "application/json", &gzip(TRACE_JSON));
    let gzip = HeaderValue::from_static("gzip");
    zipped.headers_mut().insert(CONTENT_ENCODING, gzip);
    let bare = |status, content_type, body: &str| answer(status, content_type, body.as_bytes());
    vec![
        kept(
            "an error page of the app's own passes",
            bare(error, html, OWN_PAGE),
        ),
        kept(
            "a problem document of the app's own passes",
            bare(
                StatusCode::PAYMENT_REQUIRED,
                "application/problem+json",
                OWN_PROBLEM,
            ),
        ),
        kept(
            "a page that is no error passes",
            bare(StatusCode::OK, html, TRACEBACK),
        ),
        replaced(
            options,
            "a stack trace",
            bare(error, "text/plain", TRACEBACK),
        ),
        replaced(options, "a stack trace in compressed JSON", zipped),
        replaced(
            options,
            "a debug page with status 404",
            bare(StatusCode::NOT_FOUND, html, DEBUG_PAGE),
        ),
    ]
}

fn kept(name: &'static str, answer: Response<Body>) -> Sample {
    Sample {
        answer: Ok(answer),
        ..Sample::benign(name)
    }
}

/// Hostile, unless it is sent to a path that the policy excepts.
fn replaced(options: &Options, name: &'static str, answer: Response<Body>) -> Sample {
    let (options, status) = (options.clone(), answer.status());
    Sample {
        answer: Ok(answer),
        expect: Some(Box::new(move |outcome| {
            match options.excepts(&outcome.exchange.path) {
                true => Ok(()),
                false => expect_replaced(outcome, status),
            }
        })),
        ..Sample::hostile(name)
    }
}

fn expect_replaced(outcome: &Outcome, status: StatusCode) -> Result<(), String> {
    let found = outcome.exchange.finding(ControlId::EdgeErrors);
    if found != Finding::Amended {
        return Err(format!("it was not replaced but {}", found.as_str()));
    }
    if outcome.response.status() != status {
        return Err(format!("the status became {}", outcome.response.status()));
    }
    let id = outcome.exchange.arrival.id.to_string();
    let names_itself = match outcome.response.body() {
        Body::Full(bytes) => String::from_utf8_lossy(bytes).contains(&id),
        _ => false,
    };
    match names_itself {
        true => Ok(()),
        false => Err("what took its place does not name the request".to_owned()),
    }
}

fn answer(status: StatusCode, content_type: &'static str, body: &[u8]) -> Response<Body> {
    let mut response = Response::new(Body::Full(Bytes::copy_from_slice(body)));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// Into memory, where writing does not fail; should it, the sample is bare and says so.
fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = encoder.write_all(text.as_bytes());
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}
