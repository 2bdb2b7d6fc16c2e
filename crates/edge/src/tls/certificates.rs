//! A certificate chain with its key, from PEM files, checked so that whoever gave the wrong file
//! is told which and why.

mod by_name;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_kernel::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::files::{self, FileError};
pub(super) use by_name::ByName;

/// Where a certificate lies: PEM, the server's own first, then the intermediates; and its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CertificateFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A certificate that may be served.
#[derive(Clone, Debug)]
pub struct Certificate {
    pub(super) key: Arc<CertifiedKey>,
    /// DNS names in lower case, `*.` in front of wildcards.
    names: Vec<String>,
    not_after: Timestamp,
}

/// A certificate or key that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{0} holds no certificate: it needs a `-----BEGIN CERTIFICATE-----` block (PEM)")]
    NoCertificate(PathBuf),
    #[error("{0} holds no private key: it needs a `-----BEGIN PRIVATE KEY-----` block (PEM)")]
    NoKey(PathBuf),
    #[error("{path} is incomplete or damaged: {cause}. Was it still being written?")]
    Damaged { path: PathBuf, cause: String },
    #[error(
        "{0} is encrypted, and there is nobody to type its passphrase at start. Decrypt it with \
         `openssl pkey -in {0} -out plain.key` and keep that file readable by palisade only"
    )]
    EncryptedKey(PathBuf),
    #[error("{path} is of a kind that TLS servers cannot use: {cause}")]
    UnsupportedKey { path: PathBuf, cause: rustls::Error },
    #[error(
        "{key} is not the key of the first certificate in {certificate}. Name the key that \
         belongs to it; in the file, the server's own certificate must come first"
    )]
    OtherKey { certificate: PathBuf, key: PathBuf },
    #[error("{path} expired on {at}. Renew the certificate and put the new file in its place")]
    Expired { path: PathBuf, at: String },
    #[error("{path} is not valid before {at}. Is this machine's clock right?")]
    NotYetValid { path: PathBuf, at: String },
}

impl CertificateError {
    /// The file that is to be changed.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(error) => error.path(),
            Self::NoCertificate(path)
            | Self::NoKey(path)
            | Self::EncryptedKey(path)
            | Self::Damaged { path, .. }
            | Self::UnsupportedKey { path, .. }
            | Self::Expired { path, .. }
            | Self::NotYetValid { path, .. }
            | Self::OtherKey { key: path, .. } => path,
        }
    }
}

impl Certificate {
    /// Reads and checks both files. Valid at `now`, key and certificate belong together.
    pub fn load(files: &CertificateFiles, now: Timestamp) -> Result<Self, CertificateError> {
        let certificate = files::read(&files.certificate)?;
        let key = files::read(&files.key)?;
        Self::parse(&certificate, &key, files, now)
    }

    /// As [`load`](Self::load), with what the files hold; `files` names them in errors.
    pub fn parse(
        certificate: &[u8],
        key: &[u8],
        files: &CertificateFiles,
        now: Timestamp,
    ) -> Result<Self, CertificateError> {
        let chain = parse_chain(certificate, &files.certificate)?;
        let key = parse_key(key, &files.key)?;
        Self::from_der(chain, key, files, now)
    }

    pub(super) fn from_der(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        files: &CertificateFiles,
        now: Timestamp,
    ) -> Result<Self, CertificateError> {
        let path = || files.certificate.clone();
        let own = chain
            .first()
            .ok_or_else(|| CertificateError::NoCertificate(path()))?;
        let facts = Facts::read(own, &files.certificate)?;
        if now < facts.not_before {
            let at = facts.not_before.rfc3339();
            return Err(CertificateError::NotYetValid { path: path(), at });
        }
        if now >= facts.not_after {
            let at = facts.not_after.rfc3339();
            return Err(CertificateError::Expired { path: path(), at });
        }
        let key = aws_lc_rs::default_provider()
            .key_provider
            .load_private_key(key)
            .map_err(|cause| CertificateError::UnsupportedKey {
                path: files.key.clone(),
                cause,
            })?;
        let key = CertifiedKey::new(chain, key);
        if key.keys_match().is_err() {
            let CertificateFiles { certificate, key } = files.clone();
            return Err(CertificateError::OtherKey { certificate, key });
        }
        let Facts {
            names, not_after, ..
        } = facts;
        Ok(Self {
            key: Arc::new(key),
            names,
            not_after,
        })
    }

    /// The moment from which clients refuse it.
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The DNS names it stands for, in lower case; wildcards begin with `*.`.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// The certificates of a PEM file, at least one.
pub(crate) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    parse_chain(&files::read(path)?, path)
}

/// The private key of a PEM file.
pub(crate) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, CertificateError> {
    parse_key(&files::read(path)?, path)
}

fn parse_chain(
    bytes: &[u8],
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|cause| damaged(path, cause))?;
    if chain.is_empty() {
        return Err(CertificateError::NoCertificate(path.to_owned()));
    }
    Ok(chain)
}

fn parse_key(bytes: &[u8], path: &Path) -> Result<PrivateKeyDer<'static>, CertificateError> {
    // PKCS #8, and the header that OpenSSL puts into the older forms (RFC 1421 section 4.6.1.1).
    let encrypted = [
        &b"-----BEGIN ENCRYPTED PRIVATE KEY-----"[..],
        b"Proc-Type: 4,ENCRYPTED",
    ];
    if encrypted
        .iter()
        .any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
    {
        return Err(CertificateError::EncryptedKey(path.to_owned()));
    }
    PrivateKeyDer::from_pem_slice(bytes).map_err(|cause| match cause {
        pem::Error::NoItemsFound => CertificateError::NoKey(path.to_owned()),
        cause => damaged(path, cause),
    })
}

/// In words, for the library prints markers as lists of numbers.
fn damaged(path: &Path, cause: pem::Error) -> CertificateError {
    let cause = match cause {
        pem::Error::MissingSectionEnd { .. } => "a block has no END line".to_owned(),
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line is broken".to_owned(),
        cause => cause.to_string(),
    };
    CertificateError::Damaged {
        path: path.to_owned(),
        cause,
    }
}

/// What the server must know of a certificate that rustls does not tell.
struct Facts {
    names: Vec<String>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Facts {
    fn read(der: &[u8], path: &Path) -> Result<Self, CertificateError> {
        let damaged = |cause: String| CertificateError::Damaged {
            path: path.to_owned(),
            cause,
        };
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|cause| damaged(cause.to_string()))?;
        let alternative = certificate
            .subject_alternative_name()
            .map_err(|cause| damaged(cause.to_string()))?;
        let names = alternative.map(|extension| &extension.value.general_names);
        let names = names.into_iter().flatten().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        });
        let validity = certificate.validity();
        Ok(Self {
            names: names.collect(),
            not_before: timestamp(validity.not_before.timestamp()),
            // The last second itself is still valid (RFC 5280 section 4.1.2.5).
            not_after: timestamp(validity.not_after.timestamp().saturating_add(1)),
        })
    }
}

fn timestamp(unix_seconds: i64) -> Timestamp {
    let seconds = u64::try_from(unix_seconds).unwrap_or(0);
    Timestamp::from_unix_micros(seconds.saturating_mul(1_000_000))
}

#[cfg(test)]
pub(super) mod tests;
