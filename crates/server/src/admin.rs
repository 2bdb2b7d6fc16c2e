//! The admin listener: HTTPS on loopback, and a Unix socket in the data directory that only its
//! owner can open. Over the socket the kernel says who asks; over HTTPS a token does.

mod api;
mod client_addresses;
mod errors;
mod page;
mod rebinding;
mod tls_listener;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use palisade_operate::Operate;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

pub use api::{ControlRow, ControlsAnswer, NodeAnswer, StoreAnswer};
pub use client_addresses::{ClientAddresses, UnlistedProxy};
pub use errors::ErrorAnswer;

use crate::gateway::Gateway;
use crate::listener;

pub(crate) async fn serve_tls(
    gateway: Arc<Gateway>,
    operate: Operate,
    listener: TcpListener,
    end: watch::Receiver<bool>,
) {
    let certificates = gateway.admin_certificates();
    let listener = tls_listener::TlsListener::start(listener, certificates, end.clone());
    let authenticated = router(gateway, operate.clone())
        .layer(from_fn_with_state(operate, palisade_operate::authenticate))
        .layer(from_fn(rebinding::refuse));
    listener::serve(listener, authenticated, end).await;
}

pub(crate) async fn serve_socket(
    gateway: Arc<Gateway>,
    operate: Operate,
    listener: UnixListener,
    end: watch::Receiver<bool>,
) {
    listener::serve(listener, router(gateway, operate), end).await;
}

fn router(gateway: Arc<Gateway>, operate: Operate) -> Router {
    let of_node = palisade_web::router(api::endpoints()).route("/", get(page::handler));
    let of_operators = palisade_web::router(Operate::endpoints());
    of_node
        .with_state(gateway)
        .merge(of_operators.with_state(operate))
}
