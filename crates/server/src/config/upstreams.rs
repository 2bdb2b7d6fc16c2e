//! `[[upstreams]]`: the applications behind Palisade, and how patient it is with them.

mod instance;
mod keys;
mod rules;

use std::path::PathBuf;
use std::time::Duration;

pub use instance::Instance;
pub(super) use keys::{NAME, TABLE};
pub(super) use rules::rules;

use super::kinds::Named;
use super::view::View;
use keys::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    pub name: String,
    /// At least one.
    pub instances: Vec<Instance>,
    pub protocol: Protocol,
    pub host: HostHeader,
    pub connect_timeout: Duration,
    pub first_byte_timeout: Duration,
    pub idle_timeout: Duration,
    /// For event streams and WebSockets.
    pub stream_idle_timeout: Duration,
    pub in_flight_max: usize,
    pub queue_max: usize,
    pub queue_timeout: Duration,
    /// Attempts after the first.
    pub retries_max: u32,
    pub keep_alive: Duration,
    /// Per worker.
    pub keep_alive_connections_max: usize,
    pub dns_refresh: Duration,
    /// None when no path to check is set.
    pub health: Option<Health>,
    pub breaker: Breaker,
    pub tls: UpstreamTls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    Http2,
}

impl Named for Protocol {
    const NAMES: &'static [(&'static str, Self)] =
        &[("http1", Self::Http1), ("http2", Self::Http2)];
}

/// The Host that the application sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostHeader {
    /// The client's.
    Preserve,
    /// The one of the instance's URL.
    Upstream,
}

impl Named for HostHeader {
    const NAMES: &'static [(&'static str, Self)] =
        &[("preserve", Self::Preserve), ("upstream", Self::Upstream)];
}

/// Active checks of each instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Starts with `/`.
    pub path: String,
    pub interval: Duration,
    pub timeout: Duration,
    pub healthy_after: u32,
    pub unhealthy_after: u32,
}

/// Circuit breaker of each instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row that open it.
    pub failures: u32,
    pub open: Duration,
}

/// TLS towards `https` instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamTls {
    /// None trusts the system's CAs.
    pub ca_file: Option<PathBuf>,
    /// None takes the host of the URL.
    pub server_name: Option<String>,
    pub client: Option<ClientCertificate>,
}

/// PEM files of the certificate shown to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

pub(super) fn read(root: &View<'_>) -> Option<Vec<Upstream>> {
    root.list(&TABLE).iter().map(read_one).collect()
}

fn read_one(upstream: &View<'_>) -> Option<Upstream> {
    Some(Upstream {
        name: upstream.get(&NAME)?,
        instances: upstream.get(&URLS)?,
        protocol: upstream.get(&PROTOCOL)?,
        host: upstream.get(&HOST)?,
        connect_timeout: upstream.get(&CONNECT_TIMEOUT)?,
        first_byte_timeout: upstream.get(&FIRST_BYTE_TIMEOUT)?,
        idle_timeout: upstream.get(&IDLE_TIMEOUT)?,
        stream_idle_timeout: upstream.get(&STREAM_IDLE_TIMEOUT)?,
        in_flight_max: upstream.get(&IN_FLIGHT_MAX)? as usize,
        queue_max: upstream.get(&QUEUE_MAX)? as usize,
        queue_timeout: upstream.get(&QUEUE_TIMEOUT)?,
        retries_max: upstream.get(&RETRIES_MAX)?,
        keep_alive: upstream.get(&KEEP_ALIVE)?,
        keep_alive_connections_max: upstream.get(&KEEP_ALIVE_CONNECTIONS_MAX)? as usize,
        dns_refresh: upstream.get(&DNS_REFRESH)?,
        health: health(&upstream.table(&HEALTH)?)?,
        breaker: breaker(&upstream.table(&BREAKER)?)?,
        tls: tls(&upstream.table(&TLS)?)?,
    })
}

/// The outer none is a value that was refused.
fn health(health: &View<'_>) -> Option<Option<Health>> {
    let (interval, timeout) = (health.get(&HEALTH_INTERVAL)?, health.get(&HEALTH_TIMEOUT)?);
    let healthy_after = health.get(&HEALTHY_AFTER)?;
    let unhealthy_after = health.get(&UNHEALTHY_AFTER)?;
    let path = health.get(&HEALTH_PATH)?;
    Some(path.map(|path| Health {
        path,
        interval,
        timeout,
        healthy_after,
        unhealthy_after,
    }))
}

fn breaker(breaker: &View<'_>) -> Option<Breaker> {
    Some(Breaker {
        failures: breaker.get(&BREAKER_FAILURES)?,
        open: breaker.get(&BREAKER_OPEN)?,
    })
}

fn tls(tls: &View<'_>) -> Option<UpstreamTls> {
    let (certificate, key) = (tls.get(&CLIENT_CERTIFICATE)?, tls.get(&CLIENT_KEY)?);
    Some(UpstreamTls {
        ca_file: tls.get(&CA_FILE)?,
        server_name: tls.get(&SERVER_NAME)?,
        client: certificate
            .zip(key)
            .map(|(certificate, key)| ClientCertificate { certificate, key }),
    })
}
