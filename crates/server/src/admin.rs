//! The admin listener: HTTPS on loopback, and a Unix socket in the data directory that only its
//! owner can open. Read-only so far; what changes a node will ask who is there.

mod api;
mod page;
mod rebinding;
mod tls_listener;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

pub use api::{ControlRow, ControlsAnswer, NodeAnswer};

use crate::gateway::Gateway;
use crate::listener;

pub(crate) async fn serve_tls(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    end: watch::Receiver<bool>,
) {
    let certificates = gateway.admin_certificates();
    let listener = tls_listener::TlsListener::start(listener, certificates, end.clone());
    let guarded = router(gateway).layer(axum::middleware::from_fn(rebinding::refuse));
    listener::serve(listener, guarded, end).await;
}

pub(crate) async fn serve_socket(
    gateway: Arc<Gateway>,
    listener: UnixListener,
    end: watch::Receiver<bool>,
) {
    listener::serve(listener, router(gateway), end).await;
}

fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/", get(page::handler))
        .route("/api/v1/node", get(api::node))
        .route("/api/v1/controls", get(api::controls))
        .with_state(gateway)
}
