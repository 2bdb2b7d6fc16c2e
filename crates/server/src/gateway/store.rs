//! Asks the store how it is, so that `/readyz` and the metrics know before an operator does.
//!
//! Requests are judged by what is in memory: a store that is gone costs no request, and takes no
//! node out. What operators decree is refused meanwhile, with the reason.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Gateway, until_end};

const INTERVAL: Duration = Duration::from_secs(5);

pub(super) async fn run(gateway: Arc<Gateway>, mut end: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let probing = async {
        loop {
            ticks.tick().await;
            // The store notes and logs by itself how it went.
            let _ = gateway.store.probe().await;
        }
    };
    until_end(&mut end, probing).await;
}
