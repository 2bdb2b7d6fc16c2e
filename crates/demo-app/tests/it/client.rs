//! A gallery started for one test, and a plain HTTP/1.1 client that shows answers as they are.

use std::net::SocketAddr;

use demo_app::{ACCOUNTS, Options, Running};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

pub(crate) const SECRET_KEY: &str = "a-secret-for-tests-only-0123456789";
/// No answer that a test reads whole is larger.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(crate) struct Gallery {
    pub(crate) running: Running,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Gallery {
    pub(crate) async fn weak() -> Self {
        Self::start(false).await
    }

    pub(crate) async fn fixed() -> Self {
        Self::start(true).await
    }

    async fn start(fixed: bool) -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let running = demo_app::start(Options {
            address: any_port,
            third_party_address: any_port,
            secret_key: SECRET_KEY.to_owned(),
            fixed,
            public_origin: Some("https://gallery.example".to_owned()),
        })
        .await
        .unwrap();
        Self { running }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.send(
            "GET",
            path,
            &[("authorization", &format!("Bearer {token}"))],
            "",
        )
        .await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send("POST", path, &[("content-type", "application/json")], body)
            .await
    }

    pub(crate) async fn post_form(&self, path: &str, body: &str) -> Answer {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &form, body.to_owned()).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        send(self.running.address, method, path, headers, body.into()).await
    }

    /// The token of the first seeded account of `tenant` with `role`.
    pub(crate) async fn token(&self, tenant: &str, role: &str) -> String {
        let account = ACCOUNTS
            .iter()
            .find(|account| account.tenant == tenant && account.role == role)
            .unwrap();
        let credentials =
            serde_json::json!({ "email": account.email, "password": account.password });
        let answer = self.post_json("/api/login", &credentials).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Answer {
    let response = open(address, method, path, headers, body).await;
    let (parts, mut incoming) = response.into_parts();
    let (mut body, mut trailers) = (Vec::new(), None);
    while let Some(frame) = incoming.frame().await {
        match frame.unwrap().into_data() {
            Ok(data) => body.extend_from_slice(&data),
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
        assert!(
            body.len() <= ANSWER_BYTES_MAX,
            "{path} answers with too much"
        );
    }
    Answer {
        status: parts.status,
        headers: parts.headers,
        trailers,
        body: body.into(),
    }
}

/// Sends a request and hands back the answer before its body is read.
pub(crate) async fn open(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Response<Incoming> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "gallery.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    sender
        .send_request(request.body(Full::new(body)).unwrap())
        .await
        .unwrap()
}
