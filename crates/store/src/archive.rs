//! The whole state as a stream of lines, out of one engine and into either.
//!
//! JSON lines: a head with the format and the step of each capability; then for each table that
//! has rows one object with its name and columns, and an array per row; at the end the number of
//! rows, so that a stream that was cut is known for one. Bytes are `{"hex":"…"}`.

use std::sync::Arc;

use palisade_kernel::Clock;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::error::Error;
use crate::open::{OpenError, StoreOptions};
use crate::schema::Migrations;
use crate::tx::Shared;

mod line;
mod read;
mod write;

/// The format this program writes and reads.
const FORMAT: i64 = 1;

/// What went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    pub tables: u64,
    pub rows: u64,
}

/// Why the state could not be written out or read back. Reading back is whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the archive cannot be read or written: {0}")]
    Stream(#[from] std::io::Error),
    #[error("line {line} of the archive is not as it should be: {what}. Nothing was restored")]
    Line { line: u64, what: String },
    #[error(
        "the archive has step {found} of {capability}, and this release has {ours}. Restore it \
         with the release that wrote it, then upgrade"
    )]
    OtherRelease {
        capability: String,
        found: u32,
        ours: u32,
    },
    #[error("{table} has rows already: restore into a state that is new. Nothing was restored")]
    NotEmpty { table: &'static str },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] Error),
}

pub(crate) async fn export(
    options: &StoreOptions,
    shared: &Arc<Shared>,
    output: impl AsyncWrite + Unpin,
) -> Result<Contents, ArchiveError> {
    write::export(options, shared, output).await
}

/// Reads what [`Store::export`](crate::Store::export) wrote into the new state at `options`,
/// whose schema it makes first. No store may have it open.
pub async fn restore(
    options: StoreOptions,
    clock: Arc<dyn Clock>,
    capabilities: &[Migrations],
    input: impl AsyncRead + Unpin,
) -> Result<Contents, ArchiveError> {
    crate::Store::open(options.clone(), clock, capabilities)
        .await?
        .close()
        .await;
    read::restore(&options, capabilities, input).await
}

/// The step that a capability's code is at.
fn step(capability: &Migrations) -> u32 {
    capability.steps.last().map_or(0, |step| step.version)
}
