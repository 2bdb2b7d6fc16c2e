//! The app's side: who answers a request, over which connection, and what happens when nobody does.
//!
//! A [`Group`] is one configured upstream, shared by the node; a [`Pool`] is one worker's
//! connections to it. Only the group is contended, and only by a handful of counters.

mod admission;
mod balance;
mod breaker;
mod connect;
pub(crate) mod deadline;
mod exchange;
mod group;
mod health;
mod hold;
mod http1;
mod http2;
mod instance;
mod options;
mod pool;
mod request_body;
mod resolve;
mod response_body;
mod retry;
mod target;
mod tls;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::{Request, Response};

use crate::body::{Body, BodyError};

pub use balance::INSTANCES_MAX;
pub use breaker::BreakerState;
pub(crate) use deadline::Deadline;
pub use group::{Group, GroupError, GroupSnapshot};
pub use instance::InstanceSnapshot;
pub use options::{BreakerOptions, HealthOptions, HostHeader, Options, Protocol, TlsOptions};
pub use pool::Pool;
pub use target::Target;

/// Upstreams of one node. Each worker counts for each of them by itself.
pub const UPSTREAMS_MAX: usize = 256;

pub type SendFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Body>, UpstreamError>> + Send + 'a>>;

/// Answers a request on the app's behalf. The pool does so over the network, a self-proof from
/// memory.
pub trait Upstream: Send + Sync {
    /// Sends `request` (origin-form target, `Host` set, hop-by-hop fields already gone) and
    /// resolves when the response head is there. The body streams on.
    fn send(&self, request: Request<Body>) -> SendFuture<'_>;
}

/// Put into the response's extensions: who answered and how. The access log takes the attempts, a
/// tunnel its timeout; the tests of the pool take all of it.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// Connections tried, one for an ordinary request.
    pub attempts: u8,
    /// Whether the answering connection had served before.
    pub reused: bool,
    /// Which of the group's instances answered, counted from zero in the order configured.
    pub instance: u16,
    /// How long an upgraded connection may stay silent before whoever carries it closes it.
    pub stream_idle_timeout: Duration,
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
    /// Every instance's breaker is open. Health checks alone never cause this: where all of them
    /// fail, the instances are tried all the same, lest a wrong health path take the app down.
    Suspended,
    /// The client's own body broke off while it was being sent on.
    ClientBody,
    /// The client's own body came too slowly.
    ClientTimeout,
}

impl UpstreamError {
    pub(crate) fn new(kind: UpstreamErrorKind, cause: impl Into<BodyError>) -> Self {
        Self {
            kind,
            cause: cause.into(),
        }
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.cause)
    }
}

impl std::error::Error for UpstreamError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}
