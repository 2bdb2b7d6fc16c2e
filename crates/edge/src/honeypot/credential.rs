//! Decoy credentials: tokens, keys and user names that are accepted nowhere, laid out where a
//! thief finds them.

use std::collections::HashSet;
use std::fmt;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use serde::Deserialize;

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What is longer is not decoded.
const ENCODED_BYTES_MAX: usize = 1024;

/// The decoy credentials of a policy. Which one was shown is never logged.
#[derive(Clone, Default)]
pub struct Credentials {
    all: HashSet<Box<[u8]>>,
    /// The one that believable faces show.
    bait: Option<String>,
}

impl Credentials {
    pub fn new(credentials: &[String]) -> Self {
        Self {
            all: credentials
                .iter()
                .map(|credential| credential.as_bytes().into())
                .collect(),
            bait: credentials.first().cloned(),
        }
    }

    pub(super) fn bait(&self) -> Option<&str> {
        self.bait.as_deref()
    }

    /// Whether one of them is a bearer token, an API key, a user name or password of Basic
    /// authentication (RFC 7617), or the key id of a JWT (RFC 7515 section 4.1.4).
    pub(super) fn are_in(&self, headers: &HeaderMap) -> bool {
        if self.all.is_empty() {
            return false;
        }
        let mut keys = headers.get_all(&X_API_KEY).iter();
        let mut credentials = headers.get_all(AUTHORIZATION).iter();
        keys.any(|key| self.has(key.as_bytes().trim_ascii()))
            || credentials.any(|value| self.is_in_authorization(value.as_bytes()))
    }

    fn is_in_authorization(&self, value: &[u8]) -> bool {
        let value = value.trim_ascii();
        let space = value.iter().position(|byte| *byte == b' ');
        let (scheme, shown) = space.map_or((&b""[..], value), |at| value.split_at(at));
        let shown = shown.trim_ascii();
        let is_basic = scheme.eq_ignore_ascii_case(b"basic");
        self.has(shown) || (is_basic && self.is_in_pair(shown)) || self.is_key_id(shown)
    }

    fn is_in_pair(&self, encoded: &[u8]) -> bool {
        let Some(pair) = decoded(&BASE64, encoded) else {
            return false;
        };
        let mut parts = pair.splitn(2, |byte| *byte == b':');
        parts.any(|part| self.has(part))
    }

    /// Only the header is looked at; the token need not be signed, nor even whole.
    fn is_key_id(&self, token: &[u8]) -> bool {
        let header = token.split(|byte| *byte == b'.').next();
        let header = header.filter(|header| header.len() < token.len());
        let header = header.and_then(|header| decoded(&BASE64URL_NOPAD, header));
        let header: Option<Header> = header.and_then(|json| serde_json::from_slice(&json).ok());
        header.is_some_and(|header| self.has(header.kid.as_bytes()))
    }

    /// By a hash with a key of this process, so that no time tells how much of one was guessed.
    fn has(&self, shown: &[u8]) -> bool {
        self.all.contains(shown)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} credentials", self.all.len())
    }
}

/// What matters here of a JOSE header.
#[derive(Deserialize)]
struct Header {
    kid: String,
}

fn decoded(encoding: &data_encoding::Encoding, text: &[u8]) -> Option<Vec<u8>> {
    let is_short = text.len() <= ENCODED_BYTES_MAX;
    is_short.then(|| encoding.decode(text).ok()).flatten()
}
