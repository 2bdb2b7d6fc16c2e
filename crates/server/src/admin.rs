//! The admin listener: HTTPS on loopback, and a Unix socket in the data directory that only its
//! owner can open. Read-only so far; what changes a node will ask who is there.

mod api;
mod client_addresses;
mod page;
mod rebinding;
mod tls_listener;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

pub use api::{ControlRow, ControlsAnswer, NodeAnswer};
pub use client_addresses::{ClientAddresses, UnlistedProxy};

use crate::gateway::Gateway;

pub(crate) async fn serve_tls(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    end: watch::Receiver<bool>,
) {
    let certificates = gateway.admin_certificates();
    let listener = tls_listener::TlsListener::start(listener, certificates, end.clone());
    let guarded = router(gateway).layer(axum::middleware::from_fn(rebinding::refuse));
    report(
        axum::serve(listener, guarded)
            .with_graceful_shutdown(ended(end))
            .await,
    );
}

pub(crate) async fn serve_socket(
    gateway: Arc<Gateway>,
    listener: UnixListener,
    end: watch::Receiver<bool>,
) {
    report(
        axum::serve(listener, router(gateway))
            .with_graceful_shutdown(ended(end))
            .await,
    );
}

fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/", get(page::handler))
        .route("/api/v1/node", get(api::node))
        .route("/api/v1/controls", get(api::controls))
        .with_state(gateway)
}

async fn ended(mut end: watch::Receiver<bool>) {
    drop(end.wait_for(|end| *end).await);
}

fn report(served: std::io::Result<()>) {
    if let Err(error) = served {
        tracing::error!(%error, "An admin listener ended.");
    }
}
