//! `[tls]`: certificates and protocol versions of the public listener.

use palisade_edge::tls::{CertificateFiles, MinimumVersion};

use super::kinds::{Choice, FilePath, Named};
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub minimum_version: MinimumVersion,
    /// The first is the fallback; with none, the development CA signs one.
    pub certificates: Vec<CertificateFiles>,
}

impl Named for MinimumVersion {
    const NAMES: &'static [(&'static str, Self)] = &[("1.2", Self::Tls12), ("1.3", Self::Tls13)];
}

/// Certificates of one node.
const CERTIFICATES_MAX: usize = 256;

static MINIMUM_VERSION: Key<Choice<MinimumVersion>> = Key::new("minimum_version", Choice::new());
static CERTIFICATE: Key<FilePath> = Key::required("certificate", FilePath);
static KEY: Key<FilePath> = Key::required("key", FilePath);

static CERTIFICATES: Table = Table {
    name: "certificates",
    entries_max: Some(CERTIFICATES_MAX),
    keys: &[&CERTIFICATE, &KEY],
    tables: &[],
};

pub(super) static TABLE: Table = Table {
    name: "tls",
    entries_max: None,
    keys: &[&MINIMUM_VERSION],
    tables: &[&CERTIFICATES],
};

pub(super) fn read(root: &View<'_>) -> Option<Tls> {
    let tls = root.table(&TABLE)?;
    let certificates = tls.list(&CERTIFICATES).into_iter().map(|files| {
        Some(CertificateFiles {
            certificate: files.get(&CERTIFICATE)?,
            key: files.get(&KEY)?,
        })
    });
    Some(Tls {
        minimum_version: tls.get(&MINIMUM_VERSION)?,
        certificates: certificates.collect::<Option<_>>()?,
    })
}
