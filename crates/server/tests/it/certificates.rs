//! Certificates made for one test: of a name, for a while, by an authority of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use time::OffsetDateTime;

/// A certificate that vouches for itself, as files.
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Pair {
    /// For `localhost` and 127.0.0.1, good until `until`, called `name` in `folder`.
    pub(crate) fn write(folder: &Path, name: &str, until: OffsetDateTime) -> Self {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.not_before = time::macros::datetime!(2020-01-01 0:00 UTC);
        parameters.not_after = until;
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let pair = Self {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        fs::write(&pair.certificate, certificate.pem()).unwrap();
        fs::write(&pair.key, key.serialize_pem()).unwrap();
        pair
    }

    pub(crate) fn valid(folder: &Path, name: &str) -> Self {
        Self::write(folder, name, time::macros::datetime!(2099-01-01 0:00 UTC))
    }

    /// The pair as an entry of `[[tls.certificates]]`.
    pub(crate) fn section(&self) -> String {
        let Self { certificate, key } = self;
        format!("[[tls.certificates]]\ncertificate = {certificate:?}\nkey = {key:?}\n")
    }

    /// A TLS server that shows this certificate.
    pub(crate) fn server(&self) -> rustls::ServerConfig {
        let certificate = rustls_pki_types::CertificateDer::from_pem_file(&self.certificate);
        let key = PrivateKeyDer::from_pem_file(&self.key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.unwrap()], key)
            .unwrap()
    }
}
