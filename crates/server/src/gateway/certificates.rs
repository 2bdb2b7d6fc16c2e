//! Takes up new certificate files, and renews what the development CA has issued.

use std::sync::Arc;
use std::time::Duration;

use palisade_edge::tls::{CertificateStore, Polled};
use tokio::sync::watch;

use super::Gateway;

const INTERVAL: Duration = Duration::from_secs(5);

pub(super) async fn run(gateway: Arc<Gateway>, mut end: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    loop {
        tokio::select! {
            biased;
            ended = end.wait_for(|end| *end) => {
                drop(ended);
                return;
            }
            _ = ticks.tick() => {}
        }
        for store in gateway
            .certificates
            .iter()
            .chain([&gateway.admin_certificates])
        {
            poll(&gateway, store.clone()).await;
        }
    }
}

/// Reading files blocks, so it happens beside the runtime.
async fn poll(gateway: &Gateway, store: Arc<CertificateStore>) {
    let now = gateway.clock.now();
    match tokio::task::spawn_blocking(move || store.poll(now)).await {
        Ok(Ok(Polled::Unchanged)) => {}
        Ok(Ok(Polled::Reloaded)) => tracing::info!("New certificates are in use."),
        Ok(Err(error)) => {
            tracing::error!(%error, "The new certificates are refused; the running ones stay.");
        }
        Err(error) => tracing::error!(%error, "Looking for new certificates ended in a bug."),
    }
}
