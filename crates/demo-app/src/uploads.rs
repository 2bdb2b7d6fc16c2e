//! Uploads: any size, any type, any name, from anyone.
//!
//! What is kept in memory is capped; that is the demo process protecting itself, not a limit of
//! the app. A larger file is accepted and counted to its end, and only its beginning is kept.

use axum::Json;
use axum::body::Body;
use axum::extract::{Multipart, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::Serialize;

use crate::app::App;
use crate::debug_page;
use crate::events::Event;
use crate::records::{Photo, Picture};
use crate::seed::TENANTS;
use crate::tokens::Visitor;

/// Self-protection of the demo process: bytes kept of one file.
const FILE_BYTES_KEPT_MAX: usize = 4 * 1024 * 1024;
/// Self-protection of the demo process: files taken from one form.
const FORM_FILES_MAX: usize = 32;
/// Bytes of a form's text field that are read.
const FIELD_BYTES_MAX: usize = 256;

#[derive(Serialize)]
struct Stored {
    id: u32,
    url: String,
    bytes: u64,
    kept_bytes: usize,
}

/// Takes a form with a `file` and, if it likes, a `tenant`: the browser says whose it is.
pub(crate) async fn form(
    State(app): State<App>,
    Visitor(caller): Visitor,
    headers: HeaderMap,
    mut form: Multipart,
) -> Response {
    let mut tenant =
        caller.map_or_else(|| TENANTS[0].slug.to_owned(), |caller| caller.claims.tenant);
    let mut stored = Vec::new();
    while stored.len() < FORM_FILES_MAX {
        let mut field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return debug_page::of_error(&error.into()),
        };
        let Some(name) = field.file_name().map(str::to_owned) else {
            let is_tenant = field.name() == Some("tenant");
            match read_up_to(&mut field, FIELD_BYTES_MAX).await {
                Ok((value, _)) if is_tenant => {
                    tenant = String::from_utf8_lossy(&value).into_owned()
                }
                Ok(_) => {}
                Err(error) => return debug_page::of_error(&error),
            }
            continue;
        };
        let content_type = field
            .content_type()
            .unwrap_or("application/octet-stream")
            .to_owned();
        match read_up_to(&mut field, FILE_BYTES_KEPT_MAX).await {
            Ok((bytes, total)) => {
                stored.push(store(&app, &tenant, name, content_type, bytes, total))
            }
            Err(error) => return debug_page::of_error(&error),
        }
    }
    let from_page = headers
        .get(ACCEPT)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if from_page {
        return Redirect::to(&format!("/t/{tenant}")).into_response();
    }
    (
        StatusCode::CREATED,
        Json(serde_json::json!({ "tenant": tenant, "files": stored })),
    )
        .into_response()
}

/// Reads a field to its end, keeping at most `kept_max` bytes; returns them and the full length.
async fn read_up_to(
    field: &mut axum::extract::multipart::Field<'_>,
    kept_max: usize,
) -> anyhow::Result<(Bytes, u64)> {
    let (mut kept, mut total) = (BytesMut::new(), 0);
    while let Some(chunk) = field.chunk().await? {
        total += chunk.len() as u64;
        let room = kept_max.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(&chunk[..room]);
    }
    Ok((kept.freeze(), total))
}

fn store(
    app: &App,
    tenant: &str,
    name: String,
    content_type: String,
    bytes: Bytes,
    total: u64,
) -> Stored {
    let kept_bytes = bytes.len();
    let url = format!("/storage/{tenant}/{name}");
    let id = app.records().add_upload(Photo {
        id: 0,
        tenant: tenant.to_owned(),
        album: "uploads".to_owned(),
        title: name.clone(),
        place: "Uploaded".to_owned(),
        camera: "Unknown".to_owned(),
        taken: "today".to_owned(),
        file: name,
        private: false,
        likes: 0,
        latitude: 0.0,
        longitude: 0.0,
        aspect: 1.5,
        picture: Picture::Uploaded {
            content_type,
            bytes,
        },
    });
    Event::upload(id).publish(app);
    Stored {
        id,
        url,
        bytes: total,
        kept_bytes,
    }
}

/// Reads a body of any size to nowhere and says how long it was.
pub(crate) async fn raw(body: Body) -> Response {
    let mut chunks = body.into_data_stream();
    let mut bytes: u64 = 0;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => bytes += chunk.len() as u64,
            Err(error) => return debug_page::of_error(&error.into()),
        }
    }
    Json(serde_json::json!({ "bytes": bytes })).into_response()
}
