//! `/`: the controls and their state, for a person with a browser.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::api;
use crate::gateway::Gateway;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;\
padding:0 1.5rem;color:#1d2733;background:#f7f8fa}table{border-collapse:collapse;width:100%}\
td,th{text-align:left;padding:.5rem .75rem;border-bottom:1px solid #d8dee5}\
code{font-size:.95em}.unproven{color:#b3261e}";

/// The hash is that of [`STYLE`].
const POLICY: &str = "default-src 'none'; style-src 'sha256-2TU3efyDvyZVSNBZXhNKC6h6Smq7cGZJO9/93vYq5To='; base-uri 'none'; \
form-action 'none'; frame-ancestors 'none'";

pub(super) async fn handler(State(gateway): State<Arc<Gateway>>) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(page(&gateway))).into_response()
}

/// All that is printed comes from the catalogue and from our own counters.
fn page(gateway: &Gateway) -> String {
    let answer = api::answer(gateway);
    let mut rows = String::new();
    for row in answer.controls {
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<tr><td><code>{}</code><td>{}<td class={}>{}<td>{}",
            row.control, row.mode, row.state, row.state, row.requirement
        );
    }
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Palisade</title>\
         <style>{STYLE}</style><h1>Palisade {}</h1>\
         <p>Policy {} is in force since {}. The app is served at <code>{}</code>.</p>\
         <table><tr><th>control<th>mode<th>state<th>requirement{rows}</table>",
        env!("CARGO_PKG_VERSION"),
        answer.generation,
        gateway.published_at().rfc3339(),
        gateway.address(),
    )
}
