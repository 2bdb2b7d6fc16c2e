//! Keeps the demo's own requests out of the access log that a person is about to read.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use palisade_edge::access_log::GATHER;

/// Well past the time for which the access log gathers lines before it writes them.
const SETTLE: Duration = GATHER.saturating_mul(4);

/// Swallows what is written until it is opened. Clones share one state.
#[derive(Clone, Default)]
pub struct AccessLogGate {
    open: Arc<AtomicBool>,
}

struct Gated<W> {
    gate: AccessLogGate,
    output: W,
}

impl AccessLogGate {
    /// What is written to the result reaches `output` once the gate is open.
    pub fn over<W: Write + Send>(&self, output: W) -> impl Write + Send + use<W> {
        Gated {
            gate: self.clone(),
            output,
        }
    }

    /// Waits until the lines of requests already answered have passed, then lets lines through.
    pub async fn open(&self) {
        tokio::time::sleep(SETTLE).await;
        self.open.store(true, Ordering::Release);
    }
}

impl<W: Write> Write for Gated<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.gate.open.load(Ordering::Acquire) {
            true => self.output.write(bytes),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_comes_after_the_opening_is_written() {
        let gate = AccessLogGate::default();
        let mut output = Vec::new();
        let mut gated = gate.over(&mut output);
        gated.write_all(b"before\n").unwrap();
        gate.open().await;
        gated.write_all(b"after\n").unwrap();
        drop(gated);
        assert_eq!(output, b"after\n");
    }
}
