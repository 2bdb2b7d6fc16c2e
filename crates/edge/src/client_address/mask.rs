//! Addresses as logs may keep them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Takes away what tells one household from another: the last octet of an IPv4 address, and what
/// lies beyond the first 48 bits of an IPv6 address.
pub fn mask(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & !0xff).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 80 << 80).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_names_a_network() {
        for (ip, masked) in [
            ("192.0.2.255", "192.0.2.0"),
            ("::ffff:192.0.2.255", "192.0.2.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("::1", "::"),
        ] {
            assert_eq!(mask(ip.parse().unwrap()), masked.parse::<IpAddr>().unwrap());
        }
    }
}
