//! An accepted connection: who it is, and its TLS handshake.

pub mod plain_http;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rustls::ProtocolVersion;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::prefixed::Prefixed;
use super::proxy_protocol::Addresses;
use crate::client_address::Scheme;
use crate::tls::CertificateStore;

/// The first read of a handshake: a ClientHello with post-quantum key shares takes 1.8 KiB.
const FIRST_READ_BYTES: usize = 2048;
/// The record type that every handshake begins with (RFC 8446 section 5.1).
const HANDSHAKE_RECORD: u8 = 22;

/// What is known of a connection before its first request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The other end of the socket.
    pub address: SocketAddr,
    /// Who connected to the balancer in front, by its PROXY protocol header.
    pub proxied: Option<SocketAddr>,
    /// The address that was connected to; the balancer's, where it said so.
    pub local: SocketAddr,
    /// `None` on a plain listener.
    pub tls: Option<TlsFacts>,
}

impl Peer {
    /// `by_proxy` comes from a PROXY protocol header, where there was one.
    pub const fn new(address: SocketAddr, local: SocketAddr, by_proxy: Option<Addresses>) -> Self {
        let (proxied, local) = match by_proxy {
            Some(by_proxy) => (Some(by_proxy.source), by_proxy.destination),
            None => (None, local),
        };
        Self {
            address,
            proxied,
            local,
            tls: None,
        }
    }

    /// Who connected: the peer that [`crate::client_address::believed`] asks for.
    pub fn ip(&self) -> IpAddr {
        self.proxied.unwrap_or(self.address).ip().to_canonical()
    }

    /// How this connection itself is spoken.
    pub const fn scheme(&self) -> Scheme {
        match self.tls {
            Some(_) => Scheme::Https,
            None => Scheme::Http,
        }
    }
}

/// What a handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    pub version: TlsVersion,
    /// The host the client asked for, in lower case (RFC 6066 section 3).
    pub sni: Option<Box<str>>,
    pub http: HttpVersion,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsVersion {
    Tls12,
    Tls13,
}

/// By ALPN; without it HTTP/1.1 is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HttpVersion {
    Http1,
    Http2,
}

/// Why a handshake came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    #[error("the TLS handshake was not finished in time")]
    Timeout,
    #[error("the connection ended before the TLS handshake")]
    Closed,
    #[error("plain HTTP was spoken to the TLS port; it was answered with a 400")]
    PlainHttp,
    #[error("what was spoken to the TLS port is not TLS")]
    NotTls,
    #[error("the TLS handshake failed: {0}")]
    Failed(io::Error),
}

impl HandshakeError {
    /// For the metric's label.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Closed => "closed",
            Self::PlainHttp => "plain-http",
            Self::NotTls => "not-tls",
            Self::Failed(_) => "failed",
        }
    }
}

/// Shakes hands with the certificates of this moment. `handshake_timeout` bounds everything,
/// from the first byte on, the answer to plain HTTP included.
///
/// That answer, a whole HTTP/1.1 response, is what `to_plain_http` makes of the first bytes.
pub async fn accept_tls<S>(
    stream: Prefixed<S>,
    store: &CertificateStore,
    handshake_timeout: Duration,
    to_plain_http: impl FnOnce(&[u8]) -> Bytes,
) -> Result<(TlsStream<Prefixed<S>>, TlsFacts), HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let handshake = handshake(stream, store, to_plain_http);
    match tokio::time::timeout(handshake_timeout, handshake).await {
        Ok(accepted) => accepted,
        Err(_) => Err(HandshakeError::Timeout),
    }
}

async fn handshake<S>(
    mut stream: Prefixed<S>,
    store: &CertificateStore,
    to_plain_http: impl FnOnce(&[u8]) -> Bytes,
) -> Result<(TlsStream<Prefixed<S>>, TlsFacts), HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // This read stands in for the first one of rustls, so looking costs no system call.
    let mut first = BytesMut::with_capacity(FIRST_READ_BYTES);
    stream
        .read_buf(&mut first)
        .await
        .map_err(HandshakeError::Failed)?;
    match first.first() {
        Some(&HANDSHAKE_RECORD) => {}
        None => return Err(HandshakeError::Closed),
        Some(byte) if byte.is_ascii_uppercase() => {
            plain_http::answer(&mut stream, &to_plain_http(&first)).await;
            return Err(HandshakeError::PlainHttp);
        }
        Some(_) => return Err(HandshakeError::NotTls),
    }
    let (rest, stream) = stream.into_parts();
    // A PROXY header's read may have left more than one read takes.
    first.extend_from_slice(&rest);
    let stream = Prefixed::with(first.freeze(), stream);
    let stream = TlsAcceptor::from(store.config())
        .accept(stream)
        .await
        .map_err(HandshakeError::Failed)?;
    let facts = facts(stream.get_ref().1);
    Ok((stream, facts))
}

fn facts(connection: &rustls::ServerConnection) -> TlsFacts {
    TlsFacts {
        version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
            // The configuration knows no third.
            _ => TlsVersion::Tls12,
        },
        sni: connection.server_name().map(Into::into),
        http: match connection.alpn_protocol() {
            Some(b"h2") => HttpVersion::Http2,
            _ => HttpVersion::Http1,
        },
    }
}

#[cfg(test)]
mod tests;
