//! Version 2: a binary header with addresses, then type-length-value fields.
//!
//! Of those fields only the checksum is looked at, and verified where it is present; the rest is
//! checked to be well-formed and skipped.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Addresses, Header, Parsed, ProxyError, V2_BYTES_MAX};

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and protocol, length.
const FIXED_BYTES: usize = 16;
/// `PP2_TYPE_CRC32C` (section 2.2.3).
const TYPE_CRC32C: u8 = 0x03;

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    let Some((fixed, rest)) = bytes.split_at_checked(FIXED_BYTES) else {
        return Ok(Parsed::Incomplete);
    };
    let &[.., version_command, family_protocol, high, low] = fixed else {
        return Err(ProxyError::Malformed);
    };
    let body_bytes = usize::from(u16::from_be_bytes([high, low]));
    let length = FIXED_BYTES + body_bytes;
    if length > V2_BYTES_MAX {
        return Err(ProxyError::TooLong);
    }
    let Some(body) = rest.get(..body_bytes) else {
        return Ok(Parsed::Incomplete);
    };
    let (addresses, fields) = addresses(family_protocol, body).ok_or(ProxyError::Malformed)?;
    let header = bytes.get(..length).unwrap_or_default();
    check_fields(fields, header)?;
    let addresses = match version_command {
        // LOCAL: whatever addresses stand there must be ignored.
        0x20 => None,
        0x21 => addresses,
        _ => return Err(ProxyError::Malformed),
    };
    Ok(Parsed::Complete(Header { length, addresses }))
}

/// The addresses, where they are TCP's, and the fields behind them.
fn addresses(family_protocol: u8, body: &[u8]) -> Option<(Option<Addresses>, &[u8])> {
    let (family, protocol) = (family_protocol >> 4, family_protocol & 0x0f);
    if protocol > 2 {
        return None;
    }
    let (addresses, fields) = match family {
        // Unspecified: the receiver skips the addresses, whose size it cannot know, and with
        // them all fields.
        0 => return Some((None, &[])),
        1 => {
            let (raw, fields) = body.split_first_chunk::<12>()?;
            let &[s0, s1, s2, s3, d0, d1, d2, d3, sp0, sp1, dp0, dp1] = raw;
            let source = Ipv4Addr::new(s0, s1, s2, s3);
            let destination = Ipv4Addr::new(d0, d1, d2, d3);
            let addresses = Addresses {
                source: SocketAddr::new(source.into(), u16::from_be_bytes([sp0, sp1])),
                destination: SocketAddr::new(destination.into(), u16::from_be_bytes([dp0, dp1])),
            };
            (Some(addresses), fields)
        }
        2 => {
            let (source, rest) = body.split_first_chunk::<16>()?;
            let (destination, rest) = rest.split_first_chunk::<16>()?;
            let (&[sp0, sp1, dp0, dp1], fields) = rest.split_first_chunk::<4>()?;
            let (source, destination) = (Ipv6Addr::from(*source), Ipv6Addr::from(*destination));
            let addresses = Addresses {
                source: SocketAddr::new(source.into(), u16::from_be_bytes([sp0, sp1])),
                destination: SocketAddr::new(destination.into(), u16::from_be_bytes([dp0, dp1])),
            };
            (Some(addresses), fields)
        }
        // Unix sockets.
        3 => (None, body.split_first_chunk::<216>()?.1),
        _ => return None,
    };
    // Only a stream can have become this connection.
    Some((addresses.filter(|_| protocol == 1), fields))
}

fn check_fields(mut fields: &[u8], header: &[u8]) -> Result<(), ProxyError> {
    while !fields.is_empty() {
        let (&[kind, high, low], rest) = fields
            .split_first_chunk::<3>()
            .ok_or(ProxyError::Malformed)?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (value, rest) = rest.split_at_checked(length).ok_or(ProxyError::Malformed)?;
        if kind == TYPE_CRC32C {
            let sum: [u8; 4] = value.try_into().map_err(|_| ProxyError::Malformed)?;
            // `value` ends where `rest` begins, and both lie at the end of the header.
            let offset = header.len() - rest.len() - value.len();
            if crc32c_with_zeroed(header, offset) != u32::from_be_bytes(sum) {
                return Err(ProxyError::Checksum);
            }
        }
        fields = rest;
    }
    Ok(())
}

/// CRC-32C (RFC 3720 appendix B.4) of the header with the checksum's four bytes read as zero.
/// Bit by bit: it runs once per connection, over at most 4 KiB, and only when asked for.
fn crc32c_with_zeroed(header: &[u8], sum_offset: usize) -> u32 {
    const POLYNOMIAL_REVERSED: u32 = 0x82f6_3b78;
    let sum = sum_offset..sum_offset + 4;
    let crc = header
        .iter()
        .enumerate()
        .fold(u32::MAX, |crc, (index, byte)| {
            let byte = if sum.contains(&index) { 0 } else { *byte };
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (POLYNOMIAL_REVERSED & (crc & 1).wrapping_neg())
            })
        });
    !crc
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::listen::proxy_protocol::parse;

    fn header(version_command: u8, family_protocol: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [
            SIGNATURE,
            &[version_command, family_protocol],
            &length,
            body,
        ]
        .concat()
    }

    fn tcp4() -> Vec<u8> {
        vec![192, 0, 2, 1, 198, 51, 100, 1, 0x9c, 0x40, 1, 0xbb]
    }

    fn field(kind: u8, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[kind], &length[..], value].concat()
    }

    fn read(bytes: &[u8]) -> Result<Option<Addresses>, ProxyError> {
        match parse(bytes)? {
            Parsed::Complete(header) => Ok(header.addresses),
            Parsed::Incomplete => panic!("the header is whole"),
        }
    }

    #[test]
    fn the_checksum_is_the_one_of_rfc_3720() {
        assert_eq!(crc32c_with_zeroed(&[0; 32], 0), 0x8a91_36aa);
        let ascending: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c_with_zeroed(&ascending, 32), 0x46dd_794e);
    }

    #[test]
    fn tcp_addresses_are_read_and_fields_skipped() {
        let body = [
            tcp4(),
            field(0x01, b"h2"),
            field(0x05, b"unique"),
            field(0x04, &[0; 7]),
        ]
        .concat();
        let addresses = read(&header(0x21, 0x11, &body)).unwrap().unwrap();
        assert_eq!(addresses.source, "192.0.2.1:40000".parse().unwrap());
        assert_eq!(addresses.destination, "198.51.100.1:443".parse().unwrap());
    }

    #[test]
    fn local_unspecified_datagram_and_unix_leave_the_socket_its_own_addresses() {
        assert_eq!(read(&header(0x20, 0x00, &[])), Ok(None));
        assert_eq!(read(&header(0x20, 0x11, &tcp4())), Ok(None));
        assert_eq!(read(&header(0x21, 0x00, b"whatever")), Ok(None));
        assert_eq!(read(&header(0x21, 0x12, &tcp4())), Ok(None));
        assert_eq!(read(&header(0x21, 0x31, &[7; 216])), Ok(None));
    }

    #[test]
    fn what_departs_from_the_format_is_refused() {
        let overlong = [tcp4(), vec![0x04, 0, 9, 1]].concat();
        for bytes in [
            header(0x11, 0x11, &tcp4()),
            header(0x22, 0x11, &tcp4()),
            header(0x21, 0x13, &tcp4()),
            header(0x21, 0x41, &tcp4()),
            header(0x21, 0x11, &tcp4()[..11]),
            header(0x21, 0x21, &tcp4()),
            header(0x21, 0x31, &[0; 215]),
            header(0x21, 0x11, &overlong),
            header(0x21, 0x11, &[tcp4(), field(TYPE_CRC32C, &[0; 3])].concat()),
        ] {
            assert_eq!(read(&bytes), Err(ProxyError::Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn a_header_above_the_bound_is_refused_before_it_is_read() {
        let mut bytes = header(0x21, 0x11, &[0; V2_BYTES_MAX - FIXED_BYTES + 1]);
        bytes.truncate(FIXED_BYTES);
        assert_eq!(parse(&bytes), Err(ProxyError::TooLong));
    }

    #[test]
    fn a_checksum_is_verified_where_it_is_present() {
        let body = [tcp4(), field(TYPE_CRC32C, &[0; 4]), field(0x04, b"pad")].concat();
        let mut bytes = header(0x21, 0x11, &body);
        let offset = FIXED_BYTES + 12 + 3;
        let sum = crc32c_with_zeroed(&bytes, offset).to_be_bytes();
        bytes[offset..offset + 4].copy_from_slice(&sum);
        assert!(read(&bytes).unwrap().is_some());
        bytes[FIXED_BYTES] ^= 1;
        assert_eq!(read(&bytes), Err(ProxyError::Checksum));
    }

    proptest! {
        #[test]
        fn written_headers_are_read_back_and_every_cut_is_incomplete(
            source in any::<[u8; 16]>(), destination in any::<[u8; 16]>(),
            ports in any::<(u16, u16)>(), value in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let body = [&source[..], &destination, &ports.0.to_be_bytes(), &ports.1.to_be_bytes(),
                &field(0xe0, &value)].concat();
            let bytes = header(0x21, 0x21, &body);
            let addresses = Some(Addresses {
                source: SocketAddr::new(Ipv6Addr::from(source).into(), ports.0),
                destination: SocketAddr::new(Ipv6Addr::from(destination).into(), ports.1),
            });
            let whole = Parsed::Complete(Header { length: bytes.len(), addresses });
            prop_assert_eq!(parse(&bytes), Ok(whole));
            for cut in 0..bytes.len() {
                prop_assert_eq!(parse(&bytes[..cut]), Ok(Parsed::Incomplete));
            }
        }
    }
}
