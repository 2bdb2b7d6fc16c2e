//! Samples that show whether `edge.honeypot` bites, made from the policy in force.

use http::Request;
use http::header::AUTHORIZATION;
use palisade_kernel::ControlId;

use super::Options;
use crate::body::Body;
use crate::control::Finding;
use crate::proof::{Outcome, Sample};

pub(super) fn samples(options: &Options) -> Vec<Sample> {
    let sample = |sample: Sample, request| Sample {
        prepare: Box::new(|state| state.decoys.arm_everywhere()),
        requests: vec![request],
        ..sample
    };
    let mut samples = vec![
        sample(
            Sample::benign("what is no decoy passes"),
            to("/a-page-that-is-no-decoy"),
        ),
        Sample {
            requests: vec![to(options.decoys.paths().next().unwrap_or("/"))],
            ..Sample::benign("a decoy that is not armed passes")
        },
    ];
    samples.extend(options.decoys.paths().map(|path| Sample {
        expect: Some(Box::new(is_refused)),
        ..sample(
            Sample::hostile("a decoy that is asked for does not reach the app"),
            to(path),
        )
    }));
    samples.extend(options.credentials.bait().map(|credential| {
        let mut request = to("/");
        if let Ok(value) = format!("Bearer {credential}").parse() {
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        sample(
            Sample::hostile("a decoy credential does not reach the app"),
            request,
        )
    }));
    samples
}

fn to(path: &str) -> Request<Body> {
    Request::get(path).body(Body::Empty).unwrap_or_default()
}

/// Where no route leads from a decoy, there is nothing to touch.
fn is_refused(outcome: &Outcome) -> Result<(), String> {
    let exchange = &outcome.exchange;
    let found = exchange.finding(ControlId::EdgeHoneypot);
    match (&outcome.forwarded, found) {
        (Some(_), _) => Err(format!("a request for {} reached the app", exchange.path)),
        (None, Finding::Refused) => Ok(()),
        (None, _) if exchange.upstream.is_none() => Ok(()),
        (None, found) => Err(format!(
            "a request for {} was not refused but {}",
            exchange.path,
            found.as_str()
        )),
    }
}
