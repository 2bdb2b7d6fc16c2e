//! The state behind every policy: one table for the whole node, and the secret that makes keys of
//! what clients are. It outlives a policy, so that a reload forgives nobody.

use std::hash::Hasher;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_kernel::{Random, SeededRandom};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::gcra::{self, Window};
use super::key::address_bytes;
use super::limits::{Limits, WINDOWS_MAX};
use super::table::Table;

/// Keys of a state that no traffic reaches: of a proof or a test.
const ISOLATED_KEYS_MAX: usize = 1024;

pub struct Limiter {
    table: Table,
    secret: [u8; 16],
    bodies_unread: AtomicU64,
}

/// What a scrape tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Keys that owe something.
    pub keys: usize,
    /// Keys that owed something and had to give way to others.
    pub evictions: u64,
    /// Bodies too long or too slow to be read, whose requests were judged by address.
    pub bodies_unread: u64,
}

/// Somebody under some policy: a keyed hash (SipHash-2-4, 128 bits).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject(u128);

/// What a policy counts by, as it goes into the hash.
#[derive(Clone, Copy)]
pub(super) enum Counted<'a> {
    Address(IpAddr),
    Value(&'a [u8]),
}

/// What came of a request under one policy.
pub(super) enum Outcome {
    Granted(Standings),
    Refused {
        retry_after_seconds: u32,
        is_news: bool,
        standings: Standings,
    },
}

/// When each window is whole again, in the order of [`Limits::windows`].
pub(super) type Standings = [u64; WINDOWS_MAX];

impl Limiter {
    /// Takes the memory for `keys_max` keys at once, [`super::BYTES_PER_KEY`] each.
    pub fn new(keys_max: usize, random: &dyn Random) -> Self {
        let mut secret = [0; 16];
        random.fill(&mut secret);
        Self {
            table: Table::new(keys_max),
            secret,
            bodies_unread: AtomicU64::new(0),
        }
    }

    pub(crate) fn isolated() -> Self {
        Self::new(ISOLATED_KEYS_MAX, &SeededRandom::new(0))
    }

    /// `now` is [`palisade_kernel::Clock::monotonic`]. Looks at the whole table: milliseconds.
    pub fn usage(&self, now: Duration) -> Usage {
        Usage {
            keys: self.table.keys(nanos(now)),
            evictions: self.table.evictions(),
            bodies_unread: self.bodies_unread.load(Ordering::Relaxed),
        }
    }

    pub(super) fn body_unread(&self) {
        self.bodies_unread.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn subject(&self, policy: &str, counted: Counted<'_>) -> Subject {
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        hasher.write(policy.as_bytes());
        match counted {
            Counted::Address(ip) => {
                let (bytes, length) = address_bytes(ip);
                // No byte of a policy's name is below a space, so nothing runs into anything.
                hasher.write(&[0]);
                hasher.write(bytes.get(..length).unwrap_or(&bytes));
            }
            Counted::Value(value) => {
                hasher.write(&[1]);
                hasher.write(value);
            }
        }
        Subject(hasher.finish128().as_u128())
    }

    /// Charges one request, or the `share`th part of one, to every window; to none, when one
    /// refuses.
    pub(super) fn take(
        &self,
        subject: Subject,
        limits: &Limits,
        share: u32,
        now: Duration,
    ) -> Outcome {
        let now = nanos(now);
        let mut standings = [now; WINDOWS_MAX];
        let windows = limits.windows();
        for (at, window) in windows.iter().enumerate() {
            let taken = self
                .table
                .take(subject.at(at), *window, now, cost(*window, share));
            match taken {
                Ok(due) => note(&mut standings, at, due),
                Err(breach) => {
                    for (earlier, window) in windows.iter().enumerate().take(at) {
                        let cost = cost(*window, share);
                        self.table.give_back(subject.at(earlier), now, cost);
                    }
                    // What is told of the refusing window must not promise more than Retry-After.
                    note(&mut standings, at, now + breach.wait + window.budget());
                    return Outcome::Refused {
                        retry_after_seconds: gcra::seconds_up(breach.wait),
                        is_news: breach.is_news,
                        standings,
                    };
                }
            }
        }
        Outcome::Granted(standings)
    }

    /// Leaves `left` whole requests of the tightest window, for a proof.
    pub(super) fn spend(&self, subject: Subject, limits: &Limits, left: u32, now: Duration) {
        let now = nanos(now);
        for (at, window) in limits.windows().iter().enumerate() {
            let spent = limits.burst().saturating_sub(left);
            let cost = window.interval() * u64::from(spent);
            // It is no more than the budget of a key that owes nothing.
            let _ = self.table.take(subject.at(at), *window, now, cost);
        }
    }
}

fn note(standings: &mut Standings, at: usize, due: u64) {
    if let Some(standing) = standings.get_mut(at) {
        *standing = due;
    }
}

/// What a request costs a window, never nothing.
fn cost(window: Window, share: u32) -> u64 {
    window.interval().div_ceil(u64::from(share.max(1)))
}

pub(super) fn nanos(monotonic: Duration) -> u64 {
    u64::try_from(monotonic.as_nanos()).unwrap_or(u64::MAX)
}

impl Subject {
    /// Its key for the window at this place. The hash is as good as random, so a distance from it
    /// is another such key.
    fn at(self, window: usize) -> u128 {
        const DISTANCE: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        self.0.wrapping_add(DISTANCE.wrapping_mul(window as u128))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Counted<'static> {
        Counted::Address(text.parse().unwrap())
    }

    #[test]
    fn subjects_differ_by_policy_kind_value_and_secret() {
        let limiter = Limiter::isolated();
        let other = Limiter::new(8, &SeededRandom::new(1));
        let subjects = [
            limiter.subject("a", ip("192.0.2.1")),
            limiter.subject("b", ip("192.0.2.1")),
            limiter.subject("a", ip("192.0.2.2")),
            limiter.subject("a", Counted::Value(&[192, 0, 2, 1])),
            limiter.subject("a", Counted::Value(b"")),
            other.subject("a", ip("192.0.2.1")),
        ];
        for (at, subject) in subjects.iter().enumerate() {
            assert!(subjects[..at].iter().all(|other| other != subject), "{at}");
        }
    }

    #[test]
    fn a_request_that_one_window_refuses_costs_the_others_nothing() {
        let limiter = Limiter::isolated();
        let limits: Limits = "2/hour;1/minute".parse().unwrap();
        let subject = limiter.subject("a", ip("192.0.2.1"));
        let ask = |second| {
            let now = Duration::from_secs(second);
            match limiter.take(subject, &limits, 1, now) {
                Outcome::Granted(_) => None,
                Outcome::Refused {
                    retry_after_seconds,
                    ..
                } => Some(retry_after_seconds),
            }
        };
        assert_eq!(ask(0), None);
        for second in 1..60 {
            assert_eq!(ask(second), Some(60 - u32::try_from(second).unwrap()));
        }
        assert_eq!(ask(60), None);
        assert_eq!(ask(120), Some(1800 - 120));
    }

    #[test]
    fn the_tenth_part_of_a_request_costs_a_tenth() {
        let limiter = Limiter::isolated();
        let limits: Limits = "3/minute".parse().unwrap();
        let subject = limiter.subject("a", ip("192.0.2.1"));
        let grants = (0..100).filter(|_| {
            matches!(
                limiter.take(subject, &limits, 10, Duration::ZERO),
                Outcome::Granted(_)
            )
        });
        assert_eq!(grants.count(), 30);
    }
}
