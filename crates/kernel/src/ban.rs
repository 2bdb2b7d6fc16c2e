//! A ban as operators, the store and the data plane speak of it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::{ControlId, Timestamp};

/// A network whose requests are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// In the form of [`canonical`].
    pub network: IpNet,
    /// When it ends; `None` when only an operator ends it.
    pub until: Option<Timestamp>,
    pub since: Timestamp,
    /// For operators; never shown to clients.
    pub reason: String,
    pub source: BanSource,
    /// Which ban of this network it is, counted while earlier ones are remembered. From 1.
    pub strikes: u32,
}

/// Who asked for a ban: an operator, or what the client has met. A control goes by its own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BanSource {
    Operator,
    Honeypot,
    RateLimit,
}

/// One step from a list of bans to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BanChange {
    /// Takes the place of an earlier ban of the same network.
    Add(Ban),
    Remove(IpNet),
}

/// Bits of an IPv6 address that tell one household or host from another: providers hand out whole
/// /64 networks (RFC 6177), and whoever has one has 2^64 addresses.
pub const IPV6_PREFIX: u8 = 64;

/// What is banned for one client: its IPv4 address, or the /64 around its IPv6 address.
pub fn network_of(ip: IpAddr) -> IpNet {
    canonical(ip.into())
}

/// A network as operators write it, in the form of [`canonical`]: an address stands for its
/// [`network_of`]. `None` for what is neither.
pub fn parse(text: &str) -> Option<IpNet> {
    let network = text.parse().ok();
    let network = network.or_else(|| text.parse().ok().map(network_of));
    network.map(canonical)
}

/// The one form in which a network is banned, so that two spellings are one ban: no bits behind
/// the prefix, IPv4 in IPv6 clothes as IPv4, and no IPv6 network smaller than a /64.
pub fn canonical(network: IpNet) -> IpNet {
    match network {
        IpNet::V4(network) => network.trunc().into(),
        IpNet::V6(network) => match as_ipv4(network) {
            Some(network) => network.trunc().into(),
            None => {
                let prefix = network.prefix_len().min(IPV6_PREFIX);
                let bits = network.addr().to_bits();
                let kept = bits.checked_shr(128 - u32::from(prefix)).unwrap_or(0);
                let kept = kept.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                // The prefix is at most 64, so this is always a network.
                Ipv6Net::new(Ipv6Addr::from_bits(kept), prefix)
                    .map_or(IpNet::V6(network), IpNet::V6)
            }
        },
    }
}

fn as_ipv4(network: Ipv6Net) -> Option<Ipv4Net> {
    let address = network.addr().to_ipv4_mapped()?;
    let prefix = network.prefix_len().checked_sub(96)?;
    Ipv4Net::new(address, prefix).ok()
}

impl BanSource {
    pub const ALL: [Self; 3] = [Self::Operator, Self::Honeypot, Self::RateLimit];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Honeypot => ControlId::EdgeHoneypot.as_str(),
            Self::RateLimit => ControlId::EdgeRateLimit.as_str(),
        }
    }
}

impl fmt::Display for BanSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BanSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no source of bans"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(network: &str, expected: &str) {
        let canonical = canonical(network.parse().unwrap());
        assert_eq!(canonical, expected.parse().unwrap(), "{network}");
    }

    #[test]
    fn a_network_has_one_spelling() {
        check("192.0.2.7/32", "192.0.2.7/32");
        check("192.0.2.7/24", "192.0.2.0/24");
        check("::ffff:192.0.2.7/128", "192.0.2.7/32");
        check("::ffff:192.0.2.7/120", "192.0.2.0/24");
        check("2001:db8::7/128", "2001:db8::/64");
        check("2001:db8:0:1:2::/65", "2001:db8:0:1::/64");
        check("2001:db8::/32", "2001:db8::/32");
        check("::/0", "::/0");
    }

    #[test]
    fn an_address_stands_for_its_client_and_a_word_for_nobody() {
        for (text, network) in [
            ("192.0.2.7", Some("192.0.2.7/32")),
            ("192.0.2.7/24", Some("192.0.2.0/24")),
            ("2001:db8::7", Some("2001:db8::/64")),
            ("example.com", None),
            ("192.0.2.7/33", None),
            ("", None),
        ] {
            assert_eq!(parse(text), network.map(|it| it.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn sources_read_back_what_they_print() {
        for source in BanSource::ALL {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
        assert!("nobody".parse::<BanSource>().is_err());
    }

    proptest! {
        #[test]
        fn the_form_is_final_and_covers_what_it_is_made_of(bits in any::<u128>(), prefix in 0..=128_u8) {
            let network = IpNet::new(Ipv6Addr::from_bits(bits).into(), prefix).unwrap();
            let form = canonical(network);
            prop_assert_eq!(canonical(form), form);
            prop_assert!(form.contains(&network.addr().to_canonical()));
        }
    }
}
