//! `[edge.client_ip]` as the control takes it.

use std::sync::Arc;

use palisade_edge::client_ip::Options;
use palisade_edge::network_set::NetworkSet;
use palisade_edge::publisher::Publishers;

use crate::config::edge::client_ip::ClientIp;

pub(super) fn options(config: &ClientIp) -> Options {
    Options {
        is_complete: config.trusted_proxies_complete,
        whoami_allow: NetworkSet::new(config.whoami_allow.iter().copied()),
        publishers: Arc::new(Publishers::shipped()),
    }
}
