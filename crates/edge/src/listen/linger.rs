//! The time between the last answer on a connection and its close.
//!
//! Closing a socket with unread bytes resets it, and a reset may overtake the answer (RFC 9112
//! section 9.6). So what still comes in is read and thrown away for a moment.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};

use crate::upstream::Deadline;

/// What is still read after the answer.
pub(crate) const LINGER_BYTES_MAX: usize = 256 << 10;
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);

/// Ends with the peer's own end, or at its bounds.
#[derive(Default)]
pub(crate) struct Linger {
    deadline: Deadline,
    drained: usize,
}

impl Linger {
    pub(crate) fn poll<S>(&mut self, stream: &mut S, cx: &mut Context<'_>) -> Poll<()>
    where
        S: AsyncRead + Unpin,
    {
        let mut scratch = [0; 4096];
        while self.drained < LINGER_BYTES_MAX {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.drained += buffer.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    ready!(self.deadline.poll(cx, LINGER_TIMEOUT));
                    return Poll::Ready(());
                }
            }
        }
        Poll::Ready(())
    }
}
