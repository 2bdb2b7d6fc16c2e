//! Messages of our own, on standard error: readable at a terminal, JSON elsewhere.
//!
//! The access log is not here: it has an output of its own and never waits.

use std::sync::Arc;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::config::log::Level;

/// Changes the level of a running process.
#[derive(Clone)]
pub struct LogLevel(Option<Arc<reload::Handle<LevelFilter, Registry>>>);

impl LogLevel {
    /// For tests, which keep the subscriber they have.
    pub const fn fixed() -> Self {
        Self(None)
    }

    pub(crate) fn set(&self, level: Level) {
        if let Some(handle) = &self.0
            && let Err(error) = handle.reload(filter(level))
        {
            tracing::error!(%error, "The log level cannot be changed.");
        }
    }
}

/// Installs the process's subscriber.
pub fn start(level: Level, is_terminal: bool) -> LogLevel {
    let (level, handle) = reload::Layer::new(filter(level));
    let messages = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let messages = match is_terminal {
        true => messages.without_time().boxed(),
        false => messages.json().flatten_event(true).boxed(),
    };
    // A second subscriber is refused; the first one then keeps writing.
    let _ = tracing_subscriber::registry()
        .with(level)
        .with(messages)
        .try_init();
    LogLevel(Some(Arc::new(handle)))
}

const fn filter(level: Level) -> LevelFilter {
    match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}
