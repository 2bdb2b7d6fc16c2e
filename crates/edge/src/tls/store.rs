//! The certificates in use, exchanged whole while connections live.
//!
//! A handshake takes the configuration of its moment; established connections keep theirs. A new
//! set that is wrong anywhere is refused whole, and the running one stays.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use palisade_kernel::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::ProducesTickets;

use super::certificates::{ByName, Certificate, CertificateError, CertificateFiles};
use super::development_ca::{DevelopmentCa, DevelopmentCaError};
use super::files::{self, FileError};
use super::server_config::{self, MinimumVersion};
use super::{DAY, later};

/// A certificate with less than this left is warned of whenever it is loaded.
pub const EXPIRY_WARNING: Duration = DAY.saturating_mul(14);

/// Where the certificates come from.
#[derive(Clone, Debug)]
pub enum CertificateSource {
    /// One or more pairs; the first also serves clients that name no host, or an unknown one.
    Files(Vec<CertificateFiles>),
    /// Issued by the development CA in this directory, and renewed before they end.
    Development {
        directory: PathBuf,
        extra_names: Vec<String>,
    },
}

/// No usable set of certificates.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("TLS is on, but no certificate is named: name a certificate and its key")]
    NoCertificate,
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error(transparent)]
    DevelopmentCa(#[from] DevelopmentCaError),
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// What a look at the files came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    Unchanged,
    Reloaded,
}

/// Shared by all workers.
pub struct CertificateStore {
    source: CertificateSource,
    minimum: MinimumVersion,
    /// Outlives reloads, so that sessions do too.
    ticketer: Arc<dyn ProducesTickets>,
    current: ArcSwap<Current>,
    /// Of the file contents that were last judged, whether they were taken or refused.
    judged: Mutex<u64>,
}

struct Current {
    config: Arc<ServerConfig>,
    /// The earliest end among the certificates.
    not_after: Timestamp,
}

impl CertificateStore {
    /// Loads the first set. An expired certificate is an error here; once running, it is not
    /// looked at again until it changes.
    pub fn open(
        source: CertificateSource,
        minimum: MinimumVersion,
        now: Timestamp,
    ) -> Result<Self, TlsError> {
        let ticketer = Ticketer::new()?;
        let contents = source.read();
        let judged = Mutex::new(fingerprint(&contents));
        let current = load(&source, contents, minimum, &ticketer, now)?;
        let current = ArcSwap::from_pointee(current);
        Ok(Self {
            source,
            minimum,
            ticketer,
            current,
            judged,
        })
    }

    /// For the next handshake.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.load().config)
    }

    /// When the first of the certificates in use ends.
    pub fn next_expiry(&self) -> Timestamp {
        self.current.load().not_after
    }

    /// Reads everything again and takes it into use. On an error the running set stays.
    pub fn reload(&self, now: Timestamp) -> Result<(), TlsError> {
        let contents = self.source.read();
        self.note(fingerprint(&contents));
        self.install(contents, now)
    }

    /// Reloads if the content of a file has changed since it was last judged, or the development
    /// certificate is due. It reads files, so it does not belong on a worker. A set that was
    /// refused is reported once, not at every look.
    pub fn poll(&self, now: Timestamp) -> Result<Polled, TlsError> {
        let contents = self.source.read();
        let due = match self.source {
            CertificateSource::Files(_) => self.note(fingerprint(&contents)),
            CertificateSource::Development { .. } => {
                now >= DevelopmentCa::renewal(self.next_expiry())
            }
        };
        if !due {
            return Ok(Polled::Unchanged);
        }
        self.install(contents, now)?;
        Ok(Polled::Reloaded)
    }

    fn install(&self, contents: Vec<PairContents>, now: Timestamp) -> Result<(), TlsError> {
        let current = load(&self.source, contents, self.minimum, &self.ticketer, now)?;
        self.current.store(Arc::new(current));
        Ok(())
    }

    /// Whether `fingerprint` is another than before.
    fn note(&self, fingerprint: u64) -> bool {
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *judged, fingerprint) != fingerprint
    }
}

impl CertificateSource {
    fn pairs(&self) -> &[CertificateFiles] {
        match self {
            Self::Files(pairs) => pairs,
            Self::Development { .. } => &[],
        }
    }

    fn read(&self) -> Vec<PairContents> {
        let read = |files: &CertificateFiles| PairContents {
            certificate: files::read(&files.certificate),
            key: files::read(&files.key),
        };
        self.pairs().iter().map(read).collect()
    }
}

struct PairContents {
    certificate: Result<Vec<u8>, FileError>,
    key: Result<Vec<u8>, FileError>,
}

/// Tells contents apart, unreadable ones included. Whoever could craft a collision could as well
/// write the certificate, so it need not be a cryptographic hash.
fn fingerprint(contents: &[PairContents]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for content in contents
        .iter()
        .flat_map(|pair| [&pair.certificate, &pair.key])
    {
        match content {
            Ok(bytes) => bytes.hash(&mut hasher),
            Err(error) => error.to_string().hash(&mut hasher),
        }
    }
    hasher.finish()
}

fn load(
    source: &CertificateSource,
    contents: Vec<PairContents>,
    minimum: MinimumVersion,
    ticketer: &Arc<dyn ProducesTickets>,
    now: Timestamp,
) -> Result<Current, TlsError> {
    let certificates = match source {
        CertificateSource::Files(pairs) => pairs
            .iter()
            .zip(contents)
            .map(|(files, contents)| load_pair(files, contents, now))
            .collect::<Result<Vec<_>, _>>()?,
        CertificateSource::Development {
            directory,
            extra_names,
        } => {
            let authority = DevelopmentCa::open(directory, now)?;
            if authority.is_new() {
                let path = authority.certificate_path().display();
                tracing::info!(%path, "A development CA was made; clients have to be told to trust it.");
            }
            vec![authority.issue(extra_names, now)?]
        }
    };
    let by_name = ByName::new(&certificates).ok_or(TlsError::NoCertificate)?;
    let not_after = certificates.iter().map(Certificate::not_after).min();
    Ok(Current {
        config: server_config::build(Arc::new(by_name), minimum, Arc::clone(ticketer))?,
        not_after: not_after.ok_or(TlsError::NoCertificate)?,
    })
}

fn load_pair(
    files: &CertificateFiles,
    contents: PairContents,
    now: Timestamp,
) -> Result<Certificate, CertificateError> {
    let certificate = Certificate::parse(&contents.certificate?, &contents.key?, files, now)?;
    if certificate.not_after() < later(now, EXPIRY_WARNING) {
        tracing::warn!(
            file = %files.certificate.display(),
            expires = certificate.not_after().rfc3339(),
            "a TLS certificate expires within 14 days; renew it and put the new file in its place"
        );
    }
    Ok(certificate)
}

#[cfg(test)]
mod tests;
