//! The walk itself, over either field, and the grammar of one hop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Belief, ChainField, ClientAddress, HOPS_MAX, Scheme, Trust};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

pub(super) fn walk_x_forwarded_for(client: &mut ClientAddress, headers: &HeaderMap, trust: &Trust) {
    client.belief = Belief::NothingSaid;
    let mut hops = 0_usize;
    for element in from_the_right(headers, &X_FORWARDED_FOR).take(HOPS_MAX + 1) {
        let hop = if hops < HOPS_MAX {
            parse_node(element)
        } else {
            None
        };
        let Some(ip) = hop else {
            client.belief = Belief::Garbled;
            break;
        };
        hops += 1;
        client.ip = ip;
        client.belief = Belief::Forwarded;
        if !trust.proxies.contains(ip) {
            break;
        }
    }
    // As many trusted proxies have spoken as hops were walked. Those that append wrote one
    // element each; one that overwrites left a single element. Either way the element at this
    // distance from the right, or the left-most there is, was written by one of them.
    client.scheme = from_the_right(headers, &X_FORWARDED_PROTO)
        .take(hops.max(1))
        .last()
        .and_then(parse_scheme);
}

pub(super) fn walk_forwarded(client: &mut ClientAddress, headers: &HeaderMap, trust: &Trust) {
    client.belief = Belief::NothingSaid;
    for (hops, element) in from_the_right(headers, &FORWARDED)
        .take(HOPS_MAX + 1)
        .enumerate()
    {
        let element = if hops < HOPS_MAX {
            parse_element(element)
        } else {
            None
        };
        let Some((ip, scheme)) = element else {
            client.belief = Belief::Garbled;
            return;
        };
        *client = ClientAddress {
            ip,
            scheme,
            belief: Belief::Forwarded,
        };
        if !trust.proxies.contains(ip) {
            return;
        }
    }
}

/// Whether there is an element to the left of the first address that is not trusted.
pub(super) fn goes_on(headers: &HeaderMap, trust: &Trust) -> bool {
    let read: fn(&[u8]) -> Option<IpAddr> = match trust.chain {
        ChainField::XForwardedFor => parse_node,
        ChainField::Forwarded => |element| parse_element(element).map(|(ip, _)| ip),
    };
    let name = match trust.chain {
        ChainField::XForwardedFor => &X_FORWARDED_FOR,
        ChainField::Forwarded => &FORWARDED,
    };
    let is_trusted = |element: &&[u8]| read(element).is_some_and(|ip| trust.proxies.contains(ip));
    let mut rest = from_the_right(headers, name)
        .take(HOPS_MAX)
        .skip_while(is_trusted);
    rest.next().is_some() && rest.next().is_some()
}

/// The list elements of all lines of a field, the last first, trimmed, without the empty ones
/// that RFC 9110 section 5.6.1 lets recipients ignore.
///
/// Commas within quotes split too. No address or scheme has one; an element torn that way has an
/// unbalanced quote, which ends the walk. Reading quotes from the left instead would let a client
/// swallow, with one quote, what the proxies appended.
fn from_the_right<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    headers
        .get_all(name)
        .iter()
        .rev()
        .map(HeaderValue::as_bytes)
        .flat_map(|line| line.rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}

/// One address: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or
/// `[2001:db8::1]:80`. `unknown` and obfuscated identifiers (RFC 7239 section 6) are none.
fn parse_node(node: &[u8]) -> Option<IpAddr> {
    let node = std::str::from_utf8(node).ok()?;
    if let Some(rest) = node.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        return Some(IpAddr::V6(address.parse::<Ipv6Addr>().ok()?).to_canonical());
    }
    if let Ok(ip) = node.parse::<IpAddr>() {
        return Some(ip.to_canonical());
    }
    let (address, port) = node.split_once(':')?;
    is_port(port).then(|| address.parse::<Ipv4Addr>().ok().map(IpAddr::V4))?
}

fn is_port(digits: &str) -> bool {
    (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_scheme(value: &[u8]) -> Option<Scheme> {
    if value.eq_ignore_ascii_case(b"https") {
        Some(Scheme::Https)
    } else if value.eq_ignore_ascii_case(b"http") {
        Some(Scheme::Http)
    } else {
        None
    }
}

/// A `forwarded-element` (RFC 7239 section 4) with one usable `for`, and its `proto`.
fn parse_element(element: &[u8]) -> Option<(IpAddr, Option<Scheme>)> {
    let (mut node, mut scheme) = (None, None);
    for pair in element.split(|byte| *byte == b';') {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair.get(..equals)?, unquoted(pair.get(equals + 1..)?)?);
        let name = name.trim_ascii();
        if name.eq_ignore_ascii_case(b"for") {
            // A parameter stands at most once (section 4).
            if node.replace(parse_node(value)?).is_some() {
                return None;
            }
        } else if name.eq_ignore_ascii_case(b"proto")
            && scheme.replace(parse_scheme(value)?).is_some()
        {
            return None;
        }
    }
    Some((node?, scheme))
}

/// A token or a quoted string without escapes, which neither an address nor a scheme needs.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let value = value.trim_ascii();
    let inner = match value.strip_prefix(b"\"") {
        Some(rest) => rest.strip_suffix(b"\"")?,
        None => value,
    };
    (!inner.contains(&b'"') && !inner.contains(&b'\\')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hop_is_an_address_with_or_without_port() {
        for (node, ip) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:8080", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:1", "192.0.2.1"),
        ] {
            assert_eq!(parse_node(node.as_bytes()), ip.parse().ok(), "{node}");
        }
        for node in [
            "",
            "unknown",
            "_hidden",
            "localhost",
            "192.0.2",
            "192.0.2.1:",
            "192.0.2.1:x",
            "192.0.2.1:123456",
            "192.0.2.01",
            "fe80::1%eth0",
            "[::1",
            "[::1]x",
            "[192.0.2.1]",
            "::1]:80",
            "192.0.2.1 192.0.2.2",
            "\"192.0.2.1\"",
            "0x7f.1",
            "192.0.2.1:1:2",
        ] {
            assert_eq!(parse_node(node.as_bytes()), None, "{node}");
        }
    }

    #[test]
    fn a_forwarded_element_needs_exactly_one_address() {
        let https = Some(Scheme::Https);
        for (element, parsed) in [
            ("for=192.0.2.1", Some(("192.0.2.1", None))),
            (
                "For=\"[2001:db8::1]:47\"; Proto=HTTPS;by=_x",
                Some(("2001:db8::1", https)),
            ),
            (
                "proto=https;for=\"192.0.2.1:5\"",
                Some(("192.0.2.1", https)),
            ),
            ("proto=https", None),
            ("for=unknown", None),
            ("for=192.0.2.1;for=192.0.2.2", None),
            ("for=192.0.2.1;proto=https;proto=http", None),
            ("for=192.0.2.1;proto=gopher", None),
            ("for=\"192.0.2.1", None),
            ("for=192.0.2.1\"", None),
            ("for=\"192.0.2.\\1\"", None),
            ("for=192.0.2.1;", None),
        ] {
            let parsed = parsed.map(|(ip, scheme)| (ip.parse().unwrap(), scheme));
            assert_eq!(parse_element(element.as_bytes()), parsed, "{element}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (parse_node(&bytes), parse_element(&bytes), parse_scheme(&bytes));
        }

        #[test]
        fn every_address_is_read_back_in_every_form(bits in any::<u128>(), v4 in any::<u32>(), port in any::<u16>()) {
            let (v6, v4) = (Ipv6Addr::from_bits(bits), Ipv4Addr::from_bits(v4));
            for form in [format!("{v6}"), format!("[{v6}]"), format!("[{v6}]:{port}")] {
                prop_assert_eq!(parse_node(form.as_bytes()), Some(IpAddr::V6(v6).to_canonical()));
            }
            for form in [format!("{v4}"), format!("{v4}:{port}")] {
                prop_assert_eq!(parse_node(form.as_bytes()), Some(IpAddr::V4(v4)));
            }
        }
    }
}
