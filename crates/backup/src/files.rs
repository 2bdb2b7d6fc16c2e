//! The files of a data directory that are keys or state.
//!
//! Whatever lies there belongs to a backup unless it is excluded, so that the key of a new
//! capability cannot be forgotten.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::archive::KeptFile;

/// The largest file that is taken along. Keys and certificates have kilobytes.
pub(crate) const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// More files than all capabilities together keep.
const FILES_MAX: usize = 1_000;
/// Folders in folders, which also ends a circle of links.
const DEPTH_MAX: usize = 4;

/// What is excluded, each with its reason.
pub const EXCLUDED: &[(Pattern, &str)] = &[
    (
        Pattern::Begins("palisade.db"),
        "the SQLite file, its log and its lock: the rows are in the archive as rows",
    ),
    (Pattern::Is("lock"), "held by whichever node runs"),
    (Pattern::Is("admin.sock"), "made by whichever node runs"),
    (
        Pattern::Is("demo"),
        "marks secrets that were made for a demonstration",
    ),
    (
        Pattern::Is(crate::record::FILE),
        "says when this directory was backed up",
    ),
    (Pattern::Is(crate::restore::STAGE), "a restore under way"),
    (Pattern::Ends(".new"), "half written when a node was killed"),
    (
        Pattern::Begins(".palisade-"),
        "half written when a backup was killed",
    ),
    (Pattern::Ends(".age"), "a backup itself"),
];

/// Which names at the top of the data directory are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    Is(&'static str),
    Begins(&'static str),
    Ends(&'static str),
}

impl Pattern {
    fn fits(self, name: &str) -> bool {
        match self {
            Self::Is(whole) => name == whole,
            Self::Begins(start) => name.starts_with(start),
            Self::Ends(end) => name.ends_with(end),
        }
    }
}

/// Why the files of a data directory cannot be taken along.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{path} cannot be read: {cause}")]
    Read { path: PathBuf, cause: io::Error },
    #[error("{path} cannot be written: {cause}")]
    Write { path: PathBuf, cause: io::Error },
    #[error(
        "{0} is larger than {FILE_BYTES_MAX} bytes, so it is no key: move it out of the data \
         directory"
    )]
    TooLarge(PathBuf),
    #[error("{0} holds more files than a node keeps: move what is not Palisade's elsewhere")]
    TooMany(PathBuf),
    #[error(
        "{0} has a name that a backup does not take: rename it with letters, digits, `.`, `_` and \
         `-`, or move it out of the data directory"
    )]
    Name(PathBuf),
}

/// Every file that belongs to a backup, sorted by name.
pub(crate) fn read_all(data: &Path) -> Result<Vec<KeptFile>, FileError> {
    let names = names(data)?;
    names.into_iter().map(|name| read(data, name)).collect()
}

/// Their names.
pub(crate) fn names(data: &Path) -> Result<Vec<String>, FileError> {
    let mut names = Vec::new();
    walk(data, "", 0, &mut names)?;
    names.sort_unstable();
    Ok(names)
}

/// Whether an archive may say this name: below the data directory, and nothing excluded.
pub(crate) fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        !part.is_empty() && part != "." && part != ".." && part.chars().all(simple)
    };
    name.split('/').all(part)
        && name.split('/').count() <= DEPTH_MAX + 1
        && !is_excluded(name.split('/').next().unwrap_or_default())
}

fn is_excluded(top: &str) -> bool {
    EXCLUDED.iter().any(|(pattern, _)| pattern.fits(top))
}

fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    names: &mut Vec<String>,
) -> Result<(), FileError> {
    let failed = |cause| FileError::Read {
        path: folder.to_owned(),
        cause,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.map(|name| format!("{prefix}{name}"));
        let Some(name) = name else {
            return Err(FileError::Name(path));
        };
        if depth == 0 && is_excluded(&name) {
            continue;
        }
        // Follows links, as Kubernetes mounts keys by them.
        let kind = match fs::metadata(&path) {
            Ok(kind) => kind,
            // Removed since it was listed, or a link to nothing.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(FileError::Read { path, cause }),
        };
        if kind.is_dir() && depth < DEPTH_MAX {
            walk(&path, &format!("{name}/"), depth + 1, names)?;
        } else if kind.is_dir() || names.len() == FILES_MAX {
            return Err(FileError::TooMany(folder.to_owned()));
        } else if kind.is_file() {
            if !is_name(&name) {
                return Err(FileError::Name(path));
            }
            names.push(name);
        }
    }
    Ok(())
}

fn read(data: &Path, name: String) -> Result<KeptFile, FileError> {
    let path = data.join(&name);
    let read = || {
        let mut bytes = Vec::new();
        let file = fs::File::open(&path)?;
        let mode = file.metadata()?.permissions().mode() & 0o777;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        Ok((mode, bytes))
    };
    match read() {
        Ok((_, bytes)) if bytes.len() as u64 > FILE_BYTES_MAX => Err(FileError::TooLarge(path)),
        Ok((mode, bytes)) => Ok(KeptFile { name, mode, bytes }),
        Err(cause) => Err(FileError::Read { path, cause }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_lies_there_belongs_to_it_but_what_is_excluded() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join("acme/accounts")).unwrap();
        fs::create_dir(data.path().join("restore")).unwrap();
        for name in [
            "ca.key",
            "acme/accounts/one.json",
            "palisade.db",
            "palisade.db-wal",
            "lock",
            "palisade.db.lock",
            "ca.new",
            "old.age",
            "last-backup",
            "restore/ca.key",
            "demo",
        ] {
            fs::write(data.path().join(name), name).unwrap();
        }
        let files = read_all(data.path()).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["acme/accounts/one.json", "ca.key"]);
        assert_eq!(files[1].bytes, b"ca.key");
    }

    #[test]
    fn an_archive_can_name_nothing_outside_and_nothing_excluded() {
        for name in ["ca.key", "acme/a/b/c/d", "..a", "pepper"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a//b",
            "./a",
            "a/",
            "lock",
            "palisade.db",
            "restore/x",
            "a\0",
            "a/b/c/d/e/f",
            "ä",
            "a b",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_named() {
        let data = tempfile::tempdir().unwrap();
        let large = vec![0; usize::try_from(FILE_BYTES_MAX).unwrap() + 1];
        fs::write(data.path().join("core"), large).unwrap();
        let error = read_all(data.path()).unwrap_err().to_string();
        assert!(
            error.contains("core") && error.contains("no key"),
            "{error}"
        );
    }
}
