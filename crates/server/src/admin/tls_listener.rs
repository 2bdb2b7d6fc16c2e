//! HTTPS for axum: handshakes run beside each other, so a slow one holds up nobody.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use palisade_edge::listen::connection::{accept_tls, plain_http};
use palisade_edge::listen::prefixed::Prefixed;
use palisade_edge::listen::socket::{self, ACCEPT_PAUSE};
use palisade_edge::tls::CertificateStore;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_rustls::server::TlsStream;

/// Handshakes at once; there is one operator, or a few.
const HANDSHAKES_MAX: usize = 64;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

type Stream = TlsStream<Prefixed<TcpStream>>;

pub(super) struct TlsListener {
    address: io::Result<SocketAddr>,
    ready: mpsc::Receiver<(Stream, SocketAddr)>,
}

impl TlsListener {
    pub(super) fn start(
        listener: TcpListener,
        certificates: Arc<CertificateStore>,
        mut end: watch::Receiver<bool>,
    ) -> Self {
        let address = listener.local_addr();
        let (sender, ready) = mpsc::channel(HANDSHAKES_MAX);
        tokio::spawn(async move {
            tokio::select! {
                ended = end.wait_for(|end| *end) => drop(ended),
                () = accept(&listener, certificates, sender) => {}
            }
        });
        Self { address, ready }
    }
}

async fn accept(
    listener: &TcpListener,
    certificates: Arc<CertificateStore>,
    ready: mpsc::Sender<(Stream, SocketAddr)>,
) {
    let places = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let (stream, address) = match socket::accept(listener).await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "The admin listener cannot accept; pausing briefly.");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (certificates, ready) = (certificates.clone(), ready.clone());
        tokio::spawn(async move {
            let stream = Prefixed::new(stream);
            let bare = plain_http::bare;
            match accept_tls(stream, &certificates, HANDSHAKE_TIMEOUT, bare).await {
                // A receiver that is gone has stopped serving.
                Ok((stream, _)) => _ = ready.send((stream, address)).await,
                Err(error) => {
                    tracing::debug!(%error, "A handshake with the admin listener failed.")
                }
            }
            drop(place);
        });
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            // The node is stopping, and axum with it.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match &self.address {
            Ok(address) => Ok(*address),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }
}
