//! The end of a ban in four bytes.

use palisade_kernel::Timestamp;

/// Seconds since the Unix epoch, rounded up, with three values of a meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Until(u32);

impl Until {
    /// Says that there is no ban in this place of a table.
    pub(super) const NONE: Self = Self(0);
    /// A ban that has been taken back: it has ended whenever one looks.
    pub(super) const ENDED: Self = Self(1);
    /// No end.
    const NEVER: Self = Self(u32::MAX);

    /// An end beyond 2106 is none.
    pub(super) fn new(until: Option<Timestamp>) -> Self {
        let Some(until) = until else {
            return Self::NEVER;
        };
        let seconds = until.unix_micros().div_ceil(1_000_000);
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        Self(seconds.max(Self::ENDED.0))
    }

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }

    pub(super) fn has_passed(self, now: Timestamp) -> bool {
        self == Self::ENDED || (self != Self::NEVER && u64::from(self.0) <= now.unix_seconds())
    }

    pub(super) fn timestamp(self) -> Option<Timestamp> {
        let micros = u64::from(self.0) * 1_000_000;
        (self != Self::NEVER).then(|| Timestamp::from_unix_micros(micros))
    }
}
