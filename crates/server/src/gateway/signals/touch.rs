//! What comes of a touched decoy: an event for whoever is on call, and a ban where there is somebody
//! to blame.

use std::collections::HashMap;
use std::time::Duration;

use ipnet::IpNet;
use palisade_edge::ban::{Offence, Sentence};
use palisade_edge::client_address::ClientAddress;
use palisade_edge::honeypot::Touched;
use palisade_kernel::{BanSource, ControlId, Mode, Timestamp, ban};

use super::makes_bans;
use crate::gateway::Gateway;

/// A client that is not banned is told of once in this time, however much it asks for.
const TELL_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Clients that are remembered as told of. When there are more, all are forgotten.
const TOLD_MAX: usize = 4096;

/// A request that has touched a decoy.
pub(super) struct Touch {
    pub(super) at: Timestamp,
    pub(super) client: ClientAddress,
    pub(super) host: String,
    pub(super) path: String,
    pub(super) touched: Touched,
    pub(super) is_deliberate: bool,
}

impl Touch {
    /// A ban needs both controls: in shadow the honeypot only looks.
    pub(super) fn answer(&self, gateway: &Gateway, told: &mut Told) {
        let is_enforced = gateway.policy().mode(ControlId::EdgeHoneypot) == Mode::Enforce;
        if self.is_deliberate && is_enforced && makes_bans(gateway) {
            self.punish(gateway, told);
        } else if told.is_news(self.client, self.at) {
            self.tell();
        }
    }

    fn punish(&self, gateway: &Gateway, told: &mut Told) {
        let sentence = gateway.bans.punish(&Offence {
            at: self.at,
            client: self.client,
            source: BanSource::Honeypot,
            reason: &self.reason(),
        });
        match sentence {
            Sentence::Banned(ban) => tracing::error!(
                priority = PRIORITY,
                what = self.touched.as_str(),
                host = self.host,
                path = self.path,
                network = %ban.network,
                strikes = ban.strikes,
                until = ban.until.map(Timestamp::rfc3339),
                "A decoy was touched: somebody looks for a way in. Its address is banned."
            ),
            Sentence::Never | Sentence::NotBelievable | Sentence::Overflow => {
                if told.is_news(self.client, self.at) {
                    self.tell();
                }
            }
            // Asked before the ban was in force.
            Sentence::AlreadyBanned => {}
        }
    }

    /// For the list of bans. The credential itself is not repeated.
    fn reason(&self) -> String {
        let Self { host, path, .. } = self;
        match self.touched {
            Touched::Path => format!("asked {host} for the decoy {path}"),
            Touched::Credential => format!("showed {host} a decoy credential"),
        }
    }

    fn tell(&self) {
        let what = self.touched.as_str();
        let (host, path) = (&*self.host, &*self.path);
        match self.is_deliberate {
            true => tracing::error!(
                priority = PRIORITY,
                what,
                host,
                path,
                "A decoy was touched: somebody looks for a way in. Nobody was banned for it."
            ),
            false => tracing::info!(
                what,
                host,
                path,
                "A decoy was touched by a request that a page or a preview may have caused."
            ),
        }
    }
}

/// Somebody should look at it now.
const PRIORITY: &str = "P0";

/// Who has been told of lately, so that a scan of a thousand paths is one event.
#[derive(Default)]
pub(super) struct Told(HashMap<IpNet, Timestamp>);

impl Told {
    fn is_news(&mut self, client: ClientAddress, at: Timestamp) -> bool {
        let network = ban::network_of(client.ip);
        let before = self.0.get(&network);
        if before.is_some_and(|before| at.since(*before) < TELL_INTERVAL) {
            return false;
        }
        if self.0.len() >= TOLD_MAX {
            self.0.clear();
        }
        self.0.insert(network, at);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use palisade_edge::client_address::Belief;

    use super::*;

    fn client(bits: u32) -> ClientAddress {
        ClientAddress {
            ip: Ipv4Addr::from_bits(bits).into(),
            scheme: None,
            belief: Belief::Direct,
        }
    }

    #[test]
    fn a_client_is_told_of_once_in_a_while_and_the_memory_is_bounded() {
        let mut told = Told::default();
        let at = |seconds: u64| Timestamp::from_unix_micros(seconds * 1_000_000);
        assert!(told.is_news(client(0), at(0)));
        assert!(!told.is_news(client(0), at(599)));
        assert!(told.is_news(client(1), at(599)));
        assert!(told.is_news(client(0), at(600)));
        for bits in 0..2 * TOLD_MAX as u32 {
            told.is_news(client(bits), at(0));
            assert!(told.0.len() <= TOLD_MAX);
        }
    }
}
