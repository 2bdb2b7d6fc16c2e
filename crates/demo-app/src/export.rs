//! `/api/export?bytes=N`: a download as large as one asks for, made up on the way out.

use axum::body::Body;
use axum::extract::Query;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;

const BLOCK_BYTES: usize = 64 * 1024;
const DEFAULT_BYTES: u64 = 1024 * 1024;

#[derive(Deserialize)]
pub(crate) struct Wanted {
    bytes: Option<u64>,
}

/// Streams `bytes` bytes from one block, so that memory does not grow with the answer.
pub(crate) async fn download(Query(wanted): Query<Wanted>) -> Response {
    let total = wanted.bytes.unwrap_or(DEFAULT_BYTES);
    let block = Bytes::from(
        (0..BLOCK_BYTES)
            .map(|index| (index % 251) as u8)
            .collect::<Vec<_>>(),
    );
    let blocks = stream::unfold((block, total), |(block, left)| async move {
        if left == 0 {
            return None;
        }
        let length = left.min(BLOCK_BYTES as u64);
        let part = block.slice(..length as usize);
        Some((
            Ok::<_, std::convert::Infallible>(part),
            (block, left - length),
        ))
    });
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, total.to_string()),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"export.bin\"".to_owned(),
        ),
    ];
    (headers, Body::from_stream(blocks)).into_response()
}
