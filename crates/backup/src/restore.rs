//! A backup is put in place: state and files together, or neither.
//!
//! The state changes in one transaction, and the files wait in a stage until it is committed. What
//! is killed in between is settled at the next start: the committed state knows the stage's id.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use palisade_kernel::{Clock, Random};
use palisade_store::{Migrations, Restoration, TransferError, is_restored};

use crate::Place;
use crate::archive::{ArchiveError, Entry, Manifest, Reader};
use crate::files::{self, FileError};
use crate::key::Opening;
use crate::output::{Output, OutputError};
use crate::take::{self, BackupError};

mod stage;

pub(crate) use stage::FOLDER as STAGE;
use stage::Stage;
pub(crate) use stage::is_under_way;

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    pub manifest: Manifest,
    /// Where what was there before is kept, as a backup that the same key opens.
    pub kept: Option<PathBuf>,
}

/// What became of a restore that was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The state was new already, and now the files are, too.
    Finished,
    /// The state was still the old one, and all is as before.
    Discarded,
}

/// Why nothing was restored. What was there before stands, unless a variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("line {line} of the backup cannot be restored: {cause}. Nothing was changed")]
    Line { line: u64, cause: TransferError },
    #[error("{0}. Nothing was changed")]
    State(#[from] TransferError),
    #[error(
        "{0} holds a node's state or keys already. Restore into an empty data directory and \
         database, or replace what is there with --replace, which keeps a backup of it"
    )]
    Occupied(String),
    #[error("what is there cannot be kept, so nothing was replaced: {0}")]
    Keep(#[source] BackupError),
    #[error("what is there cannot be kept, so nothing was replaced: {0}")]
    KeepAt(#[from] OutputError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(
        "the state is restored, and the keys are not yet: {0}. Mend that; the next start of the \
         node, or of a restore, puts them in place"
    )]
    Files(#[source] FileError),
    #[error(
        "it is not known whether the new state was committed: {0}. Start the node, or restore \
         again: either finds out"
    )]
    Commit(#[source] TransferError),
}

/// Reads a backup to its end and checks it, without changing anything.
pub fn check(input: impl Read, opening: &Opening) -> Result<Manifest, ArchiveError> {
    let mut reader = Reader::open(input, opening)?;
    while reader.next()?.is_some() {}
    Ok(reader.manifest().clone())
}

/// Restores a backup into `place`, whose data directory the caller has locked.
///
/// It blocks while it reads and writes files: this is for a program that does nothing else.
pub async fn restore(
    input: impl Read,
    opening: &Opening,
    place: &Place,
    capabilities: &[Migrations],
    replace: bool,
    clock: Arc<dyn Clock>,
    random: &dyn Random,
) -> Result<Restored, RestoreError> {
    settle(place).await?;
    let mut reader = Reader::open(input, opening)?;
    let mut restoration = Restoration::begin(&place.store, clock.clone(), capabilities).await?;
    let id = new_id(random);
    let filled = async {
        let present = files::names(&place.data)?;
        let is_empty = restoration.there().is_empty() && present.is_empty();
        if !is_empty && !replace {
            return Err(RestoreError::Occupied(occupied(place)));
        }
        let kept = match is_empty {
            true => None,
            false => Some(keep(&mut restoration, place, opening, clock.as_ref()).await?),
        };
        restoration.prepare(&reader.manifest().steps).await?;
        let mut stage = Stage::make(&place.data)?;
        while let Some(entry) = reader.next()? {
            match entry {
                Entry::File(file) => stage.add(&file)?,
                Entry::Line(line) => {
                    let taken = restoration.line(&line).await;
                    let line = reader.number();
                    taken.map_err(|cause| RestoreError::Line { line, cause })?;
                }
            }
        }
        stage.ready(&id, present)?;
        Ok((stage, kept))
    };
    let (stage, kept) = match filled.await {
        Ok(filled) => filled,
        Err(error) => {
            restoration.abandon().await;
            // What is left without a committed state is discarded by whoever settles it.
            let _ = stage::discard(&place.data);
            return Err(error);
        }
    };
    restoration
        .commit(&id)
        .await
        .map_err(RestoreError::Commit)?;
    stage.put_in_place().map_err(RestoreError::Files)?;
    Ok(Restored {
        manifest: reader.manifest().clone(),
        kept,
    })
}

/// Ends a restore that was cut short, one way or the other. For whoever has locked the data
/// directory, before it reads the keys in it.
pub async fn settle(place: &Place) -> Result<Option<Settled>, RestoreError> {
    if !stage::is_there(&place.data) {
        return Ok(None);
    }
    let stage = Stage::left(&place.data)?;
    let committed = match &stage {
        Some(stage) => is_restored(&place.store, stage.id()).await?,
        None => false,
    };
    match stage {
        Some(stage) if committed => {
            stage.put_in_place().map_err(RestoreError::Files)?;
            Ok(Some(Settled::Finished))
        }
        _ => {
            stage::discard(&place.data)?;
            Ok(Some(Settled::Discarded))
        }
    }
}

/// Keeps what is there as a backup of its own, in the data directory.
async fn keep(
    restoration: &mut Restoration,
    place: &Place,
    opening: &Opening,
    clock: &dyn Clock,
) -> Result<PathBuf, RestoreError> {
    let stamp = clock.now().rfc3339().replace([':', '.'], "-");
    let target = place.data.join(format!("before-restore-{stamp}.age"));
    let files = files::read_all(&place.data)?;
    let output = Output::begin(&target, false)?;
    let sealing = opening.sealing();
    let node = "kept by a restore";
    let written = take::write(restoration.there(), &files, clock, node, &sealing, output).await;
    let (_, output) = written.map_err(RestoreError::Keep)?;
    output.finish()?;
    Ok(target)
}

fn occupied(place: &Place) -> String {
    let data = place.data.display().to_string();
    match place.store.engine() {
        palisade_store::Engine::Sqlite => data,
        palisade_store::Engine::Postgres => format!("{data} or {}", place.store.place()),
    }
}

fn new_id(random: &dyn Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    format!("{:032x}", u128::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests;
