//! The whole state as lines, out of one engine and into either.
//!
//! JSON lines: for each table that has rows one object with its name and columns, then an array
//! per row. Bytes are `{"hex":"…"}`. What holds the lines together, and keeps them secret, is the
//! matter of whoever writes them.

use std::collections::BTreeMap;

use crate::error::{EngineError, Error};
use crate::migrate::MigrationError;
use crate::open::OpenError;

mod catalogue;
mod line;
mod restoration;
mod snapshot;

pub use restoration::{Restoration, is_restored};
pub use snapshot::{Snapshot, TableRows};

/// The step that each capability's tables are at.
pub type Steps = BTreeMap<String, u32>;

/// Tables of the database itself, which a transfer leaves out, each with its reason.
pub const LEFT_OUT: &[(&str, &str)] = &[
    (
        "palisade_migrations",
        "the steps say the same, and whoever restores takes them one by one",
    ),
    (
        "palisade_restores",
        "it says which archive this database came from",
    ),
];

/// Why the state could not be taken out or put back. Putting back is whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("there is no state at {0}: say where it is with --data-dir, or with the configuration")]
    Missing(String),
    #[error(
        "the state has a table {0}, which this release does not know and so cannot take along: \
         use the release that made it, or move the table out of Palisade's schema"
    )]
    UnknownTable(String),
    #[error(
        "the state here is of a newer release: it has step {found} of {capability}, and this \
         release has {ours}. Use the newer release. To go back to an older one, move this state \
         away (the file palisade.db, or Palisade's schema) and restore into the empty place"
    )]
    NewerState {
        capability: String,
        found: u32,
        ours: u32,
    },
    #[error(
        "the archive is of a newer release: it has step {found} of {capability}, and this release \
         has {ours}. Restore it with the release that wrote it, or a later one"
    )]
    NewerArchive {
        capability: String,
        found: u32,
        ours: u32,
    },
    #[error(
        "{0} other connections of Palisade are open to this database: stop every node on it, then \
         restore"
    )]
    Connected(i64),
    #[error("{0}")]
    Line(&'static str),
    #[error("a line cannot be written: {0}")]
    Output(#[from] std::io::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Migration(#[from] MigrationError),
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<EngineError> for TransferError {
    fn from(failure: EngineError) -> Self {
        failure.error.into()
    }
}
