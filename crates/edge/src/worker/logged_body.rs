//! The response body as the client receives it. When it ends, the exchange is over: it is counted
//! and logged.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body::{Body as _, Frame, SizeHint};

use tokio::time::Sleep;

use super::{Published, Worker};
use crate::body::{Body, BodyError};
use crate::exchange::Exchange;
use crate::forwarded;
use crate::metrics::{Answer, add};

pub(super) struct LoggedBody {
    inner: Body,
    sent: u64,
    record: Option<Box<Record>>,
}

/// What nginx made customary for a client that did not wait for its answer. It is only logged and
/// counted: nobody is left to receive it.
const CLIENT_LEFT: u16 = 499;

/// The books on an exchange, closed when it is dropped: with the answer's body, or before there
/// was an answer, when hyper gives up on a request because its client has.
pub(super) struct Record {
    pub(super) worker: Arc<Worker>,
    pub(super) published: Arc<Published>,
    pub(super) exchange: Exchange,
    pub(super) status: u16,
    received: Option<Arc<AtomicU64>>,
    sent: u64,
    complete: bool,
}

impl LoggedBody {
    pub(super) fn new(inner: Body, record: Box<Record>) -> Self {
        Self {
            inner,
            sent: 0,
            record: Some(record),
        }
    }

    fn close(&mut self, complete: bool) {
        if let Some(mut record) = self.record.take() {
            record.sent = self.sent;
            record.complete = complete;
        }
    }
}

impl Record {
    /// Opens the books on an exchange that has no answer yet.
    pub(super) fn open(
        worker: Arc<Worker>,
        published: Arc<Published>,
        exchange: Exchange,
        received: Option<Arc<AtomicU64>>,
    ) -> Box<Self> {
        Box::new(Self {
            worker,
            published,
            exchange,
            status: CLIENT_LEFT,
            received,
            sent: 0,
            complete: false,
        })
    }

    /// Whether a response of this kind has a body at all (RFC 9110 section 6.4.1).
    fn is_bodiless(&self) -> bool {
        self.exchange.method == Method::HEAD || matches!(self.status, 100..=199 | 204 | 304)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let started = self.exchange.arrival.started;
        let answer = Answer {
            status: self.status,
            duration: self.worker.clock.monotonic().saturating_sub(started),
            request_bytes: self
                .received
                .as_ref()
                .map_or(0, |count| count.load(Ordering::Relaxed)),
            response_bytes: self.sent,
            complete: self.complete,
        };
        self.worker.shard.record(&self.exchange, &answer);
        if let Some(pen) = &self.worker.pen {
            pen.write(
                &self.exchange,
                &answer,
                &self.published.policy.upstream_names,
            );
        }
    }
}

impl http_body::Body for LoggedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.inner).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                this.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Poll::Ready(Some(Err(_))) => this.close(false),
            Poll::Ready(None) => this.close(true),
            Poll::Pending => {}
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

impl Drop for LoggedBody {
    fn drop(&mut self) {
        let bodiless = self
            .record
            .as_ref()
            .is_some_and(|record| record.is_bodiless());
        self.close(bodiless || self.inner.is_end_stream());
    }
}

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
