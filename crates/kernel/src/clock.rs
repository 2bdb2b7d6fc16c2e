//! Time is handed in, so that a test decides what time it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A wall-clock instant: microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// `micros` since 1970-01-01T00:00:00Z.
    pub const fn from_unix_micros(micros: u64) -> Self {
        Self(micros)
    }

    pub const fn unix_micros(self) -> u64 {
        self.0
    }

    pub const fn unix_millis(self) -> u64 {
        self.0 / 1_000
    }

    pub const fn unix_seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The time that has passed since `earlier`, zero when `earlier` lies ahead.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The instant `by` later; the last there is when that lies beyond it.
    pub fn plus(self, by: Duration) -> Self {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// The instant `by` earlier; the epoch when that lies before it.
    pub fn minus(self, by: Duration) -> Self {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// RFC 3339 in UTC, for example `2026-11-24T10:40:00.123456Z`.
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_else(|| self.0.to_string())
    }
}

/// Tells the time. One per process, handed to whatever needs it.
pub trait Clock: Send + Sync {
    /// The wall clock. It may jump; measure durations with [`Clock::monotonic`].
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment in this process's past. Never goes back.
    fn monotonic(&self) -> Duration;
}

/// The machine's own clocks.
pub struct SystemClock {
    started: std::time::Instant,
}

impl SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn start() -> Self {
        Self {
            started: std::time::Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that stands still until it is moved: for tests and self-proofs.
pub struct FixedClock {
    micros: AtomicU64,
    started_micros: u64,
}

impl FixedClock {
    pub const fn at(start: Timestamp) -> Self {
        Self {
            micros: AtomicU64::new(start.0),
            started_micros: start.0,
        }
    }

    pub fn advance(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.micros.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        self.now().since(Timestamp(self.started_micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_moved() {
        let clock = FixedClock::at(Timestamp::from_unix_micros(1_000_000));
        assert_eq!(clock.monotonic(), Duration::ZERO);
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now().unix_seconds(), 3);
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
    }

    #[test]
    fn timestamps_print_as_rfc3339_in_utc() {
        let at = Timestamp::from_unix_micros(1_795_516_800_123_456);
        assert_eq!(at.rfc3339(), "2026-11-24T10:40:00.123456Z");
    }
}
