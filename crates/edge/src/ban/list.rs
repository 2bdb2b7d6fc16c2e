//! The list of bans that requests are held against: a large base that is rarely built, and a small
//! delta over it that is cheap to replace.
//!
//! Workers read one pointer. Whoever publishes builds beside them, at most every
//! [`PUBLISH_INTERVAL`], and swaps.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use ipnet::IpNet;
use palisade_kernel::{Ban, BanChange, Timestamp, ban};

use super::networks::{Networks, Seed};
use super::until::Until;

/// How often the control plane publishes at most: bans that come faster travel together.
pub const PUBLISH_INTERVAL: Duration = Duration::from_millis(50);

/// Entries of the delta. Past it a new base is built, on the thread that publishes.
pub const DELTA_MAX: usize = 4096;

/// Bytes that a banned address costs in the base: a table is two thirds full of entries of eight
/// (IPv4) or sixteen bytes (IPv6).
pub const BYTES_PER_BAN: [usize; 2] = [12, 24];

/// Shared by all workers.
pub struct BanList {
    seed: Seed,
    current: ArcSwap<Snapshot>,
    /// Held by who publishes.
    publishing: Mutex<()>,
}

#[derive(Default)]
struct Snapshot {
    base: Arc<Networks>,
    /// Overrides the base, network by network.
    delta: Networks,
}

/// A ban that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Whole seconds; `None` when it has no end.
    pub until: Option<Timestamp>,
}

impl Default for BanList {
    fn default() -> Self {
        Self {
            seed: Seed::new(),
            current: ArcSwap::default(),
            publishing: Mutex::default(),
        }
    }
}

impl BanList {
    /// The ban of this address that lasts longest, if there is one. `ip` may be IPv4 in IPv6
    /// clothes.
    pub fn find(&self, ip: IpAddr, now: Timestamp) -> Option<Hit> {
        let Snapshot { base, delta } = &**self.current.load();
        let mut longest = Until::NONE;
        if !delta.is_empty() {
            delta.covering(ip, self.seed, |_, until| longest = longest.max(until));
        }
        base.covering(ip, self.seed, |network, until| {
            let is_longer = until > longest && !until.has_passed(now);
            if is_longer && delta.get(network, self.seed).is_none() {
                longest = until;
            }
        });
        let is_in_force = !longest.is_none() && !longest.has_passed(now);
        is_in_force.then(|| Hit {
            until: longest.timestamp(),
        })
    }

    /// Puts changes in force, in their order. May take long where there are many bans: never on a
    /// worker's thread.
    pub fn publish<'a>(&self, changes: impl IntoIterator<Item = &'a BanChange>, now: Timestamp) {
        let _publishing = self
            .publishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let running = self.current.load();
        let mut delta: HashMap<IpNet, Until> = running.delta.iter().collect();
        delta.extend(changes.into_iter().map(|change| match change {
            BanChange::Add(ban) => (ban::canonical(ban.network), Until::new(ban.until)),
            BanChange::Remove(network) => (ban::canonical(*network), Until::ENDED),
        }));
        let next = if delta.len() <= DELTA_MAX {
            Snapshot {
                base: running.base.clone(),
                delta: Networks::new(delta, self.seed),
            }
        } else {
            let untouched = running.base.iter();
            let untouched = untouched.filter(|(network, _)| !delta.contains_key(network));
            let touched = delta.iter().map(|(network, until)| (*network, *until));
            let lasting = untouched
                .chain(touched)
                .filter(|(_, until)| !until.has_passed(now));
            Snapshot {
                base: Arc::new(Networks::new(lasting, self.seed)),
                delta: Networks::default(),
            }
        };
        self.current.store(Arc::new(next));
    }

    /// Puts a whole list in force, in place of what was there. Each network is named once, in
    /// canonical form.
    pub fn replace<'a>(&self, bans: impl IntoIterator<Item = &'a Ban>) {
        let _publishing = self
            .publishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let entries = bans
            .into_iter()
            .map(|ban| (ban.network, Until::new(ban.until)));
        self.current.store(Arc::new(Snapshot {
            base: Arc::new(Networks::new(entries, self.seed)),
            delta: Networks::default(),
        }));
    }

    /// Memory that it takes now, but for a few hundred bytes.
    pub fn bytes(&self) -> usize {
        let current = self.current.load();
        current.base.bytes() + current.delta.bytes()
    }
}

#[cfg(test)]
mod tests;
