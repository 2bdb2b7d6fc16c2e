//! `/api/v1/errors/{request_id}`: an error of the app as its client did not get to see it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use palisade_edge::errors::Original;
use palisade_kernel::Problem;
use palisade_web::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gateway::Gateway;

/// `GET /api/v1/errors/{request_id}`
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ErrorAnswer {
    pub request_id: String,
    /// RFC 3339.
    pub at: String,
    pub method: String,
    pub host: String,
    /// Without query.
    pub path: String,
    pub status: u16,
    /// What gave it away, such as `django-debug-page`.
    pub signature: String,
    pub content_type: Option<String>,
    /// Decoded; bytes that are no UTF-8 are replaced. May hold secrets.
    pub body: String,
    /// Whether `body` is all that the app sent.
    pub whole: bool,
}

/// The latest that were replaced are kept, a bounded number of them.
pub(super) async fn original(
    State(gateway): State<Arc<Gateway>>,
    Path(request_id): Path<String>,
) -> Result<impl IntoResponse, Failure> {
    let original = gateway.state().errors.find(&request_id);
    let original = original.ok_or_else(|| {
        Failure::new(&Problem::NOT_FOUND).with_detail(
            "No error of this request is kept: none was replaced, or many have been since.",
        )
    })?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, Json(answer(&original))))
}

fn answer(original: &Original) -> ErrorAnswer {
    ErrorAnswer {
        request_id: original.id.to_string(),
        at: original.at.rfc3339(),
        method: original.method.clone(),
        host: original.host.clone(),
        path: original.path.clone(),
        status: original.status.as_u16(),
        signature: original.signature.to_owned(),
        content_type: original.content_type.clone(),
        body: String::from_utf8_lossy(&original.body).into_owned(),
        whole: original.is_whole,
    }
}
