//! What the data plane tells the control plane: things that happened on a request and that
//! somebody should record, count or act upon. Telling never waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use palisade_kernel::Timestamp;
use tokio::sync::mpsc;

use crate::client_address::ClientAddress;
use crate::honeypot::Touched;

/// Signals that may wait to be heard. Beyond it they are counted and lost.
pub const SIGNALS_WAITING_MAX: usize = 4096;

/// Something that happened on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Somebody asked for what no honest client knows of.
    DecoyTouched {
        at: Timestamp,
        client: ClientAddress,
        host: String,
        /// Cut to [`crate::exchange::PATH_BYTES_MAX`].
        path: String,
        touched: Touched,
        /// Whether the client can be blamed: no page of somebody else's made its browser ask.
        is_deliberate: bool,
    },
    /// A decoy was asked for under a host name of which nobody knows what the app has there.
    DecoyUnknown { host: String },
    /// A client went over a limit.
    LimitExceeded {
        at: Timestamp,
        client: ClientAddress,
        /// The name of the policy.
        policy: Arc<str>,
    },
}

pub type Receiver = mpsc::Receiver<Signal>;

/// The mouth of the channel.
pub struct Signals {
    sender: Option<mpsc::Sender<Signal>>,
    lost: AtomicU64,
}

impl Signals {
    pub(crate) fn new() -> (Self, Receiver) {
        let (sender, receiver) = mpsc::channel(SIGNALS_WAITING_MAX);
        let signals = Self {
            sender: Some(sender),
            lost: AtomicU64::new(0),
        };
        (signals, receiver)
    }

    pub(crate) const fn unheard() -> Self {
        Self {
            sender: None,
            lost: AtomicU64::new(0),
        }
    }

    pub fn raise(&self, signal: Signal) {
        let Some(sender) = &self.sender else { return };
        if sender.try_send(signal).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Signals that found the channel full or closed.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}
