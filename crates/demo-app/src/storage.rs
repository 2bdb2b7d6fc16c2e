//! `/storage/{tenant}/{file}`: originals by name, for whoever can guess it.

use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;

use crate::api::missing;
use crate::app::App;
use crate::darkroom::Size;
use crate::debug_page;
use crate::exif;
use crate::records::{Photo, Picture};
use crate::tokens::Visitor;

#[derive(Deserialize)]
pub(crate) struct Choice {
    size: Option<String>,
}

pub(crate) async fn file(
    State(app): State<App>,
    Visitor(caller): Visitor,
    Path((tenant, file)): Path<(String, String)>,
    Query(choice): Query<Choice>,
) -> Response {
    let Some(photo) = app.records().photo_by_file(&tenant, &file).cloned() else {
        return missing("File");
    };
    let same_tenant = caller.is_some_and(|caller| caller.claims.tenant == photo.tenant);
    if app.fixed && photo.private && !same_tenant {
        // Not "forbidden": that would tell a guesser that the name was right.
        return missing("File");
    }
    let size = match choice.size.as_deref() {
        Some("thumbnail") => Size::Thumbnail,
        _ => Size::Original,
    };
    match picture(&app, &photo, size).await {
        Ok((content_type, bytes)) => {
            let caching = if photo.private {
                "private, max-age=60"
            } else {
                "public, max-age=3600"
            };
            let headers = [
                (CONTENT_TYPE, content_type),
                (CACHE_CONTROL, HeaderValue::from_static(caching)),
            ];
            (headers, bytes).into_response()
        }
        Err(error) => debug_page::of_error(&error),
    }
}

/// The bytes of a photo. An original carries what the camera wrote, its position included.
async fn picture(app: &App, photo: &Photo, size: Size) -> anyhow::Result<(HeaderValue, Bytes)> {
    match &photo.picture {
        Picture::Painted(subject) => {
            let (make, model) = photo.camera.split_once(' ').unwrap_or((&photo.camera, ""));
            let exif = match size {
                Size::Original => exif::segment(make, model, photo.latitude, photo.longitude),
                Size::Thumbnail => Vec::new(),
            };
            let bytes = app.darkroom.print(photo.id, *subject, size, exif).await?;
            Ok((HeaderValue::from_static("image/jpeg"), bytes))
        }
        Picture::Uploaded {
            content_type,
            bytes,
        } => Ok((HeaderValue::from_str(content_type)?, bytes.clone())),
    }
}
