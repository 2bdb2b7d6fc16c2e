//! Who takes part, how much state each carries, and the targets.

use serde::{Deserialize, Serialize};

/// How much state a node carries, and how many clients its load comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sizes {
    pub(crate) routes: u32,
    pub(crate) bans: u32,
    /// Keys of the limiter.
    pub(crate) keys: u32,
    /// `edge.rate_limit.keys_max`.
    pub(crate) keys_max: u32,
    /// Requests that a client may send in [`WINDOW_DAYS`]: more than it does, so that limits are
    /// asked and never refuse; and so few that no client is forgotten while the bench runs.
    pub(crate) quota: u32,
}

/// The longest window that a limit may have.
pub(crate) const WINDOW_DAYS: u32 = 360;

/// Both policies that ship for every request are enforced, and each keeps a key of each client.
pub(crate) const KEYS_PER_CLIENT: u32 = 2;

pub(crate) const SMALL: Sizes = Sizes {
    routes: 10,
    bans: 10,
    keys: 10,
    keys_max: 1024,
    quota: 1_000_000,
};

pub(crate) const LARGE: Sizes = Sizes {
    routes: 10_000,
    bans: 1_000_000,
    keys: 1_000_000,
    keys_max: 1_500_000,
    quota: 1000,
};

impl Sizes {
    /// A hundredth of what takes time to prepare.
    pub(crate) const fn quick(self) -> Self {
        Self {
            bans: self.bans / 100,
            keys: self.keys / 100,
            keys_max: self.keys_max / 100,
            ..self
        }
    }

    pub(crate) const fn clients(self) -> u32 {
        self.keys / KEYS_PER_CLIENT
    }
}

/// One that takes its turn in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// It proxies and logs, and has the load of the large side.
    Nginx,
    Small,
    Large,
    /// As large, while bans are made.
    Publishing,
}

impl Side {
    /// The first is what the others are compared with.
    pub(crate) const ALL: [Self; 4] = [Self::Nginx, Self::Small, Self::Large, Self::Publishing];

    /// Its name in results, stable over time.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Small => "small",
            Self::Large => "large",
            Self::Publishing => "large-publishing",
        }
    }
}

/// What must hold: CPU time per request of one side as a multiple of another's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) about: &'static str,
    pub(crate) side: Side,
    pub(crate) base: Side,
    pub(crate) ratio_max: f64,
}

pub(crate) const TARGETS: [Target; 3] = [
    Target {
        about: "every control enforced on a million of each: at most 1.15 × nginx that only proxies",
        side: Side::Large,
        base: Side::Nginx,
        ratio_max: 1.15,
    },
    Target {
        about: "within 10 % of the cost at ten of each",
        side: Side::Large,
        base: Side::Small,
        ratio_max: 1.1,
    },
    Target {
        about: "a ban every 50 ms costs nothing measurable: 2 % is what rounds differ by",
        side: Side::Publishing,
        base: Side::Large,
        ratio_max: 1.02,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_and_targets_are_the_promised_ones() {
        assert_eq!(
            (LARGE.routes, LARGE.bans, LARGE.keys),
            (10_000, 1_000_000, 1_000_000)
        );
        assert_eq!((SMALL.routes, SMALL.bans, SMALL.keys), (10, 10, 10));
        let targets = TARGETS.map(|target| (target.side, target.base, target.ratio_max));
        let promised = [
            (Side::Large, Side::Nginx, 1.15),
            (Side::Large, Side::Small, 1.1),
            (Side::Publishing, Side::Large, 1.02),
        ];
        assert_eq!(targets, promised);
    }
}
