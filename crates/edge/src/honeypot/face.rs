//! What who touches a decoy gets to see. The request is never forwarded.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use memchr::memmem;

use super::credential::Credentials;
use crate::body::Body;
use crate::page::{self, Escaped};

/// How a decoy looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// As the app answers a path that it does not have.
    NotFound,
    /// As what was looked for, with decoy credentials in it.
    Decoy,
}

/// The app's own answer to a path that it does not have.
#[derive(Clone, Debug)]
pub struct Learned {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The path that was asked for, which the body may repeat.
    pub(super) path: String,
}

impl Learned {
    /// The same answer for `path`.
    pub(super) fn answer(&self, path: &str) -> Response<Body> {
        let body = replaced(&self.body, self.path.as_bytes(), &Escaped(path).to_string());
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

fn replaced(body: &Bytes, from: &[u8], to: &str) -> Bytes {
    let mut text = Vec::new();
    let mut kept = 0;
    for at in memmem::find_iter(body, from) {
        text.extend_from_slice(body.get(kept..at).unwrap_or_default());
        text.extend_from_slice(to.as_bytes());
        kept = at + from.len();
    }
    if kept == 0 {
        return body.clone();
    }
    text.extend_from_slice(body.get(kept..).unwrap_or_default());
    text.into()
}

/// A credential that does not count (RFC 9110 section 15.5.2, RFC 6750 section 3).
pub(super) fn unauthenticated() -> Response<Body> {
    let mut response = Response::new(Body::Full(Bytes::from_static(
        b"{\"error\":\"invalid_token\"}\n",
    )));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    headers.insert(WWW_AUTHENTICATE, challenge);
    response
}

/// What was looked for: settings with a key in them, or a page to log in to. Host names and
/// credentials are checked to need no escapes.
pub(super) fn believable(decoy: &str, host: &str, credentials: &Credentials) -> Response<Body> {
    let is_file = decoy.rsplit('/').next().is_some_and(|name| {
        name.starts_with('.') || [".sql", ".bak"].iter().any(|end| name.ends_with(end))
    });
    let (content_type, text) = match decoy {
        _ if is_file => ("text/plain", settings(host, credentials.bait())),
        "/api/internal/config" | "/actuator/env" => {
            ("application/json", document(host, credentials.bait()))
        }
        _ => ("text/html; charset=utf-8", console()),
    };
    let mut response = Response::new(Body::from(Bytes::from(text)));
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn settings(host: &str, key: Option<&str>) -> String {
    let key = key.map_or_else(String::new, |key| format!("INTERNAL_API_KEY={key}\n"));
    format!(
        "APP_ENV=production\nAPP_URL=https://{host}\nDATABASE_HOST=10.20.0.5\n\
         DATABASE_NAME=app\nDATABASE_USER=app\n{key}"
    )
}

fn document(host: &str, key: Option<&str>) -> String {
    let key = key.map_or_else(String::new, |key| {
        format!(",\"internal_api_key\":\"{key}\"")
    });
    format!(
        "{{\"environment\":\"production\",\"public_url\":\"https://{host}\",\
         \"database\":{{\"host\":\"10.20.0.5\",\"name\":\"app\",\"user\":\"app\"}}{key}}}\n"
    )
}

/// What is sent leads back to the same decoy: a form without an action.
fn console() -> String {
    page::html(
        "en",
        "Console",
        "<h1>Console</h1><form method=\"post\"><p><label>User <input name=\"user\"></label></p>\
         <p><label>Password <input name=\"password\" type=\"password\"></label></p>\
         <p><button>Sign in</button></p></form>\n",
    )
}
