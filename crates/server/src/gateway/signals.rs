//! What the data plane tells of requests, and what comes of it.

use std::sync::Arc;

use palisade_edge::ban::{Offence, Sentence};
use palisade_edge::signal::{Receiver, Signal};
use palisade_kernel::{BanSource, ControlId, Mode, Timestamp};
use tokio::sync::watch;

use super::Gateway;

/// Hears until the node ends.
pub(super) async fn run(
    gateway: Arc<Gateway>,
    mut signals: Receiver,
    mut end: watch::Receiver<bool>,
) {
    loop {
        let signal = tokio::select! {
            biased;
            _ = end.wait_for(|end| *end) => return,
            signal = signals.recv() => signal,
        };
        match signal {
            Some(signal) => hear(&gateway, &signal),
            None => return,
        }
    }
}

fn hear(gateway: &Gateway, signal: &Signal) {
    match signal {
        Signal::DecoyTouched {
            at,
            client,
            host,
            path,
        } => {
            let reason = format!("asked {host} for {path}");
            let offence = Offence {
                at: *at,
                client: *client,
                source: BanSource::Honeypot,
                reason: &reason,
            };
            if gateway.policy().mode(ControlId::EdgeBan) != Mode::Off {
                decoy_touched(&gateway.bans.punish(&offence), host, path);
            }
        }
        Signal::LimitExceeded { policy, .. } => {
            tracing::warn!(policy = &**policy, "A client went over a limit.");
        }
    }
}

/// Once for each ban, however often a banned client asks.
fn decoy_touched(sentence: &Sentence, host: &str, path: &str) {
    match sentence {
        Sentence::Banned(ban) => {
            let (network, strikes) = (ban.network, ban.strikes);
            let until = ban.until.map(Timestamp::rfc3339);
            tracing::error!(
                host, path, %network, strikes, until,
                "A decoy was touched: somebody looks for a way in. Its address is banned."
            );
        }
        Sentence::Never | Sentence::NotBelievable => tracing::error!(
            host,
            path,
            "A decoy was touched by an address that is not banned: an operator's, a proxy's, or \
             one that cannot be believed."
        ),
        Sentence::AlreadyBanned | Sentence::Overflow => {}
    }
}
