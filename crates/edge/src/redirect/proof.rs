//! Samples that show whether `edge.redirect` bites, made from the policy in force.

use std::sync::Arc;

use http::header::{HeaderName, HeaderValue, LOCATION, REFRESH};
use http::{Response, StatusCode};
use palisade_kernel::ControlId;
use url::Url;

use super::Redirect;
use crate::body::Body;
use crate::control::Finding;
use crate::exemptions::Exemptions;
use crate::proof::{Outcome, Sample};

pub(super) fn samples(control: &Redirect) -> Vec<Sample> {
    let mut samples = vec![
        followed("a redirect within the app passes", "/next?page=2"),
        refused(
            &control.exempt,
            "a script is refused",
            (LOCATION, "javascript://palisade-sample.invalid/%0aalert(1)"),
        ),
    ];
    let stranger = Url::parse("https://palisade-sample.invalid/");
    // A policy may well call all of `*.invalid` its own.
    if stranger.is_ok_and(|stranger| !control.destinations.take(&stranger, "")) {
        samples.extend(to_a_stranger(control));
    }
    samples.extend(control.destinations.example.as_deref().map(|listed| {
        let name = "a redirect to whom the policy lists passes";
        followed(name, &format!("{listed}/next"))
    }));
    samples
}

fn to_a_stranger(control: &Redirect) -> [Sample; 4] {
    [
        (
            "a redirect to a stranger is refused",
            (LOCATION, "https://palisade-sample.invalid/"),
        ),
        (
            "one without a scheme is refused",
            (LOCATION, "//palisade-sample.invalid/"),
        ),
        (
            "one that only browsers understand is refused",
            (LOCATION, "/\\palisade-sample.invalid/"),
        ),
        (
            "a refresh that leads to a stranger is refused",
            (REFRESH, "0; url=https://palisade-sample.invalid/"),
        ),
    ]
    .map(|(name, field)| refused(&control.exempt, name, field))
}

fn followed(name: &'static str, location: &str) -> Sample {
    let location = location.to_owned();
    Sample {
        answer: Ok(answer(LOCATION, &location)),
        expect: Some(Box::new(move |outcome| {
            let sent = outcome.response.headers().get(LOCATION);
            match sent.is_some_and(|sent| sent.as_bytes() == location.as_bytes()) {
                true => Ok(()),
                false => Err(format!("it left as {sent:?}")),
            }
        })),
        ..Sample::benign(name)
    }
}

/// Hostile, unless the policy exempts the path that it is sent to.
fn refused(
    exempt: &Arc<Exemptions>,
    name: &'static str,
    (field, target): (HeaderName, &'static str),
) -> Sample {
    let exempt = exempt.clone();
    Sample {
        answer: Ok(answer(field, target)),
        expect: Some(Box::new(move |outcome| {
            match exempt.cover(&outcome.exchange.path) {
                true => Ok(()),
                false => expect_refused(outcome, target),
            }
        })),
        ..Sample::hostile(name)
    }
}

fn expect_refused(outcome: &Outcome, target: &str) -> Result<(), String> {
    let found = outcome.exchange.finding(ControlId::EdgeRedirect);
    if found != Finding::Amended {
        return Err(format!("it was not refused but {}", found.as_str()));
    }
    let headers = outcome.response.headers();
    let mut sent = [LOCATION, REFRESH]
        .into_iter()
        .flat_map(|name| headers.get_all(name));
    match sent.any(|value| value.as_bytes() == target.as_bytes()) {
        true => Err("it was found and still sent".to_owned()),
        false => Ok(()),
    }
}

fn answer(field: HeaderName, target: &str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    if field == LOCATION {
        *response.status_mut() = StatusCode::FOUND;
    }
    if let Ok(target) = HeaderValue::from_str(target) {
        response.headers_mut().insert(field, target);
    }
    response
}
