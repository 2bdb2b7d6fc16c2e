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
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use palisade_kernel::Problem;
use palisade_operate::Operate;
use palisade_web::Failure;
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
        .layer(from_fn(finish))
}

/// Runs a request to its end, whatever becomes of its client: a change that was stored and not put in
/// force would be there after the next restart only.
async fn finish(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "A request to the admin API ended in a bug.");
            Failure::new(&Problem::INTERNAL).into_response()
        }
    }
}
