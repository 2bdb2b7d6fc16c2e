//! The data directory: what a node keeps, and how commands on the same machine find it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use palisade_edge::tls::CertificateSource;
use thiserror::Error;

/// Marks a directory whose secrets were made for a demonstration.
const DEMO_MARK: &str = "demo";
const LOCK: &str = "lock";
const SOCKET: &str = "admin.sock";

/// A path of a Unix socket must fit into `sockaddr_un` (unix(7)), its final zero included.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// What a data directory is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Serve,
    Demo,
}

/// An open data directory. No other node can open it while this one lives.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    /// Held for its lock, which the system releases however the process ends.
    _lock: File,
}

#[derive(Debug, Error)]
pub enum DataDirectoryError {
    #[error("the data directory {path} cannot be used: {cause}. Choose another with --data-dir")]
    Io { path: PathBuf, cause: io::Error },
    #[error("{0} is in use by another palisade: stop it, or choose another with --data-dir")]
    InUse(PathBuf),
    #[error(
        "{0} belongs to `palisade demo`: its secrets were made for a demonstration. Choose \
         another with --data-dir"
    )]
    Demo(PathBuf),
    #[error(
        "{0} was not made by `palisade demo` and may hold a real node's keys. Choose another \
         with --data-dir"
    )]
    NotDemo(PathBuf),
    #[error("{0} is not a directory: name one with --data-dir, or a path where one can be made")]
    NotADirectory(PathBuf),
    #[error("the path of {0} is too long for a Unix socket: choose a shorter one with --data-dir")]
    TooLong(PathBuf),
}

impl DataDirectory {
    /// Opens `path`, making it (mode 0700) when it is not there.
    pub fn open(path: &Path, purpose: Purpose) -> Result<Self, DataDirectoryError> {
        let failed = |cause| DataDirectoryError::Io {
            path: path.to_owned(),
            cause,
        };
        let is_new = !path.exists();
        if !is_new && !path.is_dir() {
            return Err(DataDirectoryError::NotADirectory(path.to_owned()));
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed)?;
        let path = fs::canonicalize(path).map_err(failed)?;
        if path.join(SOCKET).as_os_str().len() > SOCKET_PATH_BYTES_MAX {
            return Err(DataDirectoryError::TooLong(path));
        }
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataDirectoryError::InUse(path)),
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let mark = path.join(DEMO_MARK);
        match (purpose, mark.exists()) {
            (Purpose::Serve, true) => return Err(DataDirectoryError::Demo(path)),
            (Purpose::Demo, false) if !is_new && holds_keys(&path) => {
                return Err(DataDirectoryError::NotDemo(path));
            }
            (Purpose::Demo, false) => fs::write(&mark, "").map_err(failed)?,
            (Purpose::Serve, false) | (Purpose::Demo, true) => {}
        }
        Ok(Self { path, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The certificate of the development CA, to hand to `curl --cacert`.
    pub fn ca_certificate(&self) -> PathBuf {
        self.path.join("ca.pem")
    }

    pub(crate) fn development_certificates(&self) -> CertificateSource {
        CertificateSource::Development {
            directory: self.path.clone(),
            extra_names: Vec::new(),
        }
    }

    /// Opens the admin socket, mode 0600. What lies there is left from a node that was killed:
    /// the lock says that no other lives.
    pub(crate) fn bind_socket(&self) -> Result<tokio::net::UnixListener, DataDirectoryError> {
        let path = socket(&self.path);
        let failed = |cause| DataDirectoryError::Io {
            path: path.clone(),
            cause,
        };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
        let listener = tokio::net::UnixListener::bind(&path).map_err(failed)?;
        // Where others may enter the directory, nothing is served on it before this.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(listener)
    }
}

/// Where commands reach the node of a data directory.
pub fn socket(directory: &Path) -> PathBuf {
    directory.join(SOCKET)
}

fn holds_keys(path: &Path) -> bool {
    path.join("ca.key").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, purpose: Purpose) -> Result<(), String> {
        DataDirectory::open(path, purpose)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_made_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        open(&path, Purpose::Serve).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_file_in_its_place_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = open(file.path(), Purpose::Serve).unwrap_err();
        assert!(refused.contains("is not a directory"), "{refused}");
    }

    #[test]
    fn one_node_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let first = DataDirectory::open(directory.path(), Purpose::Serve).unwrap();
        assert!(
            open(directory.path(), Purpose::Serve)
                .unwrap_err()
                .contains("in use")
        );
        drop(first);
        open(directory.path(), Purpose::Serve).unwrap();
    }

    #[test]
    fn serve_refuses_the_demos_directory_and_the_demo_a_nodes() {
        let directory = tempfile::tempdir().unwrap();
        open(directory.path(), Purpose::Demo).unwrap();
        open(directory.path(), Purpose::Demo).unwrap();
        assert!(
            open(directory.path(), Purpose::Serve)
                .unwrap_err()
                .contains("palisade demo")
        );
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("ca.key"), "").unwrap();
        assert!(
            open(other.path(), Purpose::Demo)
                .unwrap_err()
                .contains("real node")
        );
    }

    #[test]
    fn a_path_that_is_no_directory_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let error = open(&file, Purpose::Serve).unwrap_err();
        assert!(
            error.contains("file") && error.contains("--data-dir"),
            "{error}"
        );
    }
}
