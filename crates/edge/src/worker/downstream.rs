//! An HTTP/1.1 connection as hyper writes to it.
//!
//! hyper answers what it cannot parse with a bare head, before any of our code has run. Here that
//! head is taken from it, and a whole answer of ours is written in its place.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use palisade_kernel::Problem;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Worker;
use super::connection::Connection;
use super::unread::Reply;
use crate::listen::linger::Linger;
use crate::refusal::Accept;

pub(super) struct Downstream<S> {
    stream: S,
    worker: Arc<Worker>,
    connection: Arc<Connection>,
    /// Our last words, where the client sent what is no request.
    reply: Option<Box<Reply>>,
    /// Once the last words are out.
    linger: Option<Linger>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Downstream<S> {
    pub(super) fn new(stream: S, worker: Arc<Worker>, connection: Arc<Connection>) -> Self {
        Self {
            stream,
            worker,
            connection,
            reply: None,
            linger: None,
        }
    }

    /// Whether `head`, the first of what hyper writes now, is an answer of its own.
    fn takes_over(&mut self, head: &[u8]) -> bool {
        if !self.connection.turn.is_idle() {
            return false;
        }
        if self.reply.is_none()
            && let Some(problem) = parse_failure(head)
        {
            let connection = self.connection.clone();
            let reply = self
                .worker
                .answer_unread(connection, problem, Accept::Document);
            self.reply = Some(Box::new(reply));
        }
        self.reply.is_some()
    }

    /// Writes our answer to its end, and then says that hyper's `count` bytes were written.
    fn poll_reply(&mut self, cx: &mut Context<'_>, count: usize) -> Poll<io::Result<usize>> {
        if let Some(reply) = &mut self.reply {
            while !reply.rest().is_empty() {
                let written = Pin::new(&mut self.stream).poll_write(cx, reply.rest());
                match ready!(written)? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    written => reply.advance(written),
                }
            }
        }
        Poll::Ready(Ok(count))
    }
}

/// The problem that hyper's parser had, by the status line that it writes. There are three
/// (`Server::on_error` in hyper's `proto/h1/role.rs`); any other would go out as hyper wrote it.
fn parse_failure(head: &[u8]) -> Option<&'static Problem> {
    let after_version = head.strip_prefix(b"HTTP/1.")?.get(1..)?;
    match after_version.get(..5)? {
        b" 400 " => Some(&Problem::BAD_REQUEST),
        b" 414 " => Some(&Problem::URI_TOO_LONG),
        b" 431 " => Some(&Problem::HEADER_TOO_LARGE),
        _ => None,
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Downstream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Downstream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.takes_over(buf) {
            true => self.poll_reply(cx, buf.len()),
            false => Pin::new(&mut self.stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let head = bufs.first().map_or(&[][..], |first| first);
        match self.takes_over(head) {
            true => self.poll_reply(cx, bufs.iter().map(|buf| buf.len()).sum()),
            false => Pin::new(&mut self.stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when its own buffer is empty.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.turn.flushed();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            if this.reply.is_none() {
                return Poll::Ready(Ok(()));
            }
        }
        let linger = this.linger.get_or_insert_default();
        linger.poll(&mut this.stream, cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_answers_of_hypers_parser_are_known() {
        let code = |head: &[u8]| parse_failure(head).map(|problem| problem.code);
        assert_eq!(code(b"HTTP/1.1 400 Bad Request\r\n"), Some("bad-request"));
        assert_eq!(code(b"HTTP/1.0 414 URI Too Long\r\n"), Some("uri-too-long"));
        assert_eq!(code(b"HTTP/1.1 431 R"), Some("header-too-large"));
        for other in ["", "HTTP/1.1 4", "HTTP/1.1 200 OK\r\n", "400 Bad Request"] {
            assert_eq!(code(other.as_bytes()), None, "{other}");
        }
    }
}
