//! Makes durable what the node has banned by itself, and deletes what no longer matters.
//!
//! Beside the publication, not before it: a scanner is out at once, and whether it still is after a
//! `kill -9` hangs on a write that comes a moment later. What `palisade ban list` shows is written.

use std::sync::Arc;
use std::time::Duration;

use palisade_operate::Operate;
use tokio::sync::watch;

use crate::gateway::{Gateway, until_end};

/// How often at most: bans that come faster are written together.
const KEEP_INTERVAL: Duration = Duration::from_millis(250);

/// After a write that failed. Until then the bans are in force all the same.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// How often bans that have ended are looked for in the store.
const FORGET_INTERVAL: Duration = Duration::from_secs(60);

/// Keeps and forgets until the node ends.
pub(in crate::gateway) async fn run(
    gateway: Arc<Gateway>,
    operate: Operate,
    mut end: watch::Receiver<bool>,
) {
    let work = async {
        let mut forgets = tokio::time::interval(FORGET_INTERVAL);
        loop {
            tokio::select! {
                () = gateway.bans.banned.notified() => keep(&gateway, &operate).await,
                _ = forgets.tick() => forget(&gateway, &operate).await,
            }
        }
    };
    until_end(&mut end, work).await;
    // A stop lets nobody in again.
    if let Err(error) = operate.keep_bans().await {
        tracing::error!(%error, "Some bans could not be saved before the node stopped.");
    }
}

async fn keep(gateway: &Gateway, operate: &Operate) {
    match operate.keep_bans().await {
        Ok(_) => tokio::time::sleep(KEEP_INTERVAL).await,
        Err(error) => {
            tracing::error!(
                %error,
                "Bans could not be saved. They are in force, and would be lost by a restart."
            );
            tokio::time::sleep(RETRY_INTERVAL).await;
            gateway.bans.banned.notify_one();
        }
    }
}

async fn forget(gateway: &Gateway, operate: &Operate) {
    let remember = gateway.bans.register().rules().remember;
    match operate.forget_ended_bans(remember).await {
        Ok(0) => {}
        Ok(deleted) => tracing::debug!(deleted, "Bans that have ended were deleted."),
        Err(error) => tracing::warn!(%error, "Bans that have ended could not be deleted."),
    }
}
