//! Serves routers of our own, to operators and their machines. Whatever one client does, or leaves
//! undone, costs the others a bounded wait: places, heads, answers and the end all have a limit.

use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use palisade_kernel::Actor;
use palisade_web::{Caller, Permission};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::server::TlsStream;

/// Connections open at once on one listener: a few probes, scrapers and browsers. Those beyond
/// wait in the kernel's queue until a place is free, so a flood delays a probe and never starves it.
const CONNECTIONS_MAX: u32 = 128;

/// For sending a whole request head, and for waiting between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// After this a connection finishes what it has begun and is closed, whatever it is at: one that
/// never asks, or never reads its answer, would keep its place for good. Clients open another.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);

/// What a connection gets to finish in, when its time is over or the node stops.
const FINISH_TIME_MAX: Duration = Duration::from_secs(5);

/// What HTTP/1.1 may buffer of a request: bounds its head.
const BUFFER_BYTES_MAX: usize = 64 << 10;

/// Requests under way on one HTTP/2 connection.
const STREAMS_MAX: u32 = 16;

/// A connection whose other end the system may vouch for.
pub(crate) trait Vouched {
    fn caller(&self) -> Option<Caller>;
}

/// Only who may open the socket can be at its other end, and the kernel says who it is.
impl Vouched for UnixStream {
    fn caller(&self) -> Option<Caller> {
        let uid = self.peer_cred().ok()?.uid();
        Some(Caller {
            actor: Actor::Socket { uid },
            permission: Permission::Administer,
        })
    }
}

impl Vouched for TcpStream {
    fn caller(&self) -> Option<Caller> {
        None
    }
}

impl<S> Vouched for TlsStream<S> {
    fn caller(&self) -> Option<Caller> {
        None
    }
}

/// Answers until `end`, then lets requests under way finish and returns.
pub(crate) async fn serve<L>(mut listener: L, router: Router, mut end: watch::Receiver<bool>)
where
    L: Listener<Io: Vouched>,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX as usize));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        tokio::select! {
            biased;
            () = ended(&mut end) => break,
            (place, (stream, _)) = next => {
                let router = match stream.caller() {
                    Some(caller) => router.clone().layer(Extension(caller)),
                    None => router.clone(),
                };
                tokio::spawn(carry(stream, router, end.clone(), place));
            }
        }
    }
    drop(listener);
    // All of them are back when the last connection has ended.
    drop(places.acquire_many(CONNECTIONS_MAX).await);
}

/// One connection, from its first byte to its end, which gives the place back.
async fn carry<S>(
    stream: S,
    router: Router,
    mut end: watch::Receiver<bool>,
    place: Option<OwnedSemaphorePermit>,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let settings = settings();
    let served = settings.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        () = over(&mut end) => {
            served.as_mut().graceful_shutdown();
            let finished = tokio::time::timeout(FINISH_TIME_MAX, served).await;
            finished.unwrap_or_else(|late| Err(late.into()))
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "A connection of an operator ended with an error.");
    }
    drop(place);
}

async fn over(end: &mut watch::Receiver<bool>) {
    // Running out of time is no error here; either way the connection is to finish.
    let _ = tokio::time::timeout(CONNECTION_TIME_MAX, ended(end)).await;
}

async fn ended(end: &mut watch::Receiver<bool>) {
    drop(end.wait_for(|end| *end).await);
}

fn settings() -> auto::Builder<TokioExecutor> {
    let mut settings = auto::Builder::new(TokioExecutor::new());
    settings
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(BUFFER_BYTES_MAX);
    settings.http2().max_concurrent_streams(STREAMS_MAX);
    settings
}

#[cfg(test)]
mod tests;
