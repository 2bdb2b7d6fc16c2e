//! Small files, read up to a bound and written whole or not at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The largest certificate or key file that is read. Long chains take some 20 KiB.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{0} does not exist")]
    Missing(PathBuf),
    #[error("{0} may not be read by this user: change its owner or mode")]
    Forbidden(PathBuf),
    #[error("{0} is larger than {FILE_BYTES_MAX} bytes, so it is no certificate or key")]
    TooLarge(PathBuf),
    #[error("{path} cannot be read: {cause}")]
    Read { path: PathBuf, cause: io::Error },
    #[error("{path} cannot be written: {cause}")]
    Write { path: PathBuf, cause: io::Error },
}

impl FileError {
    pub fn path(&self) -> &Path {
        match self {
            Self::Missing(path)
            | Self::Forbidden(path)
            | Self::TooLarge(path)
            | Self::Read { path, .. }
            | Self::Write { path, .. } => path,
        }
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > FILE_BYTES_MAX => Err(FileError::TooLarge(path.to_owned())),
        Ok(_) => Ok(bytes),
        Err(cause) => Err(match cause.kind() {
            io::ErrorKind::NotFound => FileError::Missing(path.to_owned()),
            io::ErrorKind::PermissionDenied => FileError::Forbidden(path.to_owned()),
            _ => FileError::Read {
                path: path.to_owned(),
                cause,
            },
        }),
    }
}

/// `None` where there is no such file.
pub(super) fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whoever reads `path` sees the old content or the new, whole and synced, whatever breaks off.
pub(super) fn write_atomically(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let temporary = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&temporary)?;
        // One left over from a crash keeps its old mode when opened again.
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        // The rename itself is lasting once the directory is synced.
        path.parent()
            .map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    };
    write().map_err(|cause| FileError::Write {
        path: path.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_has_its_content_and_mode_and_leaves_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.key");
        fs::write(directory.path().join("ca.new"), "left over").unwrap();
        for content in ["first", "second"] {
            write_atomically(&path, content.as_bytes(), 0o600).unwrap();
            assert_eq!(read(&path).unwrap(), content.as_bytes());
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_past_the_bound_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("large");
        File::create(&path)
            .unwrap()
            .set_len(FILE_BYTES_MAX + 1)
            .unwrap();
        assert!(matches!(read(&path), Err(FileError::TooLarge(_))));
        assert!(matches!(read(&path.join("x")), Err(FileError::Read { .. })));
        assert!(
            read_if_present(&directory.path().join("none"))
                .unwrap()
                .is_none()
        );
    }
}
