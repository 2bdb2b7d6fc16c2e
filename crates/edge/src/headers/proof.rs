//! Samples that show whether `edge.headers` bites, made from the policy in force.

use bytes::Bytes;
use http::header::{
    CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Response, StatusCode};

use super::kind::Kind;
use super::rule::Verb;
use super::{Headers, ResourcePolicy, builtin};
use crate::body::Body;
use crate::proof::Sample;
use crate::upstream::UpstreamErrorKind;

pub(super) fn samples(control: &Headers) -> Vec<Sample> {
    let page = |status| answer(status, "text/html; charset=utf-8", &leaks(control));
    let data = |status| answer(status, "application/json", &leaks(control));
    vec![
        mended(
            control,
            "a bare page gets every header",
            Ok(page(StatusCode::OK)),
        ),
        mended(
            control,
            "a bare 404 gets every header",
            Ok(data(StatusCode::NOT_FOUND)),
        ),
        mended(
            control,
            "a bare 500 gets every header",
            Ok(page(StatusCode::INTERNAL_SERVER_ERROR)),
        ),
        mended(
            control,
            "our own 502 gets every header",
            Err(UpstreamErrorKind::Unreachable),
        ),
        kept(control),
    ]
}

/// Hostile: the app sends no security header and tells what it runs on.
fn mended(
    control: &Headers,
    name: &'static str,
    answer: Result<Response<Body>, UpstreamErrorKind>,
) -> Sample {
    let control = control.clone();
    // Our own errors are data to a client that does not name HTML.
    let kind = answer
        .as_ref()
        .map_or(Kind::Data, |answer| Kind::of(answer.headers()));
    Sample {
        answer,
        expect: Some(Box::new(move |outcome| {
            expect_policy(&control, kind, outcome.response.headers())
        })),
        ..Sample::hostile(name)
    }
}

/// Benign: the app has chosen for itself, and more strictly than we would.
fn kept(control: &Headers) -> Sample {
    let ruled = |name: &HeaderName| {
        let mut rules = control.rules.iter().filter(|rule| rule.name == *name);
        rules.any(|rule| !rule.yields_to_app || rule.verb == Verb::Remove)
    };
    let own: Vec<(HeaderName, &'static str)> = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "camera=()"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (builtin::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    ]
    .into_iter()
    .filter(|(name, _)| !ruled(name))
    .collect();
    let mut page = answer(StatusCode::OK, "text/html", &[]);
    for (name, value) in &own {
        page.headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Sample {
        answer: Ok(page),
        expect: Some(Box::new(move |outcome| {
            let headers = outcome.response.headers();
            own.iter()
                .try_for_each(|(name, value)| expect_once(headers, name, value))
        })),
        ..Sample::benign("the app's own headers are kept")
    }
}

/// Everything the policy takes off, as an app might send it. The content type stays what the
/// sample is about.
fn leaks(control: &Headers) -> Vec<HeaderName> {
    let removed = control
        .rules
        .iter()
        .filter(|rule| rule.verb == Verb::Remove);
    let names = removed.map(|rule| rule.name.clone());
    names.filter(|name| *name != CONTENT_TYPE).collect()
}

fn answer(status: StatusCode, content_type: &'static str, leaks: &[HeaderName]) -> Response<Body> {
    let mut response = Response::new(Body::Full(Bytes::from_static(b"sample")));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for name in leaks {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static("sample/1.0"));
    }
    response
}

/// The last rule for a header has the last word on it.
fn expect_policy(control: &Headers, kind: Kind, headers: &HeaderMap) -> Result<(), String> {
    for (index, rule) in control.rules.iter().enumerate() {
        let later = control.rules.iter().skip(index + 1);
        let overruled = later
            .filter(|later| later.scope.covers(kind))
            .any(|later| later.name == rule.name);
        if overruled || !rule.scope.covers(kind) {
            continue;
        }
        let name = &rule.name;
        match &rule.verb {
            Verb::Remove if headers.contains_key(name) => {
                return Err(format!("{name} is still there"));
            }
            Verb::Remove => {}
            Verb::Append(value) if headers.get_all(name).iter().any(|sent| sent == value) => {}
            // An error page of ours brings its own, stricter policy.
            Verb::SetIfMissing(_) if headers.get_all(name).iter().count() == 1 => {}
            Verb::Set(value) => expect_once(headers, name, value)?,
            Verb::Append(_) | Verb::SetIfMissing(_) => {
                let times = headers.get_all(name).iter().count();
                return Err(format!("{name} stands {times} times, not once"));
            }
        }
    }
    if let Some(value) = control.hsts.value() {
        expect_once(headers, &STRICT_TRANSPORT_SECURITY, value)?;
    }
    match &control.resource_policy {
        ResourcePolicy::Off => Ok(()),
        ResourcePolicy::Auto => {
            expect_once(headers, &builtin::CROSS_ORIGIN_RESOURCE_POLICY, "same-site")
        }
        ResourcePolicy::Fixed(value) => {
            expect_once(headers, &builtin::CROSS_ORIGIN_RESOURCE_POLICY, value)
        }
    }
}

fn expect_once(
    headers: &HeaderMap,
    name: &HeaderName,
    expected: impl AsRef<[u8]>,
) -> Result<(), String> {
    let expected = expected.as_ref();
    let sent: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
    match sent.as_slice() {
        [one] if one.as_bytes() == expected => Ok(()),
        _ => Err({
            let expected = String::from_utf8_lossy(expected);
            format!("{name} is {sent:?}, expected once {expected}")
        }),
    }
}
