//! The load: wrk for HTTP/1.1 and h2load for HTTP/2, closed (as fast as answers come) or paced.
//!
//! Every run is bounded in time and goes to 127.0.0.1 only.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::rig::Rig;
use super::scenarios::Protocol;
use super::statistics::percentile;
use crate::command;
use crate::install::Needed;
use crate::interrupt::Watched;

pub(crate) const NEEDED: &[Needed] = &[
    Needed {
        program: "wrk",
        package: "wrk",
    },
    Needed {
        program: "h2load",
        package: "nghttp2-client",
    },
];

/// Connections of a run over HTTP/1.1, each with one request at a time.
const HTTP1_CONNECTIONS: u32 = 64;
/// Connections of a run over HTTP/2, and the streams of each.
const HTTP2_CONNECTIONS: u32 = 8;
const HTTP2_STREAMS: u32 = 8;

/// What a run saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    failed: u64,
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// The next request follows the answer at once.
    Closed,
    /// About so many requests per second over all connections.
    PerSecond(u32),
}

/// Runs the load; a failed request fails the run, since its cost would be no request's.
pub(crate) fn run(
    rig: &Rig,
    protocol: Protocol,
    url: &str,
    seconds: u32,
    pace: Pace,
) -> Result<Load> {
    let load = match protocol {
        Protocol::Plain | Protocol::Tls => wrk(rig, "", url, seconds, pace),
        Protocol::TlsHttp2 => h2load(rig, url, seconds, pace),
    }?;
    complete(load, url)
}

fn complete(load: Load, url: &str) -> Result<Load> {
    if load.failed > 0 || load.requests == 0 {
        bail!(
            "{} of {} requests to {url} failed",
            load.failed,
            load.requests
        );
    }
    Ok(load)
}

/// The same over HTTP/1.1, with requests that a script in Lua makes for the server of `url`.
pub(crate) fn run_script(
    rig: &Rig,
    requests: &str,
    url: &str,
    seconds: u32,
    pace: Pace,
) -> Result<Load> {
    complete(wrk(rig, requests, url, seconds, pace)?, url)
}

fn wrk(rig: &Rig, requests: &str, url: &str, seconds: u32, pace: Pace) -> Result<Load> {
    let script = rig.file("load.lua");
    std::fs::write(&script, requests.to_owned() + &wrk_script(pace))?;
    let mut wrk = Command::new("wrk");
    wrk.args([
        "--threads",
        "1",
        "--connections",
        &HTTP1_CONNECTIONS.to_string(),
    ]);
    wrk.arg("--duration").arg(format!("{seconds}s"));
    wrk.arg("--script").arg(&script).arg(url);
    let text = output(rig, &mut wrk)?;
    read_wrk(&text).with_context(|| format!("wrk printed no result: {text}"))
}

/// A pause between an answer and the next request is how wrk is paced: it is not part of the
/// latency, and answers take so much less that the rate is nearly fixed.
fn wrk_script(pace: Pace) -> String {
    let delay = match pace {
        Pace::Closed => String::new(),
        Pace::PerSecond(rate) => {
            let pause_ms = 1000 * HTTP1_CONNECTIONS / rate;
            format!("function delay() return {pause_ms} end\n")
        }
    };
    delay
        + "function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT %d %d %d %d %d\\n', summary.requests, summary.duration,
    e.connect + e.read + e.write + e.timeout + e.status,
    latency:percentile(50), latency:percentile(99)))
end
"
}

/// Reads `RESULT requests duration_us failed p50_us p99_us`.
fn read_wrk(text: &str) -> Option<Load> {
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT "))?;
    let numbers: Vec<u64> = line
        .split(' ')
        .map_while(|word| word.parse().ok())
        .collect();
    let [requests, duration_us, failed, p50_us, p99_us] = numbers[..] else {
        return None;
    };
    Some(Load {
        requests,
        seconds: duration_us as f64 / 1e6,
        p50_us: p50_us as f64,
        p99_us: p99_us as f64,
        failed,
    })
}

fn h2load(rig: &Rig, url: &str, seconds: u32, pace: Pace) -> Result<Load> {
    let log = rig.file("h2load.log");
    // It appends, and a run must only see its own requests.
    if log.exists() {
        std::fs::remove_file(&log)?;
    }
    let mut h2load = Command::new("h2load");
    h2load.args([
        "--threads",
        "1",
        "--clients",
        &HTTP2_CONNECTIONS.to_string(),
    ]);
    h2load.args(["--max-concurrent-streams", &HTTP2_STREAMS.to_string()]);
    h2load.args(["--duration", &seconds.to_string()]);
    h2load.arg("--log-file").arg(&log);
    if let Pace::PerSecond(rate) = pace {
        h2load.args(["--rps", &(rate / HTTP2_CONNECTIONS).to_string()]);
    }
    let text = output(rig, h2load.arg(url))?;
    let log = std::fs::read_to_string(&log).context("h2load wrote no log")?;
    read_h2load(&text, &log, f64::from(seconds))
        .with_context(|| format!("h2load printed no result: {text}"))
}

/// `text` has the counts, `log` a line per request: start, status, microseconds.
fn read_h2load(text: &str, log: &str, seconds: f64) -> Option<Load> {
    let counts = text
        .lines()
        .find_map(|line| line.strip_prefix("requests: "))?;
    let count = |word: &str| -> Option<u64> {
        let part = counts.split(", ").find(|part| part.ends_with(word))?;
        part.split(' ').next()?.parse().ok()
    };
    let statuses = text
        .lines()
        .find_map(|line| line.strip_prefix("status codes: "))?;
    let good: u64 = statuses.split(' ').next()?.parse().ok()?;
    let mut latencies: Vec<f64> = log
        .lines()
        .filter_map(|line| line.rsplit('\t').next()?.parse().ok())
        .collect();
    latencies.sort_by(f64::total_cmp);
    let requests = count("done")?;
    Some(Load {
        requests,
        seconds,
        p50_us: percentile(&latencies, 50.0)?,
        p99_us: percentile(&latencies, 99.0)?,
        failed: requests.saturating_sub(good) + count("errored")? + count("timeout")?,
    })
}

fn output(rig: &Rig, command: &mut Command) -> Result<String> {
    let mut text = String::new();
    let status = rig.interrupt.watch(command, Watched::Stdout, |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    if !status.success() {
        bail!("{} failed ({status}): {text}", command::line(command));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_of_wrk_is_read() {
        let load = read_wrk("Running 2s test\nRESULT 6928 2000000 3 947 6038\n").unwrap();
        assert_eq!((load.requests, load.failed), (6928, 3));
        assert_eq!(
            (load.seconds, load.p50_us, load.p99_us),
            (2.0, 947.0, 6038.0)
        );
        assert_eq!(load.per_second(), 3464.0);
        assert_eq!(read_wrk("unable to connect"), None);
    }

    #[test]
    fn a_pause_makes_the_wanted_rate_over_all_connections() {
        assert!(wrk_script(Pace::PerSecond(4000)).starts_with("function delay() return 16 end"));
        assert!(!wrk_script(Pace::Closed).contains("delay"));
    }

    const COUNTS: &str = "requests: 600 total, 604 started, 600 done, 597 succeeded, 3 failed, \
                          1 errored, 0 timeout\nstatus codes: 597 2xx, 0 3xx, 0 4xx, 3 5xx\n";

    #[test]
    fn a_result_of_h2load_counts_bad_statuses_and_lost_requests_as_failed() {
        let log = "1\t200\t100\n2\t200\t300\n3\t200\t200\n";
        let load = read_h2load(COUNTS, log, 3.0).unwrap();
        assert_eq!((load.requests, load.failed), (600, 4));
        assert_eq!((load.per_second(), load.p50_us), (200.0, 200.0));
    }
}
