//! What the data plane tells of requests, and what comes of it.

use palisade_edge::signal::{Receiver, Signal};
use tokio::sync::watch;

/// Hears until the node ends.
pub(super) async fn run(mut signals: Receiver, mut end: watch::Receiver<bool>) {
    loop {
        let signal = tokio::select! {
            biased;
            _ = end.wait_for(|end| *end) => return,
            signal = signals.recv() => signal,
        };
        match signal {
            Some(signal) => hear(&signal),
            None => return,
        }
    }
}

fn hear(signal: &Signal) {
    match signal {
        Signal::DecoyTouched { host, path, .. } => {
            tracing::warn!(host, path, "A client asked for a decoy.");
        }
        Signal::LimitExceeded { policy, .. } => {
            tracing::warn!(policy = &**policy, "A client went over a limit.");
        }
    }
}
