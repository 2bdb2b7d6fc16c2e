//! What a control is to the stack: something with a mode that judges, and that can be proved.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Response, request, response};
use palisade_kernel::{ControlId, Mode, Problem};

use crate::body::{Body, Buffered};
use crate::exchange::Exchange;
use crate::proof::Sample;
use crate::state::State;

/// What every control of the edge has, whichever side of the app it stands on.
pub trait Control: Send + Sync {
    fn id(&self) -> ControlId;

    fn mode(&self) -> Mode;

    /// Traffic made from the live policy that shows whether this control bites: at least one
    /// benign and one hostile sample. See [`crate::proof`].
    fn samples(&self) -> Vec<Sample>;
}

/// Judges a request head before the app sees it. The same head and state give the same verdict.
pub trait RequestControl: Control {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, state: &State) -> Verdict;

    /// How much of the body it must see before it can judge this request whole. Asked when every
    /// control has let the head pass; with `None` from all of them the body is not touched.
    fn body_bytes_wanted(&self, _: &Exchange, _: &request::Parts) -> Option<usize> {
        None
    }

    /// The second look, for a request that it has wanted the body of.
    fn check_body(&self, _: &mut Exchange, _: &request::Parts, _: &Buffered, _: &State) -> Verdict {
        Verdict::Pass
    }
}

/// A step on the way in that no policy can turn off. It may note what it finds out.
pub(crate) trait Guard: Send + Sync {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts)
    -> Result<(), &'static Problem>;
}

/// Amends a response head on its way out, whoever made the response.
pub trait ResponseControl: Control {
    /// Makes `head` satisfy the policy. Returns whether anything had to change.
    fn amend(&self, exchange: &Exchange, head: &mut response::Parts) -> bool;

    /// Whether a part of the policy that has a mode of its own, and is in shadow, would change
    /// `head`. Asked before [`ResponseControl::amend`].
    fn would_amend(&self, _: &Exchange, _: &response::Parts) -> bool {
        false
    }
}

/// What a control says of a request.
#[derive(Debug)]
pub enum Verdict {
    Pass,
    /// The control answers in the app's place, and nothing is wrong: a preflight. In shadow it passes.
    Answer(Box<Response<Body>>),
    Refuse(Refusal),
    /// It would be refused, were it certain whose request it is: the address stands for many
    /// clients, or cannot be believed. Counted and logged as in shadow, in every mode.
    Doubt(Refusal),
}

/// Why a request does not reach the app, and what its client gets instead.
#[derive(Debug)]
pub struct Refusal {
    pub problem: &'static Problem,
    /// Takes the place of [`Problem::retry_after_seconds`].
    pub retry_after_seconds: Option<u32>,
    /// Answered in place of the problem document, for example a decoy.
    pub face: Option<Box<Response<Body>>>,
}

impl Refusal {
    pub const fn new(problem: &'static Problem) -> Self {
        Self {
            problem,
            retry_after_seconds: None,
            face: None,
        }
    }
}

/// A wait as clients are told it: whole seconds, rounded up, and at least one, since zero would ask
/// them to hammer.
pub(crate) fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}

/// A header field that a control on the way in has for the response, whatever becomes of the
/// request.
pub type ResponseField = (HeaderName, HeaderValue);

/// What a control did about one request, for the log and the metrics. Later ones weigh more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// It was off, or the request ended before it.
    #[default]
    Unasked,
    /// Nothing to object to.
    Passed,
    /// In shadow, whole or in part: it would have changed the response.
    WouldAmend,
    /// It changed the response.
    Amended,
    /// In shadow, or in doubt: it would have refused the request.
    WouldRefuse,
    /// It refused the request.
    Refused,
}

impl Finding {
    pub const ALL: [Self; 6] = [
        Self::Unasked,
        Self::Passed,
        Self::WouldAmend,
        Self::Amended,
        Self::WouldRefuse,
        Self::Refused,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Passed => "passed",
            Self::WouldAmend => "would-amend",
            Self::Amended => "amended",
            Self::WouldRefuse => "would-refuse",
            Self::Refused => "refused",
        }
    }
}
