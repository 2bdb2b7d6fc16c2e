//! The two strangers on every page, on an origin of their own: a payment provider and an analytics
//! server, so that a browser really fetches them without a network.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};

const PAY_SCRIPT: &str = include_str!("../assets/third_party/pay.js");
const CARD_FRAME: &str = include_str!("../assets/third_party/card.html");
const ANALYTICS_SCRIPT: &str = include_str!("../assets/third_party/matomo.js");

/// How often each thing was fetched.
#[derive(Default)]
struct Counters {
    pay_scripts: AtomicU64,
    card_frames: AtomicU64,
    analytics_scripts: AtomicU64,
    beacons: AtomicU64,
}

type Shared = State<Arc<Counters>>;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/v3/pay.js", get(pay_script))
        .route("/v3/card", get(card_frame))
        .route("/matomo.js", get(analytics_script))
        .route("/matomo.php", get(beacon).post(beacon))
        .route("/stats", get(stats))
        .with_state(Arc::new(Counters::default()))
}

async fn pay_script(State(counters): Shared) -> impl IntoResponse {
    counters.pay_scripts.fetch_add(1, Ordering::Relaxed);
    (
        [(CONTENT_TYPE, "text/javascript; charset=utf-8")],
        PAY_SCRIPT,
    )
}

async fn card_frame(State(counters): Shared) -> Html<&'static str> {
    counters.card_frames.fetch_add(1, Ordering::Relaxed);
    Html(CARD_FRAME)
}

async fn analytics_script(State(counters): Shared) -> impl IntoResponse {
    counters.analytics_scripts.fetch_add(1, Ordering::Relaxed);
    (
        [(CONTENT_TYPE, "text/javascript; charset=utf-8")],
        ANALYTICS_SCRIPT,
    )
}

async fn beacon(State(counters): Shared) -> impl IntoResponse {
    counters.beacons.fetch_add(1, Ordering::Relaxed);
    (StatusCode::NO_CONTENT, [(ACCESS_CONTROL_ALLOW_ORIGIN, "*")])
}

/// The counters, so that a test can tell what a browser fetched.
async fn stats(State(counters): Shared) -> Json<serde_json::Value> {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Json(serde_json::json!({
        "pay_scripts": read(&counters.pay_scripts),
        "card_frames": read(&counters.card_frames),
        "analytics_scripts": read(&counters.analytics_scripts),
        "beacons": read(&counters.beacons),
    }))
}
