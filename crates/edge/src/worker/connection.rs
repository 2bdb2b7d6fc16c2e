//! One accepted connection, from its first byte to its last request.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;

use super::downstream::Downstream;
use super::http2_streams::{HandingOut, Http2Streams};
use super::logged_body::LoggedBody;
use super::turn::Turn;
use super::{Entrance, Worker};
use crate::listen::connection::{HttpVersion, Peer, accept_tls};
use crate::listen::paced::Paced;
use crate::listen::prefixed::Prefixed;
use crate::listen::proxy_protocol::{self, Addresses, Refused};
use crate::metrics::ConnectionError;
use crate::node::{self, ListenOptions, Place, Shared};

/// Streams that one HTTP/2 connection may have open.
const STREAMS_MAX: u32 = 128;

/// How far a peer may send ahead of the app, per stream and per connection: what a connection may
/// have us keep in memory.
const STREAM_WINDOW_BYTES: u32 = 512 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;

/// Header fields of one HTTP/2 request, uncompressed (RFC 9113 section 6.5.2).
const HEADER_LIST_BYTES_MAX: u32 = 64 << 10;

/// What HTTP/1.1 may buffer: bounds a request head, and reads of a body.
const HTTP1_BUFFER_BYTES_MAX: usize = 256 << 10;

/// A silent HTTP/2 peer is asked this often whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// The first bytes of HTTP/2 with prior knowledge (RFC 9113 section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What every request on a connection has in common.
pub(super) struct Connection {
    pub(super) peer: Arc<Peer>,
    pub(super) entrance: Entrance,
    /// Held by the connection's own task. What outlives it, a tunnel, takes a share by itself.
    pub(super) place: Weak<Place>,
    pub(super) body_timeout: Duration,
    /// Of HTTP/1.1 alone.
    pub(super) turn: Turn,
    /// Of HTTP/2 alone.
    pub(super) handing_out: HandingOut,
}

impl Connection {
    fn new(peer: Peer, entrance: Entrance, place: &Arc<Place>, listen: &ListenOptions) -> Self {
        Self {
            peer: Arc::new(peer),
            entrance,
            place: Arc::downgrade(place),
            body_timeout: listen.body_timeout,
            turn: Turn::default(),
            handing_out: HandingOut::default(),
        }
    }
}

pub(super) async fn run(
    worker: Arc<Worker>,
    shared: Arc<Shared>,
    stream: TcpStream,
    address: SocketAddr,
    entrance: Entrance,
    place: Arc<Place>,
) {
    let local = stream.local_addr().unwrap_or(shared.listen.address);
    let stream = Paced::new(stream, shared.listen.write_timeout);
    let (stream, by_proxy) = match receive_proxy_header(&worker, &shared, stream, address).await {
        Ok(received) => received,
        Err(refused) => {
            tracing::debug!(%refused, "A connection was closed before its first request.");
            return worker
                .shard
                .connection_error(ConnectionError::ProxyProtocol);
        }
    };
    let mut peer = Peer::new(address, local, by_proxy);
    match (entrance, &shared.listen.certificates) {
        (Entrance::App, Some(certificates)) => {
            let deadline = shared.listen.handshake_timeout;
            let to_plain_http = |first: &[u8]| {
                let connection = Connection::new(peer.clone(), entrance, &place, &shared.listen);
                worker.answer_plain_http(Arc::new(connection), first)
            };
            match accept_tls(stream, certificates, deadline, to_plain_http).await {
                Ok((stream, facts)) => {
                    let http = facts.http;
                    peer.tls = Some(facts);
                    let connection = Connection::new(peer, entrance, &place, &shared.listen);
                    serve(worker, shared, stream, connection, http).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "A TLS handshake failed.");
                    worker.shard.connection_error(ConnectionError::TlsHandshake);
                }
            }
        }
        _ => {
            let connection = Connection::new(peer, entrance, &place, &shared.listen);
            let deadline = shared.listen.header_timeout;
            match tokio::time::timeout(deadline, read_preface(stream)).await {
                Ok(Ok((stream, http))) => serve(worker, shared, stream, connection, http).await,
                // Opened and left, or opened and silent: nobody to answer.
                Ok(Err(_)) | Err(_) => worker.shard.connection_error(ConnectionError::Http),
            }
        }
    }
}

async fn receive_proxy_header(
    worker: &Worker,
    shared: &Shared,
    stream: Paced<TcpStream>,
    address: SocketAddr,
) -> Result<(Prefixed<Paced<TcpStream>>, Option<Addresses>), Refused> {
    if !shared.listen.proxy_protocol {
        return Ok((Prefixed::new(stream), None));
    }
    let published = worker.current.load_full();
    let proxies = &published.policy.stack.trust().proxies;
    let deadline = shared.listen.handshake_timeout;
    let received = proxy_protocol::receive(stream, address.ip(), proxies, deadline).await?;
    Ok((received.stream, received.addresses))
}

/// Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes.
async fn read_preface<S>(
    stream: Prefixed<S>,
) -> std::io::Result<(Prefixed<Prefixed<S>>, HttpVersion)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = stream;
    let mut seen = Vec::with_capacity(HTTP2_PREFACE.len());
    let mut byte = [0; 1];
    while HTTP2_PREFACE.starts_with(&seen) && seen.len() < HTTP2_PREFACE.len() {
        // `P` begins POST, PUT and PATCH too, so this rarely reads beyond two bytes.
        if stream.read(&mut byte).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        seen.extend_from_slice(&byte);
    }
    let http = match seen == HTTP2_PREFACE {
        true => HttpVersion::Http2,
        false => HttpVersion::Http1,
    };
    Ok((Prefixed::with(seen.into(), stream), http))
}

async fn serve<S>(
    worker: Arc<Worker>,
    shared: Arc<Shared>,
    stream: S,
    connection: Connection,
    http: HttpVersion,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut draining = shared.draining();
    let header_timeout = shared.listen.header_timeout;
    let connection = Arc::new(connection);
    let service = Requests {
        worker: worker.clone(),
        connection: connection.clone(),
    };
    // Both kinds of connection finish what they have begun, and say so to the peer, on drain.
    let result = if http == HttpVersion::Http2 {
        let streams = Http2Streams::new(connection, shared.listen.write_timeout);
        let served = http2_settings(streams).serve_connection(TokioIo::new(stream), service);
        tokio::pin!(served);
        tokio::select! {
            biased;
            result = served.as_mut() => result,
            () = node::set(&mut draining) => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        }
    } else {
        let stream = Downstream::new(stream, worker.clone(), connection);
        let served = http1_settings(header_timeout)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::pin!(served);
        tokio::select! {
            biased;
            result = served.as_mut() => result,
            () = node::set(&mut draining) => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "A connection ended with an error.");
        if error.is_parse() {
            worker.shard.connection_error(ConnectionError::Http);
        }
    }
}

fn http1_settings(header_timeout: Duration) -> http1::Builder {
    let mut settings = http1::Builder::new();
    settings
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(HTTP1_BUFFER_BYTES_MAX);
    settings
}

fn http2_settings(streams: Http2Streams) -> http2::Builder<Http2Streams> {
    let mut settings = http2::Builder::new(streams);
    settings
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(HEADER_LIST_BYTES_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    settings
}

/// hyper's view of a connection: a service that answers requests.
struct Requests {
    worker: Arc<Worker>,
    connection: Arc<Connection>,
}

type Answer = std::pin::Pin<
    Box<dyn Future<Output = Result<http::Response<LoggedBody>, std::convert::Infallible>> + Send>,
>;

impl Service<http::Request<Incoming>> for Requests {
    type Response = http::Response<LoggedBody>;
    type Error = std::convert::Infallible;
    type Future = Answer;

    fn call(&self, request: http::Request<Incoming>) -> Answer {
        self.connection.turn.begin();
        Box::pin(self.worker.clone().answer(self.connection.clone(), request))
    }
}
