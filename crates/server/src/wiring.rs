//! From the configuration's types to those of the data plane. Nothing is decided here.

mod boundary;
mod client_ip;
mod headers;
mod maintenance;

use std::num::NonZeroUsize;
use std::sync::Arc;

use palisade_edge::client_address::{ChainField, Trust};
use palisade_edge::compress::Compression;
use palisade_edge::network_set::NetworkSet;
use palisade_edge::router::{HostPattern, Route, Router};
use palisade_edge::stack::StackOptions;
use palisade_edge::tls::{CertificateFiles, CertificateSource, CertificateStore, MinimumVersion};
use palisade_edge::upstream;
use palisade_edge::{ListenOptions, PolicyOptions};

use crate::config::upstreams::{HostHeader, Instance, Protocol, Upstream};
use crate::config::{Config, listen, routes, tls};
use crate::data_directory::DataDirectory;

/// What requests are judged by: everything that a reload may change.
pub(crate) fn policy(config: &Config) -> PolicyOptions {
    PolicyOptions {
        upstreams: config.upstreams.iter().map(upstream).collect(),
        stack: StackOptions {
            trust: trust(&config.listen),
            router: Router::new(config.routes.iter().map(route).collect()),
            compression: Compression {
                enabled: config.compression.enabled,
                bytes_min: config.compression.minimum_bytes,
            },
            client_ip: client_ip::options(&config.edge.client_ip),
            boundary: boundary::options(&config.edge.boundary, &config.routes),
            maintenance: maintenance::options(&config.edge.maintenance),
            headers: headers::options(&config.edge.headers, uses_development_ca(config)),
        },
    }
}

fn trust(listen: &listen::Listen) -> Trust {
    Trust {
        proxies: NetworkSet::new(
            listen
                .trusted_proxies
                .iter()
                .flat_map(|proxy| proxy.networks()),
        ),
        chain: match listen.forwarded_header {
            listen::ForwardedHeader::XForwardedFor => ChainField::XForwardedFor,
            listen::ForwardedHeader::Forwarded => ChainField::Forwarded,
        },
    }
}

/// How the node listens: fixed until it is restarted.
pub(crate) fn listen(
    config: &Config,
    certificates: Option<Arc<CertificateStore>>,
) -> ListenOptions {
    let listen = &config.listen;
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    ListenOptions {
        address: listen.address,
        redirect_address: listen.redirect_address,
        redirect_port: listen.redirect_port,
        certificates,
        proxy_protocol: listen.proxy_protocol == listen::ProxyProtocol::Require,
        connections_max: listen.connections_max,
        header_timeout: listen.header_timeout,
        handshake_timeout: listen.handshake_timeout,
        workers: NonZeroUsize::new(listen.workers).unwrap_or(cores),
    }
}

/// Where the public listener's certificates come from; `None` in plain mode.
pub(crate) fn certificates(config: &Config, data: &DataDirectory) -> Option<CertificateSource> {
    if config.listen.mode == listen::Mode::Plain {
        return None;
    }
    Some(match uses_development_ca(config) {
        true => data.development_certificates(),
        false => CertificateSource::Files(certificate_files(config)),
    })
}

/// The files among them; none in plain mode and under the development CA.
pub(crate) fn certificate_files(config: &Config) -> Vec<CertificateFiles> {
    let files = |pair: &tls::CertificateFiles| CertificateFiles {
        certificate: pair.certificate.clone(),
        key: pair.key.clone(),
    };
    match config.listen.mode {
        listen::Mode::Plain => Vec::new(),
        listen::Mode::Tls => config.tls.certificates.iter().map(files).collect(),
    }
}

pub(crate) fn minimum_version(config: &Config) -> MinimumVersion {
    match config.tls.minimum_version {
        tls::TlsVersion::Tls12 => MinimumVersion::Tls12,
        tls::TlsVersion::Tls13 => MinimumVersion::Tls13,
    }
}

pub(crate) fn uses_development_ca(config: &Config) -> bool {
    config.listen.mode == listen::Mode::Tls && config.tls.certificates.is_empty()
}

fn upstream(upstream: &Upstream) -> upstream::Options {
    let client = upstream.tls.client.as_ref();
    upstream::Options {
        name: upstream.name.clone(),
        urls: upstream.instances.iter().map(url).collect(),
        protocol: match upstream.protocol {
            Protocol::Http1 => upstream::Protocol::Http1,
            Protocol::Http2 => upstream::Protocol::Http2,
        },
        host: match upstream.host {
            HostHeader::Preserve => upstream::HostHeader::Preserve,
            HostHeader::Upstream => upstream::HostHeader::Upstream,
        },
        connect_timeout: upstream.connect_timeout,
        first_byte_timeout: upstream.first_byte_timeout,
        idle_timeout: upstream.idle_timeout,
        stream_idle_timeout: upstream.stream_idle_timeout,
        in_flight_max: upstream.in_flight_max,
        queue_max: upstream.queue_max,
        queue_timeout: upstream.queue_timeout,
        retries_max: u8::try_from(upstream.retries_max).unwrap_or(u8::MAX),
        keep_alive: upstream.keep_alive,
        keep_alive_connections_max: upstream.keep_alive_connections_max,
        dns_refresh: upstream.dns_refresh,
        health: upstream
            .health
            .as_ref()
            .map(|health| upstream::HealthOptions {
                path: health.path.clone(),
                interval: health.interval,
                timeout: health.timeout,
                healthy_after: health.healthy_after,
                unhealthy_after: health.unhealthy_after,
            }),
        breaker: upstream::BreakerOptions {
            failures: upstream.breaker.failures,
            open: upstream.breaker.open,
        },
        tls: upstream::TlsOptions {
            ca_file: upstream.tls.ca_file.clone(),
            server_name: upstream.tls.server_name.clone(),
            client_certificate: client.map(|client| client.certificate.clone()),
            client_key: client.map(|client| client.key.clone()),
        },
    }
}

fn url(instance: &Instance) -> String {
    match instance {
        Instance::Unix { path } => format!("unix:{}", path.display()),
        Instance::Network { tls, host, port } => {
            let scheme = if *tls { "https" } else { "http" };
            match host.contains(':') {
                true => format!("{scheme}://[{host}]:{port}"),
                false => format!("{scheme}://{host}:{port}"),
            }
        }
    }
}

fn route(route: &routes::Route) -> Route {
    Route {
        host: host_pattern(&route.host),
        path: route.path.clone(),
        upstream: route.upstream,
    }
}

fn host_pattern(host: &routes::HostPattern) -> HostPattern {
    match host {
        routes::HostPattern::Any => HostPattern::Any,
        routes::HostPattern::Exact(host) => HostPattern::Exact(host.clone()),
        routes::HostPattern::Below(host) => HostPattern::Below(host.clone()),
    }
}
