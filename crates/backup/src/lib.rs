//! Palisade's own state and keys as one encrypted file, and back.
//!
//! The state travels as [`palisade_store`]'s lines, which name no engine: an archive of SQLite
//! restores into Postgres and back. The keys are the files of the data directory. Around both
//! stands an age file (c2sp.org/age), so that any age program can open it, too.

mod age;
mod archive;
mod files;
mod key;
mod output;
mod record;
mod restore;
mod take;

use std::path::PathBuf;

use palisade_store::StoreOptions;

pub use age::{Identity, InvalidKey, Passphrase};
pub use archive::{ArchiveError, Manifest};
pub use files::{EXCLUDED, FileError};
pub use key::{KeyError, Opening, Recipient, Sealing, generate};
pub use output::{Output, OutputError};
pub use record::{last_success, record_success};
pub use restore::{RestoreError, Restored, Settled, check, restore, settle};
pub use take::{BackupError, Taken, take};

/// What is backed up, and where it is restored.
#[derive(Clone, Debug)]
pub struct Place {
    /// The data directory.
    pub data: PathBuf,
    pub store: StoreOptions,
}
