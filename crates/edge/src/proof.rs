//! The self-proof: no control is on by configuration alone.
//!
//! Before a policy is published, at start and at every reload, samples made from it are sent
//! through its own stack, with an app that answers from memory. A benign sample must pass
//! unharmed, a hostile one must be stopped or mended. A control that does not bite stops the
//! publication. Samples come from documentation addresses (RFC 5737) and leave no trace in logs,
//! counters or sinks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use http::header::HOST;
use http::{Request, Response, request};
use palisade_kernel::{ControlId, FixedClock, FlagName, Mode};
use thiserror::Error;
use tracing::instrument::{WithDispatch, WithSubscriber};
use tracing::subscriber::NoSubscriber;

use crate::body::Body;
use crate::client_address::Trust;
use crate::control::Finding;
use crate::exchange::{Arrival, Exchange};
use crate::flags;
use crate::stack::{Stack, StackOptions};
use crate::state::State;
use crate::upstream::{SendFuture, Upstream, UpstreamError, UpstreamErrorKind};

/// What is sent to prove a control, and what must come of it.
pub struct Sample {
    /// What it shows, for example `a bare page gets every header`.
    pub name: &'static str,
    pub stance: Stance,
    /// Who connects; [`SOMEBODY`] and [`SOMEBODY_V6`] stand for anybody whom the policy does not
    /// trust.
    pub peer: IpAddr,
    /// The host that the connection was opened for, by its TLS handshake.
    pub sni: Option<&'static str>,
    /// Makes ready the state that the sample meets, which is its own.
    pub prepare: Box<dyn Fn(&State) + Send>,
    /// Sent one after the other; the app answers all but the last with a bare 200.
    pub requests: Vec<Request<Body>>,
    /// What the app answers to the last request, should it get that far.
    pub answer: Result<Response<Body>, UpstreamErrorKind>,
    /// Looks at what came of the last request and says what is wrong with it. Without it, the
    /// control must have passed a benign request and refused a hostile one.
    pub expect: Option<Expectation>,
}

pub type Expectation = Box<dyn Fn(&Outcome) -> Result<(), String> + Send>;

/// What came of a request.
pub struct Outcome {
    /// What the client would get.
    pub response: Response<Body>,
    /// What the app got; `None` when the request did not reach it.
    pub forwarded: Option<request::Parts>,
    pub exchange: Exchange,
}

/// A client of the documentation network (RFC 5737), which stands for anybody.
pub const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// The same in IPv6 (RFC 3849).
pub const SOMEBODY_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));

/// Any of these may be somebody (RFC 5737). Each is of a network of its own.
pub(crate) const STRANGERS: [IpAddr; 3] = [
    SOMEBODY,
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)),
];

/// Likewise in IPv6 (RFC 3849, RFC 9637).
pub(crate) const STRANGERS_V6: [IpAddr; 2] = [
    SOMEBODY_V6,
    IpAddr::V6(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 1)),
];

/// The first whom this policy does not take for a proxy; the very first, should it trust all.
pub(crate) fn stranger<const N: usize>(trust: &Trust, strangers: [IpAddr; N]) -> IpAddr {
    let is_strange = |ip: &IpAddr| !trust.proxies.contains(*ip);
    let [first, ..] = strangers.as_slice() else {
        return SOMEBODY;
    };
    strangers.into_iter().find(is_strange).unwrap_or(*first)
}

impl Sample {
    /// Good traffic, which the control must leave whole.
    pub fn benign(name: &'static str) -> Self {
        Self::new(name, Stance::Benign)
    }

    /// What the control is there to stop or to mend.
    pub fn hostile(name: &'static str) -> Self {
        Self::new(name, Stance::Hostile)
    }

    /// One bare `GET` by somebody, which the app would answer with a bare 200.
    fn new(name: &'static str, stance: Stance) -> Self {
        Self {
            name,
            stance,
            peer: SOMEBODY,
            sni: None,
            prepare: Box::new(|_| ()),
            requests: vec![Request::new(Body::Empty)],
            answer: Ok(Response::new(Body::Empty)),
            expect: None,
        }
    }

    /// What is wrong with what came of it, if anything.
    fn judge(&self, control: ControlId, outcome: &Outcome) -> Result<(), String> {
        if let Some(expect) = &self.expect {
            return expect(outcome);
        }
        let found = outcome.exchange.finding(control);
        match self.stance {
            Stance::Benign if found != Finding::Passed => {
                Err(format!("a good request was {}", found.as_str()))
            }
            Stance::Hostile if found != Finding::Refused => {
                Err(format!("it was not refused but {}", found.as_str()))
            }
            Stance::Hostile if outcome.forwarded.is_some() => {
                Err("it was refused and still reached the app".to_owned())
            }
            Stance::Benign | Stance::Hostile => Ok(()),
        }
    }
}

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

/// A flag that is meant to refuse something and would not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the flag {flag} does not bite: {sample}: {reason}")]
pub struct UnprovenFlag {
    pub flag: FlagName,
    pub sample: &'static str,
    pub reason: String,
}

/// Turns every flag that refuses something off and on again, by the policy's own stack.
pub async fn prove_flags(options: &StackOptions) -> Vec<UnprovenFlag> {
    unheard(prove_each_flag(options)).await
}

async fn prove_each_flag(options: &StackOptions) -> Vec<UnprovenFlag> {
    let stack = Stack::new(options.clone());
    let mut failures = Vec::new();
    for gate in &options.flags {
        for mut sample in flags::samples(gate) {
            let outcome = send(&stack, &mut sample).await;
            let judged = match (&sample.expect, outcome) {
                (Some(expect), Some(outcome)) => expect(&outcome),
                _ => Err("the sample asks nothing".to_owned()),
            };
            if let Err(reason) = judged {
                failures.push(UnprovenFlag {
                    flag: gate.name.clone(),
                    sample: sample.name,
                    reason,
                });
                break;
            }
        }
    }
    failures
}

/// Proves every control of a policy that is not off. A control in shadow is proved as if it were
/// enforced, so that turning it on later holds no surprise.
pub async fn prove(options: &StackOptions) -> (Vec<Proof>, Vec<Unproven>) {
    unheard(prove_each(options)).await
}

/// What controls would tell operators of samples is told to nobody.
fn unheard<F: Future>(proving: F) -> WithDispatch<F> {
    proving.with_subscriber(NoSubscriber::new())
}

async fn prove_each(options: &StackOptions) -> (Vec<Proof>, Vec<Unproven>) {
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
    for mut sample in samples {
        match sample.stance {
            Stance::Benign => benign += 1,
            Stance::Hostile => hostile += 1,
        }
        let judged = match send(stack, &mut sample).await {
            Some(outcome) => sample.judge(control, &outcome),
            None => Err("the sample sends no request".to_owned()),
        };
        judged.map_err(|reason| unproven(sample.name, reason))?;
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

/// Sends the requests of a sample through a state of its own. `None` when it has none.
async fn send(stack: &Stack, sample: &mut Sample) -> Option<Outcome> {
    let state = State::isolated();
    (sample.prepare)(&state);
    let peer = match sample.peer {
        SOMEBODY => stranger(stack.trust(), STRANGERS),
        SOMEBODY_V6 => stranger(stack.trust(), STRANGERS_V6),
        peer => peer,
    };
    let arrival = Arrival::sample_from(peer, sample.sni);
    let bare = || Ok(Response::new(Body::Empty));
    let answer = std::mem::replace(&mut sample.answer, bare());
    let mut requests = std::mem::take(&mut sample.requests);
    let last = requests.pop()?;
    for request in requests {
        send_one(stack, &state, arrival.clone(), request, bare()).await;
    }
    Some(send_one(stack, &state, arrival, last, answer).await)
}

async fn send_one(
    stack: &Stack,
    state: &State,
    arrival: Arrival,
    request: Request<Body>,
    answer: Result<Response<Body>, UpstreamErrorKind>,
) -> Outcome {
    let (mut head, body) = request.into_parts();
    // A sample is about its control, so what it leaves open goes where the policy has an app.
    if let Some((host, path)) = stack.example() {
        head.headers.entry(HOST).or_insert_with(|| host.clone());
        if head.uri.path() == "/" {
            head.uri = path.clone();
        }
    }
    let clock = FixedClock::at(arrival.at);
    let mut exchange = Exchange::new(arrival, &head);
    let app = Arc::new(FromMemory {
        answer: Mutex::new(Some(answer)),
        asked: Mutex::new(None),
    });
    let upstreams = vec![app.clone() as Arc<dyn Upstream>; stack.router().upstreams().max(1)];
    let request = Request::from_parts(head, body);
    let response = stack
        .handle(&mut exchange, request, &upstreams, state, &clock)
        .await;
    let forwarded = app.asked.lock().unwrap_or_else(PoisonError::into_inner);
    Outcome {
        response,
        forwarded: forwarded.clone(),
        exchange,
    }
}

/// An app that has one answer and remembers what it was asked.
struct FromMemory {
    answer: Mutex<Option<Result<Response<Body>, UpstreamErrorKind>>>,
    asked: Mutex<Option<request::Parts>>,
}

impl Upstream for FromMemory {
    fn send(&self, request: Request<Body>) -> SendFuture<'_> {
        let (head, _) = request.into_parts();
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answer.take().unwrap_or(Err(UpstreamErrorKind::Unreachable));
        let failed = |kind| UpstreamError {
            kind,
            cause: "a sample's own failure".into(),
        };
        Box::pin(std::future::ready(answer.map_err(failed)))
    }
}

#[cfg(test)]
mod tests;
