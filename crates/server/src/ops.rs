//! The ops listener: for balancers, orchestrators and Prometheus. Plain HTTP, loopback unless
//! opened to the pod network.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use palisade_kernel::ControlId;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::gateway::Gateway;
use crate::listener;

pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    end: watch::Receiver<bool>,
) {
    listener::serve(listener, router(gateway), end).await;
}

fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics))
        .with_state(gateway)
}

/// The process answers. Whoever asks restarts it when it does not.
async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Whether to send traffic here.
async fn readiness(State(gateway): State<Arc<Gateway>>) -> (StatusCode, Json<Value>) {
    let policy = gateway.policy();
    let unproven: Vec<String> = policy.unproven().iter().map(ToString::to_string).collect();
    let reasons = gateway.unready();
    let (status, word) = match reasons.is_empty() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "unready"),
    };
    let warnings: Vec<String> = ControlId::ALL
        .into_iter()
        .filter_map(|control| Some(format!("{control}: {}", gateway.in_shadow_for(control)?)))
        .collect();
    let body = json!({
        "status": word,
        "reasons": reasons,
        "generation": gateway.generation(),
        "unproven": unproven,
        "store": gateway.store().health().name(),
        "warnings": warnings,
    });
    (status, Json(body))
}

async fn metrics(State(gateway): State<Arc<Gateway>>) -> Response {
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (content_type, gateway.render_metrics()).into_response()
}
