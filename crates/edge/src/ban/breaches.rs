//! Breaches of rate limits, counted by client until there are enough of them for a ban.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use palisade_kernel::{Timestamp, ban};

/// Clients that are counted at once. When there are more, those whose time is over are forgotten;
/// where that is not enough all are, since so many at once are a matter for the limits themselves.
pub const BREACHERS_MAX: usize = 65_536;

/// When breaches bring about a ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreachRules {
    /// So many of one client are one too many; zero when none ever are.
    pub breaches: u32,
    /// From the first to the last of them.
    pub within: Duration,
}

/// The count.
pub struct Breaches {
    rules: BreachRules,
    clients: HashMap<IpNet, Count>,
}

struct Count {
    since: Timestamp,
    breaches: u32,
}

impl Breaches {
    pub fn new(rules: BreachRules) -> Self {
        Self {
            rules,
            clients: HashMap::new(),
        }
    }

    /// Other rules for what comes; what has been counted stays.
    pub fn set_rules(&mut self, rules: BreachRules) {
        self.rules = rules;
    }

    /// Counts one, and says whether it is one too many. Then the client's count begins anew.
    pub fn is_one_too_many(&mut self, ip: IpAddr, at: Timestamp) -> bool {
        if self.rules.breaches == 0 {
            return false;
        }
        let network = ban::network_of(ip);
        if self.clients.len() >= BREACHERS_MAX && !self.clients.contains_key(&network) {
            self.make_room(at);
        }
        let within = self.rules.within;
        let count = self.clients.entry(network).or_insert(Count {
            since: at,
            breaches: 0,
        });
        if at.since(count.since) > within {
            *count = Count {
                since: at,
                breaches: 0,
            };
        }
        count.breaches += 1;
        let is_one_too_many = count.breaches >= self.rules.breaches;
        if is_one_too_many {
            self.clients.remove(&network);
        }
        is_one_too_many
    }

    fn make_room(&mut self, now: Timestamp) {
        let within = self.rules.within;
        self.clients
            .retain(|_, count| now.since(count.since) <= within);
        if self.clients.len() >= BREACHERS_MAX {
            self.clients.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn breaches(breaches: u32) -> Breaches {
        Breaches::new(BreachRules {
            breaches,
            within: Duration::from_secs(60),
        })
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * 1_000_000)
    }

    /// Which of a client's breaches, at these seconds, are one too many.
    #[track_caller]
    fn check(rules: u32, seconds: &[u64], expected: &[bool]) {
        let mut breaches = breaches(rules);
        let ip = "192.0.2.1".parse().unwrap();
        let found = seconds
            .iter()
            .map(|second| breaches.is_one_too_many(ip, at(*second)));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn enough_breaches_within_the_time_are_one_too_many() {
        check(3, &[0, 30, 60], &[false, false, true]);
        check(3, &[0, 30, 61, 62], &[false, false, false, false]);
        check(1, &[0, 1], &[true, true]);
    }

    #[test]
    fn after_a_ban_the_count_begins_anew() {
        check(2, &[0, 1, 2, 3], &[false, true, false, true]);
    }

    #[test]
    fn without_a_number_nobody_is_banned_for_breaches() {
        check(0, &[0, 0, 0], &[false, false, false]);
    }

    #[test]
    fn neighbours_in_a_64_are_counted_as_one() {
        let mut breaches = breaches(2);
        let mut count = |ip: &str| breaches.is_one_too_many(ip.parse().unwrap(), at(0));
        assert!(!count("2001:db8::1"));
        assert!(!count("2001:db8:0:1::1"));
        assert!(count("2001:db8::2"));
    }

    #[test]
    fn the_count_is_bounded() {
        let mut breaches = breaches(2);
        for host in 0..=BREACHERS_MAX as u32 {
            breaches.is_one_too_many(Ipv4Addr::from_bits(host).into(), at(0));
            assert!(breaches.clients.len() <= BREACHERS_MAX);
        }
    }
}
