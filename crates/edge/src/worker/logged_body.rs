//! The response body as the client receives it. When it ends, the exchange is over: it is counted
//! and logged.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use http_body::{Body as _, Frame, SizeHint};

use super::connection::Connection;
use super::counted_body::Intake;
use super::{Published, Worker};
use crate::body::{Body, BodyError};
use crate::exchange::Exchange;
use crate::metrics::Answer;

/// A portion of a body over HTTP/2. Unlike over HTTP/1.1, hyper buffers whole portions for each
/// stream whatever the client's window, and how slow a client may be hangs on their size.
const HTTP2_PORTION_BYTES_MAX: usize = 64 << 10;

pub(super) struct LoggedBody {
    inner: Body,
    portion_bytes_max: usize,
    /// What was left of a larger frame.
    rest: Bytes,
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
    pub(super) connection: Arc<Connection>,
    pub(super) published: Arc<Published>,
    pub(super) exchange: Exchange,
    status: u16,
    intake: Option<Arc<Intake>>,
    sent: u64,
    complete: bool,
}

impl LoggedBody {
    pub(super) fn new(inner: Body, record: Box<Record>) -> Self {
        let portion_bytes_max = match record.exchange.version {
            Version::HTTP_2 => HTTP2_PORTION_BYTES_MAX,
            _ => usize::MAX,
        };
        Self {
            inner,
            portion_bytes_max,
            rest: Bytes::new(),
            sent: 0,
            record: Some(record),
        }
    }

    fn poll_portion(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut frame = if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                ended => return Poll::Ready(ended),
            }
        } else {
            Frame::data(std::mem::take(&mut self.rest))
        };
        if let Some(data) = frame.data_mut()
            && data.len() > self.portion_bytes_max
        {
            self.rest = data.split_off(self.portion_bytes_max);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn close(&mut self, complete: bool) {
        if let Some(record) = self.record.take() {
            record.close(self.sent, complete);
        }
    }
}

impl Record {
    /// Opens the books on an exchange that has no answer yet.
    pub(super) fn open(
        worker: Arc<Worker>,
        connection: Arc<Connection>,
        published: Arc<Published>,
        exchange: Exchange,
        intake: Option<Arc<Intake>>,
    ) -> Box<Self> {
        Box::new(Self {
            worker,
            connection,
            published,
            exchange,
            status: CLIENT_LEFT,
            intake,
            sent: 0,
            complete: false,
        })
    }

    /// The head of the answer is there.
    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = status.as_u16();
        if let Some(intake) = &self.intake {
            intake.answered();
        }
    }

    /// Closes the books on an answer of which `sent` bytes of body went out.
    pub(super) fn close(mut self: Box<Self>, sent: u64, complete: bool) {
        self.sent = sent;
        self.complete = complete;
    }

    /// Whether a response of this kind has a body at all (RFC 9110 section 6.4.1).
    fn is_bodiless(&self) -> bool {
        self.exchange.method == Method::HEAD || matches!(self.status, 100..=199 | 204 | 304)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.connection.turn.end();
        let started = self.exchange.arrival.started;
        let answer = Answer {
            status: self.status,
            duration: self.worker.clock.monotonic().saturating_sub(started),
            request_bytes: self.intake.as_ref().map_or(0, |intake| intake.received()),
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
        let frame = this.poll_portion(cx);
        if let Some(record) = &this.record {
            let portion = matches!(frame, Poll::Ready(Some(Ok(_))));
            record.connection.handing_out.asked(portion);
        }
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
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let inner = self.inner.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(inner.lower().saturating_add(rest));
        hint
    }
}

impl Drop for LoggedBody {
    fn drop(&mut self) {
        let bodiless = self
            .record
            .as_ref()
            .is_some_and(|record| record.is_bodiless());
        self.close(bodiless || http_body::Body::is_end_stream(self));
    }
}
