//! The demo's browser: one HTTP/1.1 request per connection, over TCP or over TLS that trusts the
//! development CA alone. It shows answers as they came, undecoded.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderName, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// For one request, connection included. Pages of a debug build take seconds on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(30);

/// No answer of the demo app that a probe asks for is larger.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// The name that the development CA vouches for.
const SERVER_NAME: &str = "localhost";

/// Where to send requests, and how.
#[derive(Clone)]
pub(super) struct Client {
    address: SocketAddr,
    /// `None` speaks plain HTTP.
    tls: Option<Arc<ClientConfig>>,
    forwarded: Option<Forwarded>,
}

/// A balancer's connection on which it passes somebody's requests on.
#[derive(Clone, Copy)]
struct Forwarded {
    balancer: IpAddr,
    client: IpAddr,
}

#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// As it came over the wire, content coding included, framing not.
    pub(super) body: Bytes,
}

#[derive(Debug, Error)]
pub(super) enum ClientError {
    #[error("no connection: {0}")]
    Connect(io::Error),
    #[error("no TLS: {0}")]
    Handshake(io::Error),
    #[error("no valid answer: {0}")]
    Http(#[from] hyper::Error),
    #[error("the answer cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    #[error("the order was not taken: {0:#}")]
    Order(anyhow::Error),
    #[error("the answer is not what the app is known to give: {0}")]
    Unexpected(String),
}

/// Trusts the certificate in `ca_file` (PEM) and nothing else.
pub(super) fn trust(
    ca_file: &Path,
) -> Result<Arc<ClientConfig>, Box<dyn std::error::Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_file)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

impl Client {
    pub(super) const fn new(address: SocketAddr, tls: Option<Arc<ClientConfig>>) -> Self {
        Self {
            address,
            tls,
            forwarded: None,
        }
    }

    /// The same requests as they come from `client` by way of a balancer on this machine.
    pub(super) fn forwarded(self, balancer: IpAddr, client: IpAddr) -> Self {
        Self {
            forwarded: Some(Forwarded { balancer, client }),
            ..self
        }
    }

    /// `https://localhost:8443`, without a slash.
    pub(super) fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.host())
    }

    fn host(&self) -> String {
        format!("{SERVER_NAME}:{}", self.address.port())
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.get_with(path, &[]).await
    }

    pub(super) async fn get_with(
        &self,
        path: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<Answer, ClientError> {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request, "").await
    }

    pub(super) async fn send(
        &self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Result<Answer, ClientError> {
        let request = match self.forwarded {
            Some(Forwarded { client, .. }) => request.header(X_FORWARDED_FOR, client.to_string()),
            None => request,
        };
        let request = request
            .header(HOST, self.host())
            .body(Full::new(body.into()))
            .map_err(|error| ClientError::Body(error.into()))?;
        tokio::time::timeout(TIMEOUT, self.exchange(request))
            .await
            .unwrap_or(Err(ClientError::Timeout))
    }

    /// The version that a handshake by `config` agrees on.
    pub(super) async fn handshake(
        &self,
        config: &Arc<ClientConfig>,
    ) -> Result<Option<ProtocolVersion>, ClientError> {
        let handshake = async {
            let stream = connect_tls(self.connect().await?, config.clone()).await?;
            Ok(stream.get_ref().1.protocol_version())
        };
        tokio::time::timeout(TIMEOUT, handshake)
            .await
            .unwrap_or(Err(ClientError::Timeout))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, ClientError> {
        let stream = self.connect().await?;
        match &self.tls {
            None => exchange(stream, request).await,
            Some(config) => exchange(connect_tls(stream, config.clone()).await?, request).await,
        }
    }

    async fn connect(&self) -> Result<TcpStream, ClientError> {
        let connect = async {
            let Some(Forwarded { balancer, .. }) = self.forwarded else {
                return TcpStream::connect(self.address).await;
            };
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(balancer, 0))?;
            socket.connect(self.address).await
        };
        connect.await.map_err(ClientError::Connect)
    }
}

async fn connect_tls(
    stream: TcpStream,
    config: Arc<ClientConfig>,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, ClientError> {
    let name = ServerName::try_from(SERVER_NAME)
        .map_err(|error| ClientError::Handshake(io::Error::other(error)))?;
    let connector = TlsConnector::from(config);
    connector
        .connect(name, stream)
        .await
        .map_err(ClientError::Handshake)
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, ClientError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // What goes wrong on the connection is told to the one request on it.
    let connection = tokio::spawn(connection);
    let answer = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        #[expect(clippy::disallowed_methods, reason = "the body is limited")]
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: body.await.map_err(ClientError::Body)?.to_bytes(),
        })
    };
    let answer = answer.await;
    connection.abort();
    answer
}

impl Answer {
    /// The value of a header that may stand once; `None` when it is missing.
    pub(super) fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Result<serde_json::Value, ClientError> {
        serde_json::from_slice(&self.body).map_err(|error| ClientError::Body(error.into()))
    }

    /// The status, if it is one that refuses: of an app that is broken nothing is said.
    pub(super) fn refusal(&self) -> Result<&str, ClientError> {
        match self.status.as_u16() {
            400 | 401 | 403 | 404 | 421 => Ok(self.status.as_str()),
            other => Err(ClientError::Unexpected(format!(
                "status {other} instead of a refusal"
            ))),
        }
    }

    /// This answer, if it has the status that the app is known to give.
    pub(super) fn expect(self, status: StatusCode) -> Result<Self, ClientError> {
        match self.status == status {
            true => Ok(self),
            false => Err(ClientError::Unexpected(format!(
                "status {} instead of {}",
                self.status.as_u16(),
                status.as_u16()
            ))),
        }
    }
}
