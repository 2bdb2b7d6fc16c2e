//! Where visitors may be sent.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::boundary::Hosts;
use crate::origin::{Origin, OriginPattern, Origins, Tuple};

/// `https://accounts.example.com`, `*.example.com` (over HTTPS), `http://127.0.0.1:*`, or a scheme of
/// an app's own, `com.example.app:` (RFC 8252 section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    Origin(OriginPattern),
    Scheme(String),
}

/// Schemes that run what follows or read what lies on the visitor's machine.
const NEVER: [&str; 8] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "vbscript",
    "view-source",
];

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(scheme) = text.strip_suffix(':') {
            let scheme = scheme.to_ascii_lowercase();
            let is_scheme =
                Url::parse(&format!("{scheme}:x")).is_ok_and(|url| url.scheme() == scheme);
            return match &*scheme {
                "http" | "https" => {
                    Err("name the host: \"https://accounts.example.com\"".to_owned())
                }
                never if NEVER.contains(&never) => Err("nobody should be sent there".to_owned()),
                _ if is_scheme => Ok(Self::Scheme(scheme)),
                _ => Err("this is no scheme such as \"com.example.app:\"".to_owned()),
            };
        }
        let pattern: OriginPattern = match text.contains("://") {
            true => text.parse()?,
            false => format!("https://{text}").parse()?,
        };
        match &pattern {
            OriginPattern::Tuple { scheme, .. } if scheme == "http" || scheme == "https" => {
                Ok(Self::Origin(pattern))
            }
            OriginPattern::Tuple { .. } => Err("write a scheme of an app's as \"app:\"".to_owned()),
            OriginPattern::Any | OriginPattern::Opaque => {
                Err("name the hosts, or turn the control off".to_owned())
            }
        }
    }
}

/// As the configuration writes it.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(pattern) => pattern.fmt(f),
            Self::Scheme(scheme) => write!(f, "{scheme}:"),
        }
    }
}

/// All of a policy's, ready to be asked.
pub(super) struct Destinations {
    listed: Origins,
    schemes: BTreeSet<String>,
    hosts: Hosts,
    /// One that is listed, for the proof.
    pub(super) example: Option<String>,
}

impl Destinations {
    pub(super) fn new(allow: &[Destination], hosts: Hosts) -> Self {
        let origins = || {
            allow.iter().filter_map(|destination| match destination {
                Destination::Origin(pattern) => Some(pattern),
                Destination::Scheme(_) => None,
            })
        };
        let schemes = allow.iter().filter_map(|destination| match destination {
            Destination::Origin(_) => None,
            Destination::Scheme(scheme) => Some(scheme.clone()),
        });
        Self {
            listed: Origins::new(origins()),
            schemes: schemes.collect(),
            hosts,
            example: origins().find_map(OriginPattern::example),
        }
    }

    /// Whether visitors of `own` may be sent to `url`. Of their own host every port and both schemes
    /// are taken: whoever serves it could send them there by other means.
    pub(super) fn take(&self, url: &Url, own: &str) -> bool {
        if !matches!(url.scheme(), "http" | "https") {
            return self.schemes.contains(url.scheme());
        }
        let host = url.host_str().unwrap_or_default();
        // The trailing dot of an absolute name leads to the same server.
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_ours = host == own || (!self.hosts.is_every() && self.hosts.cover(host));
        is_ours
            || self.listed.names(&Origin::Tuple(Tuple {
                scheme: url.scheme().into(),
                host: host.into(),
                port: url.port(),
            }))
    }
}
