//! Answers to what never became a request: bytes that hyper could not parse, and plain HTTP on the
//! TLS port. They carry what every answer carries, and stand in the log and the metrics.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{Method, Request, Response};
use palisade_kernel::{Problem, Timestamp};

use super::Worker;
use super::connection::Connection;
use super::logged_body::Record;
use crate::body::Body;
use crate::client_address;
use crate::exchange::Exchange;
use crate::refusal::{self, Accept};

/// Stands in the log for the method and the path, which nobody knows.
const UNKNOWN: &str = "-";

/// A whole HTTP/1.1 response, and the books on it, open until it has been written.
pub(super) struct Reply {
    bytes: Bytes,
    body_bytes: u64,
    record: Option<Box<Record>>,
}

impl Reply {
    /// What is still to be written.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes
    }

    /// `count` bytes of it were written.
    pub(super) fn advance(&mut self, count: usize) {
        self.bytes.advance(count.min(self.bytes.len()));
        if self.bytes.is_empty()
            && let Some(record) = self.record.take()
        {
            record.close(self.body_bytes, true);
        }
    }
}

impl Worker {
    /// Answers bytes that are no request, in the last words on this connection.
    pub(super) fn answer_unread(
        self: &Arc<Self>,
        connection: Arc<Connection>,
        problem: &'static Problem,
        accept: Accept,
    ) -> Reply {
        let published = self.current.load_full();
        let (mut head, ()) = Request::new(()).into_parts();
        head.method = Method::from_bytes(UNKNOWN.as_bytes()).unwrap_or_default();
        let mut arrival = self.arrival(&connection);
        let at = arrival.at;
        // Nothing that was said can be read, so nobody spoke for anybody.
        let trust = published.policy.stack.trust();
        arrival.client = client_address::believed(arrival.peer.ip(), &head.headers, trust);
        let mut exchange = Exchange::new(arrival, &head);
        UNKNOWN.clone_into(&mut exchange.path);
        let response = refusal::response(&mut exchange, problem, accept);
        let response = published.policy.stack.respond(&mut exchange, response);
        let mut record = Record::open(self.clone(), connection, published, exchange, None);
        record.answered(response.status());
        let (bytes, body_bytes) = serialize(response, at);
        Reply {
            bytes,
            body_bytes,
            record: Some(record),
        }
    }

    /// As bytes that are taken for written: whoever speaks plain HTTP to a TLS port is told once.
    /// `first` is what was read, perhaps not a whole head.
    pub(super) fn answer_plain_http(
        self: &Arc<Self>,
        connection: Arc<Connection>,
        first: &[u8],
    ) -> Bytes {
        let names_html = first.windows(HTML.len()).any(|seen| seen == HTML);
        let accept = match names_html {
            true => Accept::Page,
            false => Accept::Document,
        };
        let mut reply = self.answer_unread(connection, &Problem::PLAIN_HTTP, accept);
        let bytes = reply.bytes.clone();
        reply.advance(bytes.len());
        bytes
    }
}

/// Browsers name it when they navigate.
const HTML: &[u8] = b"text/html";

/// The response and how long its body is. It ends the connection, and has the `Date` that RFC 9110
/// section 6.6.1 asks for.
fn serialize(response: Response<Body>, at: Timestamp) -> (Bytes, u64) {
    const HEAD_BYTES: usize = 1024;
    let (head, body) = response.into_parts();
    let body = match body {
        Body::Full(bytes) => bytes,
        // A problem document is in memory always.
        Body::Empty | Body::Incoming(_) | Body::Wrapped(_) => Bytes::new(),
    };
    let mut bytes = BytesMut::with_capacity(HEAD_BYTES + body.len());
    let reason = head.status.canonical_reason().unwrap_or_default();
    for part in ["HTTP/1.1 ", head.status.as_str(), " ", reason, "\r\n"] {
        bytes.put_slice(part.as_bytes());
    }
    for (name, value) in &head.headers {
        put_field(&mut bytes, name.as_str(), value.as_bytes());
    }
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_micros(at.unix_micros()));
    put_field(&mut bytes, "date", date.as_bytes());
    put_field(&mut bytes, "connection", b"close");
    put_field(
        &mut bytes,
        "content-length",
        body.len().to_string().as_bytes(),
    );
    bytes.put_slice(b"\r\n");
    bytes.put_slice(&body);
    (bytes.freeze(), body.len() as u64)
}

fn put_field(bytes: &mut BytesMut, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        bytes.put_slice(part);
    }
}
