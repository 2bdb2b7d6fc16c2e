//! The streams of an HTTP/2 connection, each a task, and an end for those that nobody reads.
//!
//! A client that grants a stream no window stops the answer inside hyper, which then asks its body
//! for nothing more and waits. The time of that wait is bounded here, outside of hyper: no timer
//! runs unless a stream is blocked, and a reset stream leaves its neighbours alone.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::Executor;
use pin_project_lite::pin_project;

use super::connection::Connection;
use crate::upstream::Deadline;

/// Its body was not asked.
const UNASKED: u8 = 0;
/// Its body had nothing to give, or has ended.
const WAITING: u8 = 1;
/// Its body gave a portion.
const HANDED_OUT: u8 = 2;

/// What became of the answer's body while a stream was polled. One connection needs one: its
/// streams are polled one after another, on one thread.
#[derive(Default)]
pub(super) struct HandingOut(AtomicU8);

impl HandingOut {
    /// The body was asked for a portion, and gave one or none.
    pub(super) fn asked(&self, portion: bool) {
        let outcome = if portion { HANDED_OUT } else { WAITING };
        self.0.store(outcome, Ordering::Relaxed);
    }

    fn take(&self) -> u8 {
        let outcome = self.0.load(Ordering::Relaxed);
        self.0.store(UNASKED, Ordering::Relaxed);
        outcome
    }
}

/// Runs what hyper makes of each stream.
#[derive(Clone)]
pub(super) struct Http2Streams {
    connection: Arc<Connection>,
    write_timeout: Duration,
}

impl Http2Streams {
    pub(super) const fn new(connection: Arc<Connection>, write_timeout: Duration) -> Self {
        Self {
            connection,
            write_timeout,
        }
    }
}

impl<F> Executor<F> for Http2Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(Bounded {
            stream,
            connection: self.connection.clone(),
            write_timeout: self.write_timeout,
            blocked: false,
            deadline: Deadline::default(),
        });
    }
}

pin_project! {
    /// A stream that ends, by being dropped, when its client has taken nothing for too long.
    struct Bounded<F> {
        #[pin]
        stream: F,
        connection: Arc<Connection>,
        write_timeout: Duration,
        // A portion was handed out, and none has been asked for since.
        blocked: bool,
        deadline: Deadline,
    }
}

impl<F: Future<Output = ()>> Future for Bounded<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let polled = this.stream.poll(cx);
        let outcome = this.connection.handing_out.take();
        if polled.is_ready() {
            return Poll::Ready(());
        }
        if outcome != UNASKED {
            *this.blocked = outcome == HANDED_OUT;
            this.deadline.disarm();
        }
        if !*this.blocked {
            return Poll::Pending;
        }
        ready!(this.deadline.poll(cx, *this.write_timeout));
        tracing::debug!("An HTTP/2 stream was reset: its client did not take the answer.");
        Poll::Ready(())
    }
}
