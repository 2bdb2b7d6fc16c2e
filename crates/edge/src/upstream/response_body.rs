//! The app's response body on its way out: watched for silence, and giving its connection back
//! at its end.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;

use super::deadline::Deadline;
use super::hold::Hold;
use super::http1;
use crate::body::BodyError;

pub(crate) struct ResponseBody {
    incoming: Incoming,
    deadline: Deadline,
    /// The longest silence.
    idle: Duration,
    /// None once the body has ended, well or badly.
    hold: Option<Hold>,
    /// None over HTTP/2, whose connection is shared.
    connection: Option<http1::Connection>,
}

/// The app went silent in the middle of its response.
#[derive(Debug)]
struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the app sent nothing more of its response in time")
    }
}

impl std::error::Error for Stalled {}

impl ResponseBody {
    pub(crate) fn new(
        incoming: Incoming,
        idle: Duration,
        hold: Hold,
        mut connection: Option<http1::Connection>,
    ) -> Self {
        let kept = connection.as_mut().map(|one| &mut one.deadline);
        Self {
            incoming,
            deadline: kept.map(std::mem::take).unwrap_or_default(),
            idle,
            hold: Some(hold),
            connection,
        }
    }

    /// The body is whole: the connection may serve again.
    fn finish(&mut self) {
        let Some(hold) = self.hold.take() else { return };
        if let Some(mut connection) = self.connection.take() {
            connection.deadline = std::mem::take(&mut self.deadline);
            hold.visit.lane.give_back(connection);
        }
    }

    /// The body is not whole: the connection is of no more use.
    fn break_off(&mut self) {
        self.connection = None;
        self.hold = None;
    }

    fn poll_silence(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.hold.is_none() || self.deadline.poll(cx, self.idle).is_pending() {
            return Poll::Pending;
        }
        if let Some(hold) = &self.hold {
            hold.visit
                .lane
                .instance
                .timeouts
                .fetch_add(1, Ordering::Relaxed);
        }
        self.break_off();
        Poll::Ready(Some(Err(Stalled.into())))
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.incoming).poll_frame(cx) {
            Poll::Pending => this.poll_silence(cx),
            Poll::Ready(Some(Ok(frame))) => {
                this.deadline.disarm();
                // Whoever knows the length never asks for the end after it, so it is seen here.
                if frame.is_trailers() || this.incoming.is_end_stream() {
                    this.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                this.break_off();
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                this.finish();
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
