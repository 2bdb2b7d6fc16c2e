//! What a request calls this server: the host and port of `Host` and `:authority`.
//!
//! Stricter than RFC 3986 section 3.2.2 on purpose: only names that DNS can carry and addresses
//! that can be written in one way pass, since a host decides the route, the redirect and the
//! certificate.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest name that DNS carries, without its trailing dot (RFC 1035 section 2.3.4).
const HOST_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// A host, and a port where one was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority<'a> {
    /// Lower-case, without trailing dot; an IPv6 address in brackets and in its canonical form.
    pub host: Cow<'a, str>,
    pub kind: HostKind,
    /// `None` where no port, or an empty one, was given.
    pub port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    Name,
    Ipv4,
    Ipv6,
}

/// The text is no host with an optional port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a host name or address with an optional port")]
pub struct InvalidAuthority;

impl<'a> Authority<'a> {
    /// Reads `host`, `host:port`, `192.0.2.1:port` or `[2001:db8::1]:port`: the field value of
    /// `Host` (RFC 9110 section 7.2). User information, percent-encoding, zone identifiers, an
    /// empty host and port 0 are refused.
    ///
    /// It allocates only where the host is not yet in its normal form.
    pub fn parse(text: &'a [u8]) -> Result<Self, InvalidAuthority> {
        let text = std::str::from_utf8(text).map_err(|_| InvalidAuthority)?;
        if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']').ok_or(InvalidAuthority)?;
            let address: Ipv6Addr = address.parse().map_err(|_| InvalidAuthority)?;
            let port = match port {
                "" => None,
                port => parse_port(port.strip_prefix(':').ok_or(InvalidAuthority)?)?,
            };
            let host = Cow::Owned(format!("[{address}]"));
            let kind = HostKind::Ipv6;
            return Ok(Self { host, kind, port });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, parse_port(port)?),
            None => (text, None),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        let kind = kind_of(host)?;
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        Ok(Self { host, kind, port })
    }
}

fn parse_port(digits: &str) -> Result<Option<u16>, InvalidAuthority> {
    if digits.is_empty() {
        return Ok(None);
    }
    // `u16::from_str` alone would take a leading plus sign.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidAuthority);
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err(InvalidAuthority),
        Ok(port) => Ok(Some(port)),
    }
}

fn kind_of(host: &str) -> Result<HostKind, InvalidAuthority> {
    if host.len() > HOST_BYTES_MAX || !host.split('.').all(is_label) {
        return Err(InvalidAuthority);
    }
    // Browsers read every host that ends in a number as an IPv4 address (WHATWG URL, "ends in a
    // number checker"), so `127.1` or `0x7f.1` must not pass as a name.
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    if hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return match host.parse::<Ipv4Addr>() {
            Ok(_) => Ok(HostKind::Ipv4),
            Err(_) => Err(InvalidAuthority),
        };
    }
    Ok(HostKind::Name)
}

/// Letters, digits and inner hyphens (RFC 1123 section 2.1), and the underscore, which is in use
/// inside container networks.
fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, host: &str, kind: HostKind, port: Option<u16>) {
        let authority = Authority::parse(text.as_bytes()).unwrap();
        assert_eq!(
            (&*authority.host, authority.kind, authority.port),
            (host, kind, port),
            "{text}"
        );
    }

    #[test]
    fn hosts_come_out_in_one_form() {
        check("example.com", "example.com", HostKind::Name, None);
        check(
            "Example.COM:8443",
            "example.com",
            HostKind::Name,
            Some(8443),
        );
        check("example.com.", "example.com", HostKind::Name, None);
        check("example.com.:443", "example.com", HostKind::Name, Some(443));
        check("example.com:", "example.com", HostKind::Name, None);
        check("web_1", "web_1", HostKind::Name, None);
        check("192.0.2.1:80", "192.0.2.1", HostKind::Ipv4, Some(80));
        check(
            "[2001:DB8:0::1]:80",
            "[2001:db8::1]",
            HostKind::Ipv6,
            Some(80),
        );
        check("[::1]", "[::1]", HostKind::Ipv6, None);
        check("[::1]:", "[::1]", HostKind::Ipv6, None);
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ".",
            ":80",
            "a..b",
            "-a",
            "a-",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "a@b",
            "a,b",
            "a%2eb",
            "a:0",
            "a:65536",
            "a:+1",
            "a:8 0",
            "a:1:2",
            "::1",
            "[::1",
            "[::1]x",
            "[::1%25lo]",
            "[v1.a]",
            "127.1",
            "1",
            "0x7f.1",
            "0x7f000001",
            "256.1.1.1",
            "a\r\nb",
            "a\0",
            "ä.de",
            "a..",
            "192.0.2.01",
        ] {
            assert_eq!(
                Authority::parse(text.as_bytes()),
                Err(InvalidAuthority),
                "{text:?}"
            );
        }
        assert!(Authority::parse(&[b'a'; LABEL_BYTES_MAX]).is_ok());
        assert!(Authority::parse(&[b'a'; LABEL_BYTES_MAX + 1]).is_err());
        assert!(Authority::parse("a.".repeat(127).trim_end_matches('.').as_bytes()).is_ok());
        assert!(Authority::parse(format!("{}a", "a.".repeat(127)).as_bytes()).is_err());
    }

    #[test]
    fn a_host_in_normal_form_is_borrowed() {
        let authority = Authority::parse(b"example.com:443").unwrap();
        assert!(matches!(authority.host, Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Authority::parse(&bytes);
        }

        #[test]
        fn a_parsed_host_parses_to_itself(text in r"[A-Za-z0-9._:\[\]-]{1,40}") {
            if let Ok(first) = Authority::parse(text.as_bytes()) {
                let second = Authority::parse(first.host.as_bytes()).unwrap();
                prop_assert_eq!(&second.host, &first.host);
                prop_assert_eq!(second.kind, first.kind);
                prop_assert!(first.host.bytes().all(|b| b.is_ascii_graphic()
                    && !b.is_ascii_uppercase()
                    && !b"/?#@\"<>\\".contains(&b)));
            }
        }

        #[test]
        fn every_ipv6_address_is_read_back(bits in any::<u128>(), port in 1..=u16::MAX) {
            let address = Ipv6Addr::from_bits(bits);
            let text = format!("[{address}]:{port}");
            let authority = Authority::parse(text.as_bytes()).unwrap();
            prop_assert_eq!(&*authority.host, format!("[{address}]"));
            prop_assert_eq!(authority.port, Some(port));
        }
    }
}
