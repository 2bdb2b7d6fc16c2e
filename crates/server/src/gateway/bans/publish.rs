//! Puts changes of bans in force, together.

use std::sync::Arc;
use std::time::Duration;

use palisade_edge::ban::PUBLISH_INTERVAL;
use palisade_kernel::BanChange;
use tokio::sync::watch;

use crate::gateway::Gateway;

/// How often bans that have ended are taken off the register.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Tells how many changes are in force; without it, nobody waits for a publication.
pub(in crate::gateway) struct Publisher(watch::Sender<u64>);

impl Publisher {
    pub(super) const fn new(published: watch::Sender<u64>) -> Self {
        Self(published)
    }
}

/// Publishes until the node ends.
pub(in crate::gateway) async fn run(
    gateway: Arc<Gateway>,
    publisher: Publisher,
    mut end: watch::Receiver<bool>,
) {
    let mut sweeps = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        tokio::select! {
            biased;
            ended = end.wait_for(|end| *end) => {
                drop(ended);
                return;
            }
            () = gateway.bans.changed.notified() => {}
            _ = sweeps.tick() => {
                gateway.bans.register().sweep(gateway.clock.now());
                continue;
            }
        }
        let (pending, changes) = gateway.bans.register().take_pending();
        publish(&gateway, pending).await;
        publisher.0.send_replace(changes);
        tokio::time::sleep(PUBLISH_INTERVAL).await;
    }
}

/// On a thread of its own: with a million bans it may take a while.
async fn publish(gateway: &Gateway, pending: Vec<BanChange>) {
    if pending.is_empty() {
        return;
    }
    let (state, now) = (gateway.state.clone(), gateway.clock.now());
    let built = tokio::task::spawn_blocking(move || state.bans.publish(&pending, now));
    if built.await.is_err() {
        tracing::error!("Bans could not be published because of a bug.");
    }
}
