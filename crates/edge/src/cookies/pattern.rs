//! Which cookies an exception is for: `csrftoken`, or `wp-settings-*` for all that begin so.

use std::str::FromStr;

/// A cookie's name, or the beginning of names. Names are compared by case, as browsers do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamePattern {
    Exact(String),
    Prefix(String),
}

impl NamePattern {
    pub(super) fn covers(&self, name: &[u8]) -> bool {
        match self {
            Self::Exact(exact) => name == exact.as_bytes(),
            Self::Prefix(prefix) => name.starts_with(prefix.as_bytes()),
        }
    }
}

impl FromStr for NamePattern {
    type Err = String;

    /// A token (RFC 9110 section 5.6.2), perhaps with `*` behind it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, is_prefix) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, false),
        };
        if name.is_empty() {
            return Err("for every cookie, turn the attribute off instead".to_owned());
        }
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&byte);
        match name.bytes().all(is_token) {
            true if is_prefix => Ok(Self::Prefix(name.to_owned())),
            true => Ok(Self::Exact(name.to_owned())),
            false if name.contains('*') => Err("a \"*\" may only stand at its end".to_owned()),
            false => Err("a cookie's name has no spaces, \"=\", \";\" or quotes".to_owned()),
        }
    }
}
