//! A JSON body, bounded, with errors that say where it is wrong.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use palisade_kernel::Problem;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// Longest body that an endpoint reads.
const BODY_BYTES_MAX: usize = 64 << 10;

/// The body as `T`. It must be declared as JSON, which a form of a foreign page cannot do
/// without asking first (CORS).
#[derive(Debug)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Failure;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Failure> {
        let declared = request.headers().get(CONTENT_TYPE);
        let essence = declared.map(|value| value.as_bytes().split(|byte| *byte == b';').next());
        if essence.flatten().map(<[u8]>::trim_ascii) != Some(b"application/json") {
            let detail = "Send the body as Content-Type: application/json.";
            return Err(Failure::new(&Problem::BAD_REQUEST).with_detail(detail));
        }
        let body = to_bytes(request.into_body(), BODY_BYTES_MAX).await;
        let body = body.map_err(|_| {
            let detail = format!("The body is longer than {BODY_BYTES_MAX} bytes, or broke off.");
            Failure::new(&Problem::BAD_REQUEST).with_detail(detail)
        })?;
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            let detail = format!("The body cannot be read: {error}.");
            Failure::new(&Problem::BAD_REQUEST).with_detail(detail)
        })
    }
}
