//! `[edge.ban]` as the control takes it, and as offences are judged by.

use ipnet::IpNet;
use palisade_edge::ban::{BreachRules, Options, Rules, SHARED_NETWORK};
use palisade_edge::network_set::NetworkSet;

use crate::config::Config;

pub(super) fn options(config: &Config) -> Options {
    Options {
        mode: config.edge.ban.mode,
        never: NetworkSet::new(operators(config)),
    }
}

fn operators(config: &Config) -> impl Iterator<Item = IpNet> {
    let edge = &config.edge;
    edge.ban
        .never
        .iter()
        .chain(&edge.maintenance.allow)
        .copied()
}

/// A trusted proxy is nobody's address: a ban of it would be one of everybody behind it.
pub(crate) fn rules(config: &Config) -> Rules {
    let ban = &config.edge.ban;
    let proxies = config.listen.trusted_proxies.iter().copied();
    let shared = ban.shared_networks.iter().copied();
    Rules {
        first: ban.first,
        second: ban.second,
        further: ban.further,
        remember: ban.remember,
        never: NetworkSet::new(operators(config).chain(proxies)),
        shared: NetworkSet::new(shared.chain([SHARED_NETWORK.into()])),
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
