//! The app's side: who answers a request, over which connection, and what happens when nobody does.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::{Request, Response};

use crate::body::{Body, BodyError};

pub type SendFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Body>, UpstreamError>> + Send + 'a>>;

/// Answers a request on the app's behalf. The pool does so over the network, a self-proof from
/// memory.
pub trait Upstream: Send + Sync {
    /// Sends `request` (origin-form target, `Host` set, hop-by-hop fields already gone) and
    /// resolves when the response head is there. The body streams on.
    fn send(&self, request: Request<Body>) -> SendFuture<'_>;
}

/// Put into the response's extensions: who answered, for the access log.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// Connections tried, one for an ordinary request.
    pub attempts: u8,
    /// Whether the answering connection had served before.
    pub reused: bool,
}

/// No response could be had.
#[derive(Debug)]
pub struct UpstreamError {
    pub kind: UpstreamErrorKind,
    pub cause: BodyError,
}

/// What the client is told, and whether another instance may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpstreamErrorKind {
    /// Name not resolved, connection refused, reset or closed before an answer, TLS refused.
    Unreachable,
    /// No connection or no first byte in time.
    Timeout,
    /// What came back was not HTTP.
    Invalid,
    /// In-flight cap and queue are full, or the wait in the queue was too long.
    Busy,
    /// Every instance is unhealthy or its breaker is open.
    Suspended,
    /// The client's own body broke off or stalled while it was being sent on.
    ClientBody,
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.cause)
    }
}

impl std::error::Error for UpstreamError {}
