//! What a control is to the stack: something with a mode that judges, and that can be proved.

use palisade_kernel::{ControlId, Mode, Problem};

use crate::exchange::Exchange;
use crate::proof::Sample;

/// What every control of the edge has, whichever side of the app it stands on.
pub trait Control: Send + Sync {
    fn id(&self) -> ControlId;

    fn mode(&self) -> Mode;

    /// Traffic made from the live policy that shows whether this control bites: at least one
    /// benign and one hostile sample. See [`crate::proof`].
    fn samples(&self) -> Vec<Sample>;
}

/// Judges a request head before the app sees it.
pub trait Guard: Send + Sync {
    fn check(&self, exchange: &mut Exchange, head: &http::request::Parts) -> Verdict;
}

/// A guard's answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Refuse(&'static Problem),
}

/// Amends a response head on its way out, whoever made the response.
pub trait ResponseControl: Control {
    /// Makes `head` satisfy the policy. Returns whether anything had to change.
    fn amend(&self, exchange: &Exchange, head: &mut http::response::Parts) -> bool;
}

/// What a control did about one request, for the log and the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finding {
    /// It was off, or the request ended before it.
    #[default]
    Unasked,
    /// Nothing to object to.
    Passed,
    /// It changed the response.
    Amended,
    /// In shadow: it would have changed the response.
    WouldAmend,
}

impl Finding {
    pub const ALL: [Self; 4] = [Self::Unasked, Self::Passed, Self::Amended, Self::WouldAmend];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Passed => "passed",
            Self::Amended => "amended",
            Self::WouldAmend => "would-amend",
        }
    }
}
