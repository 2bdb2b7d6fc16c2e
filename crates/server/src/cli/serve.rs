//! `palisade serve`: a node from its start to its end.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::Context;
use palisade_kernel::{Clock, Random, SystemClock, SystemRandom};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, announcement};
use crate::config::{self, Loaded, Sources};
use crate::data_directory::{DataDirectory, Purpose};
use crate::gateway::{Gateway, Outputs, StartError};
use crate::logging;

pub(super) fn run(sources: Sources) -> Result<(), Failure> {
    let loaded = config::load(&sources).map_err(Failure::Configuration)?;
    let log_level = logging::start(loaded.config.log.level, io::stderr().is_terminal());
    let data = DataDirectory::open(&loaded.config.data.directory, Purpose::Serve)?;
    let outputs = Outputs {
        access_log: Box::new(io::stdout()),
        is_terminal: super::is_terminal(),
        log_level,
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(serve(sources, loaded, data, outputs));
    // Whoever asked twice does not wait for what still blocks a thread.
    runtime.shutdown_background();
    ended
}

/// The control plane's runtime; the data plane has its own.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .worker_threads(CONTROL_THREADS)
        .thread_name("control")
        .enable_all();
    Ok(runtime.build().context("the runtime cannot be started")?)
}

/// The control plane does little: reloads, health checks, the admin listener.
const CONTROL_THREADS: usize = 2;

async fn serve(
    sources: Sources,
    loaded: Loaded,
    data: DataDirectory,
    outputs: Outputs,
) -> Result<(), Failure> {
    // Installed first: a signal that arrives during the start must not kill the process.
    let mut signals = Signals::install()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let notices = loaded.notices.clone();
    let gateway = Gateway::start(sources, loaded, data, outputs, clock, random)
        .await
        .map_err(|error| match error {
            StartError::Mistakes(mistakes) => Failure::Configuration(mistakes),
            other => other.into(),
        })?;
    announcement::announce(&gateway, &notices);
    while let Request::Reload = signals.next().await {
        // The outcome is logged and counted where it comes about.
        let _ = gateway.reload().await;
    }
    tracing::info!("Shutting down: requests under way may finish. A second signal ends at once.");
    unless_asked_again(gateway.stop(), signals.stop()).await
}

/// Waits for the end of the drain, but not past a second request to stop.
pub(super) async fn unless_asked_again(
    drained: impl Future<Output = ()>,
    asked_again: impl Future<Output = ()>,
) -> Result<(), Failure> {
    tokio::select! {
        biased;
        () = drained => Ok(()),
        () = asked_again => {
            tracing::warn!("Asked a second time: what was still under way is cut.");
            Err(Failure::Interrupted)
        }
    }
}

/// What the operator asks of a running process.
pub(crate) enum Request {
    Reload,
    Stop,
}

pub(crate) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn install() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.hangup.recv() => Request::Reload,
            _ = self.interrupt.recv() => Request::Stop,
            _ = self.terminate.recv() => Request::Stop,
        }
    }

    /// Passes over every other request.
    pub(super) async fn stop(&mut self) {
        while !matches!(self.next().await, Request::Stop) {}
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_second_signal_ends_a_drain_that_takes_long() {
        let ended = unless_asked_again(pending(), ready(())).await;
        assert!(matches!(ended, Err(Failure::Interrupted)));
    }

    #[tokio::test]
    async fn a_drain_that_has_ended_counts_as_done() {
        assert!(unless_asked_again(ready(()), ready(())).await.is_ok());
        assert!(unless_asked_again(ready(()), pending()).await.is_ok());
    }
}
