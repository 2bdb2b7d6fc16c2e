//! Samples that show whether `edge.rate-limit` bites, made from the policies in force: each with its
//! last request left and with none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, RETRY_AFTER};
use http::{Method, Request};
use palisade_kernel::{ControlId, Mode};

use super::key::Key;
use super::limiter::Counted;
use super::policy::Policy;
use super::value;
use super::{RateLimit, Ready};
use crate::body::Body;
use crate::control::Finding;
use crate::proof::{Outcome, SOMEBODY, Sample};
use crate::router::HostPattern;

/// Policies that are proved one by one. Those beyond run the same code on other data.
const PROVED_MAX: usize = 64;

/// Clients of the documentation networks (RFC 5737, RFC 3849), should one be exempt.
const CLIENTS: [IpAddr; 4] = [
    SOMEBODY,
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// What samples send as token, header, cookie or field.
const VALUE: &str = "sample@example.com";

pub(super) fn samples(control: &RateLimit) -> Vec<Sample> {
    let mut samples = vec![Sample {
        requests: vec![
            Request::get("/.palisade/health")
                .body(Body::Empty)
                .unwrap_or_default(),
        ],
        ..Sample::benign("the gateway's own health check passes")
    }];
    let clients = CLIENTS.into_iter();
    let Some(client) = clients
        .clone()
        .find(|ip| !control.options.exempt.contains(*ip))
    else {
        return samples;
    };
    let provable = control
        .policies
        .iter()
        .filter(|ready| is_reached(control, ready));
    for ready in provable.take(PROVED_MAX) {
        samples.push(sample(control, ready, client, 1));
        samples.push(sample(control, ready, client, 0));
    }
    samples
}

/// Not where `exempt_paths` takes its example away.
fn is_reached(control: &RateLimit, ready: &Ready) -> bool {
    let example = ready.policy.paths.first().map(|path| path.example());
    example.is_some_and(|path| !control.exempt_paths.takes("", &path.to_ascii_lowercase()))
}

/// A request of a client that has `left` of its quota.
fn sample(control: &RateLimit, ready: &Ready, client: IpAddr, left: u32) -> Sample {
    let policy = ready.policy.clone();
    let expected = match (left, control.mode_of(&policy)) {
        (0, Mode::Enforce) => Finding::Refused,
        (0, _) => Finding::WouldRefuse,
        _ => Finding::Passed,
    };
    let request = request(&policy);
    let name = match left {
        0 => Sample::hostile("a request beyond the limit is refused"),
        _ => Sample::benign("the last request within the limit passes"),
    };
    let counts_address = policy.key == Key::Address;
    Sample {
        peer: client,
        prepare: Box::new(move |state| {
            let in_body = value::names(VALUE, None);
            let counted = match (&policy.key, in_body.first()) {
                // Where a proxy is trusted at one of these addresses, another one connects.
                (Key::Address, _) => CLIENTS.map(Counted::Address).to_vec(),
                (key, Some(name)) if key.is_in_body() => vec![Counted::Value(name.as_bytes())],
                _ => vec![Counted::Value(VALUE.as_bytes())],
            };
            for counted in counted {
                let subject = state.limiter.subject(&policy.name, counted);
                state
                    .limiter
                    .spend(subject, &policy.limits, left, Duration::ZERO);
            }
        }),
        requests: vec![request],
        expect: Some(Box::new(move |outcome| {
            expect(outcome, expected, counts_address)
        })),
        ..name
    }
}

fn expect(outcome: &Outcome, expected: Finding, counts_address: bool) -> Result<(), String> {
    let is_believable = outcome.exchange.arrival.client.belief.is_believable();
    // A proxy that is trusted connects for a crowd: whoever it is, it is only in doubt.
    let expected = match expected {
        Finding::Refused if counts_address && !is_believable => Finding::WouldRefuse,
        expected => expected,
    };
    let found = outcome.exchange.finding(ControlId::EdgeRateLimit);
    if found != expected {
        let (found, expected) = (found.as_str(), expected.as_str());
        return Err(format!("it was {found}, expected {expected}"));
    }
    match (expected, outcome.response.headers().get(RETRY_AFTER)) {
        (Finding::Refused, None) => Err("the answer has no Retry-After".to_owned()),
        (Finding::Refused, Some(_)) if outcome.forwarded.is_some() => {
            Err("it was refused and still reached the app".to_owned())
        }
        _ => Ok(()),
    }
}

/// One that the policy counts, with [`VALUE`] where its key looks.
fn request(policy: &Policy) -> Request<Body> {
    let path = policy.paths.first().map(|path| path.example());
    let method = match (policy.methods.first(), policy.key.is_in_body()) {
        (Some(method), _) => method.clone(),
        (None, true) => Method::POST,
        (None, false) => Method::GET,
    };
    let mut request = Request::builder()
        .method(method)
        .uri(path.unwrap_or_default());
    match policy.hosts.first() {
        Some(HostPattern::Exact(host)) => request = request.header(HOST, host),
        Some(HostPattern::Below(host)) => request = request.header(HOST, format!("sample.{host}")),
        Some(HostPattern::Any) | None => {}
    }
    let body = match &policy.key {
        Key::Address => Body::Empty,
        Key::Token => {
            request = request.header(AUTHORIZATION, format!("Bearer {VALUE}"));
            Body::Empty
        }
        Key::Header(name) => {
            request = request.header(name, VALUE);
            Body::Empty
        }
        Key::Cookie(name) => {
            request = request.header(COOKIE, format!("{name}={VALUE}"));
            Body::Empty
        }
        Key::Json(pointer) => {
            request = request.header(CONTENT_TYPE, "application/json");
            Body::Full(pointer.example(VALUE).into())
        }
        Key::Form(field) => {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let mut form = form_urlencoded::Serializer::new(String::new());
            Body::Full(form.append_pair(field, VALUE).finish().into())
        }
    };
    request.body(body).unwrap_or_default()
}
