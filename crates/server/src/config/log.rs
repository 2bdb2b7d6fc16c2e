//! `[log]`: messages, and the line per request.

use super::kinds::{Choice, Named};
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub level: Level,
    pub access: AccessLog,
}

/// Least severe message written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Off,
}

impl Named for Level {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("trace", Self::Trace),
        ("debug", Self::Debug),
        ("info", Self::Info),
        ("warn", Self::Warn),
        ("error", Self::Error),
        ("off", Self::Off),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLog {
    /// Human on a terminal, JSON elsewhere.
    Auto,
    Json,
    Human,
    Off,
}

impl Named for AccessLog {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("json", Self::Json),
        ("human", Self::Human),
        ("off", Self::Off),
    ];
}

static LEVEL: Key<Choice<Level>> = Key::new("level", Choice::new());
static ACCESS: Key<Choice<AccessLog>> = Key::new("access", Choice::new());

pub(super) static TABLE: Table = Table {
    name: "log",
    entries_max: None,
    keys: &[&LEVEL, &ACCESS],
    tables: &[],
};

pub(super) fn read(root: &View<'_>) -> Option<Log> {
    let log = root.table(&TABLE)?;
    Some(Log {
        level: log.get(&LEVEL)?,
        access: log.get(&ACCESS)?,
    })
}
