//! Where an instance is: a configured URL, taken apart once.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};

/// A parsed upstream URL: `http://host:port`, `https://host`, or `unix:/path/of.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// With the port in any case: its name in logs and metrics.
    pub(crate) label: String,
    pub(crate) scheme: Scheme,
    pub(crate) endpoint: Endpoint,
    pub(crate) authority: Authority,
    /// `authority` as the `Host` field has it.
    pub(crate) host: HeaderValue,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

impl FromStr for Target {
    /// What to write instead; empty where an example says it best.
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.strip_prefix("unix:") {
            Some(path) => Self::parse_unix(path.strip_prefix("//").unwrap_or(path)),
            None => Self::parse_tcp(url),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl Target {
    fn parse_unix(path: &str) -> Result<Self, String> {
        if !path.starts_with('/') || path.contains('\0') {
            return Err("write \"unix:\" and the socket's absolute path".to_owned());
        }
        Ok(Self {
            label: format!("unix:{path}"),
            scheme: Scheme::HTTP,
            endpoint: Endpoint::Unix(PathBuf::from(path)),
            // A socket has no name of its own; this is what nginx and HAProxy say as well.
            authority: Authority::from_static("localhost"),
            host: HeaderValue::from_static("localhost"),
        })
    }

    fn parse_tcp(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|_| String::new())?;
        let (scheme, default_port) = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => (Scheme::HTTP, 80),
            Some(scheme) if *scheme == Scheme::HTTPS => (Scheme::HTTPS, 443),
            Some(_) => return Err("the scheme is http, https or unix".to_owned()),
            None => return Err(format!("say the scheme: \"http://{url}\"")),
        };
        let authority = uri.authority().cloned().ok_or_else(String::new)?;
        if authority.as_str().contains('@') {
            let why = "a URL with a password in it would end up in logs; leave it out";
            return Err(why.to_owned());
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(format!(
                "paths are passed on as they come; write \"{scheme}://{authority}\""
            ));
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str() == authority.host() => default_port,
            // An empty port, or one that no port number can be.
            None => 0,
        };
        let host = authority.host();
        let label = format!("{scheme}://{host}:{port}");
        let host = host.trim_matches(['[', ']']).to_owned();
        if host.is_empty() || port == 0 {
            return Err("name a host, and a port from 1 to 65535".to_owned());
        }
        let value = HeaderValue::from_str(authority.as_str()).map_err(|_| String::new())?;
        Ok(Self {
            label,
            scheme,
            endpoint: Endpoint::Tcp { host, port },
            authority,
            host: value,
        })
    }

    /// Whether connections to it use TLS.
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Target, String> {
        url.parse()
    }

    #[track_caller]
    fn check(url: &str, host: &str, port: u16, tls: bool, label: &str) {
        let target = parse(url).unwrap();
        let host = host.to_owned();
        assert_eq!(target.endpoint, Endpoint::Tcp { host, port });
        assert_eq!((target.is_tls(), &*target.label), (tls, label));
        assert_eq!(parse(label).unwrap().endpoint, target.endpoint);
    }

    #[test]
    fn urls_name_host_and_port() {
        check(
            "http://127.0.0.1:3000",
            "127.0.0.1",
            3000,
            false,
            "http://127.0.0.1:3000",
        );
        check("http://app", "app", 80, false, "http://app:80");
        check("https://app/", "app", 443, true, "https://app:443");
        check("http://[::1]:3000", "::1", 3000, false, "http://[::1]:3000");
    }

    #[test]
    fn a_port_left_out_stays_out_of_the_host_field() {
        assert_eq!(parse("https://app.internal/").unwrap().host, "app.internal");
        assert_eq!(parse("http://app:3000").unwrap().host, "app:3000");
    }

    #[test]
    fn a_socket_path_is_an_address() {
        for url in ["unix:/run/app.sock", "unix:///run/app.sock"] {
            let target = parse(url).unwrap();
            assert_eq!(target.endpoint, Endpoint::Unix("/run/app.sock".into()));
            assert_eq!(target.to_string(), "unix:/run/app.sock");
        }
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
            "http://:80",
            "http://app:",
            "http://app:99999",
            "http://",
            "unix:run/app.sock",
            "unix:/run/\0",
            "",
        ] {
            assert!(parse(url).is_err(), "{url} was taken");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "((http|https|unix):)?.*") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_printed_reads_back_as_the_same_place(
            url in "(http|https)://([a-z.]{1,9}|\\[::1\\])(:[0-9]{1,5})?/?",
        ) {
            if let Ok(target) = parse(&url) {
                let again = parse(&target.to_string()).unwrap();
                proptest::prop_assert_eq!(again.endpoint, target.endpoint);
            }
        }
    }
}
