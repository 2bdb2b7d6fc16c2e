//! Whether the public reaches this node by itself, or through a proxy that nobody listed.
//!
//! A proxy and a liar send the same bytes, so nothing that an address sends tells them apart. What
//! the others do tells: behind a proxy every request names somebody else, and on a node that stands
//! in the open visitors come who name nobody. A liar cannot keep those away.

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Networks (of 16 bits in IPv4, 32 in IPv6) that must have come without a claim. More than one,
/// since a balancer's health checks name nobody, and scanners find every origin.
pub(super) const VISITORS_MIN: usize = 3;

/// How long visitors count as evidence.
const EVIDENCE: Duration = Duration::from_secs(60 * 60);

/// While evidence is younger than this, requests pay for one atomic load.
const RENEWED_AFTER: Duration = Duration::from_secs(30 * 60);

/// See the module.
#[derive(Default)]
pub(super) struct Reach {
    /// In milliseconds of the monotonic clock, as all here: visitors are not looked at until then.
    settled_until: AtomicU64,
    /// The node stands in the open until then.
    open_until: AtomicU64,
    visitors: Mutex<[Option<Visitor>; VISITORS_MIN]>,
}

#[derive(Clone, Copy)]
struct Visitor {
    network: u64,
    seen: Duration,
}

impl Reach {
    /// A public address came and named nobody else.
    pub(super) fn note_visitor(&self, ip: IpAddr, now: Duration) {
        if millis(now) < self.settled_until.load(Ordering::Relaxed) {
            return;
        }
        // Whoever finds it taken is one visitor more or less.
        let Ok(mut visitors) = self.visitors.try_lock() else {
            return;
        };
        let visitor = Visitor {
            network: network(ip),
            seen: now,
        };
        let is_same = |slot: &&mut Option<Visitor>| {
            slot.is_some_and(|known| known.network == visitor.network)
        };
        match visitors.iter_mut().find(is_same) {
            Some(slot) => *slot = Some(visitor),
            None => {
                // An empty place first, else the one that was seen longest ago.
                let oldest = visitors
                    .iter_mut()
                    .min_by_key(|slot| slot.map(|known| known.seen));
                if let Some(slot) = oldest {
                    *slot = Some(visitor);
                }
            }
        }
        let is_fresh = |slot: &Option<Visitor>| {
            slot.is_some_and(|known| now.saturating_sub(known.seen) < EVIDENCE)
        };
        if visitors.iter().all(is_fresh) {
            let until = |wait: Duration| millis(now.saturating_add(wait));
            self.open_until.store(until(EVIDENCE), Ordering::Relaxed);
            self.settled_until
                .store(until(RENEWED_AFTER), Ordering::Relaxed);
            *visitors = [None; VISITORS_MIN];
        }
    }

    /// A public address came and named somebody else. Whether everybody does.
    pub(super) fn note_claim(&self, ip: IpAddr, now: Duration) -> bool {
        if millis(now) < self.open_until.load(Ordering::Relaxed) {
            return false;
        }
        if let Ok(mut visitors) = self.visitors.try_lock() {
            // What came from there without a claim was no visitor but a health check.
            let claimant = network(ip);
            for slot in visitors.iter_mut() {
                *slot = slot.filter(|known| known.network != claimant);
            }
        }
        true
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The wide network of an address, in a form that tells both families apart.
fn network(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits() >> 16),
        IpAddr::V6(ip) => (1 << 32) | u64::try_from(ip.to_bits() >> 96).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIAR: &str = "192.0.2.1";

    fn visit(reach: &Reach, ip: &str, seconds: u64) {
        reach.note_visitor(ip.parse().unwrap(), Duration::from_secs(seconds));
    }

    fn everybody_claims(reach: &Reach, ip: &str, seconds: u64) -> bool {
        reach.note_claim(ip.parse().unwrap(), Duration::from_secs(seconds))
    }

    fn open_at(seconds: u64) -> Reach {
        let reach = Reach::default();
        for ip in ["198.51.100.1", "203.0.113.1", "2001:db8::1"] {
            assert!(everybody_claims(&reach, LIAR, seconds));
            visit(&reach, ip, seconds);
        }
        assert!(!everybody_claims(&reach, LIAR, seconds));
        reach
    }

    #[test]
    fn a_node_that_nobody_has_visited_may_stand_behind_a_proxy() {
        assert!(everybody_claims(&Reach::default(), LIAR, 0));
    }

    #[test]
    fn visitors_of_three_networks_show_that_it_stands_in_the_open() {
        open_at(0);
        open_at(100_000);
    }

    #[test]
    fn one_network_is_one_visitor_however_often_it_comes() {
        let reach = Reach::default();
        for host in 0..=255 {
            visit(&reach, &format!("198.51.{host}.7"), host);
            visit(&reach, &format!("203.0.{host}.7"), host);
        }
        assert!(everybody_claims(&reach, LIAR, 255));
    }

    #[test]
    fn evidence_ends_after_an_hour_without_visitors() {
        let reach = open_at(10);
        assert!(!everybody_claims(&reach, LIAR, 10 + 3599));
        assert!(everybody_claims(&reach, LIAR, 10 + 3600));
    }

    #[test]
    fn visitors_renew_it() {
        let reach = open_at(0);
        for ip in ["198.51.100.1", "203.0.113.1", "2001:db8::1"] {
            visit(&reach, ip, 2000);
        }
        assert!(!everybody_claims(&reach, LIAR, 5000));
    }

    #[test]
    fn visitors_hours_apart_are_no_evidence() {
        let reach = Reach::default();
        visit(&reach, "198.51.100.1", 0);
        visit(&reach, "203.0.113.1", 4000);
        visit(&reach, "2001:db8::1", 8000);
        assert!(everybody_claims(&reach, LIAR, 8000));
    }

    #[test]
    fn a_balancers_health_checks_are_no_visitors() {
        let reach = Reach::default();
        visit(&reach, "198.51.100.1", 0);
        visit(&reach, "203.0.113.1", 0);
        assert!(everybody_claims(&reach, "198.51.7.7", 1));
        visit(&reach, "2001:db8::1", 2);
        assert!(everybody_claims(&reach, LIAR, 3));
    }
}
