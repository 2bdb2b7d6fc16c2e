//! A backup is taken: one consistent view of the state, while nodes go on serving, and the files.

use std::io::{self, Write};

use palisade_kernel::Clock;
use palisade_store::{Migrations, Snapshot, TransferError};

use crate::archive::{FORMAT, KeptFile, Manifest, Writer};
use crate::files::{self, FileError};
use crate::key::Sealing;
use crate::{Place, restore};

/// What a backup took along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub tables: usize,
    pub rows: u64,
    pub files: usize,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    State(#[from] TransferError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the backup cannot be written: {0}")]
    Write(#[from] io::Error),
    #[error(
        "a restore into {0} was cut short: start the node once, or run the restore again, and then \
         take the backup"
    )]
    RestoreUnfinished(String),
}

/// Writes an archive of `place` to `output`, and hands that back to be put in place.
///
/// `node` names the machine. It blocks while it reads and writes files: this is for a program that
/// does nothing else.
pub async fn take<W: Write>(
    place: &Place,
    capabilities: &[Migrations],
    clock: &dyn Clock,
    node: &str,
    sealing: &Sealing,
    output: W,
) -> Result<(Taken, W), BackupError> {
    if restore::is_under_way(&place.data) {
        return Err(BackupError::RestoreUnfinished(
            place.data.display().to_string(),
        ));
    }
    let mut snapshot = Snapshot::open(&place.store, capabilities).await?;
    let files = files::read_all(&place.data)?;
    write(&mut snapshot, &files, clock, node, sealing, output).await
}

/// Writes an archive of a state and files.
pub(crate) async fn write<W: Write>(
    snapshot: &mut Snapshot,
    files: &[KeptFile],
    clock: &dyn Clock,
    node: &str,
    sealing: &Sealing,
    output: W,
) -> Result<(Taken, W), BackupError> {
    let tables = snapshot.tables().iter();
    let manifest = Manifest {
        palisade_archive: FORMAT,
        palisade: env!("CARGO_PKG_VERSION").to_owned(),
        engine: snapshot.engine().name().to_owned(),
        at: clock.now().rfc3339(),
        node: node.to_owned(),
        steps: snapshot.steps().clone(),
        tables: tables
            .map(|table| (table.name.to_owned(), table.rows))
            .collect(),
        files: files.iter().map(|file| file.name.clone()).collect(),
    };
    let mut writer = Writer::begin(output, sealing, &manifest)?;
    snapshot.lines(|line| writer.line(line)).await?;
    for file in files {
        writer.file(file)?;
    }
    let taken = Taken {
        tables: manifest.tables.len(),
        rows: manifest.rows(),
        files: files.len(),
    };
    Ok((taken, writer.finish()?))
}
