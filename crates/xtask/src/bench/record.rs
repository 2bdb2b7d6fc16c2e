//! A measurement as it is kept in `bench/results/`: every round, and what it was made on.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::statistics::Spread;
use crate::command;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
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
    pub(crate) scenarios: Vec<ScenarioRecord>,
    pub(crate) passages: Vec<PassageRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) memory_mib: u64,
    pub(crate) kernel: String,
    /// Runnable processes over the minute before, where a quiet machine has less than one.
    pub(crate) load_before: f64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScenarioRecord {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) ratio_max: Option<f64>,
    pub(crate) paced_rate: u32,
    pub(crate) proxies: Vec<ProxyRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProxyRecord {
    pub(crate) name: String,
    pub(crate) rounds: Vec<Round>,
    /// Resident memory after the last round.
    pub(crate) resident_bytes: u64,
}

/// One proxy in one round.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    /// User and system time of the proxy, over the requests that the load saw answered.
    pub(crate) processor_us_per_request: f64,
    pub(crate) requests_per_second: f64,
    pub(crate) paced_requests_per_second: f64,
    pub(crate) paced_p50_us: f64,
    pub(crate) paced_p99_us: f64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PassageRecord {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) bytes: u64,
    pub(crate) growth_bytes_max: u64,
    pub(crate) proxies: Vec<PassageOfProxy>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PassageOfProxy {
    pub(crate) name: String,
    pub(crate) seconds: f64,
    pub(crate) processor_seconds: f64,
    pub(crate) resident_before_bytes: u64,
    pub(crate) resident_peak_bytes: u64,
}

impl PassageOfProxy {
    pub(crate) fn growth_bytes(&self) -> u64 {
        self.resident_peak_bytes
            .saturating_sub(self.resident_before_bytes)
    }
}

impl ProxyRecord {
    pub(crate) fn spread(&self, figure: fn(&Round) -> f64) -> Option<Spread> {
        Spread::of(self.rounds.iter().map(figure))
    }

    /// CPU time per request as a multiple of another proxy's in the same round.
    pub(crate) fn ratio_to(&self, other: &Self) -> Option<Spread> {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Spread::of(
            pairs.map(|(own, base)| own.processor_us_per_request / base.processor_us_per_request),
        )
    }
}

impl Machine {
    pub(crate) fn read() -> Result<Self> {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").context("cannot read /proc/cpuinfo")?;
        let meminfo = fs::read_to_string("/proc/meminfo").context("cannot read /proc/meminfo")?;
        let loadavg = fs::read_to_string("/proc/loadavg").context("cannot read /proc/loadavg")?;
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let named = |text: &str, name: &str| -> Option<String> {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = named(&meminfo, "MemTotal").unwrap_or_default();
        let kibibytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or(0);
        Ok(Self {
            processor: named(&cpuinfo, "model name").unwrap_or_else(|| "unknown".to_owned()),
            processors: cpuinfo
                .lines()
                .filter(|line| line.starts_with("processor"))
                .count(),
            memory_mib: kibibytes / 1024,
            kernel: kernel.trim().to_owned(),
            load_before: loadavg
                .split(' ')
                .next()
                .and_then(|word| word.parse().ok())
                .unwrap_or(0.0),
        })
    }
}

/// Today in UTC, as `date` tells it.
pub(crate) fn today() -> Result<String> {
    let date = command::read(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    Ok(date.trim().to_owned())
}

/// The commit of the checkout; without git there is none to name.
pub(crate) fn commit() -> String {
    let mut git = Command::new("git");
    let described = command::read(git.args(["describe", "--always", "--dirty", "--abbrev=12"]));
    described.map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}
