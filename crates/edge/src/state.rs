//! What outlives a policy: shared by all workers of a node and by every policy that it runs.
//!
//! Policies are replaced whole at a reload; what has been counted or decreed in between stays
//! here. A proof gets a state of its own, so that nothing it does reaches the live one.

use crate::client_ip;
use crate::maintenance;
use crate::signal::{Receiver, Signals};

/// See the module. Reading it never waits.
pub struct State {
    pub client_ip: client_ip::Watch,
    pub maintenance: maintenance::Switch,
    pub signals: Signals,
}

impl State {
    /// An empty one, and the other end of its signals.
    pub fn new() -> (Self, Receiver) {
        let (signals, receiver) = Signals::new();
        (Self::with(signals), receiver)
    }

    /// One whose signals nobody hears: for proofs and tests.
    pub fn isolated() -> Self {
        Self::with(Signals::unheard())
    }

    fn with(signals: Signals) -> Self {
        Self {
            client_ip: client_ip::Watch::default(),
            maintenance: maintenance::Switch::default(),
            signals,
        }
    }
}
