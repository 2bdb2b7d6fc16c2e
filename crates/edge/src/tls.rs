//! The server's side of TLS: certificates from files or a development CA, chosen by name, and
//! exchanged while connections live.

pub mod certificates;
pub mod development_ca;
mod files;
pub mod server_config;
pub mod store;

pub use certificates::{Certificate, CertificateError, CertificateFiles};
pub use development_ca::{DevelopmentCa, DevelopmentCaError};
pub use files::FileError;
pub use server_config::MinimumVersion;
pub use store::{CertificateSource, CertificateStore, EXPIRY_WARNING, Polled, TlsError};

use std::time::Duration;

use palisade_kernel::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
    Timestamp::from_unix_micros(at.unix_micros().saturating_add(by))
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
    Timestamp::from_unix_micros(at.unix_micros().saturating_sub(by))
}
