//! A client that speaks HTTP/2 over TLS, one request at a time.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;

use crate::client::trusting;
use crate::wire::Message;

/// One connection, driven by a runtime of its own.
pub(crate) struct Http2Client {
    runtime: Runtime,
    sender: SendRequest<Full<Bytes>>,
}

impl Http2Client {
    pub(crate) fn connect(address: SocketAddr, ca: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let connector = TlsConnector::from(Arc::new(trusting(ca, &[b"h2"])));
        let sender = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let name = "localhost".try_into().unwrap();
            let stream = connector.connect(name, stream).await.unwrap();
            let builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
            let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            sender
        });
        Self { runtime, sender }
    }

    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Message {
        self.send(Request::get(format!("https://localhost{path}")), "")
    }

    /// Sends one request and reads its whole answer.
    #[track_caller]
    pub(crate) fn send(&mut self, request: http::request::Builder, body: &'static str) -> Message {
        self.try_send(request, body).expect("a whole answer")
    }

    /// Sends a `GET` and reads the head of its answer alone. The body is taken as far as a window
    /// goes that nobody opens again.
    #[track_caller]
    pub(crate) fn get_unread(&mut self, path: &str) -> Response<Incoming> {
        let request = Request::get(format!("https://localhost{path}"));
        let request = request.body(Full::default()).unwrap();
        let sending = self.sender.send_request(request);
        self.runtime.block_on(sending).expect("a head")
    }

    /// Reads the rest of such an answer.
    pub(crate) fn read(&self, response: Response<Incoming>) -> hyper::Result<Message> {
        self.runtime.block_on(message(response))
    }

    pub(crate) fn try_send(
        &mut self,
        request: http::request::Builder,
        body: &'static str,
    ) -> hyper::Result<Message> {
        let request = request.body(Full::from(body)).unwrap();
        let sending = self.sender.send_request(request);
        self.runtime
            .block_on(async { message(sending.await?).await })
    }
}

/// In the form in which answers over HTTP/1.1 are looked at.
async fn message(response: Response<Incoming>) -> hyper::Result<Message> {
    let (head, mut body) = response.into_parts();
    let mut message = Message {
        start: format!("HTTP/2 {}", head.status.as_str()),
        headers: fields(&head.headers),
        ..Message::default()
    };
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => message.body.extend(data),
            Err(frame) => message.trailers = fields(&frame.into_trailers().unwrap()),
        }
    }
    Ok(message)
}

fn fields(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let fields = headers.iter();
    fields
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}
