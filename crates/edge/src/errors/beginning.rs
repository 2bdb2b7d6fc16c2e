//! The beginning of a body: read to be judged, and sent on as if nobody had looked.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame};

use crate::body::{Body, BodyError, Replayed};
use crate::upstream::deadline::Deadline;

/// How much of an error is read. A debug page repeats what it was sent before it comes to the trace,
/// so a long form field must not push that out of sight; apps take fields of some hundred KiB.
///
/// An error in flight holds this much as frames, as one piece, and decoded: 3 MiB at most.
pub(super) const READ_BYTES_MAX: usize = 1024 * 1024;

/// How long an error that does not come whole is waited for, counted from its first pause.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(2);

pub(super) struct Beginning {
    /// As they came, still encoded; at most [`READ_BYTES_MAX`].
    pub(super) bytes: Bytes,
    /// Whether that is the whole body.
    pub(super) is_whole: bool,
    /// The whole body again.
    pub(super) body: Body,
}

enum Next {
    Data(Bytes),
    Trailers(http::HeaderMap),
    Broken(BodyError),
    End,
    Waited,
}

impl Beginning {
    pub(super) async fn read(mut body: Body) -> Self {
        let mut deadline = Deadline::default();
        let mut replayed = Replayed::default();
        let mut bytes = Vec::new();
        let is_whole = loop {
            if body.is_end_stream() {
                break true;
            }
            match next(&mut body, &mut deadline).await {
                Next::Data(data) => {
                    let room = READ_BYTES_MAX - bytes.len();
                    let taken = data.get(..room).unwrap_or(&data);
                    bytes.extend_from_slice(taken);
                    let is_full = data.len() >= room;
                    replayed.data.push_back(data);
                    if is_full {
                        break false;
                    }
                }
                Next::Trailers(trailers) => replayed.trailers = Some(trailers),
                Next::Broken(error) => {
                    body = Body::wrap(Broken(Some(error)));
                    break false;
                }
                Next::End => break true,
                Next::Waited => break false,
            }
        };
        replayed.rest = body;
        Self {
            bytes: Bytes::from(bytes),
            is_whole,
            body: replayed.into_body(),
        }
    }
}

async fn next(body: &mut Body, deadline: &mut Deadline) -> Next {
    let frame = poll_fn(|cx| match Pin::new(&mut *body).poll_frame(cx) {
        Poll::Ready(frame) => Poll::Ready(Ok(frame)),
        Poll::Pending => deadline.poll(cx, WAIT_MAX).map(Err),
    });
    match frame.await {
        Ok(Some(Ok(frame))) => match frame.into_data() {
            Ok(data) => Next::Data(data),
            Err(frame) => Next::Trailers(frame.into_trailers().unwrap_or_default()),
        },
        Ok(Some(Err(error))) => Next::Broken(error),
        Ok(None) => Next::End,
        Err(()) => Next::Waited,
    }
}

/// A body that breaks off here, as another did.
struct Broken(Option<BodyError>);

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}
