//! TLS to the app: whom we trust, and who we are. Built once per group, at start.

use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::{RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::group::GroupError;
use super::options::{Options, Protocol, TlsOptions};
use crate::tls::certificates::{read_chain, read_key};

/// Everything a connection needs to become TLS.
pub(crate) struct Tls {
    connector: TlsConnector,
    /// Overrides the URL's host.
    server_name: Option<ServerName<'static>>,
}

/// What ALPN offers and must get (RFC 7301, RFC 9113 section 3.2).
pub(crate) const fn alpn(protocol: Protocol) -> &'static [u8] {
    match protocol {
        Protocol::Http1 => b"http/1.1",
        Protocol::Http2 => b"h2",
    }
}

impl Tls {
    pub(crate) fn new(options: &Options) -> Result<Self, GroupError> {
        let tls = &options.tls;
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(GroupError::Tls)?
            .with_root_certificates(roots(tls)?);
        let mut config = match &tls.client {
            None => builder.with_no_client_auth(),
            Some(files) => builder
                .with_client_auth_cert(read_chain(&files.certificate)?, read_key(&files.key)?)
                .map_err(|cause| GroupError::ClientCertificate {
                    files: files.clone(),
                    cause,
                })?,
        };
        config.alpn_protocols = vec![alpn(options.protocol).to_vec()];
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            server_name: tls.server_name.clone(),
        })
    }

    pub(crate) fn connector(&self) -> &TlsConnector {
        &self.connector
    }

    /// The name that is verified; None when the URL's host can be no certificate's name.
    pub(crate) fn server_name(&self, host: &str) -> Option<ServerName<'static>> {
        match &self.server_name {
            Some(name) => Some(name.clone()),
            None => ServerName::try_from(host.to_owned()).ok(),
        }
    }
}

fn roots(tls: &TlsOptions) -> Result<RootCertStore, GroupError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &tls.ca_file {
        for certificate in read_chain(path)? {
            roots
                .add(certificate)
                .map_err(|cause| GroupError::Authority {
                    path: path.clone(),
                    cause,
                })?;
        }
    } else {
        // Single certificates of the system that do not parse are no reason to trust none.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(GroupError::NoSystemRoots);
        }
    }
    Ok(roots)
}
