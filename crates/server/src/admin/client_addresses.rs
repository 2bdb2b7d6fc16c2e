//! What `/api/v1/node` says of proxies in front that nobody listed, and what to write about them.

use palisade_edge::client_ip::Unlisted;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::listen::TrustedProxy;
use crate::gateway::Gateway;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ClientAddresses {
    /// Addresses that look like a proxy's and are not in `listen.trusted_proxies`.
    pub unlisted_proxies: Vec<UnlistedProxy>,
    /// The line for `[listen]`, should every one of them be the operator's; none without them.
    pub config_if_all_are_yours: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct UnlistedProxy {
    /// As `listen.trusted_proxies` takes it.
    pub proxy: String,
    /// The reason, as in the metric's label.
    pub doubt: String,
    /// The address that it used last.
    pub address: String,
    /// At least so many.
    pub requests: u64,
    /// RFC 3339.
    pub first_seen: String,
    pub last_seen: String,
}

pub(super) fn answer(gateway: &Gateway) -> ClientAddresses {
    let unlisted = gateway.unlisted_proxies();
    ClientAddresses {
        config_if_all_are_yours: line(&gateway.trusted_proxies(), &unlisted),
        unlisted_proxies: unlisted.iter().map(row).collect(),
    }
}

fn row(unlisted: &Unlisted) -> UnlistedProxy {
    UnlistedProxy {
        proxy: unlisted.proxy.to_string(),
        doubt: unlisted.doubt.as_str().to_owned(),
        address: unlisted.address.to_string(),
        requests: unlisted.requests,
        first_seen: unlisted.first.rfc3339(),
        last_seen: unlisted.last.rfc3339(),
    }
}

fn line(trusted: &[TrustedProxy], unlisted: &[Unlisted]) -> Option<String> {
    if unlisted.is_empty() {
        return None;
    }
    let listed = trusted.iter().map(|proxy| format!("\"{proxy}\""));
    let missing = unlisted.iter().map(|one| format!("\"{}\"", one.proxy));
    let entries: Vec<_> = listed.chain(missing).collect();
    Some(format!("trusted_proxies = [{}]", entries.join(", ")))
}
