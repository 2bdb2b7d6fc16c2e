//! A measurement of controls as it is kept in `bench/results/`.

use serde::{Deserialize, Serialize};

use super::super::record::{Machine, ProxyRecord};
use super::super::statistics::Spread;
use super::sides::{Side, Sizes};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ControlsRecord {
    /// The day, as in `2026-05-01`, in UTC.
    pub(crate) date: String,
    /// What a person runs to measure again.
    pub(crate) command: String,
    /// The commit that was measured; ends in `-dirty` where the tree had changes.
    pub(crate) commit: String,
    pub(crate) machine: Machine,
    /// Name and version of all that took part.
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) rounds: u32,
    pub(crate) seconds_per_round: u32,
    pub(crate) large: Sizes,
    pub(crate) measured: Measured,
    pub(crate) memory: Vec<MemoryRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// The time that `palisade ban add --file` took for all bans of the large size.
    pub(crate) import_seconds: f64,
    pub(crate) paced_rate: u32,
    pub(crate) sides: Vec<SideRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SideRecord {
    #[serde(flatten)]
    pub(crate) proxy: ProxyRecord,
    /// The part of the CPU time that the threads of the data plane took, per round; all of it for
    /// a peer.
    pub(crate) workers_us_per_request: Vec<f64>,
    /// Bans made while it was measured.
    pub(crate) bans_made: u32,
    /// Keys that the limiter forgot for want of room, which should be none.
    pub(crate) evictions: Option<u64>,
    /// From its command until it listened, its bans in force.
    pub(crate) start_seconds: Option<f64>,
}

/// A node with many of one kind.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MemoryRecord {
    /// `route`, `ban` or `key`.
    pub(crate) of: String,
    pub(crate) count: u32,
    /// Resident memory with ten of each.
    pub(crate) base_bytes: u64,
    pub(crate) resident_bytes: u64,
    pub(crate) start_seconds: f64,
}

impl MemoryRecord {
    pub(crate) fn bytes_each(&self) -> f64 {
        let more = self.resident_bytes.saturating_sub(self.base_bytes);
        more as f64 / f64::from(self.count)
    }
}

impl Measured {
    pub(crate) fn side(&self, side: Side) -> Option<&SideRecord> {
        self.sides
            .iter()
            .find(|record| record.proxy.name == side.name())
    }

    /// CPU time per request of one side as a multiple of another's in the same round.
    pub(crate) fn ratio(&self, side: Side, base: Side) -> Option<Spread> {
        self.side(side)?.proxy.ratio_to(&self.side(base)?.proxy)
    }

    /// The same of the data plane's threads alone.
    pub(crate) fn ratio_of_workers(&self, side: Side, base: Side) -> Option<Spread> {
        let (side, base) = (self.side(side)?, self.side(base)?);
        let pairs = side
            .workers_us_per_request
            .iter()
            .zip(&base.workers_us_per_request);
        Spread::of(pairs.map(|(own, base)| own / base))
    }
}
