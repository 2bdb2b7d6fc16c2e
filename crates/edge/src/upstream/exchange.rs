//! Waiting for a response head, and telling why there is none.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;

use super::deadline::Deadline;
use super::http1::Endless;
use super::request_body::Upload;
use super::{UpstreamError, UpstreamErrorKind};
use crate::body::Body;

/// No response head.
pub(crate) enum NoHead {
    /// Nothing was written: the request is whole and may go anywhere.
    Unsent(Box<Request<Body>>, UpstreamError),
    /// The app may have seen it.
    Sent(UpstreamError),
}

/// Waits for the head at most `first_byte` long.
///
/// The clock measures the app alone. It starts anew whenever a part of the request body was taken,
/// so that a long upload is not cut, and stands still while the client owes the next part: how
/// long a client may take is not decided here.
pub(crate) async fn head(
    sending: impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Body>>>>,
    deadline: &mut Deadline,
    first_byte: Duration,
    upload: Option<&Upload>,
) -> Result<Response<Incoming>, NoHead> {
    let mut sending = pin!(sending);
    let mut progress = upload.map(Upload::progress);
    deadline.disarm();
    let outcome = poll_fn(|cx| {
        loop {
            if let Poll::Ready(outcome) = sending.as_mut().poll(cx) {
                return Poll::Ready(Some(outcome));
            }
            if deadline.poll(cx, first_byte).is_pending() {
                return Poll::Pending;
            }
            let seen = upload.map(Upload::progress);
            if seen == progress && !upload.is_some_and(Upload::awaits_client) {
                return Poll::Ready(None);
            }
            progress = seen;
            deadline.disarm();
        }
    })
    .await;
    deadline.disarm();
    match outcome {
        Some(Ok(response)) => Ok(response),
        Some(Err(mut refused)) => match refused.take_message() {
            Some(request) => {
                let why = UpstreamError::new(UpstreamErrorKind::Unreachable, refused.into_error());
                Err(NoHead::Unsent(Box::new(request), why))
            }
            None => Err(NoHead::Sent(classify(refused.into_error(), upload))),
        },
        None => Err(NoHead::Sent(UpstreamError::new(
            UpstreamErrorKind::Timeout,
            "the app did not begin to answer in time",
        ))),
    }
}

fn classify(error: hyper::Error, upload: Option<&Upload>) -> UpstreamError {
    let kind = if let Some(failure) = upload.and_then(Upload::failure) {
        failure
    } else if error.is_parse() || breaks_http2(&error) || is_endless(&error) {
        UpstreamErrorKind::Invalid
    } else {
        UpstreamErrorKind::Unreachable
    };
    UpstreamError::new(kind, error)
}

/// Whether the beginning of a response was longer than is read.
fn is_endless(error: &hyper::Error) -> bool {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    let reason = cause.and_then(io::Error::get_ref);
    reason.is_some_and(|reason| reason.is::<Endless>())
}

/// Whether our side found the peer's HTTP/2 wrong, rather than the peer or the network ending it.
fn breaks_http2(error: &hyper::Error) -> bool {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.is_some_and(h2::Error::is_library)
}
