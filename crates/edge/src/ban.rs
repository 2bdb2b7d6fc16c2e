//! `edge.ban`: who has done harm is refused, for a time that grows with each ban.
//!
//! The list is [`State`]'s: the control plane publishes it, and it outlives every policy.

mod breaches;
mod kinds;
mod list;
mod networks;
mod penalties;
mod proof;
mod until;

use http::request;
use palisade_kernel::{ControlId, Mode, Problem};

pub use breaches::{BREACHERS_MAX, BreachRules, Breaches};
pub use kinds::{LOOPBACK, SHARED_BY_KIND};
pub use list::{BYTES_PER_BAN, BanList, DELTA_MAX, Hit, PUBLISH_INTERVAL};
pub use penalties::{
    BANS_PER_SECOND_MAX, OFFENDERS_MAX, Offence, Penalties, Rules, SHARED_NETWORK, Sentence,
};

use crate::control::{Control, Refusal, RequestControl, Verdict, whole_seconds};
use crate::exchange::Exchange;
use crate::network_set::NetworkSet;
use crate::own;
use crate::proof::Sample;
use crate::state::State;

/// What the policy says of bans.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Who passes although a ban of a whole network covers them: loopback, trusted proxies,
    /// operators.
    pub never: NetworkSet,
}

impl Options {
    /// A control that does not look.
    pub fn off() -> Self {
        Self {
            mode: Mode::Off,
            never: NetworkSet::default(),
        }
    }
}

/// The control, ready to act.
pub(crate) struct Bans {
    options: Options,
}

impl Bans {
    pub(crate) fn new(options: Options) -> Self {
        Self { options }
    }
}

impl Bans {
    /// Who passes although a ban covers them. Whoever shows a session of good standing belongs here
    /// too, once sessions are known before this slot: then a ban of one address is no longer a ban
    /// of everybody who shares it.
    fn passes_all_the_same(&self, exchange: &Exchange, head: &request::Parts) -> bool {
        let client = exchange.arrival.client;
        let is_never = client.belief.is_believable() && self.options.never.contains(client.ip);
        // A balancer whose address was banned must not give up on the gateway.
        is_never || own::is_health(head.uri.path())
    }
}

impl Control for Bans {
    fn id(&self) -> ControlId {
        ControlId::EdgeBan
    }

    fn mode(&self) -> Mode {
        self.options.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples()
    }
}

impl RequestControl for Bans {
    fn check(&self, exchange: &mut Exchange, head: &request::Parts, state: &State) -> Verdict {
        let (client, now) = (exchange.arrival.client, exchange.arrival.at);
        let Some(hit) = state.bans.find(client.ip, now) else {
            return Verdict::Pass;
        };
        if self.passes_all_the_same(exchange, head) {
            return Verdict::Pass;
        }
        let refusal = Refusal {
            retry_after_seconds: hit.until.map(|until| whole_seconds(until.since(now))),
            ..Refusal::new(&Problem::BANNED)
        };
        match client.belief.is_believable() {
            true => Verdict::Refuse(refusal),
            false => Verdict::Doubt(refusal),
        }
    }
}

#[cfg(test)]
mod tests;
