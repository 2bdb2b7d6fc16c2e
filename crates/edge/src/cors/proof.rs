//! Samples that show whether `edge.cors` bites, made from the policy in force.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderValue, ORIGIN,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use palisade_kernel::ControlId;

use super::sharings::Sharings;
use crate::body::Body;
use crate::control::Finding;
use crate::exchange::Exchange;
use crate::origin::Origin;
use crate::proof::{Outcome, Sample};

/// Nobody's (RFC 2606).
const SAMPLE_ORIGIN: &str = "https://palisade-sample.invalid";

/// No list can name it, not even one that names everybody.
const NO_ORIGIN: &str = "https://palisade-sample.invalid/path";

/// On the way in.
pub(super) fn samples(sharings: &Arc<Sharings>) -> Vec<Sample> {
    let mut samples = vec![
        Sample::benign("a request without an origin passes"),
        Sample {
            requests: vec![from_own_page()],
            ..Sample::benign("a page of the app's own passes")
        },
        refused(
            sharings,
            "a page of an origin that is not listed is refused",
            asking(Method::GET, SAMPLE_ORIGIN),
        ),
        refused(
            sharings,
            "a preflight of an origin that is not listed is refused",
            preflight(SAMPLE_ORIGIN),
        ),
        refused(
            sharings,
            "what only looks like an origin is refused",
            asking(Method::GET, NO_ORIGIN),
        ),
    ];
    samples.extend(sharings.everywhere().example.as_ref().map(|origin| Sample {
        requests: vec![preflight(origin)],
        expect: Some({
            let sharings = sharings.clone();
            Box::new(move |outcome| expect_answered(&sharings, outcome))
        }),
        ..Sample::benign("a preflight of a listed origin is answered")
    }));
    samples
}

/// On the way out: the app shares with everybody, or with whoever asks, and with cookies.
pub(super) fn answers(sharings: &Arc<Sharings>) -> Vec<Sample> {
    let shared = |name, origin: &'static str| {
        let sharings = sharings.clone();
        Sample {
            requests: vec![followed_link()],
            answer: Ok(generous(origin)),
            expect: Some(Box::new(move |outcome| {
                expect_closed(&sharings, &outcome.exchange, outcome.response.headers())
            })),
            ..Sample::hostile(name)
        }
    };
    vec![
        shared("an app that shares with everybody is not believed", "*"),
        shared(
            "an app that shares with a stranger is not believed",
            SAMPLE_ORIGIN,
        ),
    ]
}

fn refused(sharings: &Arc<Sharings>, name: &'static str, request: Request<Body>) -> Sample {
    let sharings = sharings.clone();
    Sample {
        requests: vec![request],
        expect: Some(Box::new(move |outcome| expect_refused(&sharings, outcome))),
        ..Sample::hostile(name)
    }
}

/// Refused before the app, and not even the refusal is shared; but where the policy has it otherwise.
fn expect_refused(sharings: &Sharings, outcome: &Outcome) -> Result<(), String> {
    let exchange = &outcome.exchange;
    if sharings.exempt(&exchange.path) || is_granted(sharings, exchange) {
        return Ok(());
    }
    match exchange.finding(ControlId::EdgeCors) {
        Finding::Refused if outcome.forwarded.is_none() => {
            expect_closed(sharings, exchange, outcome.response.headers())
        }
        Finding::Refused => Err("it was refused and still reached the app".to_owned()),
        found => Err(format!("it was not refused but {}", found.as_str())),
    }
}

/// What a rule or an exemption of the operator's says of the path is not contradicted.
fn expect_answered(sharings: &Sharings, outcome: &Outcome) -> Result<(), String> {
    let exchange = &outcome.exchange;
    if sharings.exempt(&exchange.path) || !is_granted(sharings, exchange) {
        return Ok(());
    }
    let headers = outcome.response.headers();
    let is_answered = outcome.response.status() == StatusCode::NO_CONTENT
        && outcome.forwarded.is_none()
        && headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
    match is_answered {
        true => Ok(()),
        false => Err("a preflight of a listed origin was not answered".to_owned()),
    }
}

fn expect_closed(
    sharings: &Sharings,
    exchange: &Exchange,
    headers: &HeaderMap,
) -> Result<(), String> {
    let fields = [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ];
    let told = fields.iter().find(|name| headers.contains_key(*name));
    match told.filter(|_| !sharings.exempt(&exchange.path)) {
        None => Ok(()),
        Some(name) => Err(format!("{name} is still there")),
    }
}

fn is_granted(sharings: &Sharings, exchange: &Exchange) -> bool {
    let origin = exchange.origin.as_ref();
    let origin = origin.and_then(|origin| Origin::parse(origin.as_bytes()).ok());
    origin.is_some_and(|origin| sharings.grant(exchange, &origin).is_some())
}

fn generous(origin: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static(origin),
    );
    let yes = HeaderValue::from_static("true");
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    response
}

/// A request that passes, of a page of another origin.
fn followed_link() -> Request<Body> {
    let mut request = asking(Method::GET, SAMPLE_ORIGIN);
    let mode = HeaderValue::from_static("navigate");
    request.headers_mut().insert("sec-fetch-mode", mode);
    request
}

fn from_own_page() -> Request<Body> {
    let mut request = asking(Method::POST, SAMPLE_ORIGIN);
    let fields = request.headers_mut();
    fields.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    fields.insert("sec-fetch-mode", HeaderValue::from_static("cors"));
    request
}

fn asking(method: Method, origin: &str) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri("/")
        .header(ORIGIN, origin);
    request.body(Body::Empty).unwrap_or_default()
}

fn preflight(origin: &str) -> Request<Body> {
    let mut request = asking(Method::OPTIONS, origin);
    let get = HeaderValue::from_static("GET");
    let fields = request.headers_mut();
    fields.insert(ACCESS_CONTROL_REQUEST_METHOD, get);
    request
}
