//! A client that sends exact bytes over HTTP/1.1, with TLS or without.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::patience::PATIENCE;
use crate::wire::{Message, Wire};

/// One connection; dropping it closes it.
pub(crate) struct Client(Wire);

impl Client {
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self(Wire::new(connect(address).unwrap()))
    }

    /// On a Unix socket.
    pub(crate) fn unix(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(Wire::new(stream))
    }

    /// Trusts `ca` alone and asks for `localhost`.
    pub(crate) fn tls(address: SocketAddr, ca: &Path) -> Self {
        Self::handshake(connect(address).unwrap(), ca).unwrap()
    }

    pub(crate) fn handshake(stream: TcpStream, ca: &Path) -> io::Result<Self> {
        let config = Arc::new(trusting(ca, &[b"http/1.1"]));
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(tls, stream);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(Self(Wire::new(stream)))
    }

    /// A `GET` on this connection.
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Message {
        self.ask("GET", path, "")
    }

    /// A request without a body on this connection; `header_lines` end in CRLF each.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, path: &str, header_lines: &str) -> Message {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{header_lines}\r\n");
        self.0.send(request).unwrap();
        if method == "HEAD" {
            return self.0.head().expect("an answer to a HEAD");
        }
        self.answer()
    }

    /// The next whole answer.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Message {
        self.0.message().expect("a whole answer")
    }
}

impl Deref for Client {
    type Target = Wire;

    fn deref(&self) -> &Wire {
        &self.0
    }
}

impl DerefMut for Client {
    fn deref_mut(&mut self) -> &mut Wire {
        &mut self.0
    }
}

pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A TLS client that trusts nothing but the certificate in `ca`.
pub(crate) fn trusting(ca: &Path, protocols: &[&[u8]]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|one| one.to_vec()).collect();
    config
}
