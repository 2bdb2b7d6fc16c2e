//! Runtime flags: parts of the app that operators turn off without a deploy, and what the app is
//! told of them.
//!
//! The policy says what a flag stands for; whether it is on stands in the [`Switches`] that outlive
//! it. Where nothing is set every flag is on, so that the proof of a control meets none.

mod proof;
mod switches;

use http::{HeaderName, Method, request};
use palisade_kernel::{FlagName, Problem, WhenOff};

use crate::control::Refusal;
use crate::exchange::Exchange;
use crate::own;
use crate::paths::{PathPattern, PathTree, Readings};
use crate::state::State;

pub(crate) use proof::samples;
pub use switches::{Standing, Switches};

/// What the app is told: a dictionary of booleans (RFC 9651 section 3.2), a member per flag.
/// `uploads, new-checkout=?0` has the first one on and the second off.
pub const FIELD: HeaderName = HeaderName::from_static("palisade-flags");

/// What a flag refuses while it is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    pub name: FlagName,
    /// At least one.
    pub paths: Vec<PathPattern>,
    /// Empty for every method.
    pub methods: Vec<Method>,
    pub when_off: WhenOff,
}

impl Gate {
    fn takes(&self, method: &Method) -> bool {
        // Many frameworks take `post` for POST.
        let is = |one: &Method| one.as_str().eq_ignore_ascii_case(method.as_str());
        self.methods.is_empty() || self.methods.iter().any(is)
    }

    fn refusal(&self) -> Refusal {
        Refusal::new(match self.when_off {
            WhenOff::Unavailable => &Problem::SWITCHED_OFF,
            WhenOff::NotFound => &Problem::NOT_FOUND,
        })
    }
}

/// The flags of a policy, ready to be asked.
pub(crate) struct Gates {
    gates: Vec<Gate>,
    routes: PathTree,
}

impl Gates {
    pub(crate) fn new(gates: Vec<Gate>) -> Self {
        let mut routes = PathTree::default();
        for (at, gate) in (0..).zip(&gates) {
            routes.insert(&[], &gate.paths, at);
        }
        Self { gates, routes }
    }

    /// Refuses what belongs to a flag that is off; the first in the order of the policy counts.
    pub(crate) fn check(
        &self,
        exchange: &mut Exchange,
        head: &request::Parts,
        state: &State,
    ) -> Result<(), Refusal> {
        let now = state.flags.now();
        let Some(now) = now.as_ref() else {
            return Ok(());
        };
        exchange.flags_field = now.field();
        // Health checks are ours to answer, whatever pattern takes them in.
        if !now.is_any_off() || own::is_own(head.uri.path()) {
            return Ok(());
        }
        let met = self.met(head.uri.path());
        let mut gates = met.iter().filter_map(|at| self.gates.get(*at as usize));
        match gates.find(|gate| gate.takes(&head.method) && now.refuses(&gate.name)) {
            Some(gate) => {
                exchange.flag = Some(gate.name.clone());
                Err(gate.refusal())
            }
            None => Ok(()),
        }
    }

    /// The gates of a path, in their order. A spelling that is not read would be a way around.
    fn met(&self, path: &str) -> Vec<u32> {
        let readings = Readings::of(path);
        let mut met = self.routes.find("", readings.folded());
        readings.each_other(|path| met.extend(self.routes.find("", path)));
        met.sort_unstable();
        met.dedup();
        met
    }
}

#[cfg(test)]
mod tests;
