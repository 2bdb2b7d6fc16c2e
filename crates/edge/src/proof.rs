//! The self-proof: no control is on by configuration alone.
//!
//! Before a policy is published, at start and at every reload, samples made from it are sent
//! through its own stack, with an app that answers from memory. A benign sample must pass
//! unharmed, a hostile one must be stopped or mended. A control that does not bite stops the
//! publication. Samples come from documentation addresses (RFC 5737) and leave no trace in logs,
//! counters or sinks.

use std::sync::{Arc, Mutex, PoisonError};

use http::header::HOST;
use http::{Request, Response};
use palisade_kernel::{ControlId, FixedClock, Mode};
use thiserror::Error;

use crate::body::Body;
use crate::exchange::{Arrival, Exchange};
use crate::stack::{Stack, StackOptions};
use crate::upstream::{SendFuture, Upstream, UpstreamError, UpstreamErrorKind};

/// One request sent to prove a control, and what must come of it.
pub struct Sample {
    /// What it shows, for example `a bare page gets every header`.
    pub name: &'static str,
    pub stance: Stance,
    pub request: Request<Body>,
    /// What the app answers when the request reaches it.
    pub answer: Result<Response<Body>, UpstreamErrorKind>,
    pub expect: Expectation,
}

/// Looks at the response that a client would get and says what is wrong with it.
pub type Expectation = Box<dyn Fn(&Response<Body>) -> Result<(), String> + Send>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Good traffic, which the control must leave whole.
    Benign,
    /// What the control is there to stop or to mend.
    Hostile,
}

/// A control that has just bitten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub control: ControlId,
    pub mode: Mode,
    pub benign: usize,
    pub hostile: usize,
}

/// A control that is on and does not do what it says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{control} does not bite: {sample}: {reason}")]
pub struct Unproven {
    pub control: ControlId,
    pub sample: &'static str,
    pub reason: String,
}

/// Proves every control of a policy that is not off. A control in shadow is proved as if it were
/// enforced, so that turning it on later holds no surprise.
pub async fn prove(options: &StackOptions) -> (Vec<Proof>, Vec<Unproven>) {
    let (mut proofs, mut failures) = (Vec::new(), Vec::new());
    for control in ControlId::ALL {
        let mode = options.mode(control);
        if mode == Mode::Off {
            continue;
        }
        let stack = Stack::new(options.clone().with_mode(control, Mode::Enforce));
        let samples = stack
            .controls()
            .filter(|candidate| candidate.id() == control)
            .flat_map(|candidate| candidate.samples())
            .collect();
        match prove_control(&stack, control, samples).await {
            Ok((benign, hostile)) => proofs.push(Proof {
                control,
                mode,
                benign,
                hostile,
            }),
            Err(failure) => failures.push(failure),
        }
    }
    (proofs, failures)
}

pub(crate) async fn prove_control(
    stack: &Stack,
    control: ControlId,
    samples: Vec<Sample>,
) -> Result<(usize, usize), Unproven> {
    let unproven = |sample, reason| Unproven {
        control,
        sample,
        reason,
    };
    let (mut benign, mut hostile) = (0, 0);
    for sample in samples {
        match sample.stance {
            Stance::Benign => benign += 1,
            Stance::Hostile => hostile += 1,
        }
        let response = send(stack, sample.request, sample.answer).await;
        (sample.expect)(&response).map_err(|reason| unproven(sample.name, reason))?;
    }
    match (benign, hostile) {
        (0, _) => Err(unproven(
            "benign samples",
            "the control offers none".to_owned(),
        )),
        (_, 0) => Err(unproven(
            "hostile samples",
            "the control offers none".to_owned(),
        )),
        counts => Ok(counts),
    }
}

async fn send(
    stack: &Stack,
    request: Request<Body>,
    answer: Result<Response<Body>, UpstreamErrorKind>,
) -> Response<Body> {
    let arrival = Arrival::sample();
    let clock = FixedClock::at(arrival.at);
    let (mut head, body) = request.into_parts();
    // A sample is about its control, so it goes where the policy has an app.
    if let Some((host, path)) = stack.router().example() {
        head.headers.insert(HOST, host);
        head.uri = path;
    }
    let mut exchange = Exchange::new(arrival, &head);
    let app: Arc<dyn Upstream> = Arc::new(FromMemory(Mutex::new(Some(answer))));
    let upstreams = vec![app; stack.router().upstreams().max(1)];
    let request = Request::from_parts(head, body);
    stack
        .handle(&mut exchange, request, &upstreams, &clock)
        .await
}

/// An app that has one answer.
struct FromMemory(Mutex<Option<Result<Response<Body>, UpstreamErrorKind>>>);

impl Upstream for FromMemory {
    fn send(&self, _: Request<Body>) -> SendFuture<'_> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let answer = answer.unwrap_or(Err(UpstreamErrorKind::Unreachable));
        let failed = |kind| UpstreamError {
            kind,
            cause: "a sample's own failure".into(),
        };
        Box::pin(std::future::ready(answer.map_err(failed)))
    }
}
