//! One process per file.
//!
//! Two writers would be kept apart by SQLite itself, but each would take the other's busy times
//! for its own, and neither could promise that a stopped writer stays stopped.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::open::OpenError;

/// Held while it lives; the system lets go of it however the process ends.
pub(crate) struct FileLock(#[expect(dead_code, reason = "held for its lock")] File);

impl FileLock {
    /// Locks `<path>.lock`, in which the holder's process id stands for whoever is refused.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock_path = PathBuf::from(lock_path);
        let failed = |cause| OpenError::File {
            path: lock_path.clone(),
            cause,
        };
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        let mut file = options.open(&lock_path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse {
                    path: path.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let write = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        // A full disk must not keep a node from starting: the lock holds without the number.
        if let Err(error) = write {
            tracing::debug!(%error, "the process id could not be written into the lock file");
        }
        Ok(Self(file))
    }
}

/// Makes the file where it is missing, and keeps it and its log from everybody but the account
/// that we run as, whatever the directory lets others do. SQLite gives a new log the file's mode.
pub(super) fn keep_private(path: &Path) -> Result<(), OpenError> {
    let made = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path);
    let failed = |path: &Path, cause| OpenError::File {
        path: path.to_owned(),
        cause,
    };
    made.map_err(|cause| failed(path, cause))?;
    for ending in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        let file = PathBuf::from(file);
        match fs::set_permissions(&file, Permissions::from_mode(0o600)) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(failed(&file, cause)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// ` (process 1234)`, or nothing where the file does not say.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // A process id has ten digits at most; whatever else stands there is not for a message.
    let read = file.take(10).read_to_string(&mut text);
    match (read, text.parse::<u32>()) {
        (Ok(_), Ok(id)) => format!(" (process {id})"),
        _ => String::new(),
    }
}
