//! `edge.errors`: what is recognised, what is let pass, and that nothing is lost on the way.

mod benign;
mod bodies;
mod samples;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderValue};
use http::{Request, StatusCode};

use super::*;
use crate::exchange::Arrival;

fn control() -> Errors {
    Errors::new(Options {
        mode: Mode::Enforce,
        except: vec!["/api/traces".to_owned()],
    })
}

/// An exchange whose answer came from the app.
fn exchange(method: Method, path: &str) -> Exchange {
    let (head, ()) = Request::builder()
        .method(method)
        .uri(path)
        .body(())
        .unwrap()
        .into_parts();
    let mut exchange = Exchange::new(Arrival::sample(), &head);
    exchange.upstream_status = Some(500);
    exchange
}

fn answer(status: u16, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

#[track_caller]
fn check_concern(method: Method, path: &str, response: &Response<Body>, expected: bool) {
    let is_concerned = control().concerns(&exchange(method, path), response);
    assert_eq!(is_concerned, expected, "{path} {response:?}");
}

#[test]
fn errors_that_are_text_are_looked_into() {
    for content_type in [
        "text/html; charset=utf-8",
        "Text/Plain",
        "application/json",
        "application/problem+json",
        "application/soap+xml",
        "text/markdown",
    ] {
        for status in [400, 404, 500, 503] {
            check_concern(Method::GET, "/", &answer(status, content_type), true);
        }
    }
    let mut untyped = answer(500, "text/html");
    untyped.headers_mut().clear();
    check_concern(Method::POST, "/", &untyped, true);
}

#[test]
fn nothing_else_is() {
    for (status, content_type) in [
        (200, "text/html"),
        (302, "text/html"),
        (500, "image/png"),
        (500, "text/event-stream"),
        (500, "application/octet-stream"),
    ] {
        check_concern(Method::GET, "/", &answer(status, content_type), false);
    }
    check_concern(Method::HEAD, "/", &answer(500, "text/html"), false);
    let mut own = exchange(Method::GET, "/");
    own.upstream_status = None;
    assert!(!control().concerns(&own, &answer(500, "text/html")));
}

#[test]
fn a_path_can_be_excepted_by_whole_segments() {
    let error = answer(500, "text/html");
    check_concern(Method::GET, "/api/traces", &error, false);
    check_concern(Method::GET, "/api/traces/7", &error, false);
    check_concern(Method::GET, "/api/tracesx", &error, true);
    check_concern(Method::GET, "/", &error, true);
}

#[test]
fn a_detour_over_an_excepted_path_is_looked_into() {
    let error = answer(500, "text/html");
    check_concern(Method::GET, "/api/traces/v1.2/.x/", &error, false);
    let long = format!("/api/traces/{}/../../cart", "x".repeat(1100));
    let odd = format!("/api/traces/{}é/../../cart", "x".repeat(1011));
    for path in [
        "/api/traces/../cart",
        "/api/traces/..",
        "/api/traces/./../cart",
        "/api/traces/%2e%2e/cart",
        "/api/traces/..%2fcart",
        "/api/traces/..%5ccart",
        "/api/traces/%252e%252e/cart",
        "/api/traces/..;/cart",
        "/api/traces//cart",
        &long,
        &odd,
    ] {
        check_concern(Method::GET, path, &error, true);
    }
}

async fn replace(fields: &[(HeaderName, &'static str)], status: u16) -> (State, Response<Body>) {
    let mut response = answer(status, "text/html");
    for (name, value) in fields {
        let value = HeaderValue::from_static(value);
        response.headers_mut().append(name, value);
    }
    *response.body_mut() = Body::Full(Bytes::from_static(samples::PYTHON.as_bytes()));
    let inspected = control().inspect(response).await;
    let (head, _) = inspected.response.into_parts();
    let found = inspected.found.unwrap();
    let state = State::isolated();
    let mut exchange = exchange(Method::GET, "/cart?secret");
    let accept = Accept::Document;
    let response = control().replace(&mut exchange, &head, found, accept, &state);
    (state, response)
}

#[tokio::test]
async fn the_client_gets_a_document_with_the_apps_status_and_the_id() {
    for (status, code) in [(500, "application-error"), (404, "application-refused")] {
        let (_, response) = replace(&[], status).await;
        assert_eq!(response.status(), status);
        let Body::Full(body) = response.body() else {
            panic!("no document");
        };
        let body = std::str::from_utf8(body).unwrap();
        assert!(body.contains(&format!("\"status\":{status},")), "{body}");
        assert!(body.contains(code), "{body}");
        assert!(body.contains(&Arrival::sample().id.to_string()), "{body}");
        assert!(!body.contains("Traceback"), "{body}");
    }
}

#[tokio::test]
async fn fields_of_the_exchange_stay_and_those_of_the_body_go() {
    let kept = [
        (SET_COOKIE, "a=1"),
        (SET_COOKIE, "b=2"),
        (RETRY_AFTER, "7"),
        (VARY, "Origin"),
        (http::header::ACCESS_CONTROL_ALLOW_ORIGIN, "https://a.test"),
    ];
    let gone = [
        (ETAG, "\"x\""),
        (CONTENT_LENGTH, "99"),
        (HeaderName::from_static("x-debug-exception"), "secret"),
        (http::header::LAST_MODIFIED, "x"),
    ];
    let (_, response) = replace(&[&kept[..], &gone[..]].concat(), 500).await;
    for (name, value) in kept {
        let mut values = response.headers().get_all(&name).iter();
        assert!(values.any(|one| one == value), "{name}");
    }
    for (name, _) in gone {
        assert!(!response.headers().contains_key(&name), "{name}");
    }
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
}

#[tokio::test]
async fn the_original_is_kept_by_request_id_without_its_query() {
    let (state, _) = replace(&[], 500).await;
    let id = Arrival::sample().id.to_string();
    let original = state.errors.find(&id).unwrap();
    assert_eq!(original.body, samples::PYTHON);
    assert!(original.is_whole);
    assert_eq!(
        (original.signature, &*original.path),
        ("python-traceback", "/cart")
    );
    assert!(!format!("{original:?}").contains("Traceback"));
    assert!(state.errors.find("another").is_none());
}

fn original(number: u16, signature: &'static str, status: u16, text: &'static [u8]) -> Original {
    let mut exchange = exchange(Method::GET, "/");
    let at = exchange.arrival.at;
    let [high, low] = number.to_be_bytes();
    exchange.arrival.id = palisade_kernel::RequestId::new(at, [high, low, 0, 0, 0, 0, 0, 0, 0, 0]);
    let status = StatusCode::from_u16(status).unwrap();
    let text = Bytes::from_static(text);
    Original::new(&exchange, status, None, signature, &text, true)
}

/// Whether the one of this number is kept.
fn has(originals: &Originals, number: u16) -> bool {
    let id = original(number, "x", 500, b"").id.to_string();
    originals.find(&id).is_some()
}

const ORIGINALS_MAX: u16 = originals::ORIGINALS_MAX as u16;

#[test]
fn originals_are_cut_and_the_oldest_goes_first() {
    const LONG: &[u8] = &[b'x'; originals::ORIGINAL_BYTES_MAX + 1];
    let originals = Originals::default();
    for number in 0..ORIGINALS_MAX {
        originals.keep(original(number, "x", 500, LONG));
    }
    let kept = originals.find(&original(0, "x", 500, b"").id.to_string());
    let kept = kept.unwrap();
    assert_eq!(kept.body.len(), originals::ORIGINAL_BYTES_MAX);
    assert!(!kept.is_whole);
    originals.keep(original(ORIGINALS_MAX, "x", 500, b"last"));
    assert!(!has(&originals, 0));
    assert!(has(&originals, 1) && has(&originals, ORIGINALS_MAX));
}

#[test]
fn what_anybody_can_provoke_does_not_push_the_others_out() {
    let originals = Originals::default();
    originals.keep(original(0, "python-traceback", 500, b""));
    originals.keep(original(1, "java-trace", 500, b""));
    for number in 2..3 * ORIGINALS_MAX {
        originals.keep(original(number, "python-traceback", 404, b""));
    }
    assert!(has(&originals, 0) && has(&originals, 1));
    assert!(!has(&originals, 2));
    assert!(!has(&originals, 2 * ORIGINALS_MAX + 1));
    for number in 2 * ORIGINALS_MAX + 2..3 * ORIGINALS_MAX {
        assert!(has(&originals, number), "{number}");
    }
}
