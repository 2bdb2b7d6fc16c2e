//! The PROXY protocol, versions 1 and 2: a balancer's word on who connected to it.
//!
//! Source: "The PROXY protocol, versions 1 & 2" (HAProxy, `doc/proxy-protocol.txt`). A listener
//! either requires the header on every connection or never looks for it; the specification
//! forbids guessing. Parsing is pure and incremental; `receive` does the reading.

mod receive;
mod v1;
mod v2;

use std::net::SocketAddr;

pub use receive::{Received, Refused, receive};

/// The longest version 1 line, with its CRLF (specification, section 2.1).
pub const V1_BYTES_MAX: usize = 107;
/// The longest version 2 header that is read. The specification allows 65551; addresses take at
/// most 232, and the TLVs of the large clouds fit in a few hundred.
pub const V2_BYTES_MAX: usize = 4096;

/// What the bytes read so far amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The beginning of a header; more bytes are needed.
    Incomplete,
    Complete(Header),
}

/// A whole header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How many bytes it takes up; the client's own bytes follow.
    pub length: usize,
    /// `None` where the balancer speaks for itself (`LOCAL`, health checks), does not know
    /// (`UNKNOWN`), or names no TCP connection: then the socket's own addresses hold.
    pub addresses: Option<Addresses>,
}

/// Both ends of the connection as the balancer saw them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub source: SocketAddr,
    pub destination: SocketAddr,
}

/// The bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    #[error("the connection does not begin with a PROXY protocol header")]
    Absent,
    #[error(
        "the PROXY protocol header is longer than {V2_BYTES_MAX} bytes (version 1: {V1_BYTES_MAX})"
    )]
    TooLong,
    #[error("the PROXY protocol header is malformed")]
    Malformed,
    #[error("the PROXY protocol header does not match its checksum")]
    Checksum,
}

/// Reads a header from the beginning of `bytes`, which may be cut anywhere. Any bytes are
/// answered; none panic.
pub fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    if begins(bytes, v2::SIGNATURE) {
        return v2::parse(bytes);
    }
    if begins(bytes, v1::SIGNATURE) {
        return v1::parse(bytes);
    }
    Err(ProxyError::Absent)
}

/// Whether `bytes` is a beginning of `signature` or begins with it.
fn begins(bytes: &[u8], signature: &[u8]) -> bool {
    bytes
        .iter()
        .zip(signature)
        .all(|(byte, expected)| byte == expected)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_header_is_known_by_its_first_bytes() {
        for bytes in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"\x16\x03\x01",
            b"POST",
            b"PROX\0",
            b"\r\n\r\nX",
        ] {
            assert_eq!(parse(bytes), Err(ProxyError::Absent), "{bytes:?}");
        }
        for bytes in [&b""[..], b"P", b"PROXY", b"\r", b"\r\n\r\n\0\r\nQUIT"] {
            assert_eq!(parse(bytes), Ok(Parsed::Incomplete), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_without_panic(
            start in prop::sample::select(vec![&b""[..], b"PROXY ", b"PROXY TCP4 ", v2::SIGNATURE,
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x20", b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x40"]),
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let bytes = [start, &rest].concat();
            if let Ok(Parsed::Complete(header)) = parse(&bytes) {
                prop_assert!(header.length <= bytes.len());
                // The header alone decides: what follows changes nothing.
                prop_assert_eq!(parse(&bytes[..header.length]), Ok(Parsed::Complete(header)));
            }
        }
    }
}
