//! Networks whose addresses say by their kind how a ban would fall: on nobody, or on a crowd.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::SHARED_NETWORK;

/// Never banned: what connects from there is a process of this machine, or a proxy on it that
/// nobody has listed, and then it is everybody.
pub const LOOPBACK: [IpNet; 2] = [
    v4(Ipv4Addr::new(127, 0, 0, 0), 8),
    v6(Ipv6Addr::LOCALHOST, 128),
];

/// One address, many clients, whoever runs the network.
pub const SHARED_BY_KIND: [IpNet; 10] = [
    // Carrier-grade NAT.
    IpNet::V4(SHARED_NETWORK),
    // Private and link-local (RFC 1918, RFC 3927, RFC 4193, RFC 4291): some balancer or translator
    // made the connection.
    v4(Ipv4Addr::new(10, 0, 0, 0), 8),
    v4(Ipv4Addr::new(172, 16, 0, 0), 12),
    v4(Ipv4Addr::new(192, 168, 0, 0), 16),
    v4(Ipv4Addr::new(169, 254, 0, 0), 16),
    v6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    // DS-Lite (RFC 6333).
    v4(Ipv4Addr::new(192, 0, 0, 0), 29),
    // IPv4 as translators show it (RFC 6052): all of it lies in one /64.
    v6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96),
    // Teredo (RFC 4380): all clients of one server lie in one /64.
    v6(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32),
];

const fn v4(network: Ipv4Addr, prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(network, prefix))
}

const fn v6(network: Ipv6Addr, prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(network, prefix))
}
