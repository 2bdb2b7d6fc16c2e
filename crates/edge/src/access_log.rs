//! One line per request, on an output that may be slow or closed.
//!
//! Workers append to a buffer of their own and never wait. One thread gathers the buffers and
//! writes; when it cannot keep up, lines are dropped and counted, and requests go on.

mod escape;
mod format;
mod writer;

pub use escape::is_hidden;
pub use writer::{AccessLog, GATHER};

use crate::exchange::Exchange;
use crate::metrics::Answer;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFormat {
    /// One JSON object per line, for machines.
    Json,
    /// Aligned columns, for a person at a terminal.
    Human,
}

/// A worker's own end of the log.
pub(crate) struct Pen {
    format: LineFormat,
    buffer: std::sync::Arc<writer::Buffer>,
    second: std::sync::Mutex<format::Second>,
}

impl Pen {
    pub(crate) fn write(&self, exchange: &Exchange, answer: &Answer, upstreams: &[String]) {
        let upstream = exchange.upstream.and_then(|index| upstreams.get(index));
        let upstream = upstream.map_or("-", String::as_str);
        let mut second = self
            .second
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let entry = format::Entry {
            exchange,
            answer,
            upstream,
            time: second.of(exchange.arrival.at),
            cut: !answer.complete && self.buffer.is_cutting(),
        };
        self.buffer.append(|line| match self.format {
            LineFormat::Json => format::json(line, &entry),
            LineFormat::Human => format::human(line, &entry),
        });
    }
}
