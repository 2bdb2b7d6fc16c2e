//! What is counted, under which name, and how it is printed for Prometheus.
//!
//! Each worker counts for itself, so that cores do not fight over a cache line; a scrape adds up.
//! Labels are bounded: upstreams by [`UPSTREAMS_MAX`], instances of each by the configuration,
//! everything else by its enum.

mod exposition;
mod histogram;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_kernel::{ControlId, Problem};

pub use exposition::{Exposition, Family};
pub use histogram::Histogram;

use crate::control::Finding;
use crate::exchange::Exchange;
use crate::upstream::UPSTREAMS_MAX;

/// Status classes `1xx` to `5xx`.
const CLASSES: usize = 5;

/// Every metric of the data plane; the server adds those of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Requests,
    RequestDuration,
    RequestBytes,
    ResponseBytes,
    Problems,
    ControlFindings,
    Panics,
    ConnectionsAccepted,
    ConnectionsOpen,
    ConnectionsRefused,
    ConnectionErrors,
    AccessLogDropped,
}

impl Metric {
    pub const ALL: [Self; 12] = [
        Self::Requests,
        Self::RequestDuration,
        Self::RequestBytes,
        Self::ResponseBytes,
        Self::Problems,
        Self::ControlFindings,
        Self::Panics,
        Self::ConnectionsAccepted,
        Self::ConnectionsOpen,
        Self::ConnectionsRefused,
        Self::ConnectionErrors,
        Self::AccessLogDropped,
    ];

    pub const fn family(self) -> Family {
        Family {
            name: self.name(),
            kind: self.kind(),
            help: self.help(),
            labels: self.labels(),
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "palisade_requests_total",
            Self::RequestDuration => "palisade_request_duration_seconds",
            Self::RequestBytes => "palisade_request_bytes_total",
            Self::ResponseBytes => "palisade_response_bytes_total",
            Self::Problems => "palisade_problems_total",
            Self::ControlFindings => "palisade_control_findings_total",
            Self::Panics => "palisade_panics_total",
            Self::ConnectionsAccepted => "palisade_connections_accepted_total",
            Self::ConnectionsOpen => "palisade_connections_open",
            Self::ConnectionsRefused => "palisade_connections_refused_total",
            Self::ConnectionErrors => "palisade_connection_errors_total",
            Self::AccessLogDropped => "palisade_access_log_dropped_total",
        }
    }

    pub const fn help(self) -> &'static str {
        match self {
            Self::Requests => "Requests answered, by upstream and status class.",
            Self::RequestDuration => "Time from the request head to the last byte of the answer.",
            Self::RequestBytes => "Body bytes received from clients.",
            Self::ResponseBytes => "Body bytes sent to clients.",
            Self::Problems => "Answers of our own, by problem code.",
            Self::ControlFindings => "What each control did about a request.",
            Self::Panics => {
                "Requests whose handling ran into a bug of ours and that were answered with a 500."
            }
            Self::ConnectionsAccepted => "Connections accepted.",
            Self::ConnectionsOpen => "Connections open now.",
            Self::ConnectionsRefused => {
                "Connections closed unread because listen.connections_max were open."
            }
            Self::ConnectionErrors => {
                "Connections that ended before a request could be read, by cause."
            }
            Self::AccessLogDropped => {
                "Access log lines lost because the output was slow or closed."
            }
        }
    }

    pub const fn kind(self) -> &'static str {
        match self {
            Self::RequestDuration => "histogram",
            Self::ConnectionsOpen => "gauge",
            _ => "counter",
        }
    }

    pub const fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Requests => &["upstream", "class"],
            Self::Problems => &["code"],
            Self::ControlFindings => &["control", "finding"],
            Self::ConnectionErrors => &["cause"],
            _ => &[],
        }
    }
}

/// Why a connection ended before a request could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionError {
    Accept,
    ProxyProtocol,
    TlsHandshake,
    Http,
}

impl ConnectionError {
    pub const ALL: [Self; 4] = [
        Self::Accept,
        Self::ProxyProtocol,
        Self::TlsHandshake,
        Self::Http,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::ProxyProtocol => "proxy-protocol",
            Self::TlsHandshake => "tls-handshake",
            Self::Http => "http",
        }
    }
}

/// The counters of one worker.
pub struct Shard {
    requests: [[AtomicU64; CLASSES]; UPSTREAMS_MAX + 1],
    duration: Histogram,
    request_bytes: AtomicU64,
    response_bytes: AtomicU64,
    problems: Vec<AtomicU64>,
    findings: [[AtomicU64; Finding::ALL.len()]; ControlId::COUNT],
    panics: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) closed: AtomicU64,
    pub(crate) refused: AtomicU64,
    connection_errors: [AtomicU64; ConnectionError::ALL.len()],
}

/// Requests that reached no upstream are counted here.
const NO_UPSTREAM: usize = UPSTREAMS_MAX;

impl Default for Shard {
    fn default() -> Self {
        Self {
            requests: [const { [const { AtomicU64::new(0) }; CLASSES] }; UPSTREAMS_MAX + 1],
            duration: Histogram::default(),
            request_bytes: AtomicU64::new(0),
            response_bytes: AtomicU64::new(0),
            problems: Problem::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            findings: [const { [const { AtomicU64::new(0) }; Finding::ALL.len()] };
                ControlId::COUNT],
            panics: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            connection_errors: [const { AtomicU64::new(0) }; ConnectionError::ALL.len()],
        }
    }
}

impl Shard {
    /// Counts an exchange whose last byte is out.
    pub(crate) fn record(&self, exchange: &Exchange, answer: &Answer) {
        let upstream = exchange.upstream.unwrap_or(NO_UPSTREAM);
        let class = usize::from(answer.status / 100)
            .saturating_sub(1)
            .min(CLASSES - 1);
        if let Some(counter) = self.requests.get(upstream).and_then(|row| row.get(class)) {
            add(counter, 1);
        }
        self.duration.observe(answer.duration);
        add(&self.request_bytes, answer.request_bytes);
        add(&self.response_bytes, answer.response_bytes);
        if let Some(code) = exchange.problem {
            let known = Problem::ALL.iter().position(|problem| problem.code == code);
            if let Some(counter) = known.and_then(|index| self.problems.get(index)) {
                add(counter, 1);
            }
        }
        for (control, finding) in exchange.findings() {
            let row = self.findings.get(control.index());
            if let Some(counter) = row.and_then(|row| row.get(finding as usize)) {
                add(counter, 1);
            }
        }
    }

    pub(crate) fn panicked(&self) {
        add(&self.panics, 1);
    }

    pub(crate) fn connection_error(&self, cause: ConnectionError) {
        if let Some(counter) = self.connection_errors.get(cause as usize) {
            add(counter, 1);
        }
    }
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) duration: Duration,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    /// The body ran to its end; otherwise the client or the app broke off.
    pub(crate) complete: bool,
}

pub(crate) fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

/// Prints the sum of all workers' counters.
pub fn render<'a>(
    out: &mut Exposition,
    shards: impl Iterator<Item = &'a Shard> + Clone,
    upstreams: &[String],
    access_log_dropped: u64,
) {
    let sum = |pick: &dyn Fn(&Shard) -> Option<&AtomicU64>| -> u64 {
        shards
            .clone()
            .filter_map(pick)
            .map(|counter| counter.load(Ordering::Relaxed))
            .sum()
    };
    out.family(Metric::Requests);
    for (index, upstream) in upstreams.iter().enumerate().take(UPSTREAMS_MAX) {
        for (class, name) in CLASS_NAMES.iter().enumerate() {
            let count = sum(&|shard| shard.requests.get(index)?.get(class));
            out.sample(&[("upstream", upstream), ("class", name)], count);
        }
    }
    for (class, name) in CLASS_NAMES.iter().enumerate() {
        let count = sum(&|shard| shard.requests.get(NO_UPSTREAM)?.get(class));
        out.sample(&[("upstream", "none"), ("class", name)], count);
    }
    out.family(Metric::RequestDuration);
    Histogram::render(out, shards.clone().map(|shard| &shard.duration));
    for (metric, count) in [
        (
            Metric::RequestBytes,
            sum(&|shard| Some(&shard.request_bytes)),
        ),
        (
            Metric::ResponseBytes,
            sum(&|shard| Some(&shard.response_bytes)),
        ),
        (Metric::Panics, sum(&|shard| Some(&shard.panics))),
        (
            Metric::ConnectionsAccepted,
            sum(&|shard| Some(&shard.accepted)),
        ),
        (
            Metric::ConnectionsRefused,
            sum(&|shard| Some(&shard.refused)),
        ),
        (Metric::AccessLogDropped, access_log_dropped),
    ] {
        out.family(metric);
        out.sample(&[], count);
    }
    out.family(Metric::ConnectionsOpen);
    let accepted = sum(&|shard| Some(&shard.accepted));
    out.sample(
        &[],
        accepted.saturating_sub(sum(&|shard| Some(&shard.closed))),
    );
    out.family(Metric::Problems);
    for (index, problem) in Problem::ALL.iter().enumerate() {
        out.sample(
            &[("code", problem.code)],
            sum(&|shard| shard.problems.get(index)),
        );
    }
    out.family(Metric::ControlFindings);
    for control in ControlId::ALL {
        let asked = |finding: &Finding| *finding != Finding::Unasked;
        for finding in Finding::ALL.into_iter().filter(asked) {
            let count = sum(&|shard| shard.findings.get(control.index())?.get(finding as usize));
            out.sample(
                &[("control", control.as_str()), ("finding", finding.as_str())],
                count,
            );
        }
    }
    out.family(Metric::ConnectionErrors);
    for cause in ConnectionError::ALL {
        let count = sum(&|shard| shard.connection_errors.get(cause as usize));
        out.sample(&[("cause", cause.as_str())], count);
    }
}

const CLASS_NAMES: [&str; CLASSES] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// `docs/metrics.md`: a row per metric.
pub fn reference() -> String {
    let rows = Metric::ALL.iter().map(|metric| metric.family().row());
    format!(
        "| metric | type | labels | what it counts |\n|---|---|---|---|\n{}",
        rows.collect::<String>()
    )
}
