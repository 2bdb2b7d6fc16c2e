//! The arithmetic of a limit: the generic cell rate algorithm (ITU-T I.371, annex A) in whole
//! nanoseconds, which leave a rounding error that no limit shows.
//!
//! All that is kept of a key is one number: the moment at which its budget will be whole again.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::control::whole_seconds;

pub(super) const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    quota: NonZeroU32,
    seconds: NonZeroU32,
}

/// Requests of one window. Their share of the shortest window is still a thousand nanoseconds.
pub const QUOTA_MAX: u32 = 1_000_000;

/// A year of twelve months of thirty days, as SlowAPI counts it.
pub const WINDOW_SECONDS_MAX: u32 = 12 * 30 * 24 * 60 * 60;

impl Window {
    /// `None` when one of them is zero or beyond [`QUOTA_MAX`] or [`WINDOW_SECONDS_MAX`].
    pub fn new(quota: u32, seconds: u32) -> Option<Self> {
        Some(Self {
            quota: NonZeroU32::new(quota).filter(|quota| quota.get() <= QUOTA_MAX)?,
            seconds: NonZeroU32::new(seconds)
                .filter(|seconds| seconds.get() <= WINDOW_SECONDS_MAX)?,
        })
    }

    pub const fn quota(self) -> u32 {
        self.quota.get()
    }

    pub const fn seconds(self) -> u32 {
        self.seconds.get()
    }

    /// The time in which one request is earned back. Rounded up, so that no more are earned than
    /// the quota says.
    pub(super) const fn interval(self) -> u64 {
        (self.seconds.get() as u64 * NANOS_PER_SECOND).div_ceil(self.quota.get() as u64)
    }

    /// What a key may owe: the whole quota at once, never less than one request.
    pub(super) const fn budget(self) -> u64 {
        self.interval() * self.quota.get() as u64
    }

    /// Takes `cost` nanoseconds, at most [`Window::budget`], from a key that is whole again at
    /// `due`. Gives the new `due`, or the time until the same would be granted.
    pub(super) fn take(self, due: u64, now: u64, cost: u64) -> Result<u64, u64> {
        let owed = self.owed(due, now).saturating_add(cost);
        match owed.checked_sub(self.budget()) {
            None | Some(0) => Ok(now.saturating_add(owed)),
            Some(wait) => Err(wait),
        }
    }

    /// Whole requests that would be granted at once.
    pub(super) fn remaining(self, due: u64, now: u64) -> u32 {
        let left = self.budget() - self.owed(due, now);
        u32::try_from(left / self.interval()).unwrap_or(u32::MAX)
    }

    /// The time until [`Window::remaining`] grows by one; zero while the budget is whole.
    pub(super) fn grows_in(self, due: u64, now: u64) -> u64 {
        let owed = self.owed(due, now);
        let spent = u64::from(self.quota.get() - self.remaining(due, now));
        owed.saturating_sub(spent.saturating_sub(1) * self.interval())
    }

    /// No more than the budget, although a limit that was changed by a reload may have left a
    /// `due` that lies further ahead.
    fn owed(self, due: u64, now: u64) -> u64 {
        due.saturating_sub(now).min(self.budget())
    }
}

/// Nanoseconds as a client is told them.
pub(super) fn seconds_up(nanos: u64) -> u32 {
    whole_seconds(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(quota: u32, seconds: u32) -> Window {
        Window::new(quota, seconds).unwrap()
    }

    #[test]
    fn a_whole_quota_may_come_at_once_however_small_it_is() {
        for (quota, seconds) in [(1, 1), (1, WINDOW_SECONDS_MAX), (5, 60), (7, 1), (1000, 1)] {
            let window = window(quota, seconds);
            let mut due = 0;
            for left in (0..quota).rev() {
                due = window.take(due, 9, window.interval()).unwrap();
                assert_eq!(window.remaining(due, 9), left);
            }
            assert!(window.take(due, 9, window.interval()).is_err());
        }
    }

    #[test]
    fn the_wait_that_is_told_is_the_wait_that_is_needed() {
        let window = window(5, 60);
        let spent = 60 * NANOS_PER_SECOND;
        let wait = window.take(spent, 0, window.interval()).unwrap_err();
        assert_eq!(seconds_up(wait), 12);
        for (waited, passes) in [(11, false), (12, true)] {
            let now = waited * NANOS_PER_SECOND;
            assert_eq!(window.take(spent, now, window.interval()).is_ok(), passes);
        }
    }

    #[test]
    fn what_remains_grows_when_it_is_said_to() {
        let window = window(5, 60);
        let due = window.take(0, 0, window.interval()).unwrap();
        assert_eq!(
            (window.remaining(due, 0), window.grows_in(due, 0)),
            (4, due)
        );
        let light = window.take(due, 0, window.interval() / 10).unwrap();
        assert_eq!(window.remaining(light, 0), 3);
        assert_eq!(seconds_up(window.grows_in(light, 0)), 2);
        assert_eq!(window.grows_in(0, 0), 0);
    }

    #[test]
    fn a_debt_of_a_longer_limit_is_forgiven_down_to_the_present_one() {
        let window = window(60, 60);
        let year = u64::from(WINDOW_SECONDS_MAX) * NANOS_PER_SECOND;
        assert_eq!(
            window.take(year, 0, window.interval()),
            Err(window.interval())
        );
    }

    #[test]
    fn windows_without_sense_are_none() {
        for (quota, seconds) in [
            (0, 1),
            (1, 0),
            (QUOTA_MAX + 1, 1),
            (1, WINDOW_SECONDS_MAX + 1),
        ] {
            assert_eq!(Window::new(quota, seconds), None);
        }
    }

    /// What was granted, by a list of every grant: the naive simulator.
    fn granted(window: Window, pauses: &[u64]) -> Vec<u64> {
        let (mut now, mut due, mut granted) = (0, 0, Vec::new());
        for pause in pauses {
            now += pause;
            if let Ok(next) = window.take(due, now, window.interval()) {
                due = next;
                granted.push(now);
            }
        }
        granted
    }

    proptest! {
        #[test]
        fn no_span_of_time_grants_more_than_its_share_and_one_burst(
            quota in 1..=20_u32, seconds in 1..=60_u32,
            pauses in prop::collection::vec(0..=4 * NANOS_PER_SECOND, 1..200),
        ) {
            let window = window(quota, seconds);
            let granted = granted(window, &pauses);
            for (at, from) in granted.iter().enumerate() {
                for (count, to) in granted[at..].iter().enumerate() {
                    let earned = (to - from) / window.interval();
                    prop_assert!((count as u64) < u64::from(quota) + earned);
                }
            }
        }

        /// A bucket that is filled by the clock and holds the quota grants the same requests.
        #[test]
        fn it_grants_what_a_leaking_bucket_grants(
            quota in 1..=20_u32, seconds in 1..=60_u32,
            pauses in prop::collection::vec(0..=4 * NANOS_PER_SECOND, 1..200),
        ) {
            let window = window(quota, seconds);
            let (mut now, mut level, mut expected) = (0, window.budget(), Vec::new());
            for pause in &pauses {
                now += pause;
                level = (level + pause).min(window.budget());
                if let Some(rest) = level.checked_sub(window.interval()) {
                    level = rest;
                    expected.push(now);
                }
            }
            prop_assert_eq!(granted(window, &pauses), expected);
        }

        #[test]
        fn waiting_as_told_passes_and_a_second_less_does_not(
            quota in 1..=QUOTA_MAX, seconds in 1..=WINDOW_SECONDS_MAX,
            now in 0..=u64::from(u32::MAX), left in any::<prop::sample::Index>(),
        ) {
            let window = window(quota, seconds);
            let left = left.index(usize::try_from(window.interval()).unwrap()) as u64;
            let due = now + window.budget() - left;
            let wait = window.take(due, now, window.interval()).unwrap_err();
            let told = u64::from(seconds_up(wait)) * NANOS_PER_SECOND;
            prop_assert!(window.take(due, now + told, window.interval()).is_ok());
            let sooner = now + told - NANOS_PER_SECOND;
            prop_assert!(window.take(due, sooner, window.interval()).is_err());
        }
    }
}
