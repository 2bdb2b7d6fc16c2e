//! What the data plane tells of requests, and what comes of it.

mod touch;

use std::sync::Arc;

use palisade_edge::ban::{Offence, Sentence};
use palisade_edge::client_address::ClientAddress;
use palisade_edge::signal::{Receiver, Signal};
use palisade_kernel::{BanSource, ControlId, Mode, Timestamp};
use tokio::sync::watch;

use super::Gateway;
use super::arming::Hosts;
use touch::{Told, Touch};

/// Hears until the node ends.
pub(super) async fn run(
    gateway: Arc<Gateway>,
    mut signals: Receiver,
    hosts: Hosts,
    mut end: watch::Receiver<bool>,
) {
    let mut told = Told::default();
    loop {
        let signal = tokio::select! {
            biased;
            _ = end.wait_for(|end| *end) => return,
            signal = signals.recv() => signal,
        };
        match signal {
            Some(signal) => hear(&gateway, &hosts, &mut told, signal),
            None => return,
        }
    }
}

fn hear(gateway: &Gateway, hosts: &Hosts, told: &mut Told, signal: Signal) {
    match signal {
        Signal::DecoyTouched {
            at,
            client,
            host,
            path,
            touched,
            is_deliberate,
        } => {
            let touch = Touch {
                at,
                client,
                host,
                path,
                touched,
                is_deliberate,
            };
            touch.answer(gateway, told);
        }
        Signal::DecoyUnknown { host } => {
            // Where there is no room, the next touch tells of it again.
            let _ = hosts.try_send(host);
        }
        Signal::LimitExceeded { at, client, policy } => {
            tracing::warn!(policy = &*policy, "A client went over a limit.");
            if client.belief.is_believable() && makes_bans(gateway) {
                limit_exceeded(gateway, at, client, &policy);
            }
        }
    }
}

/// With `edge.ban` off, nobody is banned for anything.
fn makes_bans(gateway: &Gateway) -> bool {
    gateway.policy().mode(ControlId::EdgeBan) != Mode::Off
}

fn limit_exceeded(gateway: &Gateway, at: Timestamp, client: ClientAddress, policy: &str) {
    if !gateway.bans.is_one_too_many(client.ip, at) {
        return;
    }
    let sentence = gateway.bans.punish(&Offence {
        at,
        client,
        source: BanSource::RateLimit,
        reason: &format!("went over limits again and again, last over {policy}"),
    });
    if let Sentence::Banned(ban) = sentence {
        tracing::warn!(
            network = %ban.network,
            strikes = ban.strikes,
            until = ban.until.map(Timestamp::rfc3339),
            policy,
            "A client goes over limits again and again. Its address is banned."
        );
    }
}
