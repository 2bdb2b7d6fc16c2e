//! Where an archive goes: beside its target first, and in place only when it is whole and synced.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that appears under its name, mode 0600, or not at all.
#[derive(Debug)]
pub struct Output {
    target: PathBuf,
    temporary: NamedTempFile,
    replaces: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("{0} is there already: choose another name, or replace it with --force")]
    Exists(PathBuf),
    #[error("{path} cannot be written: {cause}")]
    Write { path: PathBuf, cause: io::Error },
}

impl Output {
    /// Begins to write `target`; what is there already is replaced only if `replaces`.
    pub fn begin(target: &Path, replaces: bool) -> Result<Self, OutputError> {
        if !replaces && target.exists() {
            return Err(OutputError::Exists(target.to_owned()));
        }
        let folder = folder(target);
        let mut builder = tempfile::Builder::new();
        // Its mode is 0600 from the first byte on.
        let temporary = builder.prefix(".palisade-").tempfile_in(folder);
        Ok(Self {
            target: target.to_owned(),
            temporary: temporary.map_err(|cause| failed(target, cause))?,
            replaces,
        })
    }

    /// Syncs what was written and puts it in place.
    pub fn finish(self) -> Result<(), OutputError> {
        let Self {
            target,
            temporary,
            replaces,
        } = self;
        let synced = temporary.as_file().sync_all();
        synced.map_err(|cause| failed(&target, cause))?;
        let persisted = match replaces {
            true => temporary.persist(&target),
            false => temporary.persist_noclobber(&target),
        };
        match persisted {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OutputError::Exists(target));
            }
            Err(error) => return Err(failed(&target, error.error)),
        }
        sync_folder(folder(&target)).map_err(|cause| failed(&target, cause))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// A rename is durable once the folder is synced.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Writes a small file whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut output = Output::begin(path, true)?;
    let written = output.write_all(bytes);
    written.map_err(|cause| failed(path, cause))?;
    output.finish()
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn failed(target: &Path, cause: io::Error) -> OutputError {
    OutputError::Write {
        path: target.to_owned(),
        cause,
    }
}

/// Whether there is a file to be removed is not asked first: it may go meanwhile.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_appears_whole_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.age");
        let mut output = Output::begin(&target, false).unwrap();
        output.write_all(b"x").unwrap();
        assert!(!target.exists());
        output.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"x");
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(Output::begin(&folder.path().join("a.age"), false).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_there_stays_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.age");
        let late = Output::begin(&target, false).unwrap();
        write_whole(&target, b"old").unwrap();
        for error in [
            late.finish().unwrap_err(),
            Output::begin(&target, false).unwrap_err(),
        ] {
            assert!(error.to_string().contains("--force"), "{error}");
        }
        assert_eq!(fs::read(&target).unwrap(), b"old");
        Output::begin(&target, true).unwrap().finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"");
    }
}
