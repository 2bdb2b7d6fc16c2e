//! What outlives a policy: shared by all workers of a node and by every policy that it runs.
//!
//! Policies are replaced whole at a reload; what has been counted or decreed in between stays
//! here. A proof gets a state of its own, so that nothing it does reaches the live one.

use crate::ban::BanList;
use crate::client_ip;
use crate::errors;
use crate::flags;
use crate::honeypot::arming::Arms;
use crate::maintenance;
use crate::rate_limit::Limiter;
use crate::signal::{Receiver, Signals};

/// See the module. Reading it never waits.
pub struct State {
    pub client_ip: client_ip::Watch,
    pub bans: BanList,
    /// Which decoys the app lacks.
    pub decoys: Arms,
    pub maintenance: maintenance::Switch,
    pub flags: flags::Switches,
    /// What every client has left of every limit.
    pub limiter: Limiter,
    /// What clients did not get to see of the app's errors.
    pub errors: errors::Originals,
    pub signals: Signals,
}

impl State {
    /// An empty one, and the other end of its signals.
    pub fn new(limiter: Limiter) -> (Self, Receiver) {
        let (signals, receiver) = Signals::new();
        (Self::with(limiter, signals), receiver)
    }

    /// One whose signals nobody hears: for proofs and tests.
    pub fn isolated() -> Self {
        Self::with(Limiter::isolated(), Signals::unheard())
    }

    fn with(limiter: Limiter, signals: Signals) -> Self {
        Self {
            client_ip: client_ip::Watch::default(),
            bans: BanList::default(),
            decoys: Arms::default(),
            maintenance: maintenance::Switch::default(),
            flags: flags::Switches::default(),
            limiter,
            errors: errors::Originals::default(),
            signals,
        }
    }
}
