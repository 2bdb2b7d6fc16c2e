//! A client's socket that must not stay full.
//!
//! A client that takes nothing holds its answer, and with it a place at the app, as long as it
//! likes. It is given as long as nginx's `send_timeout` gives it, from one write to the next.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::upstream::Deadline;

/// Writes that find no room for `timeout` fail with [`io::ErrorKind::TimedOut`].
pub(crate) struct Paced<S> {
    stream: S,
    timeout: Duration,
    deadline: Deadline,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, timeout: Duration) -> Self {
        Self {
            stream,
            timeout,
            deadline: Deadline::default(),
        }
    }

    fn bound(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(written) => {
                self.deadline.disarm();
                Poll::Ready(written)
            }
            Poll::Pending => self
                .deadline
                .poll(cx, self.timeout)
                .map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.bound(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.bound(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::{Instant, interval_at};

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let start = Instant::now();
        let (near, _far) = duplex(8);
        let error = Paced::new(near, TIMEOUT).write_all(&[0; 9]).await;
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_little_is_waited_for() {
        let (near, mut far) = duplex(8);
        let reading = tokio::spawn(async move {
            let pause = TIMEOUT - Duration::from_secs(1);
            let mut pauses = interval_at(Instant::now() + pause, pause);
            for _ in 0..64 {
                pauses.tick().await;
                far.read_u8().await.unwrap();
            }
        });
        let mut near = Paced::new(near, TIMEOUT);
        near.write_all(&[0; 64]).await.unwrap();
        reading.await.unwrap();
    }
}
