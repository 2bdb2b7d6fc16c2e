//! The restored files, waiting beside their places until the state is committed.
//!
//! `restore/files/…` are the files, `restore/journal.json` says whose they are and which others
//! go. The journal is written last and removed last; every act in between can be done again.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::archive::KeptFile;
use crate::files::{self, FileError};
use crate::output::{remove_if_there, sync_folder, write_whole};

pub(crate) const FOLDER: &str = "restore";
const FILES: &str = "files";
const JOURNAL: &str = "journal.json";

pub(super) struct Stage {
    data: PathBuf,
    journal: Journal,
}

#[derive(Default, Serialize, Deserialize)]
struct Journal {
    /// What the committed state knows the restore by.
    id: String,
    files: Vec<String>,
    /// What was there before and is not in the backup.
    surplus: Vec<String>,
}

/// Whether anything of a restore lies in `data`.
pub(super) fn is_there(data: &Path) -> bool {
    data.join(FOLDER).exists()
}

/// Whether a restore got so far that it may have changed the state.
pub(crate) fn is_under_way(data: &Path) -> bool {
    data.join(FOLDER).join(JOURNAL).exists()
}

/// Forgets the stage, the journal first.
pub(super) fn discard(data: &Path) -> Result<(), FileError> {
    let folder = data.join(FOLDER);
    let discard = || {
        remove_if_there(&folder.join(JOURNAL))?;
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    };
    discard().map_err(|cause| FileError::Write {
        path: folder.clone(),
        cause,
    })
}

impl Stage {
    pub(super) fn make(data: &Path) -> Result<Self, FileError> {
        make_folder(&data.join(FOLDER).join(FILES))?;
        Ok(Self {
            data: data.to_owned(),
            journal: Journal::default(),
        })
    }

    /// What a restore that was killed has left; `None` where it had not got to its journal.
    pub(super) fn left(data: &Path) -> Result<Option<Self>, FileError> {
        let path = data.join(FOLDER).join(JOURNAL);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(FileError::Read { path, cause }),
        };
        let journal = serde_json::from_slice(&text);
        let journal: Journal = journal.map_err(|error| FileError::Read {
            path,
            cause: error.into(),
        })?;
        Ok(Some(Self {
            data: data.to_owned(),
            journal,
        }))
    }

    pub(super) fn id(&self) -> &str {
        &self.journal.id
    }

    /// Writes one file beside its place, synced.
    pub(super) fn add(&mut self, file: &KeptFile) -> Result<(), FileError> {
        let path = self.data.join(FOLDER).join(FILES).join(&file.name);
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        // Others may read it or not; that they may write or run it is nothing to believe.
        let mode = if file.mode & 0o004 == 0 { 0o600 } else { 0o644 };
        let write = || {
            let mut options = fs::OpenOptions::new();
            let mut target = options
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(&path)?;
            target.write_all(&file.bytes)?;
            target.sync_all()?;
            path.parent().map_or(Ok(()), sync_folder)
        };
        write().map_err(|cause| FileError::Write {
            path: path.clone(),
            cause,
        })?;
        self.journal.files.push(file.name.clone());
        Ok(())
    }

    /// Says whose files these are. `present` are those that are there now.
    pub(super) fn ready(&mut self, id: &str, present: Vec<String>) -> Result<(), FileError> {
        id.clone_into(&mut self.journal.id);
        self.journal.surplus = present;
        let files = &self.journal.files;
        self.journal.surplus.retain(|name| !files.contains(name));
        let path = self.data.join(FOLDER).join(JOURNAL);
        let failed = |cause| FileError::Write {
            path: path.clone(),
            cause,
        };
        let text = serde_json::to_vec(&self.journal).map_err(|error| failed(error.into()))?;
        write_whole(&path, &text).map_err(|error| failed(io::Error::other(error)))?;
        sync_folder(&self.data).map_err(failed)
    }

    /// Puts every file in its place and takes away what is not in the backup.
    pub(super) fn put_in_place(self) -> Result<(), FileError> {
        let stage = self.data.join(FOLDER);
        // A journal is only as trustworthy as the disk it was on.
        let names = |names: &[String]| -> Vec<String> {
            let names = names.iter().filter(|name| files::is_name(name));
            names.cloned().collect()
        };
        for name in names(&self.journal.files) {
            let (from, to) = (stage.join(FILES).join(&name), self.data.join(&name));
            let folder = to.parent().unwrap_or(&self.data);
            make_folder(folder)?;
            match fs::rename(&from, &to).and_then(|()| sync_folder(folder)) {
                // Put in place before the kill.
                Err(error) if error.kind() == io::ErrorKind::NotFound && to.exists() => {}
                Err(cause) => return Err(FileError::Write { path: to, cause }),
                Ok(()) => {}
            }
        }
        for name in names(&self.journal.surplus) {
            let path = self.data.join(&name);
            remove_if_there(&path).map_err(|cause| FileError::Write { path, cause })?;
        }
        discard(&self.data)
    }
}

fn make_folder(folder: &Path) -> Result<(), FileError> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.map_err(|cause| FileError::Write {
        path: folder.to_owned(),
        cause,
    })
}
