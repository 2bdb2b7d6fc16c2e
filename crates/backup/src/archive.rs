//! What stands inside the age file: JSON lines.
//!
//! First the manifest; then the state's lines, a table and its rows after the other; then an
//! object per file, `{"file":"ca.key","mode":"600","hex":"…"}`; last `{"end":{"rows":…,"files":…,
//! "sha256":"…"}}` with the digest of every byte before that line.

use std::collections::BTreeMap;
use std::io;

use palisade_store::Steps;
use serde::{Deserialize, Serialize};

mod read;
mod write;

pub(crate) use read::{Entry, Reader};
pub(crate) use write::Writer;

/// The format that this program writes and reads.
pub(crate) const FORMAT: u64 = 1;

/// What an archive is, and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format.
    pub palisade_archive: u64,
    /// The release that wrote it.
    pub palisade: String,
    /// Which database it was taken from; it restores into either.
    pub engine: String,
    /// When, RFC 3339.
    pub at: String,
    /// On which machine.
    pub node: String,
    /// The step that each capability's tables were at.
    pub steps: Steps,
    /// Every table with its rows, those without any too.
    pub tables: BTreeMap<String, u64>,
    /// Every file's name, within the data directory.
    pub files: Vec<String>,
}

impl Manifest {
    pub fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// The last line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    rows: u64,
    files: u64,
    /// SHA-256, hexadecimal.
    sha256: String,
}

/// A file of the data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptFile {
    /// Its parts with `/` between them, below the data directory.
    pub(crate) name: String,
    /// The permission bits of its owner, group and others.
    pub(crate) mode: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("this is no backup of Palisade: {0}")]
    NotOurs(&'static str),
    #[error("none of these keys opens the backup: give the key of one that it was sealed for")]
    WrongKey,
    #[error("the backup is sealed with a passphrase: give it with --passphrase-file")]
    WantsPassphrase,
    #[error("the backup is sealed for keys: give one with --identity")]
    WantsIdentity,
    #[error("the passphrase does not open the backup, or the backup's head is damaged")]
    WrongPassphrase,
    #[error(
        "the backup asks for more work on its passphrase than this machine should do (2^{0}); it \
         was made on a far faster one, or to hold this one up"
    )]
    TooMuchWork(u8),
    #[error(
        "the backup has the format {found} (written by palisade {palisade}), and this release reads \
         {FORMAT}: restore it with the release that wrote it, or a later one"
    )]
    NewerFormat { found: u64, palisade: String },
    #[error("the backup is cut short: take another copy of it, or an older backup")]
    Truncated,
    #[error("the backup is damaged ({0}): take another copy of it, or an older backup")]
    Damaged(String),
    #[error("the backup cannot be read: {0}")]
    Read(io::Error),
}

impl ArchiveError {
    fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}

#[cfg(test)]
mod tests;
