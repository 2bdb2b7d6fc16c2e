//! CPU time and memory of a server with its worker processes, from `/proc`.

use std::fs;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};

/// Linux counts processor time of processes in hundredths of a second on every platform of ours,
/// whatever the kernel's own tick is (proc(5), USER_HZ).
const TICK: Duration = Duration::from_millis(10);
/// How often memory is looked at while a body passes.
const SAMPLE_PAUSE: Duration = Duration::from_millis(25);

/// A line of `/proc/PID/stat`, as far as it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    pid: u32,
    parent: u32,
    /// User and system time of all its threads, ended ones too.
    ticks: u32,
}

/// User and system time so far of a process and its descendants.
pub(crate) fn processor_time(pid: u32) -> Result<Duration> {
    let stats = with_descendants(pid)?;
    Ok(TICK * stats.iter().map(|stat| stat.ticks).sum::<u32>())
}

/// The part of it that the threads called `worker-…` took, where there are any.
pub(crate) fn workers_time(pid: u32) -> Result<Duration> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    let tasks = tasks.with_context(|| format!("the process {pid} has ended"))?;
    let lines = tasks.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    let workers = lines.filter(|line| line.contains("(worker-"));
    let ticks = workers.filter_map(|line| Some(parse(&line)?.ticks));
    Ok(TICK * ticks.sum::<u32>())
}

/// Resident memory of a process and its descendants, in bytes; shared pages count in each.
pub(crate) fn resident_bytes(pid: u32) -> Result<u64> {
    let stats = with_descendants(pid)?;
    Ok(stats.iter().filter_map(|stat| resident_of(stat.pid)).sum())
}

fn with_descendants(pid: u32) -> Result<Vec<Stat>> {
    let all: Vec<Stat> = fs::read_dir("/proc")
        .context("cannot read /proc")?
        .filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse::<u32>().ok()?;
            // A process may end between the listing and the look.
            parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
        })
        .collect();
    let family = family(&all, pid);
    anyhow::ensure!(!family.is_empty(), "the process {pid} has ended");
    Ok(family)
}

fn family(all: &[Stat], pid: u32) -> Vec<Stat> {
    let mut found: Vec<Stat> = all.iter().filter(|stat| stat.pid == pid).copied().collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|stat| stat.pid) {
        found.extend(all.iter().filter(|stat| stat.parent == parent));
        next += 1;
    }
    found
}

/// The name in parentheses may hold anything, so fields are counted after its end.
fn parse(line: &str) -> Option<Stat> {
    let (before, after) = line.rsplit_once(") ")?;
    let fields: Vec<&str> = after.split_ascii_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u32>().ok();
    Some(Stat {
        pid: before.split(' ').next()?.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        ticks: ticks(11)? + ticks(12)?,
    })
}

fn resident_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Watches a server's memory until it is asked for the peak.
pub(crate) struct PeakWatch {
    stop: mpsc::Sender<()>,
    watcher: JoinHandle<u64>,
}

impl PeakWatch {
    pub(crate) fn start(pid: u32) -> Self {
        let (stop, stopped) = mpsc::channel();
        let watcher = std::thread::spawn(move || {
            let mut peak = 0;
            loop {
                peak = peak.max(resident_bytes(pid).unwrap_or(0));
                if stopped.recv_timeout(SAMPLE_PAUSE) != Err(mpsc::RecvTimeoutError::Timeout) {
                    return peak;
                }
            }
        });
        Self { stop, watcher }
    }

    pub(crate) fn peak_bytes(self) -> Result<u64> {
        drop(self.stop);
        let peak = self.watcher.join();
        peak.map_err(|_| anyhow::anyhow!("the watch over memory ended early"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_past_a_name_that_looks_like_fields() {
        let line = "42 (a) R 7 (b) S 1 42 42 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 1 0 5 0 0";
        let expected = Stat {
            pid: 42,
            parent: 1,
            ticks: 300,
        };
        assert_eq!(parse(line), Some(expected));
    }

    #[test]
    fn workers_of_workers_are_counted_and_strangers_are_not() {
        let stat = |pid, parent| Stat {
            pid,
            parent,
            ticks: 1,
        };
        let all = [stat(1, 0), stat(5, 1), stat(9, 5), stat(10, 9), stat(11, 1)];
        let pids: Vec<_> = family(&all, 5).iter().map(|stat| stat.pid).collect();
        assert_eq!(pids, [5, 9, 10]);
    }

    #[test]
    fn this_process_uses_memory_and_a_process_that_is_gone_is_an_error() {
        assert!(resident_bytes(std::process::id()).unwrap() > 1024 * 1024);
        assert!(processor_time(u32::MAX).is_err());
    }
}
