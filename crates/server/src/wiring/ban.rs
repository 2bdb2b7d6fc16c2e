//! `[edge.ban]` as the control takes it, and as offences are judged by.

use palisade_edge::ban::{BreachRules, LOOPBACK, Options, Rules, SHARED_BY_KIND};
use palisade_edge::network_set::NetworkSet;

use super::trusted_networks;
use crate::config::Config;

pub(super) fn options(config: &Config) -> Options {
    Options {
        mode: config.edge.ban.mode,
        never: never(config),
    }
}

pub(crate) fn rules(config: &Config) -> Rules {
    let ban = &config.edge.ban;
    let shared = ban.shared_networks.iter().copied();
    Rules {
        first: ban.first,
        second: ban.second,
        further: ban.further,
        remember: ban.remember,
        never: never(config),
        shared: NetworkSet::new(shared.chain(SHARED_BY_KIND)),
        shared_max: ban.shared_max,
    }
}

pub(crate) fn breach_rules(config: &Config) -> BreachRules {
    let ban = &config.edge.ban;
    BreachRules {
        breaches: ban.breaches,
        within: ban.breaches_within,
    }
}

/// A trusted proxy is nobody's address: a ban of it would be one of everybody behind it.
fn never(config: &Config) -> NetworkSet {
    let operators = config.edge.ban.never.iter();
    let operators = operators.chain(&config.edge.maintenance.allow).copied();
    let proxies = trusted_networks(&config.listen);
    NetworkSet::new(operators.chain(proxies).chain(LOOPBACK))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use palisade_edge::ban::{Offence, Penalties, Sentence};
    use palisade_edge::client_address::ClientAddress;
    use palisade_kernel::{BanSource, Timestamp};

    use super::*;
    use crate::config::{Overrides, Sources, load};

    /// How many seconds the third ban of `ip` lasts; none where it is never banned.
    fn third_ban(trusted: &str, ip: &str) -> Option<u64> {
        let overrides = Overrides {
            upstream: Some("http://127.0.0.1:3000".to_owned()),
            ..Overrides::default()
        };
        let environment = [("PALISADE_LISTEN__TRUSTED_PROXIES", trusted)];
        let loaded = load(&Sources::new(None, environment, overrides)).unwrap();
        let mut penalties = Penalties::new(rules(&loaded.config));
        let mut at = Timestamp::from_unix_micros(0);
        let mut seconds = None;
        for _ in 0..3 {
            let sentence = penalties.judge(&Offence {
                at,
                client: ClientAddress::of_peer(ip.parse().unwrap()),
                source: BanSource::Honeypot,
                reason: "a test",
            });
            let Sentence::Banned(ban) = sentence else {
                assert_eq!(sentence, Sentence::Never);
                return None;
            };
            let until = ban.until.unwrap();
            seconds = Some(until.since(at).as_secs());
            at = until.plus(Duration::from_secs(1));
        }
        seconds
    }

    #[test]
    fn a_crowd_is_out_for_minutes_where_one_client_is_out_for_a_day() {
        for (ip, seconds) in [
            ("203.0.113.9", 86_400),
            ("2001:db8::1", 86_400),
            ("192.0.0.8", 86_400),
            ("100.128.0.1", 86_400),
            ("10.0.0.1", 600),
            ("172.31.255.255", 600),
            ("192.168.1.1", 600),
            ("169.254.1.1", 600),
            ("100.64.0.1", 600),
            ("192.0.0.2", 600),
            ("::ffff:10.0.0.1", 600),
            ("fd00::1", 600),
            ("fe80::1", 600),
            ("2001:0:1::1", 600),
            ("64:ff9b::203.0.113.9", 600),
        ] {
            assert_eq!(third_ban("", ip), Some(seconds), "{ip}");
        }
    }

    #[test]
    fn loopback_and_trusted_proxies_are_never_banned() {
        for ip in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(third_ban("", ip), None, "{ip}");
        }
        for (trusted, ip) in [("cloudflare", "104.16.0.1"), ("10.0.0.0/8", "10.1.2.3")] {
            assert!(third_ban("", ip).is_some(), "{ip}");
            assert_eq!(third_ban(trusted, ip), None, "{ip}");
        }
    }
}
