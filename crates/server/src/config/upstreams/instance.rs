//! The address of one instance of an upstream, written as a URL.

use std::path::PathBuf;

use http::Uri;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instance {
    /// `http://host:port` or `https://host:port`.
    Network {
        tls: bool,
        /// A name to resolve, or an IP address; an IPv6 address has no brackets here.
        host: String,
        /// The scheme's own when the URL has none.
        port: u16,
    },
    /// `unix:/path/app.sock`, spoken to without TLS.
    Unix { path: PathBuf },
}

impl Instance {
    /// Whether connections to it use TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Network { tls: true, .. })
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.starts_with('/') || path.contains('\0') {
                return Err("write \"unix:\" and the socket's absolute path".to_owned());
            }
            return Ok(Self::Unix { path: path.into() });
        }
        let uri: Uri = text.parse().map_err(|_| String::new())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(_) => return Err("the scheme is http, https or unix".to_owned()),
            None => return Err(format!("say the scheme: \"http://{text}\"")),
        };
        let authority = uri.authority().ok_or_else(String::new)?;
        if authority.as_str().contains('@') {
            return Err(
                "a URL with a password in it would end up in logs; leave it out".to_owned(),
            );
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(format!(
                "paths are passed on as they come; write \"{}://{authority}\"",
                if tls { "https" } else { "http" }
            ));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str().ends_with(':') => return Err(String::new()),
            None if tls => 443,
            None => 80,
        };
        if host.is_empty() || port == 0 {
            return Err("name a host, and a port from 1 to 65535".to_owned());
        }
        Ok(Self::Network {
            tls,
            host: host.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Instance;

    fn network(tls: bool, host: &str, port: u16) -> Result<Instance, String> {
        Ok(Instance::Network {
            tls,
            host: host.to_owned(),
            port,
        })
    }

    #[test]
    fn a_port_left_out_is_the_schemes_own() {
        assert_eq!(Instance::parse("http://app"), network(false, "app", 80));
        assert_eq!(Instance::parse("https://app/"), network(true, "app", 443));
    }

    #[test]
    fn an_ipv6_address_loses_its_brackets() {
        assert_eq!(
            Instance::parse("http://[::1]:3000"),
            network(false, "::1", 3000)
        );
    }

    #[test]
    fn a_unix_socket_is_a_path() {
        let expected = Ok(Instance::Unix {
            path: "/run/app.sock".into(),
        });
        assert_eq!(Instance::parse("unix:/run/app.sock"), expected);
        assert_eq!(Instance::parse("unix:///run/app.sock"), expected);
    }

    #[test]
    fn a_url_that_says_more_than_an_address_is_refused() {
        for url in [
            "http://a:b@app",
            "http://app/api",
            "http://app?x",
            "ftp://app",
            "app:80",
            "http://:0",
        ] {
            assert!(Instance::parse(url).is_err(), "{url} was taken");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "((http|https|unix):)?.*") {
            let _ = Instance::parse(&text);
        }
    }
}
