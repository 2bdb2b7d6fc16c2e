//! The stack from end to end with an app in memory, and proofs that go red when it is broken.

mod clients_and_hosts;

use std::time::Duration;

use http::HeaderValue;
use palisade_kernel::{FixedClock, WhenOff};

use super::*;
use crate::exchange::Arrival;
use crate::headers::{Hsts, ResourcePolicy};
use crate::network_set::NetworkSet;
use crate::proof::{self, Unproven};
use crate::router::{HostPattern, Route};
use crate::upstream::{SendFuture, UpstreamError, UpstreamErrorKind};

pub(crate) fn options(mode: Mode) -> StackOptions {
    let everything = Route {
        host: HostPattern::Any,
        path: "/".to_owned(),
        upstream: 0,
    };
    StackOptions {
        trust: Trust::default(),
        router: Router::new(vec![everything]),
        compression: Compression {
            enabled: true,
            bytes_min: 1024,
        },
        client_ip: client_ip::Options::default(),
        boundary: boundary::Options {
            mode,
            hosts: boundary::Hosts::new([HostPattern::Any]),
        },
        ban: ban::Options {
            mode,
            never: NetworkSet::new(["198.51.100.0/24".parse().unwrap()]),
        },
        maintenance: maintenance::Options {
            mode,
            allow: NetworkSet::new(["198.51.100.0/24".parse().unwrap()]),
            allow_paths: vec!["/up".to_owned()],
            retry_after: Duration::from_secs(300),
            theme: maintenance::Theme::default(),
        },
        honeypot: honeypot::Options {
            mode,
            face: honeypot::Face::NotFound,
            decoys: Decoys::new(["/.env".to_owned(), "/phpmyadmin/".to_owned()]),
            credentials: honeypot::Credentials::new(&["decoy-key-1".to_owned()]),
        },
        flags: vec![Gate {
            name: "uploads".parse().unwrap(),
            paths: vec!["/switched/**".parse().unwrap()],
            methods: Vec::new(),
            when_off: WhenOff::Unavailable,
        }],
        cross_site: cross_site::Options {
            mode,
            same_site: true,
            origins: Vec::new(),
            exempt_paths: vec!["/returned".parse().unwrap()],
        },
        cors: cors::Options {
            mode,
            sharing: cors::Sharing {
                origins: vec!["https://app.a.test".parse().unwrap()],
                ..cors::Sharing::default()
            },
            rules: Vec::new(),
            exempt_paths: Vec::new(),
            development: false,
        },
        redirect: redirect::Options {
            mode,
            allow: vec!["pay.test".parse().unwrap()],
            exempt_paths: Vec::new(),
            replacement: None,
        },
        rate_limit: rate_limit::Options {
            mode,
            fields: true,
            exempt: NetworkSet::default(),
            exempt_paths: vec!["/up".parse().unwrap()],
            static_gets_per_request: 10,
            default_country_code: None,
            policies: policies(),
        },
        errors: errors::Options {
            mode,
            except: Vec::new(),
        },
        cookies: cookies::Options {
            mode,
            secure: enforced_attribute(),
            http_only: enforced_attribute(),
            same_site: enforced_attribute(),
            same_site_value: cookies::SameSite::Lax,
        },
        headers: headers::Options {
            mode,
            hsts: Hsts::Soak,
            frame_options: Some(HeaderValue::from_static("SAMEORIGIN")),
            referrer_policy: Some(HeaderValue::from_static("no-referrer")),
            permissions_policy: None,
            cross_origin_opener_policy: None,
            cross_origin_resource_policy: ResourcePolicy::Auto,
            api_content_security_policy: Some(HeaderValue::from_static("default-src 'none'")),
            remove: vec![http::header::SERVER],
            rules: Vec::new(),
        },
    }
}

/// Controls that have no switch.
const ALWAYS_ON: [ControlId; 1] = [ControlId::EdgeClientIp];

/// A policy per kind of key, on a path of its own.
fn policies() -> Vec<rate_limit::Policy> {
    let keys = [
        "ip",
        "token",
        "header:x-key",
        "cookie:sid",
        "json:/a/b",
        "form:a b",
    ];
    let policies = keys
        .into_iter()
        .enumerate()
        .map(|(at, key)| rate_limit::Policy {
            name: format!("p{at}").into(),
            mode: if at == 1 { Mode::Shadow } else { Mode::Enforce },
            hosts: Vec::new(),
            methods: Vec::new(),
            paths: vec![format!("/limited/{at}/**").parse().unwrap()],
            key: key.parse().unwrap(),
            limits: "2/minute;1000/day".parse().unwrap(),
        });
    policies.collect()
}

fn enforced_attribute() -> cookies::Attribute {
    cookies::Attribute {
        mode: Mode::Enforce,
        except: Vec::new(),
    }
}

/// An app that repeats the request head as its body.
struct Echo;

impl Upstream for Echo {
    fn send(&self, request: Request<Body>) -> SendFuture<'_> {
        let (head, _) = request.into_parts();
        let mut lines = vec![format!("{} {}", head.method, head.uri)];
        lines.extend(
            head.headers.iter().map(|(name, value)| {
                format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
            }),
        );
        let echo = Body::Full(bytes::Bytes::from(lines.join("\n")));
        Box::pin(std::future::ready(Ok(Response::new(echo))))
    }
}

struct Dead;

impl Upstream for Dead {
    fn send(&self, _: Request<Body>) -> SendFuture<'_> {
        let error = UpstreamError {
            kind: UpstreamErrorKind::Timeout,
            cause: "silence".into(),
        };
        Box::pin(std::future::ready(Err(error)))
    }
}

async fn send(
    mode: Mode,
    app: Arc<dyn Upstream>,
    request: Request<()>,
) -> (Exchange, Response<Body>) {
    let arrival = Arrival::sample();
    let clock = FixedClock::at(arrival.at);
    let (head, ()) = request.into_parts();
    let mut exchange = Exchange::new(arrival, &head);
    let request = Request::from_parts(head, Body::Empty);
    let stack = Stack::new(options(mode));
    let response = stack
        .handle(&mut exchange, request, &[app], &State::isolated(), &clock)
        .await;
    (exchange, response)
}

fn get(host: &str) -> Request<()> {
    Request::get("/").header("host", host).body(()).unwrap()
}

fn text(response: Response<Body>) -> String {
    match response.into_body() {
        Body::Full(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        _ => String::new(),
    }
}

#[tokio::test]
async fn a_control_in_shadow_judges_and_changes_nothing() {
    let (exchange, response) = send(Mode::Shadow, Arc::new(Echo), get("a.test")).await;
    assert!(!response.headers().contains_key("x-frame-options"));
    assert_eq!(
        exchange.finding(ControlId::EdgeHeaders),
        Finding::WouldAmend
    );
}

#[tokio::test]
async fn a_control_that_is_off_is_not_asked() {
    let (exchange, response) = send(Mode::Off, Arc::new(Echo), get("a.test")).await;
    assert!(!response.headers().contains_key("x-frame-options"));
    let asked: Vec<_> = exchange.findings().map(|(control, _)| control).collect();
    assert_eq!(asked, ALWAYS_ON);
}

#[tokio::test]
async fn our_own_errors_carry_the_headers_too() {
    let (exchange, response) = send(Mode::Enforce, Arc::new(Dead), get("a.test")).await;
    assert_eq!(response.status(), 504);
    assert_eq!(response.headers()["x-frame-options"], "SAMEORIGIN");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(exchange.problem, Some("upstream-timeout"));
    assert!(text(response).contains("\"code\":\"upstream-timeout\""));
}

#[tokio::test]
async fn tunnels_are_refused_before_the_app() {
    let connect = Request::connect("a.test:443")
        .header("host", "a.test:443")
        .body(())
        .unwrap();
    let (_, response) = send(Mode::Enforce, Arc::new(Echo), connect).await;
    assert_eq!(response.status(), 501);
}

#[tokio::test]
async fn a_request_without_a_host_is_refused() {
    let (_, response) = send(Mode::Enforce, Arc::new(Echo), Request::new(())).await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn our_own_paths_never_reach_the_app() {
    let request = |path: &str| Request::get(path).header("host", "a").body(()).unwrap();
    let (_, health) = send(Mode::Enforce, Arc::new(Dead), request("/.palisade/health")).await;
    assert_eq!(health.status(), 200);
    let (_, other) = send(Mode::Enforce, Arc::new(Echo), request("/.palisade/x")).await;
    assert_eq!(other.status(), 404);
}

#[tokio::test]
async fn a_full_policy_is_proved_in_both_modes_that_judge() {
    for mode in [Mode::Enforce, Mode::Shadow] {
        let (proofs, failures) = proof::prove(&options(mode)).await;
        assert_eq!(failures, []);
        assert_eq!(proofs.len(), ControlId::COUNT);
        assert!(
            proofs
                .iter()
                .all(|proof| proof.benign >= 1 && proof.hostile >= 1)
        );
    }
}

/// Policies that operators do write must not be called broken.
#[tokio::test]
async fn bare_and_contrary_policies_are_proved_too() {
    let rule = |name: &'static str, verb, scope| {
        headers::Rule::new(http::HeaderName::from_static(name), verb, scope)
    };
    let value = HeaderValue::from_static("x");
    let bare = headers::Options {
        hsts: Hsts::Off,
        frame_options: None,
        referrer_policy: None,
        cross_origin_resource_policy: ResourcePolicy::Off,
        api_content_security_policy: None,
        remove: Vec::new(),
        ..options(Mode::Enforce).headers
    };
    let removed = [
        "referrer-policy",
        "x-frame-options",
        "strict-transport-security",
    ];
    let policies = [
        bare.clone(),
        headers::Options {
            remove: removed.map(http::HeaderName::from_static).to_vec(),
            ..options(Mode::Enforce).headers
        },
        headers::Options {
            rules: vec![
                rule("content-type", headers::Verb::Remove, headers::Scope::Api),
                rule(
                    "x-a",
                    headers::Verb::Append(value.clone()),
                    headers::Scope::Documents,
                ),
                rule(
                    "x-a",
                    headers::Verb::SetIfMissing(value.clone()),
                    headers::Scope::Every,
                ),
                rule(
                    "x-frame-options",
                    headers::Verb::Set(value.clone()),
                    headers::Scope::Api,
                ),
                rule(
                    "strict-transport-security",
                    headers::Verb::Remove,
                    headers::Scope::Every,
                ),
            ],
            ..options(Mode::Enforce).headers
        },
        headers::Options {
            hsts: Hsts::Development,
            ..bare
        },
    ];
    for headers in policies {
        let options = StackOptions {
            headers,
            ..options(Mode::Enforce)
        };
        assert_eq!(proof::prove(&options).await.1, [], "{:?}", options.headers);
    }
}

#[tokio::test]
async fn a_control_that_is_off_is_not_called_proved() {
    let (proofs, failures) = proof::prove(&options(Mode::Off)).await;
    let proved: Vec<_> = proofs.iter().map(|proof| proof.control).collect();
    assert_eq!(
        (proved.as_slice(), failures),
        (ALWAYS_ON.as_slice(), vec![])
    );
}

impl Stack {
    fn without(mut self, control: ControlId) -> Self {
        self.request_steps
            .retain(|step| !matches!(step, Step::Control(one) if one.id() == control));
        self.response_controls.retain(|one| one.id() != control);
        if control == ControlId::EdgeErrors {
            self.errors = Errors::new(errors::Options::off());
        }
        if control == ControlId::EdgeRedirect {
            let nowhere = boundary::Hosts::new([]);
            self.redirect = Redirect::new(redirect::Options::off(), nowhere);
        }
        self
    }
}

/// Bite: take a control away, and its proof says so.
#[tokio::test]
async fn a_control_that_does_not_bite_is_unproven() {
    for control in ControlId::ALL {
        let stack = Stack::new(options(Mode::Enforce));
        let of_control = stack.controls().filter(|one| one.id() == control);
        let samples: Vec<_> = of_control.flat_map(|one| one.samples()).collect();
        assert!(!samples.is_empty(), "{control} is not in the stack");
        let failure = proof::prove_control(&stack.without(control), control, samples).await;
        assert!(
            failure.is_err(),
            "a stack without {control} was called proved"
        );
    }
}

#[tokio::test]
async fn a_proof_that_fails_says_what_was_sent_and_what_was_wrong() {
    let stack = Stack::new(options(Mode::Enforce));
    let samples = stack.controls().last().unwrap().samples();
    let stack = stack.without(ControlId::EdgeHeaders);
    let failure = proof::prove_control(&stack, ControlId::EdgeHeaders, samples).await;
    let Err(Unproven { sample, reason, .. }) = failure else {
        panic!("a stack without the control was called proved");
    };
    assert_eq!(sample, "a bare page gets every header");
    assert_eq!(
        reason,
        "x-content-type-options is [], expected once nosniff"
    );
}
