//! Version 1: one line of text, `PROXY TCP4 192.0.2.1 198.51.100.1 40000 443\r\n`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Addresses, Header, Parsed, ProxyError, V1_BYTES_MAX};

pub(super) const SIGNATURE: &[u8] = b"PROXY ";

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    let window = bytes.get(..V1_BYTES_MAX).unwrap_or(bytes);
    let Some(end) = window.windows(2).position(|pair| pair == b"\r\n") else {
        return match window.len() {
            V1_BYTES_MAX => Err(ProxyError::TooLong),
            _ => Ok(Parsed::Incomplete),
        };
    };
    let addresses = window
        .get(SIGNATURE.len()..end)
        .and_then(|line| std::str::from_utf8(line).ok())
        .and_then(line)
        .ok_or(ProxyError::Malformed)?;
    let length = end + 2;
    Ok(Parsed::Complete(Header { length, addresses }))
}

/// `Some(None)` for `UNKNOWN`, whose rest of the line must be ignored (section 2.1).
fn line(line: &str) -> Option<Option<Addresses>> {
    if line == "UNKNOWN" || line.starts_with("UNKNOWN ") {
        return Some(None);
    }
    let mut words = line.split(' ');
    let family = words.next()?;
    let (source, destination) = (words.next()?, words.next()?);
    let (source_port, destination_port) = (port(words.next()?)?, port(words.next()?)?);
    if words.next().is_some() {
        return None;
    }
    let ip = |text: &str| -> Option<IpAddr> {
        match family {
            "TCP4" => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
            "TCP6" => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            _ => None,
        }
    };
    Some(Some(Addresses {
        source: SocketAddr::new(ip(source)?, source_port),
        destination: SocketAddr::new(ip(destination)?, destination_port),
    }))
}

/// Decimal without sign or leading zeros.
fn port(digits: &str) -> Option<u16> {
    let plain = digits == "0" || !digits.starts_with(['0', '+']);
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::listen::proxy_protocol::parse;

    fn header(line: &str) -> Result<Option<Addresses>, ProxyError> {
        match parse(line.as_bytes())? {
            Parsed::Complete(header) => Ok(header.addresses),
            Parsed::Incomplete => panic!("{line:?} is whole"),
        }
    }

    #[test]
    fn both_families_are_read() {
        for (line, source, destination) in [
            (
                "PROXY TCP4 192.0.2.1 198.51.100.1 40000 443\r\n",
                "192.0.2.1:40000",
                "198.51.100.1:443",
            ),
            (
                "PROXY TCP6 2001:db8::1 ::1 1 65535\r\nGET",
                "[2001:db8::1]:1",
                "[::1]:65535",
            ),
        ] {
            let addresses = header(line).unwrap().unwrap();
            assert_eq!(addresses.source, source.parse().unwrap());
            assert_eq!(addresses.destination, destination.parse().unwrap());
        }
    }

    #[test]
    fn an_unknown_origin_has_no_addresses() {
        assert_eq!(header("PROXY UNKNOWN\r\n"), Ok(None));
        assert_eq!(header("PROXY UNKNOWN ffff::1 x y z\r\n"), Ok(None));
    }

    #[test]
    fn what_departs_from_the_grammar_is_refused() {
        for rest in [
            "\r\n",
            "TCP4\r\n",
            "TCP4 192.0.2.1 192.0.2.2 1\r\n",
            "TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
            "TCP4 192.0.2.1  192.0.2.2 1 2\r\n",
            "TCP4 ::1 ::1 1 2\r\n",
            "TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
            "TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
            "TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
            "TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
            "UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
            "tcp4 192.0.2.1 192.0.2.2 1 2\r\n",
            "UNKNOWNS\r\n",
            "TCP4 192.0.2.1 192.0.2.2 1 \r\n",
        ] {
            assert_eq!(
                header(&format!("PROXY {rest}")),
                Err(ProxyError::Malformed),
                "{rest:?}"
            );
        }
    }

    #[test]
    fn the_line_ends_within_107_bytes_or_not_at_all() {
        let longest = format!("PROXY UNKNOWN {}\r\n", "x".repeat(V1_BYTES_MAX - 16));
        assert_eq!(longest.len(), V1_BYTES_MAX);
        assert_eq!(header(&longest), Ok(None));
        let longer = format!("PROXY UNKNOWN {}\r\n", "x".repeat(V1_BYTES_MAX - 15));
        assert_eq!(header(&longer), Err(ProxyError::TooLong));
        assert_eq!(parse(&longer.as_bytes()[..106]), Ok(Parsed::Incomplete));
    }

    proptest! {
        #[test]
        fn written_lines_are_read_back_and_every_cut_is_incomplete(
            source in any::<(u128, u16)>(), destination in any::<(u128, u16)>(), v4 in any::<bool>(),
        ) {
            let address = |(bits, port): (u128, u16)| match v4 {
                true => SocketAddr::new(Ipv4Addr::from_bits(bits as u32).into(), port),
                false => SocketAddr::new(Ipv6Addr::from_bits(bits).into(), port),
            };
            let (source, destination) = (address(source), address(destination));
            let line = format!("PROXY {} {} {} {} {}\r\n", if v4 { "TCP4" } else { "TCP6" },
                source.ip(), destination.ip(), source.port(), destination.port());
            let addresses = Some(Addresses { source, destination });
            let whole = Parsed::Complete(Header { length: line.len(), addresses });
            prop_assert_eq!(parse(line.as_bytes()), Ok(whole));
            for cut in 0..line.len() {
                prop_assert_eq!(parse(&line.as_bytes()[..cut]), Ok(Parsed::Incomplete));
            }
        }
    }
}
