//! `[[upstreams]]`: the applications behind Palisade, and how patient it is with them.

mod keys;
mod rules;

use palisade_edge::tls::CertificateFiles;
use palisade_edge::upstream::TlsOptions;
use palisade_edge::upstream::{BreakerOptions, HealthOptions, HostHeader, Options, Protocol};

pub(super) use keys::{NAME, TABLE};
pub(super) use rules::rules;

use super::kinds::Named;
use super::view::View;
use keys::*;

impl Named for Protocol {
    const NAMES: &'static [(&'static str, Self)] =
        &[("http1", Self::Http1), ("http2", Self::Http2)];
}

impl Named for HostHeader {
    const NAMES: &'static [(&'static str, Self)] =
        &[("preserve", Self::Preserve), ("upstream", Self::Upstream)];
}

pub(super) fn read(root: &View<'_>) -> Option<Vec<Options>> {
    root.list(&TABLE).iter().map(read_one).collect()
}

fn read_one(upstream: &View<'_>) -> Option<Options> {
    Some(Options {
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
        retries_max: u8::try_from(upstream.get(&RETRIES_MAX)?).ok()?,
        keep_alive: upstream.get(&KEEP_ALIVE)?,
        keep_alive_connections_max: upstream.get(&KEEP_ALIVE_CONNECTIONS_MAX)? as usize,
        dns_refresh: upstream.get(&DNS_REFRESH)?,
        health: health(&upstream.table(&HEALTH)?)?,
        breaker: breaker(&upstream.table(&BREAKER)?)?,
        tls: tls(&upstream.table(&TLS)?)?,
    })
}

/// The outer none is a value that was refused; the inner one, that there is no path to check.
fn health(health: &View<'_>) -> Option<Option<HealthOptions>> {
    let (interval, timeout) = (health.get(&HEALTH_INTERVAL)?, health.get(&HEALTH_TIMEOUT)?);
    let healthy_after = health.get(&HEALTHY_AFTER)?;
    let unhealthy_after = health.get(&UNHEALTHY_AFTER)?;
    let path = health.get(&HEALTH_PATH)?;
    Some(path.map(|path| HealthOptions {
        path,
        interval,
        timeout,
        healthy_after,
        unhealthy_after,
    }))
}

fn breaker(breaker: &View<'_>) -> Option<BreakerOptions> {
    Some(BreakerOptions {
        failures: breaker.get(&BREAKER_FAILURES)?,
        open: breaker.get(&BREAKER_OPEN)?,
    })
}

fn tls(tls: &View<'_>) -> Option<TlsOptions> {
    let (certificate, key) = (tls.get(&CLIENT_CERTIFICATE)?, tls.get(&CLIENT_KEY)?);
    Some(TlsOptions {
        ca_file: tls.get(&CA_FILE)?,
        server_name: tls.get(&SERVER_NAME)?,
        client: certificate
            .zip(key)
            .map(|(certificate, key)| CertificateFiles { certificate, key }),
    })
}
