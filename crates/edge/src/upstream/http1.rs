//! HTTP/1.1 connections to the app, as hyper's client drives them.

use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;

use super::connect::Io;
use super::deadline::Deadline;
use super::instance::Peer;
use super::{UpstreamError, UpstreamErrorKind};
use crate::body::Body;
use patient::{Patience, Patient};

pub(super) use patient::Endless;

mod patient;

/// A response head larger than this is refused as invalid. Four times what nginx takes.
pub(crate) const HEAD_BYTES_MAX: usize = 32 * 1024;

/// One connection. Dropping it closes it, even in the middle of a message, unless it was upgraded.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Body>,
    patience: Patience,
    pub(crate) deadline: Deadline,
    pub(crate) peer: Peer,
    /// Monotonic time at which it was last given back.
    pub(crate) idle_since: Duration,
    /// Whether it has served before.
    pub(crate) reused: bool,
    driver: Option<AbortHandle>,
}

impl Connection {
    /// Starts HTTP/1.1 on `io`; the driving task runs on the current runtime.
    pub(crate) async fn open(io: Io, peer: Peer) -> Result<Self, UpstreamError> {
        let patience = Patience::new();
        let (sender, driver) = match io {
            Io::Tcp(stream) => handshake(stream, &patience).await,
            Io::Unix(stream) => handshake(stream, &patience).await,
            Io::Tls(stream) => handshake(stream, &patience).await,
        }
        .map_err(|cause| UpstreamError::new(UpstreamErrorKind::Unreachable, cause))?;
        Ok(Self {
            sender,
            patience,
            deadline: Deadline::default(),
            peer,
            idle_since: Duration::ZERO,
            reused: false,
            driver: Some(driver),
        })
    }

    /// Sends a request. Until [`Connection::begun`] only so much is read.
    pub(crate) fn send(
        &mut self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Body>>>> + use<> {
        self.patience.begin();
        self.sender.try_send_request(request)
    }

    /// The response has begun.
    pub(crate) fn begun(&self) {
        self.patience.end();
    }

    /// Lets the driving task live on: it hands the byte stream over to whoever upgraded it.
    pub(crate) fn hand_over(mut self) {
        self.driver = None;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // hyper would first send an unfinished request body to its end, to an app nobody listens to.
        if let Some(driver) = self.driver.take() {
            driver.abort();
        }
    }
}

async fn handshake<T>(io: T, patience: &Patience) -> hyper::Result<(SendRequest<Body>, AbortHandle)>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let patience = patience.clone();
    let io = TokioIo::new(Patient { io, patience });
    let (sender, connection) = http1::Builder::new()
        .max_header_size(HEAD_BYTES_MAX)
        .handshake(io)
        .await?;
    let connection = connection.with_upgrades();
    let driver = tokio::spawn(async move {
        // What breaks a connection is reported to the request on it, or concerns nobody.
        let _ = connection.await;
    });
    Ok((sender, driver.abort_handle()))
}
