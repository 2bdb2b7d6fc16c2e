//! Origins as a policy lists them.

use std::fmt;
use std::str::FromStr;

use super::{InvalidOrigin, Origin};
use crate::listen::authority::HostKind;
use crate::router::HostPattern;

/// `https://app.example.com`, `https://*.example.com` (every name below, not the name itself),
/// `http://localhost:*` (any port), `null`, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginPattern {
    Any,
    Opaque,
    Tuple {
        scheme: String,
        host: HostPattern,
        port: Port,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The scheme's own.
    Default,
    Number(u16),
    Any,
}

impl OriginPattern {
    /// An origin that it takes; none for any, and none that a browser would send under `*`.
    pub(crate) fn example(&self) -> Option<String> {
        let Self::Tuple { scheme, host, port } = self else {
            return (*self == Self::Opaque).then(|| "null".to_owned());
        };
        let below = match host {
            HostPattern::Below(parent) => format!("sample.{parent}"),
            host => host.to_string(),
        };
        Some(match port {
            Port::Number(port) => format!("{scheme}://{below}:{port}"),
            Port::Default | Port::Any => format!("{scheme}://{below}"),
        })
    }
}

impl FromStr for OriginPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "*" => return Ok(Self::Any),
            "null" => return Ok(Self::Opaque),
            _ => {}
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("begin with the scheme: \"https://app.example.com\"".to_owned());
        };
        if !text.is_ascii() {
            return Err("write an international name in its ASCII form (xn--…)".to_owned());
        }
        if rest.contains('/') && !rest.is_empty() {
            return Err("leave the path out, the last \"/\" too".to_owned());
        }
        let (rest, is_below) = match rest.strip_prefix("*.") {
            Some(parent) => (parent, true),
            None => (rest, false),
        };
        let (rest, is_any_port) = match rest.strip_suffix(":*") {
            Some(host) => (host, true),
            None => (rest, false),
        };
        let plain = format!("{scheme}://{rest}");
        let Ok(Origin::Tuple(tuple)) = Origin::parse(plain.as_bytes()) else {
            return Err(InvalidOrigin.to_string());
        };
        if is_any_port && tuple.port.is_some() {
            return Err("write one port, or \":*\"".to_owned());
        }
        if is_below && !has_names_below(rest) {
            return Err("an address has no names below it".to_owned());
        }
        let host = tuple.host.into_owned();
        Ok(Self::Tuple {
            scheme: tuple.scheme.into_owned(),
            host: match is_below {
                true => HostPattern::Below(host),
                false => HostPattern::Exact(host),
            },
            port: match (is_any_port, tuple.port) {
                (true, _) => Port::Any,
                (false, None) => Port::Default,
                (false, Some(port)) => Port::Number(port),
            },
        })
    }
}

fn has_names_below(host: &str) -> bool {
    let authority = crate::listen::authority::Authority::parse(host.as_bytes());
    authority.is_ok_and(|authority| authority.kind == HostKind::Name)
}

/// As the configuration writes it.
impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Opaque => f.write_str("null"),
            Self::Tuple { scheme, host, port } => {
                write!(f, "{scheme}://{host}")?;
                match port {
                    Port::Default => Ok(()),
                    Port::Number(port) => write!(f, ":{port}"),
                    Port::Any => f.write_str(":*"),
                }
            }
        }
    }
}
