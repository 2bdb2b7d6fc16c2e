//! The pool against real sockets: an app here is a script that reads and writes exact bytes.

mod balance;
mod bodies;
mod failures;
mod http2;
mod keep_alive;
mod names;
mod queue;
mod tls;
mod upgrade;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt;
use palisade_kernel::{FixedClock, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{BreakerOptions, Group, Options, Pool, Served, Upstream, UpstreamErrorKind};
use crate::body::{Body, BodyError};

/// A connection as the app sees it.
struct Peer<S = TcpStream>(S);

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// Everything up to the empty line.
    async fn read_head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    async fn read(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    }

    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads a request without a body and answers it.
    async fn answer(&mut self, response: &str) -> String {
        let head = self.read_head().await;
        self.write(response).await;
        head
    }

    /// Resolves when the gateway has closed its side.
    async fn closed(&mut self) {
        let mut byte = [0];
        while !matches!(self.0.read(&mut byte).await, Ok(0) | Err(_)) {}
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

struct App(TcpListener);

impl App {
    async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    async fn accept(&self) -> Peer {
        Peer(self.0.accept().await.unwrap().0)
    }

    /// Whether nobody is waiting to be accepted.
    fn was_left_alone(self) -> bool {
        let waiting = self.0.into_std().unwrap().accept();
        waiting.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

/// The URL of a port on which nobody listens.
async fn dead_url() -> String {
    App::start().await.url()
}

struct Fixture {
    group: Arc<Group>,
    pool: Pool,
    clock: Arc<FixedClock>,
}

fn fixture(urls: &[&str], choose: impl FnOnce(&mut Options)) -> Fixture {
    let mut options = Options::sample(urls);
    choose(&mut options);
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix_micros(1_000_000)));
    let group = Arc::new(Group::new(options, clock.clone()).unwrap());
    let pool = Pool::new(Arc::clone(&group));
    Fixture { group, pool, clock }
}

impl Fixture {
    async fn get(&self, path: &str) -> Result<Answer, UpstreamErrorKind> {
        self.send(request(Method::GET, path, Body::Empty)).await
    }

    async fn send(&self, request: Request<Body>) -> Result<Answer, UpstreamErrorKind> {
        match self.pool.send(request).await {
            Ok(response) => Ok(Answer::read(response).await),
            Err(error) => Err(error.kind),
        }
    }
}

fn request(method: Method, path: &str, body: Body) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "shop.example")
        .body(body)
        .unwrap()
}

/// A response, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    served: Served,
    text: String,
    trailers: Option<HeaderMap>,
    /// How the body ended.
    end: Result<(), BodyError>,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, mut body) = response.into_parts();
        let (mut text, mut trailers) = (String::new(), None);
        let end = loop {
            match body.frame().await {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => text.push_str(std::str::from_utf8(&data).unwrap()),
                    Err(frame) => trailers = frame.into_trailers().ok(),
                },
            }
        };
        Self {
            status: parts.status.as_u16(),
            served: *parts.extensions.get().unwrap(),
            text,
            trailers,
            end,
        }
    }
}

/// A request body that the test feeds by hand; dropping the sender ends it.
struct Fed(tokio::sync::mpsc::UnboundedReceiver<Result<Bytes, BodyError>>);

type Feeder = tokio::sync::mpsc::UnboundedSender<Result<Bytes, BodyError>>;

fn fed() -> (Feeder, Body) {
    let (feeder, frames) = tokio::sync::mpsc::unbounded_channel();
    (feeder, Body::wrap(Fed(frames)))
}

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, BodyError>>> {
        let next = self.0.poll_recv(cx);
        next.map(|frame| frame.map(|frame| frame.map(http_body::Frame::data)))
    }
}
