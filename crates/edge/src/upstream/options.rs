//! What can be chosen about an upstream, in ready types; the configuration file is read elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use http::uri::PathAndQuery;
use rustls_pki_types::ServerName;

use super::target::Target;
use crate::tls::CertificateFiles;

/// One configured upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Its name in logs, metrics and the configuration.
    pub name: String,
    /// At least one, at most [`INSTANCES_MAX`](super::INSTANCES_MAX).
    pub instances: Vec<Target>,
    pub protocol: Protocol,
    pub host: HostHeader,
    /// For name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// From the request's last sent byte to the response's first.
    pub first_byte_timeout: Duration,
    /// The longest silence inside a response body.
    pub idle_timeout: Duration,
    /// The longest silence of an event stream or an upgraded connection.
    pub stream_idle_timeout: Duration,
    /// Requests under way at once, over all instances and workers of this node.
    pub in_flight_max: usize,
    /// Requests that may wait for one of those to end.
    pub queue_max: usize,
    pub queue_timeout: Duration,
    /// Further attempts after the first, for one request.
    pub retries_max: u8,
    /// How long a connection may lie idle before it is closed instead of reused.
    pub keep_alive: Duration,
    /// Idle connections kept, per worker and instance.
    pub keep_alive_connections_max: usize,
    /// How often host names are resolved again.
    pub dns_refresh: Duration,
    pub health: Option<HealthOptions>,
    pub breaker: BreakerOptions,
    /// Meaningful for `https://` URLs only.
    pub tls: TlsOptions,
}

/// What is spoken to the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    #[default]
    Http1,
    /// With prior knowledge on `http://`, by ALPN on `https://`. Upgrades (WebSocket) are an
    /// HTTP/1.1 notion and do not pass.
    Http2,
}

/// Which `Host` the app sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostHeader {
    /// The one that the client sent.
    #[default]
    Preserve,
    /// The authority of the instance's URL.
    Upstream,
}

/// Active health checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthOptions {
    /// Asked with GET; any 2xx or 3xx counts as healthy.
    pub path: PathAndQuery,
    pub interval: Duration,
    /// For the whole check, connecting included.
    pub timeout: Duration,
    /// Successes in a row that make an unhealthy instance healthy.
    pub healthy_after: u32,
    /// Failures in a row that make a healthy instance unhealthy.
    pub unhealthy_after: u32,
}

/// When to leave a failing instance alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerOptions {
    /// Failures in a row that open the breaker.
    pub failures: u32,
    /// How long it stays open before one request may probe.
    pub open: Duration,
}

/// How `https://` instances are verified, and who we are to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM. When given, it alone is trusted; otherwise the system's roots are.
    pub ca_file: Option<PathBuf>,
    /// Sent as SNI and verified, instead of the URL's host.
    pub server_name: Option<ServerName<'static>>,
    /// Who we are; none where the app does not ask.
    pub client: Option<CertificateFiles>,
}

#[cfg(test)]
impl Options {
    /// One that is patient enough for tests. The values of a first run are the configuration's.
    pub(crate) fn sample(urls: &[&str]) -> Self {
        Self {
            name: "app".to_owned(),
            instances: urls.iter().map(|url| url.parse().unwrap()).collect(),
            protocol: Protocol::default(),
            host: HostHeader::default(),
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(60),
            stream_idle_timeout: Duration::from_secs(3_600),
            in_flight_max: 1_024,
            queue_max: 1_024,
            queue_timeout: Duration::from_secs(10),
            retries_max: 1,
            keep_alive: Duration::from_secs(60),
            keep_alive_connections_max: 128,
            dns_refresh: Duration::from_secs(30),
            health: None,
            breaker: BreakerOptions {
                failures: 10,
                open: Duration::from_secs(5),
            },
            tls: TlsOptions::default(),
        }
    }
}
