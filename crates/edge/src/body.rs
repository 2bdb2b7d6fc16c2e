//! The one body type of the data plane.
//!
//! Layers that wrap a body hand on this type again, so no signature grows with the stack.

mod buffered;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

pub use buffered::Buffered;
pub(crate) use buffered::{Replayed, read};

/// Why a body broke off. It reaches the peer as a closed or reset stream, never as bytes.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The client does not send its request body at the pace that it must keep.
#[derive(Debug, thiserror::Error)]
#[error("the client sends its body too slowly")]
pub(crate) struct ClientTooSlow;

/// A request or response body: bytes in frames, then perhaps trailers.
#[derive(Default)]
pub enum Body {
    #[default]
    Empty,
    /// Whole in memory; only for what we say ourselves.
    Full(Bytes),
    /// As it arrives from a peer, unbuffered.
    Incoming(Incoming),
    /// Wrapped by something that watches, counts or rewrites it.
    Wrapped(Pin<Box<dyn http_body::Body<Data = Bytes, Error = BodyError> + Send>>),
}

impl Body {
    pub fn wrap<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
    {
        Self::Wrapped(Box::pin(body))
    }
}

/// Says what kind of body it is; what it holds is nobody's business.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Full(_) => "Full",
            Self::Incoming(_) => "Incoming",
            Self::Wrapped(_) => "Wrapped",
        })
    }
}

impl From<Incoming> for Body {
    fn from(incoming: Incoming) -> Self {
        Self::Incoming(incoming)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            Self::Empty
        } else {
            Self::Full(bytes)
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match this {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Incoming(incoming) => Pin::new(incoming).poll_frame(cx).map_err(Into::into),
            Self::Wrapped(body) => body.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(_) => false,
            Self::Incoming(incoming) => incoming.is_end_stream(),
            Self::Wrapped(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Incoming(incoming) => incoming.size_hint(),
            Self::Wrapped(body) => body.size_hint(),
        }
    }
}
