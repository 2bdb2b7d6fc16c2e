//! Plain answers that tests and monitors ask for: health, any status, slowness, trailers, 404, 405.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::TRAILER;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use maud::html;
use serde::Deserialize;

use crate::app::App;
use crate::layout::Page;
use crate::tokens::{Caller, Visitor};

/// The longest that `/api/slow` waits.
const SLOW_MAX: Duration = Duration::from_secs(60);

pub(crate) async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// Answers with the status in the path, 200 to 599.
pub(crate) async fn status(Path(code): Path<u16>) -> Response {
    match StatusCode::from_u16(code) {
        Ok(status) if (200..600).contains(&code) => {
            // These three never carry a body: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
            if matches!(code, 204 | 205 | 304) {
                return status.into_response();
            }
            (status, Json(serde_json::json!({ "status": code }))).into_response()
        }
        _ => {
            let detail = "a status is a number from 200 to 599";
            (
                StatusCode::BAD_REQUEST,
                Json(serde_json::json!({ "detail": detail })),
            )
                .into_response()
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Wait {
    #[serde(default)]
    ms: u64,
}

/// Answers after `ms` milliseconds, a minute at most.
pub(crate) async fn slow(Query(wait): Query<Wait>) -> Json<serde_json::Value> {
    let wait = Duration::from_millis(wait.ms).min(SLOW_MAX);
    tokio::time::sleep(wait).await;
    Json(serde_json::json!({ "waited_ms": wait.as_millis() as u64 }))
}

/// A body followed by a trailer field (RFC 9110, section 6.5), for clients that send `TE: trailers`.
pub(crate) async fn trailers() -> Response {
    let mut fields = HeaderMap::new();
    fields.insert("x-checksum", HeaderValue::from_static("fnv1a-9e6f0a2b"));
    let frames = [
        Frame::data(Bytes::from_static(b"a body, then a trailer\n")),
        Frame::trailers(fields),
    ];
    let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)));
    ([(TRAILER, "x-checksum")], Body::new(body)).into_response()
}

/// The API answers in JSON, everything else with a page.
pub(crate) async fn not_found(
    State(app): State<App>,
    Visitor(caller): Visitor,
    uri: Uri,
) -> Response {
    if uri.path().starts_with("/api/") {
        return crate::api::missing("Route");
    }
    not_found_page(&app, &caller, uri.path())
}

pub(crate) fn not_found_page(app: &App, caller: &Option<Caller>, what: &str) -> Response {
    let page = Page {
        title: "Not found",
        tenant: None,
        caller: caller.as_ref(),
        path: "/",
        body_class: "missing",
    };
    let content = html! {
        section class="section empty" {
            p class="eyebrow" { "404" }
            h1 { "Nothing developed here." }
            p class="lede" { "There is no page at " code { (what) } "." }
            a class="button" href="/" { "Back to the galleries" }
        }
    };
    (StatusCode::NOT_FOUND, page.render(app, &content)).into_response()
}

/// axum has put the allowed methods into `Allow` already.
pub(crate) async fn method_not_allowed() -> Response {
    let detail = serde_json::json!({ "detail": "Method Not Allowed" });
    (StatusCode::METHOD_NOT_ALLOWED, Json(detail)).into_response()
}
