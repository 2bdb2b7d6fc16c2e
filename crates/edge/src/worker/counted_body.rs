//! The request body as the client sends it: counted, bounded in its silences, and without claims
//! in its trailers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;

use crate::body::{Body, BodyError};
use crate::forwarded;
use crate::metrics::add;

/// Trailers say nothing about the client that its header may not say.
fn without_claims(frame: Frame<Bytes>) -> Frame<Bytes> {
    match frame.into_trailers() {
        Ok(mut trailers) => {
            forwarded::strip_trailers(&mut trailers);
            Frame::trailers(trailers)
        }
        Err(data) => data,
    }
}

/// A request body whose bytes are counted as they pass.
///
/// A client that stops sending for [`CLIENT_BODY_IDLE_MAX`] ends its request: a stalled upload
/// holds a place under the app's in-flight cap.
pub(super) struct CountedBody {
    inner: Body,
    received: Arc<AtomicU64>,
    /// Armed only while the client owes bytes that the app is ready to take.
    stalled: Option<Pin<Box<Sleep>>>,
}

/// What nginx allows by `client_body_timeout`.
const CLIENT_BODY_IDLE_MAX: Duration = Duration::from_secs(60);

impl CountedBody {
    pub(super) fn new(inner: Body) -> (Self, Arc<AtomicU64>) {
        let received = Arc::new(AtomicU64::new(0));
        let counted = Self {
            inner,
            received: received.clone(),
            stalled: None,
        };
        (counted, received)
    }
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = Pin::new(&mut self.inner).poll_frame(cx);
        let frame = match frame {
            Poll::Pending => {
                let stalled = self
                    .stalled
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(CLIENT_BODY_IDLE_MAX)));
                ready!(stalled.as_mut().poll(cx));
                return Poll::Ready(Some(Err("the client stopped sending its body".into())));
            }
            Poll::Ready(frame) => {
                self.stalled = None;
                Poll::Ready(frame).map_ok(without_claims)
            }
        };
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            add(
                &self.received,
                frame.data_ref().map_or(0, |data| data.len() as u64),
            );
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    struct Silent;

    impl http_body::Body for Silent {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_sending_ends_its_request() {
        let start = tokio::time::Instant::now();
        let (mut body, _) = CountedBody::new(Body::wrap(Silent));
        assert!(body.frame().await.unwrap().is_err());
        assert!(start.elapsed() >= CLIENT_BODY_IDLE_MAX);
    }
}
