//! Whose addresses are not believed, for whoever looks at the node: what hangs on an address does
//! not act on their requests, and must not pass for acting.

use std::time::Duration;

use palisade_edge::client_ip::Unlisted;
use palisade_kernel::{ControlId, Mode};

use super::Gateway;

/// A proxy that has not been seen for so long keeps nothing from acting.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// Proxies that are named in one sentence; the rest is counted.
const NAMED_MAX: usize = 3;

impl Gateway {
    /// Addresses that look like a proxy's and are not in `listen.trusted_proxies` as it is in force.
    pub(crate) fn unlisted_proxies(&self) -> Vec<Unlisted> {
        if self.says_proxies_are_complete() {
            return Vec::new();
        }
        let trusted = self.trusted_proxies();
        let networks: Vec<_> = trusted.iter().flat_map(|proxy| proxy.networks()).collect();
        let mut unlisted = self.state.client_ip.unlisted();
        unlisted.retain(|one| {
            !networks
                .iter()
                .any(|network| network.contains(&one.address))
        });
        unlisted
    }

    /// Why an enforced control does not act on some of the requests of this hour.
    pub(crate) fn in_shadow_for(&self, control: ControlId) -> Option<String> {
        let hangs_on_addresses = matches!(control, ControlId::EdgeBan | ControlId::EdgeRateLimit);
        if !hangs_on_addresses || self.policy().mode(control) != Mode::Enforce {
            return None;
        }
        let now = self.clock.now();
        let mut unlisted = self.unlisted_proxies();
        unlisted.retain(|one| now.since(one.last) < RECENT);
        sentence(control, &unlisted)
    }
}

fn sentence(control: ControlId, unlisted: &[Unlisted]) -> Option<String> {
    let named = unlisted.iter().take(NAMED_MAX);
    let mut names: Vec<_> = named.map(|one| one.proxy.to_string()).collect();
    if unlisted.len() > NAMED_MAX {
        names.push(format!("{} more", unlisted.len() - NAMED_MAX));
    }
    let what = match control {
        ControlId::EdgeRateLimit => "limits per address are",
        _ => "it is",
    };
    (!names.is_empty()).then(|| {
        format!(
            "{what} in shadow for requests through {}, which look like proxies and are not in \
             listen.trusted_proxies",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use palisade_edge::client_ip::{Doubt, Proxy};
    use palisade_kernel::Timestamp;

    use super::*;

    fn unlisted(count: u8) -> Vec<Unlisted> {
        let at = Timestamp::from_unix_micros(0);
        let one = |last| {
            let address = std::net::IpAddr::from([10, 0, 0, last]);
            Unlisted {
                proxy: Proxy::Address(address),
                doubt: Doubt::PrivateNetwork,
                address,
                requests: 1,
                first: at,
                last: at,
            }
        };
        (1..=count).map(one).collect()
    }

    #[test]
    fn a_few_proxies_are_named_and_the_rest_is_counted() {
        let told = |count| sentence(ControlId::EdgeBan, &unlisted(count));
        assert_eq!(told(0), None);
        assert!(told(1).unwrap().contains("through 10.0.0.1/32, which"));
        let many = "through 10.0.0.1/32, 10.0.0.2/32, 10.0.0.3/32, 61 more, which";
        assert!(told(64).unwrap().contains(many));
    }
}
