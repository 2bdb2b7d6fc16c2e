//! Arms decoys: asks the app, host name by host name, which of them it does not have.
//!
//! Names that routes spell out are asked for at the start and under every new policy; others when a
//! decoy is first touched under them. One name at a time, one request at a time, under the
//! upstream's own cap.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use palisade_edge::client_address::Scheme;
use palisade_edge::honeypot::arming;
use palisade_edge::upstream::Pool;
use palisade_kernel::{ControlId, Mode, Random};
use tokio::sync::{mpsc, watch};

use super::{Gateway, until_end};

/// Names that wait to be asked for. Who touches a decoy under one that found no room asks again.
const WAITING_MAX: usize = 16;

/// Between two names that clients brought up, so that invented ones cost the app little.
const PAUSE: Duration = Duration::from_secs(5);

/// When an app that did not answer is asked again.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);

/// Time for all decoys of one name.
const LEARN_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) type Hosts = mpsc::Sender<String>;
pub(super) type Waiting = mpsc::Receiver<String>;

pub(super) fn channel() -> (Hosts, Waiting) {
    mpsc::channel(WAITING_MAX)
}

pub(super) async fn run(
    gateway: Arc<Gateway>,
    random: Arc<dyn Random>,
    mut waiting: Waiting,
    mut policies: watch::Receiver<u64>,
    mut end: watch::Receiver<bool>,
) {
    let work = async {
        loop {
            policies.mark_unchanged();
            gateway.state.decoys.clear();
            tokio::select! {
                biased;
                changed = policies.changed() => match changed {
                    Ok(()) => {}
                    Err(_) => return,
                },
                () = arm_all(&gateway, &*random, &mut waiting) => return,
            }
        }
    };
    until_end(&mut end, work).await;
}

/// Until the next policy.
async fn arm_all(gateway: &Gateway, random: &dyn Random, waiting: &mut Waiting) {
    let policy = gateway.policy();
    let mut unanswered: BTreeSet<String> =
        policy.router().exact_hosts().map(str::to_owned).collect();
    loop {
        let hosts = std::mem::take(&mut unanswered);
        for host in hosts {
            if !arm(gateway, random, &host).await {
                unanswered.insert(host);
            }
        }
        let retry = tokio::time::sleep(RETRY_INTERVAL);
        tokio::select! {
            host = waiting.recv() => match host {
                Some(host) if !gateway.state.decoys.knows(&host) => {
                    arm(gateway, random, &host).await;
                    tokio::time::sleep(PAUSE).await;
                }
                Some(_) => {}
                None => return,
            },
            () = retry => {}
        }
    }
}

/// Returns whether the app has answered.
async fn arm(gateway: &Gateway, random: &dyn Random, host: &str) -> bool {
    let policy = gateway.policy();
    if policy.mode(ControlId::EdgeHoneypot) == Mode::Off {
        return true;
    }
    let is_https = gateway.is_tls() || !policy.trust().proxies.is_empty();
    let scheme = if is_https {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let mut arms = arming::HostArms::new();
    for (index, group) in policy.groups().iter().enumerate() {
        // Each decoy is asked of the app that would answer it.
        let of_group = |path: &&str| policy.router().find(host, path) == Some(index);
        let decoys: Vec<&str> = policy.decoys().paths().filter(of_group).collect();
        let pool = Pool::new(group.clone());
        let learning = arming::learn(&pool, host, scheme, decoys.into_iter(), random);
        match tokio::time::timeout(LEARN_TIMEOUT, learning).await {
            Ok(Ok(learned)) => arms.extend(learned),
            Ok(Err(error)) => {
                tracing::warn!(host, %error, "The app could not be asked for decoys; they stay unarmed.");
                return false;
            }
            Err(_) => {
                tracing::warn!(
                    host,
                    "The app is too slow to be asked for decoys; they stay unarmed."
                );
                return false;
            }
        }
    }
    for (path, arm) in &arms {
        if let Err(reason) = arm {
            tracing::info!(host, path, %reason, "A decoy is not armed.");
        }
    }
    gateway.state.decoys.set(host, arms);
    true
}
