//! Samples that show whether `edge.cookies` bites, made from the policy in force.

use http::header::{HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};
use palisade_kernel::{ControlId, Mode};

use super::set_cookie::SetCookie;
use super::{Attribute, Options};
use crate::body::Body;
use crate::control::Finding;
use crate::proof::{Outcome, Sample};

/// Nobody's cookie.
const SAMPLE_NAME: &str = "palisade-sample";

pub(super) fn samples(options: &Options) -> Vec<Sample> {
    let whole = format!("{SAMPLE_NAME}=1; Path=/; Secure; HttpOnly; SameSite=Lax");
    let mut samples = vec![kept("a cookie that has every attribute is kept", whole)];
    let same_site = format!("SameSite={}", options.same_site_value.as_str());
    for (name, attribute, own, added) in [
        (
            "a cookie without Secure",
            &options.secure,
            "HttpOnly; SameSite=Lax",
            "Secure",
        ),
        (
            "a cookie without HttpOnly",
            &options.http_only,
            "Secure; SameSite=Lax",
            "HttpOnly",
        ),
        (
            "a cookie without SameSite",
            &options.same_site,
            "Secure; HttpOnly",
            &same_site,
        ),
    ] {
        samples.extend(bare(name, options, attribute, own, added));
    }
    samples
}

/// Hostile: a cookie that lacks nothing but this attribute. `None` when the policy is to leave it
/// off. In shadow, that it was seen is what can be shown.
fn bare(
    name: &'static str,
    options: &Options,
    attribute: &Attribute,
    own: &str,
    added: &str,
) -> Option<Sample> {
    let sample = SAMPLE_NAME.as_bytes();
    let is_excepted = attribute.except.iter().any(|name| name.covers(sample));
    if attribute.mode == Mode::Off || is_excepted {
        return None;
    }
    let line = format!("{SAMPLE_NAME}=1; Path=/; {own}");
    let is_enforced = attribute.mode == Mode::Enforce && options.mode == Mode::Enforce;
    let (expected, finding) = match is_enforced {
        true => (format!("{line}; {added}"), Finding::Amended),
        false => (line.clone(), Finding::WouldAmend),
    };
    Some(Sample {
        answer: Ok(answer(&line)),
        expect: Some(Box::new(move |outcome| expect(outcome, &expected, finding))),
        ..Sample::hostile(name)
    })
}

/// Benign: nothing is to be added.
fn kept(name: &'static str, line: String) -> Sample {
    Sample {
        answer: Ok(answer(&line)),
        expect: Some(Box::new(move |outcome| {
            expect(outcome, &line, Finding::Passed)
        })),
        ..Sample::benign(name)
    }
}

fn answer(line: &str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::OK;
    if let Ok(line) = HeaderValue::from_str(line) {
        response.headers_mut().insert(SET_COOKIE, line);
    }
    response
}

/// Rules of the operator's may add cookies to an answer; only the sample's own is looked at.
fn expect(outcome: &Outcome, expected: &str, finding: Finding) -> Result<(), String> {
    let lines = outcome.response.headers().get_all(SET_COOKIE).iter();
    let own = |line: &&HeaderValue| {
        SetCookie::parse(line.as_bytes())
            .is_some_and(|cookie| cookie.name == SAMPLE_NAME.as_bytes())
    };
    let sent: Vec<&HeaderValue> = lines.filter(own).collect();
    match sent.as_slice() {
        [line] if line.as_bytes() == expected.as_bytes() => {}
        _ => {
            return Err(format!(
                "the cookie left as {sent:?}, expected {expected:?}"
            ));
        }
    }
    match outcome.exchange.finding(ControlId::EdgeCookies) {
        found if found == finding => Ok(()),
        found => Err(format!(
            "the finding is {}, expected {}",
            found.as_str(),
            finding.as_str()
        )),
    }
}
