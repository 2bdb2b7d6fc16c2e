//! What an archive is sealed with, and what opens it again.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use palisade_kernel::Timestamp;
use zeroize::Zeroizing;

use crate::age::{self, Identity, Passphrase};

/// The longest key or passphrase file that is read.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Whom an archive is sealed for. Nobody else can read it.
pub enum Sealing {
    /// Whoever holds the key of one of these.
    Recipients(Vec<Recipient>),
    Passphrase(Passphrase),
}

/// The public half of a key, `age1…`.
#[derive(Clone, Debug)]
pub struct Recipient(age::Recipient);

/// What opens an archive.
pub enum Opening {
    Identities(Vec<Identity>),
    Passphrase(Passphrase),
}

/// Why there is nothing to seal or open with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("`{0}` is no public key: it begins with age1. `palisade backup key` makes one")]
    Recipient(String),
    #[error("{path} cannot be read: {cause}")]
    Read { path: PathBuf, cause: io::Error },
    #[error("{0} holds no key: a line that begins with AGE-SECRET-KEY-1 is expected")]
    NoIdentity(PathBuf),
    #[error(
        "line {line} of {path} is no key: a line that begins with AGE-SECRET-KEY-1 is expected"
    )]
    Identity { path: PathBuf, line: usize },
    #[error("{0} holds no passphrase: its first line is empty")]
    NoPassphrase(PathBuf),
}

impl FromStr for Recipient {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let parsed = age::Recipient::from_str(text);
        parsed
            .map(Self)
            .map_err(|_| KeyError::Recipient(text.to_owned()))
    }
}

impl Sealing {
    /// The first line of a file, without its end.
    pub fn passphrase_of(path: &Path) -> Result<Self, KeyError> {
        passphrase(path).map(Self::Passphrase)
    }

    /// Begins a sealed file.
    pub(crate) fn seal<W: Write>(&self, output: W) -> io::Result<age::Writer<W>> {
        match self {
            Self::Passphrase(passphrase) => age::seal_with(output, passphrase, age::WORK_FACTOR),
            Self::Recipients(recipients) => {
                let recipients = recipients.iter().map(|Recipient(key)| key.clone());
                age::seal_for(output, &recipients.collect::<Vec<_>>())
            }
        }
    }
}

impl Opening {
    /// The first line of a file, without its end.
    pub fn passphrase_of(path: &Path) -> Result<Self, KeyError> {
        passphrase(path).map(Self::Passphrase)
    }

    /// Every key of a file as [`generate`] or `age-keygen` writes it: a key per line, and comments.
    pub fn identities_of(path: &Path) -> Result<Self, KeyError> {
        let text = read(path)?;
        let mut identities = Vec::new();
        for (line, number) in text.lines().map(str::trim).zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let identity = Identity::from_str(line);
            identities.push(identity.map_err(|_| KeyError::Identity {
                path: path.to_owned(),
                line: number,
            })?);
        }
        match identities.is_empty() {
            true => Err(KeyError::NoIdentity(path.to_owned())),
            false => Ok(Self::Identities(identities)),
        }
    }

    /// What seals an archive that the same key or passphrase opens.
    pub fn sealing(&self) -> Sealing {
        match self {
            Self::Passphrase(passphrase) => Sealing::Passphrase(passphrase.clone()),
            Self::Identities(identities) => {
                let recipients = identities
                    .iter()
                    .map(|key| Recipient(key.recipient().clone()));
                Sealing::Recipients(recipients.collect())
            }
        }
    }

    /// Opens a sealed file.
    pub(crate) fn open<R: BufRead>(&self, input: R) -> Result<age::Reader<R>, age::OpenError> {
        match self {
            Self::Identities(identities) => age::open_by(input, identities),
            Self::Passphrase(passphrase) => age::open_with(input, passphrase),
        }
    }
}

/// Writes the file of a new key, as `age-keygen` does, and returns its public half.
pub fn generate(now: Timestamp, mut file: impl Write) -> io::Result<String> {
    let key = Identity::generate()?;
    let public = key.recipient().to_string();
    writeln!(file, "# created: {}", now.rfc3339())?;
    writeln!(file, "# public key: {public}")?;
    writeln!(file, "{}", key.expose().as_str())?;
    Ok(public)
}

fn passphrase(path: &Path) -> Result<Passphrase, KeyError> {
    let text = read(path)?;
    match text.lines().next() {
        None | Some("") => Err(KeyError::NoPassphrase(path.to_owned())),
        Some(line) => Ok(line.into()),
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let failed = |cause| KeyError::Read {
        path: path.to_owned(),
        cause,
    };
    let mut text = Zeroizing::new(String::new());
    // Not `fs::read`, as these may be pipes: <(pass show backup).
    let file = File::open(path).map_err(failed)?;
    let read = file.take(FILE_BYTES_MAX).read_to_string(&mut text);
    read.map_err(failed)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_made_key_is_read_back_and_names_its_public_half() {
        let mut text = Vec::new();
        let public = generate(Timestamp::from_unix_micros(0), &mut text).unwrap();
        let file = file(std::str::from_utf8(&text).unwrap());
        let Ok(Opening::Identities(keys)) = Opening::identities_of(file.path()) else {
            panic!("no key");
        };
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].recipient().to_string(), public);
        Recipient::from_str(&public).unwrap();
    }

    #[test]
    fn what_is_no_key_is_told_with_its_place() {
        for (text, part) in [
            ("", "holds no key"),
            ("# a comment\n\n", "holds no key"),
            ("# a comment\nage1xyz\n", "line 2 of"),
        ] {
            let file = file(text);
            let error = Opening::identities_of(file.path())
                .err()
                .unwrap()
                .to_string();
            assert!(error.contains(part), "{error}");
        }
        let error = Recipient::from_str("age1x").unwrap_err().to_string();
        assert!(error.contains("backup key"), "{error}");
    }

    #[test]
    fn a_passphrase_is_the_first_line_and_not_empty() {
        let Ok(Sealing::Passphrase(found)) = Sealing::passphrase_of(file("a b\r\nc\n").path())
        else {
            panic!("no passphrase");
        };
        assert_eq!(found.expose(), "a b");
        assert!(Sealing::passphrase_of(file("\nx").path()).is_err());
    }
}
