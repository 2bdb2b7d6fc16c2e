//! `edge.errors`: debug pages and stack traces of the app never reach a client. It gets a problem
//! document or a page with the same status instead, and operators find the original by request id.
//!
//! Only errors that carry a known signature are replaced: an app's own error page, and an API's
//! own problem document, are the app's to write.

mod beginning;
mod decode;
mod originals;
mod proof;
mod signatures;
mod text;
mod traces;

use bytes::Bytes;
use http::header::{
    ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER, SET_COOKIE, STRICT_TRANSPORT_SECURITY, VARY,
    WWW_AUTHENTICATE,
};
use http::{Method, Response, response};
use palisade_kernel::{ControlId, Mode, Problem};

pub use originals::{Original, Originals};

use crate::body::Body;
use crate::control::Control;
use crate::exchange::{self, Exchange};
use crate::paths::reading;
use crate::proof::Sample;
use crate::refusal::{self, Accept};
use crate::state::State;
use beginning::Beginning;
use signatures::{Blame, Signature};

/// What the policy says.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Path prefixes, in whole segments, whose errors pass unread: an API that is about traces.
    /// Only for paths as they are written: `/api/traces/../cart` is read.
    pub except: Vec<String>,
}

/// The control, ready to act.
pub(crate) struct Errors {
    options: Options,
}

/// An answer that has been looked into, and is still whole.
pub(crate) struct Inspected {
    pub(crate) response: Response<Body>,
    pub(crate) found: Option<Found>,
}

/// What gave a debug page away.
pub(crate) struct Found {
    signature: &'static Signature,
    /// The beginning of the body, decoded, in UTF-8 where it was in UTF-16.
    text: Bytes,
    /// Whether `text` is all of it.
    is_whole: bool,
}

/// Whether a text carries a signature: no answer of ours may repeat it.
pub(crate) fn gives_away(text: &[u8]) -> bool {
    signatures::find(text, Blame::App).is_some()
}

impl Errors {
    pub(crate) fn new(options: Options) -> Self {
        Self { options }
    }

    /// Whether an answer is looked into. Asked of every answer, so it reads nothing but the head.
    pub(crate) fn concerns(&self, exchange: &Exchange, response: &Response<Body>) -> bool {
        let status = response.status();
        (status.is_client_error() || status.is_server_error())
            && exchange.upstream_status.is_some()
            && exchange.method != Method::HEAD
            && text::is_text(response.headers())
            && !self.options.excepts(&exchange.path)
    }

    /// Reads the beginning of the body and looks for a signature. It waits for no more than
    /// [`beginning::WAIT_MAX`], and what it has read goes out with the rest.
    pub(crate) async fn inspect(&self, response: Response<Body>) -> Inspected {
        let (head, body) = response.into_parts();
        let read = Beginning::read(body).await;
        let decoded = decode::decode(&head.headers, read.bytes);
        let text = text::utf8(&head.headers, decoded.text);
        let found = signatures::find(&text, Blame::of(head.status)).map(|signature| Found {
            signature,
            is_whole: read.is_whole && decoded.is_whole,
            text,
        });
        Inspected {
            response: Response::from_parts(head, read.body),
            found,
        }
    }

    /// What the client gets instead. The original stays in `state`; what is left of its body is
    /// not waited for.
    pub(crate) fn replace(
        &self,
        exchange: &mut Exchange,
        head: &response::Parts,
        found: Found,
        accept: Accept,
        state: &State,
    ) -> Response<Body> {
        let content_type = head.headers.get(CONTENT_TYPE);
        state.errors.keep(Original::new(
            exchange,
            head.status,
            content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            found.signature.name,
            &found.text,
            found.is_whole,
        ));
        let problem = match head.status.is_server_error() {
            true => &Problem::APPLICATION_ERROR,
            false => &Problem::APPLICATION_REFUSED,
        };
        let mut response = refusal::with_status(exchange, problem, head.status, accept);
        let kept = head.headers.iter().filter(|(name, _)| is_kept(name));
        for (name, value) in kept {
            response.headers_mut().append(name, value.clone());
        }
        response
    }
}

impl Options {
    /// A control that does not look.
    pub const fn off() -> Self {
        Self {
            mode: Mode::Off,
            except: Vec::new(),
        }
    }

    /// Whether errors of this path pass unread.
    fn excepts(&self, path: &str) -> bool {
        let is_below = |prefix: &String| {
            let prefix = prefix.trim_end_matches('/');
            let rest = path.strip_prefix(prefix);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.except.iter().any(is_below) && is_plain(path)
    }
}

impl Control for Errors {
    fn id(&self) -> ControlId {
        ControlId::EdgeErrors
    }

    fn mode(&self) -> Mode {
        self.options.mode
    }

    fn samples(&self) -> Vec<Sample> {
        proof::samples(&self.options)
    }
}

/// Whether the path leads where it says. Nobody sees that of one that may have been cut.
fn is_plain(path: &str) -> bool {
    exchange::is_whole(path) && reading::is_plain(path)
}

/// What an app's head says of the exchange, not of the body that is gone. All else is dropped:
/// frameworks in debug mode tell the error in fields of their own, such as `X-Debug-Exception`.
fn is_kept(name: &HeaderName) -> bool {
    const PREFIXES: &[&str] = &[
        "access-control-",
        "cross-origin-",
        "ratelimit",
        "x-ratelimit-",
    ];
    let fields = [
        ALLOW,
        RETRY_AFTER,
        SET_COOKIE,
        STRICT_TRANSPORT_SECURITY,
        VARY,
        WWW_AUTHENTICATE,
    ];
    fields.contains(name) || PREFIXES.iter().any(|it| name.as_str().starts_with(it))
}

#[cfg(test)]
mod tests;
