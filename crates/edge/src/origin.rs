//! Web origins (RFC 6454; HTML, "Origin"): whose page made a browser ask. What a request says is read
//! as strictly as browsers write it, since whoever is mistaken for another is let in.

mod list;
mod own;
mod pattern;
mod said;

use std::borrow::Cow;
use std::fmt;

use crate::listen::authority::Authority;

pub(crate) use list::Origins;
pub(crate) use own::is_own;
pub use pattern::{OriginPattern, Port};
pub(crate) use said::Said;

/// What `Origin` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// `null`: a sandboxed frame, a file, a redirect across origins, or a page that keeps its own to
    /// itself. Nobody can be told from anybody by it.
    Opaque,
    Tuple(Tuple<'a>),
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tuple<'a> {
    /// In lower case.
    pub(crate) scheme: Cow<'a, str>,
    /// As [`Authority`] has it; empty for `file://`, as web views of apps have it.
    pub(crate) host: Cow<'a, str>,
    /// `None` for the scheme's own.
    pub(crate) port: Option<u16>,
}

/// The text is no origin that a browser would write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no origin such as \"https://example.com\"")]
pub(crate) struct InvalidOrigin;

impl<'a> Origin<'a> {
    /// Reads one serialized origin (HTML, "ASCII serialization of an origin"). A list of them, a path,
    /// user information and percent-encoding are refused.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, InvalidOrigin> {
        if text == b"null" {
            return Ok(Self::Opaque);
        }
        let text = std::str::from_utf8(text).map_err(|_| InvalidOrigin)?;
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin)?;
        if !is_scheme(scheme) {
            return Err(InvalidOrigin);
        }
        let scheme = lower(scheme);
        if authority.is_empty() && scheme == "file" {
            let host = Cow::Borrowed("");
            let port = None;
            return Ok(Self::Tuple(Tuple { scheme, host, port }));
        }
        let Authority { host, port, .. } =
            Authority::parse(authority.as_bytes()).map_err(|_| InvalidOrigin)?;
        if authority.ends_with(':') {
            return Err(InvalidOrigin);
        }
        let port = port.filter(|port| Some(*port) != default_port(&scheme));
        Ok(Self::Tuple(Tuple { scheme, host, port }))
    }
}

impl Tuple<'_> {
    /// Whether it is a page of this machine.
    fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let is_address = || {
            host.parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback())
        };
        // RFC 6761 section 6.3.
        let is_name = host == "localhost" || host.ends_with(".localhost");
        matches!(&*self.scheme, "http" | "https") && (is_name || is_address())
    }
}

impl fmt::Display for Tuple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque => f.write_str("null"),
            Self::Tuple(tuple) => tuple.fmt(f),
        }
    }
}

/// RFC 3986 section 3.1.
fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests;
