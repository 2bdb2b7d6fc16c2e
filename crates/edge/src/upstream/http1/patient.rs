//! A connection that is read for so many bytes and no more until a response begins.
//!
//! hyper passes over interim responses (1xx) as long as they come, and an app that sends nothing
//! else would keep the worker from everybody: RFC 9110 section 15.2 sets them no bound.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// For the interim responses of one request and the head of its final one. Reads are larger than
/// heads, so it is well above [`HEAD_BYTES_MAX`](super::HEAD_BYTES_MAX).
const BEGINNING_BYTES_MAX: usize = 1 << 20;

/// The response did not begin within what is read of it.
#[derive(Debug, thiserror::Error)]
#[error("the app sends interim responses without end")]
pub(crate) struct Endless;

const UNBOUNDED: usize = usize::MAX;

/// How many bytes may still be read.
#[derive(Clone)]
pub(super) struct Patience(Arc<AtomicUsize>);

impl Patience {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(UNBOUNDED)))
    }

    /// A request goes out: its response has yet to begin.
    pub(super) fn begin(&self) {
        self.0.store(BEGINNING_BYTES_MAX, Ordering::Relaxed);
    }

    /// The response has begun, and may be of any length.
    pub(super) fn end(&self) {
        self.0.store(UNBOUNDED, Ordering::Relaxed);
    }

    fn spend(&self, bytes: usize) {
        let left = self.0.load(Ordering::Relaxed);
        if left != UNBOUNDED {
            self.0.store(left.saturating_sub(bytes), Ordering::Relaxed);
        }
    }

    fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// The connection.
pub(super) struct Patient<T> {
    pub(super) io: T,
    pub(super) patience: Patience,
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.patience.is_spent() {
            return Poll::Ready(Err(io::Error::other(Endless)));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        self.patience.spend(buffer.filled().len() - before);
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
