//! A set of networks, such as the trusted proxies: sorted ranges, one binary search per question.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// A set of networks. Looking up takes O(log n); a CDN publishes some two hundred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSet {
    v4: Box<[Range<u32>]>,
    v6: Box<[Range<u128>]>,
}

/// First and last address.
type Range<A> = (A, A);

impl NetworkSet {
    /// Networks may overlap and come in any order. IPv6 networks within `::ffff:0:0/96` mean the
    /// IPv4 networks they stand for.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match (network.network(), network.broadcast()) {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((first.to_bits(), last.to_bits())),
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    match (first.to_ipv4_mapped(), last.to_ipv4_mapped()) {
                        (Some(first), Some(last)) => v4.push((first.to_bits(), last.to_bits())),
                        _ => v6.push((first.to_bits(), last.to_bits())),
                    }
                }
                (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
            }
        }
        Self {
            v4: merged(v4),
            v6: merged(v6),
        }
    }

    /// `ip` may be IPv4 in IPv6 clothes.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match ip.to_canonical() {
            IpAddr::V4(ip) => covers(&self.v4, ip.to_bits()),
            IpAddr::V6(ip) => covers(&self.v6, ip.to_bits()),
        }
    }

    /// The lowest address in it.
    pub fn first(&self) -> Option<IpAddr> {
        let v4 = self
            .v4
            .first()
            .map(|(first, _)| Ipv4Addr::from_bits(*first).into());
        v4.or_else(|| {
            self.v6
                .first()
                .map(|(first, _)| Ipv6Addr::from_bits(*first).into())
        })
    }

    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }
}

fn merged<A: Copy + Ord>(mut ranges: Vec<Range<A>>) -> Box<[Range<A>]> {
    ranges.sort_unstable();
    let mut merged: Vec<Range<A>> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged.into()
}

fn covers<A: Copy + Ord>(ranges: &[Range<A>], address: A) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= address);
    after
        .checked_sub(1)
        .and_then(|index| ranges.get(index))
        .is_some_and(|(_, last)| address <= *last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(networks: &[&str]) -> NetworkSet {
        NetworkSet::new(networks.iter().map(|network| network.parse().unwrap()))
    }

    #[test]
    fn networks_cover_their_first_and_last_address_and_no_other() {
        let set = set(&["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "::1/128"]);
        for (ip, covered) in [
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("9.255.255.255", false),
            ("11.0.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("::1", true),
            ("::2", false),
            ("2001:db8:ffff::", true),
            ("2001:db9::", false),
            ("::ffff:10.1.2.3", true),
            ("::10.1.2.3", false),
        ] {
            assert_eq!(set.contains(ip.parse().unwrap()), covered, "{ip}");
        }
    }

    #[test]
    fn a_mapped_network_means_the_ipv4_network() {
        let set = set(&["::ffff:10.0.0.0/104"]);
        assert!(set.contains("10.9.9.9".parse().unwrap()));
        assert!(!set.contains("11.0.0.0".parse().unwrap()));
    }

    #[test]
    fn the_empty_set_covers_nothing_and_the_whole_covers_its_family() {
        assert!(!set(&[]).contains("127.0.0.1".parse().unwrap()));
        assert!(set(&["0.0.0.0/0"]).contains("255.255.255.255".parse().unwrap()));
        assert!(!set(&["0.0.0.0/0"]).contains("::1".parse().unwrap()));
        assert!(!set(&["::/0"]).contains("192.0.2.1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn the_set_agrees_with_asking_each_network(
            v4 in prop::collection::vec((any::<u32>(), 0..=32_u8), 0..12),
            v6 in prop::collection::vec((any::<u128>(), 97..=128_u8), 0..12),
            asked in any::<(u32, u128)>(), near in any::<prop::sample::Index>(),
        ) {
            let networks: Vec<IpNet> = v4.iter()
                .map(|(bits, prefix)| IpNet::new(Ipv4Addr::from_bits(*bits).into(), *prefix))
                .chain(v6.iter().map(|(bits, prefix)|
                    IpNet::new(Ipv6Addr::from_bits(*bits).into(), *prefix)))
                .map(Result::unwrap).collect();
            let set = NetworkSet::new(networks.iter().copied());
            let mut questions: Vec<IpAddr> =
                vec![Ipv4Addr::from_bits(asked.0).into(), Ipv6Addr::from_bits(asked.1).into()];
            if !networks.is_empty() {
                let network = near.get(&networks);
                questions.extend([network.addr(), network.network(), network.broadcast()]);
            }
            for ip in questions {
                let expected = networks.iter().any(|network| network.contains(&ip));
                prop_assert_eq!(set.contains(ip), expected, "{}", ip);
            }
        }
    }
}
