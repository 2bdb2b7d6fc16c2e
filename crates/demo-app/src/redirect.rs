//! `/go?to=`: leaves for wherever the link says, checked by nobody.

use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Destination {
    to: String,
}

pub(crate) async fn go(Query(Destination { to }): Query<Destination>) -> Response {
    match HeaderValue::from_str(&to) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
