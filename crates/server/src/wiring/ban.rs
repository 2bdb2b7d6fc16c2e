//! `[edge.ban]` as the control takes it, and as offences are judged by.

use palisade_edge::ban::{Options, Rules, SHARED_NETWORK};
use palisade_edge::network_set::NetworkSet;

use crate::config::Config;

pub(super) fn options(config: &Config) -> Options {
    let (ban, maintenance) = (&config.edge.ban, &config.edge.maintenance);
    let operators = ban.never.iter().chain(&maintenance.allow);
    Options {
        mode: ban.mode,
        never: NetworkSet::new(operators.copied()),
    }
}

/// A trusted proxy is nobody's address: a ban of it would be one of everybody behind it.
pub(crate) fn rules(config: &Config) -> Rules {
    let (ban, maintenance) = (&config.edge.ban, &config.edge.maintenance);
    let operators = ban.never.iter().chain(&maintenance.allow);
    let never = operators.chain(&config.listen.trusted_proxies);
    let shared = ban.shared_networks.iter().copied();
    Rules {
        first: ban.first,
        second: ban.second,
        further: ban.further,
        remember: ban.remember,
        never: NetworkSet::new(never.copied()),
        shared: NetworkSet::new(shared.chain([SHARED_NETWORK.into()])),
        shared_max: ban.shared_max,
    }
}
