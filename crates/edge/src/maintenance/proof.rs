//! Samples that show whether `edge.maintenance` bites, made from the policy in force.

use http::header::{ACCEPT, RETRY_AFTER};
use http::{Request, StatusCode};
use palisade_kernel::MaintenanceWindow;

use super::Maintenance;
use crate::body::Body;
use crate::proof::{Outcome, Sample};
use crate::state::State;

pub(super) fn samples(control: &Maintenance) -> Vec<Sample> {
    let mut samples = vec![
        Sample::benign("an open app answers"),
        Sample {
            prepare: Box::new(throw),
            requests: vec![to("/.palisade/health", "*/*")],
            expect: Some(Box::new(|outcome| expect_status(outcome, StatusCode::OK))),
            ..Sample::benign("the gateway's own health check passes")
        },
        shut("a browser gets the page", "text/html"),
        shut("a program gets the problem document", "application/json"),
    ];
    samples.extend(control.options.allow_paths.iter().map(|path| Sample {
        prepare: Box::new(throw),
        requests: vec![to(path, "*/*")],
        ..Sample::benign("a path that is allowed passes")
    }));
    samples.extend(control.options.allow.first().map(|operator| Sample {
        prepare: Box::new(throw),
        peer: operator,
        // A proxy may be allowed by mistake; its word on who asks would then decide.
        expect: Some(Box::new(|outcome| match outcome.exchange.problem {
            Some("maintenance") if outcome.exchange.arrival.client.belief.is_believable() => {
                Err("an allowed address was shut out".to_owned())
            }
            _ => Ok(()),
        })),
        ..Sample::benign("an allowed address passes")
    }));
    samples
}

fn shut(name: &'static str, accept: &'static str) -> Sample {
    Sample {
        prepare: Box::new(throw),
        requests: vec![to("/", accept)],
        expect: Some(Box::new(|outcome| {
            expect_status(outcome, StatusCode::SERVICE_UNAVAILABLE)?;
            match (
                &outcome.forwarded,
                outcome.response.headers().get(RETRY_AFTER),
            ) {
                (None, Some(_)) => Ok(()),
                (Some(_), _) => Err("the request reached the app".to_owned()),
                (None, None) => Err("the answer has no Retry-After".to_owned()),
            }
        })),
        ..Sample::hostile(name)
    }
}

fn throw(state: &State) {
    state.maintenance.set(Some(MaintenanceWindow::default()));
}

fn to(path: &str, accept: &'static str) -> Request<Body> {
    let request = Request::get(path).header(ACCEPT, accept).body(Body::Empty);
    request.unwrap_or_default()
}

fn expect_status(outcome: &Outcome, expected: StatusCode) -> Result<(), String> {
    match outcome.response.status() {
        status if status == expected => Ok(()),
        status => Err(format!("the status is {status}, expected {expected}")),
    }
}
