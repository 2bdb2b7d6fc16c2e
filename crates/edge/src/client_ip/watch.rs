//! What has been doubted, for the metrics and for whoever runs the node. Bounded, and only touched
//! for addresses that are in doubt.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use palisade_kernel::Timestamp;

use super::Doubt;
use super::reach::Reach;
use crate::exchange::Arrival;
use crate::publisher::Publisher;

/// Unlisted proxies that are told apart; further ones are only counted.
pub const UNLISTED_MAX: usize = 64;

/// An unlisted proxy is warned of again after this time.
const WARNED_EVERY: Duration = Duration::from_secs(60 * 60);

/// See the module. One per node.
#[derive(Default)]
pub struct Watch {
    doubted: [AtomicU64; Doubt::ALL.len()],
    /// Whether the log has told of a trusted proxy that gives no address.
    has_warned: [AtomicBool; Doubt::ALL.len()],
    unlisted: Mutex<Vec<Seen>>,
    pub(super) reach: Reach,
}

/// A proxy as `listen.trusted_proxies` would name it, which is how it is displayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    Publisher(Publisher),
    Address(IpAddr),
}

/// An address that is in all likelihood a proxy's, and is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlisted {
    pub proxy: Proxy,
    pub doubt: Doubt,
    /// The address that it used last.
    pub address: IpAddr,
    /// Requests at least: those that came while another was being noted are missing.
    pub requests: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

struct Seen {
    unlisted: Unlisted,
    /// On the monotonic clock.
    warned: Duration,
}

impl Watch {
    /// Requests whose address was doubted for this reason.
    pub fn doubted(&self, doubt: Doubt) -> u64 {
        let counter = self.doubted.get(doubt as usize);
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// The proxies that are probably missing in the configuration, the oldest first.
    pub fn unlisted(&self) -> Vec<Unlisted> {
        let seen = self.unlisted.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().map(|seen| seen.unlisted).collect()
    }

    fn is_first(&self, doubt: Doubt) -> bool {
        let warned = self.has_warned.get(doubt as usize);
        // Read first, so that a crowd does not write to one place.
        warned.is_some_and(|warned| {
            !warned.load(Ordering::Relaxed) && !warned.swap(true, Ordering::Relaxed)
        })
    }

    pub(super) fn note(
        &self,
        doubt: Doubt,
        proxy: Option<Proxy>,
        address: IpAddr,
        arrival: &Arrival,
    ) {
        if let Some(counter) = self.doubted.get(doubt as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let Some(proxy) = proxy else {
            if self.is_first(doubt) {
                warn_of_listed(doubt, address);
            }
            return;
        };
        // A request does not wait to be noted.
        if let Ok(mut seen) = self.unlisted.try_lock() {
            let unlisted = Unlisted {
                proxy,
                doubt,
                address,
                requests: 1,
                first: arrival.at,
                last: arrival.at,
            };
            if record(&mut seen, unlisted, arrival.started) {
                warn(&unlisted);
            }
        }
    }
}

/// Whether it is time to warn.
fn record(seen: &mut Vec<Seen>, now: Unlisted, started: Duration) -> bool {
    let known = seen
        .iter_mut()
        .find(|seen| seen.unlisted.proxy == now.proxy);
    let Some(known) = known else {
        let has_place = seen.len() < UNLISTED_MAX;
        if has_place {
            seen.push(Seen {
                unlisted: now,
                warned: started,
            });
        }
        return has_place;
    };
    known.unlisted.requests += 1;
    known.unlisted.doubt = now.doubt;
    known.unlisted.address = now.address;
    known.unlisted.last = now.last;
    let is_due = started.saturating_sub(known.warned) >= WARNED_EVERY;
    if is_due {
        known.warned = started;
    }
    is_due
}

/// Once for each reason: health checks of a balancer come without an address every few seconds.
fn warn_of_listed(doubt: Doubt, address: IpAddr) {
    tracing::warn!(
        %address,
        reason = doubt.as_str(),
        "A proxy in listen.trusted_proxies does not say for whom it asks, or says it unreadably: bans \
         and limits per address do not act on such requests. Its own health checks may come like \
         this; if visitors do, have it write the field that forwarded_header in [listen] names. This \
         is logged once."
    );
}

fn warn(unlisted: &Unlisted) {
    tracing::warn!(
        address = %unlisted.address,
        reason = unlisted.doubt.as_str(),
        "Requests come through what looks like a proxy and is not in listen.trusted_proxies: bans \
         and limits per address do not act on them, and the application is told the proxy's \
         address. If it is yours, add \"{}\" to trusted_proxies in [listen]. If nothing stands in \
         front of this node but what is listed there, set trusted_proxies_complete = true in \
         [edge.client_ip].",
        unlisted.proxy
    );
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publisher(publisher) => publisher.fmt(f),
            Self::Address(ip) => IpNet::from(*ip).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unlisted(last_octet: u8) -> Unlisted {
        let address = IpAddr::from([10, 0, 0, last_octet]);
        let at = Timestamp::from_unix_micros(u64::from(last_octet));
        Unlisted {
            proxy: Proxy::Address(address),
            doubt: Doubt::PrivateNetwork,
            address,
            requests: 1,
            first: at,
            last: at,
        }
    }

    #[test]
    fn a_proxy_is_warned_of_once_an_hour() {
        let mut seen = Vec::new();
        for (seconds, is_due) in [
            (0, true),
            (1, false),
            (3599, false),
            (3600, true),
            (3601, false),
        ] {
            let warned = record(&mut seen, unlisted(1), Duration::from_secs(seconds));
            assert_eq!(warned, is_due, "{seconds}");
        }
        assert!(record(&mut seen, unlisted(2), Duration::from_secs(3601)));
        let requests: Vec<_> = seen.iter().map(|seen| seen.unlisted.requests).collect();
        assert_eq!(requests, [5, 1]);
    }

    #[test]
    fn each_reason_is_told_of_once() {
        let watch = Watch::default();
        for doubt in [Doubt::NothingSaid, Doubt::Garbled] {
            assert!(watch.is_first(doubt));
            assert!(!watch.is_first(doubt));
        }
    }

    #[test]
    fn proxies_past_the_bound_are_neither_kept_nor_warned_of() {
        let mut seen = Vec::new();
        for at in 0..=u8::MAX {
            let warned = record(&mut seen, unlisted(at), Duration::ZERO);
            assert_eq!(warned, usize::from(at) < UNLISTED_MAX);
        }
        assert_eq!(seen.len(), UNLISTED_MAX);
    }

    #[test]
    fn a_proxy_is_written_as_the_configuration_takes_it() {
        for (proxy, text) in [
            (Proxy::Publisher(Publisher::Cloudflare), "cloudflare"),
            (Proxy::Address("10.0.0.1".parse().unwrap()), "10.0.0.1/32"),
            (Proxy::Address("fd00::1".parse().unwrap()), "fd00::1/128"),
        ] {
            assert_eq!(proxy.to_string(), text);
        }
    }
}
