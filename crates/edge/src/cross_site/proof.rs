//! Samples that show whether `edge.cross-site` bites, made from the policy in force.

use std::sync::Arc;

use http::header::{HeaderValue, ORIGIN};
use http::{Method, Request};
use palisade_kernel::ControlId;

use crate::body::Body;
use crate::control::Finding;
use crate::exemptions::Exemptions;
use crate::proof::{Outcome, Sample};

/// Nobody's (RFC 2606).
const SAMPLE_ORIGIN: &str = "https://palisade-sample.invalid";

pub(super) fn samples(exempt: &Arc<Exemptions>) -> Vec<Sample> {
    let post = || request(Method::POST, "navigate");
    vec![
        Sample {
            requests: vec![request(Method::GET, "navigate")],
            ..Sample::benign("a link from another site is followed")
        },
        Sample {
            requests: vec![with(post(), "sec-fetch-site", "same-origin")],
            ..Sample::benign("a form of the app's own is taken")
        },
        Sample {
            requests: vec![Request::post("/").body(Body::Empty).unwrap_or_default()],
            ..Sample::benign("a webhook is taken")
        },
        refused(exempt, "a form of another site is refused", post()),
        refused(
            exempt,
            "a form of another site is refused, though the browser is old",
            without(post(), &["sec-fetch-site", "sec-fetch-mode"]),
        ),
        refused(
            exempt,
            "data is not embedded by another site",
            request(Method::GET, "no-cors"),
        ),
    ]
}

/// Hostile, unless it is sent to a path that the policy exempts.
fn refused(exempt: &Arc<Exemptions>, name: &'static str, request: Request<Body>) -> Sample {
    let exempt = exempt.clone();
    Sample {
        requests: vec![request],
        expect: Some(Box::new(move |outcome| {
            match exempt.cover(&outcome.exchange.path) {
                true => Ok(()),
                false => expect_refused(outcome),
            }
        })),
        ..Sample::hostile(name)
    }
}

fn expect_refused(outcome: &Outcome) -> Result<(), String> {
    match outcome.exchange.finding(ControlId::EdgeCrossSite) {
        Finding::Refused if outcome.forwarded.is_none() => Ok(()),
        Finding::Refused => Err("it was refused and still reached the app".to_owned()),
        found => Err(format!("it was not refused but {}", found.as_str())),
    }
}

/// As a browser sends it for a page of another site.
fn request(method: Method, mode: &'static str) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri("/")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", mode)
        .header(ORIGIN, SAMPLE_ORIGIN);
    request.body(Body::Empty).unwrap_or_default()
}

fn with(mut request: Request<Body>, name: &'static str, value: &'static str) -> Request<Body> {
    let value = HeaderValue::from_static(value);
    request.headers_mut().insert(name, value);
    request
}

fn without(mut request: Request<Body>, names: &[&'static str]) -> Request<Body> {
    for name in names {
        request.headers_mut().remove(*name);
    }
    request
}
