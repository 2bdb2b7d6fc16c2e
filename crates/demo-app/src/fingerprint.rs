//! What answers give away and repeat, and what the app believes of its clients: the small habits
//! of frameworks that nobody decides on.

use axum::Json;
use axum::extract::Request;
use axum::http::header::{SERVER, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// Signs every answer with product and version, as many frameworks do by default.
pub(crate) async fn name_the_software(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(SERVER, HeaderValue::from_static("axum/0.8.9"));
    headers.insert(X_POWERED_BY, HeaderValue::from_static("Proofsheet 2.3.1"));
    response
}

/// Sends one header twice: the framework's default, and the line from a guide below it.
pub(crate) async fn frame_twice(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.append(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// The caller's address, as the app's own limits and logs would take it: whatever the request says.
pub(crate) async fn whoami(headers: HeaderMap) -> Json<serde_json::Value> {
    let claimed = headers
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(',').next())
        .map(str::trim);
    Json(serde_json::json!({ "address": claimed }))
}
