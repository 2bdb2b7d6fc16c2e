//! HTTP/2 to the app: one connection per worker and instance, shared by all its requests.
//!
//! Requests beyond the app's own limit of concurrent streams wait inside the connection; their
//! number is bounded by the group's in-flight cap.

use http::uri::{Authority, PathAndQuery};
use http::{Request, Uri, Version, header};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::time::Duration;
use tokio::sync::Mutex;

use super::connect::{Io, connect};
use super::group::Group;
use super::instance::{Instance, Peer};
use super::{UpstreamError, UpstreamErrorKind};
use crate::body::Body;

/// Unread response bytes that one stream may hold in memory.
const STREAM_WINDOW_BYTES: u32 = 512 * 1024;
/// Unread response bytes that all streams of a connection may hold together.
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// A response head larger than this is refused; the same as over HTTP/1.1.
const HEAD_BYTES_MAX: u32 = super::http1::HEAD_BYTES_MAX as u32;
/// How often a silent connection with requests on it is asked whether it lives.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// The shared connection, made on first use and made anew when it has gone.
#[derive(Default)]
pub(crate) struct SharedConnection(Mutex<Option<(SendRequest<Body>, Peer)>>);

impl SharedConnection {
    /// A handle to the connection, and whether it was there before. Who comes while it is being
    /// made waits for it instead of making another.
    pub(crate) async fn get(
        &self,
        group: &Group,
        instance: &Instance,
    ) -> Result<(SendRequest<Body>, bool), UpstreamError> {
        let mut shared = self.0.lock().await;
        if let Some((sender, peer)) = shared.as_mut()
            && !sender.is_closed()
            && peer.is_current(instance)
        {
            return Ok((sender.clone(), true));
        }
        let (io, peer) = connect(group, instance).await?;
        let sender = open(io).await?;
        *shared = Some((sender.clone(), peer));
        Ok((sender, false))
    }
}

/// Starts HTTP/2 on `io`; the driving task runs on the current runtime.
pub(crate) async fn open(io: Io) -> Result<SendRequest<Body>, UpstreamError> {
    match io {
        Io::Tcp(stream) => handshake(TokioIo::new(stream)).await,
        Io::Unix(stream) => handshake(TokioIo::new(stream)).await,
        Io::Tls(stream) => handshake(TokioIo::new(stream)).await,
    }
    .map_err(|cause| UpstreamError::new(UpstreamErrorKind::Unreachable, cause))
}

async fn handshake<T>(io: T) -> hyper::Result<SendRequest<Body>>
where
    T: Read + Write + Send + Unpin + 'static,
{
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(HEAD_BYTES_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .handshake(io)
        .await?;
    tokio::spawn(async move {
        // What breaks a connection is reported to the requests on it.
        let _ = connection.await;
    });
    Ok(sender)
}

/// Puts scheme and authority into the target, where HTTP/2 has them (RFC 9113 section 8.3.1),
/// and takes out what must not be beside them. Changes nothing the second time.
pub(crate) fn make_absolute(request: &mut Request<Body>, instance: &Instance, keep_host: bool) {
    let sent_host = request.headers_mut().remove(header::HOST);
    let sent = sent_host
        .and_then(|host| Authority::try_from(host.as_bytes()).ok())
        .or_else(|| request.uri().authority().cloned());
    let authority = match sent {
        Some(sent) if keep_host => sent,
        _ => instance.target.authority.clone(),
    };
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(instance.target.scheme.clone());
    parts.authority = Some(authority);
    let path = request.uri().path_and_query().cloned();
    parts.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    *request.version_mut() = Version::HTTP_2;
    // The body goes out at once: hyper reports no interim response over HTTP/2.
    request.headers_mut().remove(header::EXPECT);
}
