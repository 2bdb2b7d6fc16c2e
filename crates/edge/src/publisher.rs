//! Networks of well-known proxies, as their operators publish them: for `listen.trusted_proxies`,
//! and to tell such an address from a visitor's where nobody listed it.
//!
//! The lists are data files, each with its source and the day it was read there.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::network_set::NetworkSet;

macro_rules! publishers {
    ($($name:ident $text:literal)*) => {
        /// Who publishes the addresses that its proxies connect from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Publisher {
            $($name,)*
        }

        impl Publisher {
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// What the configuration calls it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            const fn list(self) -> &'static str {
                match self {
                    $(Self::$name => {
                        include_str!(concat!("../data/trusted-proxies/", $text, ".txt"))
                    })*
                }
            }
        }
    };
}

publishers! {
    Akamai "akamai"
    AzureFrontDoor "azure-front-door"
    Cloudflare "cloudflare"
    Cloudfront "cloudfront"
    Fastly "fastly"
    GoogleCloudLb "google-cloud-lb"
    Imperva "imperva"
}

impl Publisher {
    /// Its networks, one a line in its file.
    pub fn networks(self) -> impl Iterator<Item = IpNet> {
        let lines = self.list().lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.parse().ok())
    }

    /// Where the list was read, for people.
    pub fn sources(self) -> impl Iterator<Item = &'static str> {
        self.remarks("# Source: ")
    }

    /// When the list was read there.
    pub fn retrieved(self) -> &'static str {
        self.remarks("# Retrieved: ").next().unwrap_or_default()
    }

    fn remarks(self, start: &'static str) -> impl Iterator<Item = &'static str> {
        let lines = self.list().lines();
        lines.filter_map(move |line| line.strip_prefix(start))
    }
}

impl fmt::Display for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All lists, ready to be asked whose an address is.
#[derive(Debug)]
pub struct Publishers(Vec<(Publisher, NetworkSet)>);

impl Publishers {
    /// Those that ship with this version.
    pub fn shipped() -> Self {
        let set = |publisher: Publisher| (publisher, NetworkSet::new(publisher.networks()));
        Self(Publisher::ALL.map(set).into())
    }

    pub fn of(&self, ip: IpAddr) -> Option<Publisher> {
        let mut sets = self.0.iter();
        sets.find(|(_, networks)| networks.contains(ip))
            .map(|(publisher, _)| *publisher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shorter prefixes would trust a good part of the internet by a slip in a file.
    const V4_PREFIX_MIN: u8 = 11;
    const V6_PREFIX_MIN: u8 = 24;

    #[test]
    fn every_line_of_a_list_is_a_remark_or_a_network() {
        for publisher in Publisher::ALL {
            for line in publisher.list().lines() {
                let network = line.parse::<IpNet>();
                let is_network = network.is_ok_and(|network| network == network.trunc());
                assert!(is_network || line.starts_with("# "), "{publisher}: {line}");
            }
            assert!(publisher.networks().count() >= 4, "{publisher}");
        }
    }

    #[test]
    fn every_list_names_its_source_and_its_day() {
        for publisher in Publisher::ALL {
            let mut sources = publisher.sources();
            assert!(
                sources
                    .next()
                    .is_some_and(|source| source.starts_with("https://"))
            );
            let (day, _) = publisher.retrieved().split_at("2026-01-01".len());
            assert!(
                day.starts_with("20") && day.split('-').count() == 3,
                "{publisher}: {day}"
            );
        }
    }

    #[test]
    fn no_list_is_wide_enough_to_trust_visitors() {
        for publisher in Publisher::ALL {
            for network in publisher.networks() {
                let minimum = match network {
                    IpNet::V4(_) => V4_PREFIX_MIN,
                    IpNet::V6(_) => V6_PREFIX_MIN,
                };
                assert!(network.prefix_len() >= minimum, "{publisher}: {network}");
            }
        }
    }

    #[test]
    fn an_address_is_told_by_whose_it_is() {
        let publishers = Publishers::shipped();
        for (ip, expected) in [
            ("104.16.0.1", Some(Publisher::Cloudflare)),
            ("2606:4700::1", Some(Publisher::Cloudflare)),
            ("151.101.1.1", Some(Publisher::Fastly)),
            ("130.176.0.1", Some(Publisher::Cloudfront)),
            ("35.191.0.1", Some(Publisher::GoogleCloudLb)),
            ("147.243.0.1", Some(Publisher::AzureFrontDoor)),
            ("192.0.2.1", None),
            ("10.0.0.1", None),
        ] {
            assert_eq!(publishers.of(ip.parse().unwrap()), expected, "{ip}");
        }
    }
}
