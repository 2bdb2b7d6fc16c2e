//! How this server speaks TLS, the same on every listener and worker.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{NoServerSessionStorage, ProducesTickets, ResolvesServerCert};
use rustls::version::{TLS12, TLS13};

/// The oldest protocol version that a client may speak. Older ones than 1.2 do not exist here
/// (RFC 8996).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MinimumVersion {
    #[default]
    Tls12,
    Tls13,
}

/// HTTP/2 before HTTP/1.1 (RFC 7301; RFC 9113 section 3.2).
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// One configuration for all workers, so that a session resumes on whichever the kernel picks.
pub(super) fn build(
    resolver: Arc<dyn ResolvesServerCert>,
    minimum: MinimumVersion,
    ticketer: Arc<dyn ProducesTickets>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let versions: &[_] = match minimum {
        MinimumVersion::Tls12 => &[&TLS13, &TLS12],
        MinimumVersion::Tls13 => &[&TLS13],
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = ALPN.map(<[u8]>::to_vec).into();
    // Every suite left is sound, and the client knows whether it has AES in hardware.
    config.ignore_client_order = false;
    // Tickets keep the session with the client: no table to bound, no lock between the workers.
    config.ticketer = ticketer;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    // Early data can be replayed (RFC 8446 section 8).
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}
