//! A private certificate authority for development, made at first start in the data directory.
//!
//! Whoever trusts `ca.pem` trusts it for this machine's own names only: its name constraints
//! permit `localhost`, `.test`, 127.0.0.0/8 and ::1, so that a stolen `ca.key` cannot vouch for a
//! bank. What is on disk is kept by this rule: nothing there, only a key, or an authority at its
//! end → a new one is made; anything else that cannot be used → an error, since somebody may
//! already trust it.

mod made;
mod names;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use palisade_kernel::Timestamp;
use rcgen::{Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::certificates::{Certificate, CertificateFiles};
use super::files::{self, FileError};
use super::{CertificateError, DAY, later};

/// How long the authority lives: browsers set no limit for one added by hand.
const AUTHORITY_LIFETIME: Duration = DAY.saturating_mul(3650);
/// How long a server certificate lives. Apple refuses more than 825 days, public ones may have
/// 90 at most soon; this one is renewed by itself.
const SERVER_LIFETIME: Duration = DAY.saturating_mul(30);
/// A server certificate with less than this left is replaced.
const SERVER_RENEWAL: Duration = DAY.saturating_mul(10);
/// Certificates begin a little in the past, since clients' clocks differ.
const BACKDATED: Duration = Duration::from_secs(60 * 60);

/// The authority, ready to issue.
pub struct DevelopmentCa {
    issuer: Issuer<'static, KeyPair>,
    not_after: Timestamp,
    path: PathBuf,
    is_new: bool,
}

/// The authority cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentCaError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(
        "{path} cannot be used as the development CA: {reason}. Restore the file, or delete \
         ca.pem and ca.key beside it to have a new CA made (it must then be trusted anew)"
    )]
    Unusable { path: PathBuf, reason: &'static str },
    #[error(
        "`{0}` is not a name that the development CA may vouch for: it is limited to localhost, \
         names under .localhost and .test, wildcards such as *.app.test, 127.0.0.0/8 and ::1. \
         Use certificate files for others"
    )]
    NameNotPermitted(String),
    #[error("the development certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl DevelopmentCa {
    /// Takes up the authority in `directory` (`ca.pem`, `ca.key`), or makes one there.
    pub fn open(directory: &Path, now: Timestamp) -> Result<Self, DevelopmentCaError> {
        let (path, key_path) = (directory.join("ca.pem"), directory.join("ca.key"));
        let certificate = files::read_if_present(&path)?;
        match certificate {
            Some(certificate) => {
                let (der, not_after) = parse_authority(&certificate, &path)?;
                // Also the certificate that it issues today must be able to live out its days.
                if later(now, SERVER_LIFETIME) >= not_after {
                    return Self::make(directory, now);
                }
                let issuer = parse_issuer(&der, &key_path)?;
                Ok(Self {
                    issuer,
                    not_after,
                    path,
                    is_new: false,
                })
            }
            None => Self::make(directory, now),
        }
    }

    /// The file that clients are told to trust.
    pub fn certificate_path(&self) -> &Path {
        &self.path
    }

    /// Whether it was made just now, so that nobody can trust it yet.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// A server certificate for `localhost`, 127.0.0.1, ::1 and `extra_names` (host names,
    /// wildcards or addresses within the constraints). It exists in memory only.
    ///
    /// There is no `*.localhost`, which clients would not accept: name `acme.localhost` itself,
    /// or `*.app.localhost`.
    pub fn issue(
        &self,
        extra_names: &[String],
        now: Timestamp,
    ) -> Result<Certificate, DevelopmentCaError> {
        let names = names::permitted(extra_names)?;
        let (certificate, key) = made::server(&self.issuer, names, now, self.not_after)?;
        // Only for errors, of which there can be none: these bytes are our own.
        let files = CertificateFiles {
            certificate: self.path.clone(),
            key: self.path.clone(),
        };
        Ok(Certificate::from_der(vec![certificate], key, &files, now)?)
    }

    /// When a certificate that ends at `not_after` should be replaced.
    pub(super) fn renewal(not_after: Timestamp) -> Timestamp {
        super::earlier(not_after, SERVER_RENEWAL)
    }

    /// The key first: a crash in between leaves a key whose certificate never existed, which the
    /// next start replaces.
    fn make(directory: &Path, now: Timestamp) -> Result<Self, DevelopmentCaError> {
        let mut builder = DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|cause| FileError::Write {
                path: directory.to_owned(),
                cause,
            })?;
        let authority = made::authority(now)?;
        let path = directory.join("ca.pem");
        files::write_atomically(
            &directory.join("ca.key"),
            authority.key_pem.as_bytes(),
            0o600,
        )?;
        files::write_atomically(&path, authority.certificate_pem.as_bytes(), 0o644)?;
        let made::Authority {
            issuer, not_after, ..
        } = authority;
        Ok(Self {
            issuer,
            not_after,
            path,
            is_new: true,
        })
    }
}

fn parse_authority(
    pem: &[u8],
    path: &Path,
) -> Result<(CertificateDer<'static>, Timestamp), DevelopmentCaError> {
    let unusable = |reason| DevelopmentCaError::Unusable {
        path: path.to_owned(),
        reason,
    };
    let der = CertificateDer::from_pem_slice(pem)
        .map_err(|_| unusable("it holds no whole certificate"))?;
    let (_, authority) =
        X509Certificate::from_der(&der).map_err(|_| unusable("it holds no whole certificate"))?;
    let constrained = matches!(authority.name_constraints(), Ok(Some(constraints))
        if constraints.critical && constraints.value.permitted_subtrees.is_some());
    if !authority.is_ca() || !constrained {
        return Err(unusable("it is not a CA limited to this machine's names"));
    }
    let end = u64::try_from(authority.validity().not_after.timestamp()).unwrap_or(0);
    let not_after = Timestamp::from_unix_micros(end.saturating_mul(1_000_000));
    Ok((der, not_after))
}

fn parse_issuer(
    authority: &CertificateDer<'static>,
    key_path: &Path,
) -> Result<Issuer<'static, KeyPair>, DevelopmentCaError> {
    let unusable = |reason| DevelopmentCaError::Unusable {
        path: key_path.to_owned(),
        reason,
    };
    let key = files::read_if_present(key_path)?
        .ok_or_else(|| unusable("it is missing, though its certificate ca.pem is there"))?;
    let key = PrivateKeyDer::from_pem_slice(&key)
        .map_err(|_| unusable("it holds no whole private key"))?;
    let key = KeyPair::try_from(&key).map_err(|_| unusable("it holds no whole private key"))?;
    let (_, parsed) = X509Certificate::from_der(authority)
        .map_err(|_| unusable("its certificate ca.pem is damaged"))?;
    if parsed.public_key().subject_public_key.data != key.public_key_raw() {
        return Err(unusable("it is not the key of the certificate ca.pem"));
    }
    Ok(Issuer::from_ca_cert_der(authority, key)?)
}

#[cfg(test)]
mod tests;
