//! Where an instance is: a configured URL, taken apart once.

use std::path::PathBuf;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};

/// A parsed upstream URL.
#[derive(Debug)]
pub(crate) struct Target {
    /// As configured, for logs and metrics.
    pub(crate) label: String,
    pub(crate) scheme: Scheme,
    pub(crate) endpoint: Endpoint,
    pub(crate) authority: Authority,
    /// `authority` as the `Host` field has it.
    pub(crate) host: HeaderValue,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

impl Target {
    /// The error completes the sentence "the URL … ".
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        match url.strip_prefix("unix:") {
            Some(path) => Self::parse_unix(url, path),
            None => Self::parse_tcp(url),
        }
    }

    fn parse_unix(url: &str, path: &str) -> Result<Self, &'static str> {
        if !path.starts_with('/') {
            return Err("must name an absolute path, such as unix:/run/app.sock");
        }
        Ok(Self {
            label: url.to_owned(),
            scheme: Scheme::HTTP,
            endpoint: Endpoint::Unix(PathBuf::from(path)),
            // A socket has no name of its own; this is what nginx and HAProxy say as well.
            authority: Authority::from_static("localhost"),
            host: HeaderValue::from_static("localhost"),
        })
    }

    fn parse_tcp(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url
            .parse()
            .map_err(|_| "is no URL; write http://host:port, https://host or unix:/path")?;
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS => scheme.clone(),
            _ => return Err("must start with http://, https:// or unix:"),
        };
        let authority = uri.authority().cloned().ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("carries a user name; send credentials in a header instead");
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err("has a path; requests keep the path that the client asked for");
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err("names no host");
        }
        let default_port = if scheme == Scheme::HTTPS { 443 } else { 80 };
        let port = match uri.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str() == authority.host() => default_port,
            None => 0,
        };
        if port == 0 {
            return Err("has a port that is no number from 1 to 65535");
        }
        let value = HeaderValue::from_str(authority.as_str()).map_err(|_| "names no host")?;
        Ok(Self {
            label: url.to_owned(),
            scheme,
            endpoint: Endpoint::Tcp { host, port },
            authority,
            host: value,
        })
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, host: &str, port: u16, tls: bool) {
        let target = Target::parse(url).unwrap();
        let host = host.to_owned();
        assert_eq!(target.endpoint, Endpoint::Tcp { host, port });
        assert_eq!(target.is_tls(), tls);
    }

    #[test]
    fn urls_name_host_and_port() {
        check("http://127.0.0.1:3000", "127.0.0.1", 3000, false);
        check("http://app", "app", 80, false);
        check("https://app.internal/", "app.internal", 443, true);
        check("http://[::1]:3000", "::1", 3000, false);
    }

    #[test]
    fn a_socket_path_is_an_address() {
        let target = Target::parse("unix:/run/app.sock").unwrap();
        assert_eq!(target.endpoint, Endpoint::Unix("/run/app.sock".into()));
    }

    #[test]
    fn what_could_not_be_honoured_is_refused() {
        for url in [
            "app:3000",
            "ftp://app",
            "http://user:secret@app",
            "http://app/base",
            "http://app?x=1",
            "http://app:0",
            "http://app:",
            "http://app:99999",
            "http://",
            "unix:run/app.sock",
            "",
        ] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(url in "\\PC{0,40}") {
            let _ = Target::parse(&url);
            let _ = Target::parse(&format!("http://{url}"));
        }
    }
}
