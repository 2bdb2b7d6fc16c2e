//! A stream of which the first bytes have already been read.
//!
//! The PROXY header and the first byte of TLS are looked at before anyone else reads; what was
//! read too far is given back here.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pin_project! {
    /// Reads `prefix` first, then from the stream; writes go straight through.
    #[derive(Debug)]
    pub struct Prefixed<S> {
        prefix: Bytes,
        #[pin]
        stream: S,
    }
}

impl<S> Prefixed<S> {
    pub const fn new(stream: S) -> Self {
        let prefix = Bytes::new();
        Self { prefix, stream }
    }

    /// `prefix` is what was read from `stream` and not used.
    pub const fn with(prefix: Bytes, stream: S) -> Self {
        Self { prefix, stream }
    }

    pub const fn get_ref(&self) -> &S {
        &self.stream
    }

    pub fn into_parts(self) -> (Bytes, S) {
        (self.prefix, self.stream)
    }
}

impl<S: AsyncRead> AsyncRead for Prefixed<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        if this.prefix.is_empty() {
            return this.stream.poll_read(cx, buf);
        }
        let taken = this.prefix.len().min(buf.remaining());
        buf.put_slice(this.prefix.get(..taken).unwrap_or_default());
        this.prefix.advance(taken);
        if this.prefix.is_empty() {
            // The connection may live for hours: let go of the buffer.
            *this.prefix = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite> AsyncWrite for Prefixed<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn the_prefix_is_read_before_the_stream_in_whatever_portions() {
        for portion in 1..=12 {
            let mut stream = Prefixed::with(Bytes::from_static(b"before "), &b"after"[..]);
            let (mut read, mut buf) = (Vec::new(), vec![0; portion]);
            loop {
                match stream.read(&mut buf).await.unwrap() {
                    0 => break,
                    count => read.extend_from_slice(&buf[..count]),
                }
            }
            assert_eq!(read, b"before after");
        }
    }

    #[tokio::test]
    async fn writes_reach_the_stream_at_once_even_while_a_prefix_waits() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut stream = Prefixed::with(Bytes::from_static(b"unread"), near);
        stream.write_all(b"answer").await.unwrap();
        let mut answer = [0; 6];
        far.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"answer");
        assert_eq!(&stream.into_parts().0[..], b"unread");
    }
}
