//! From the configuration to what the data plane takes: ready types go over as they are, and what
//! follows from several keys together (the development CA, the number of workers) is settled here.

mod ban;
mod boundary;
mod client_ip;
mod cookies;
mod cors;
mod cross_site;
mod errors;
mod flags;
mod headers;
mod honeypot;
mod maintenance;
mod rate_limit;
mod redirect;
mod store;

#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::sync::Arc;

use ipnet::IpNet;
use palisade_edge::client_address::Trust;
use palisade_edge::network_set::NetworkSet;
use palisade_edge::router::Router;
use palisade_edge::stack::StackOptions;
use palisade_edge::tls::{CertificateFiles, CertificateSource, CertificateStore};
use palisade_edge::{ListenOptions, PolicyOptions};
use palisade_operate::Modes;
use palisade_store::Migrations;

use crate::config::{Config, listen};
use crate::data_directory::DataDirectory;

pub(crate) use ban::{breach_rules, rules as ban_rules};
pub(crate) use flags::{described as flags, states as flag_states};
pub(crate) use store::options as store_options;

/// Every capability that keeps state: what a node migrates and a backup takes along.
pub(crate) const CAPABILITIES: &[Migrations] = &[palisade_operate::MIGRATIONS];

/// What requests are judged by: everything that a reload may change.
/// `modes` are the operators', in place of the configured ones.
pub(crate) fn policy(config: &Config, modes: &Modes) -> PolicyOptions {
    let mut options = configured(config);
    for (control, mode) in modes {
        options.stack = options.stack.with_mode(*control, *mode);
    }
    options
}

fn configured(config: &Config) -> PolicyOptions {
    PolicyOptions {
        upstreams: config.upstreams.clone(),
        stack: StackOptions {
            trust: trust(&config.listen),
            router: Router::new(config.routes.clone()),
            compression: config.compression,
            client_ip: client_ip::options(&config.edge.client_ip),
            boundary: boundary::options(&config.edge.boundary, &config.routes),
            ban: ban::options(config),
            maintenance: maintenance::options(&config.edge.maintenance),
            honeypot: honeypot::options(&config.edge.honeypot),
            flags: flags::gates(config),
            cross_site: cross_site::options(&config.edge.cross_site),
            cors: cors::options(&config.edge.cors),
            rate_limit: rate_limit::options(&config.edge.rate_limit),
            errors: errors::options(&config.edge.errors),
            redirect: redirect::options(&config.edge.redirect),
            cookies: cookies::options(&config.edge.cookies),
            headers: headers::options(&config.edge.headers, uses_development_ca(config)),
        },
    }
}

fn trust(listen: &listen::Listen) -> Trust {
    Trust {
        proxies: NetworkSet::new(trusted_networks(listen)),
        chain: listen.forwarded_header,
    }
}

/// The networks of those whose word is taken, by number or by name.
fn trusted_networks(listen: &listen::Listen) -> impl Iterator<Item = IpNet> {
    let proxies = listen.trusted_proxies.iter();
    proxies.flat_map(|proxy| proxy.networks())
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
        body_timeout: listen.body_timeout,
        write_timeout: listen.write_timeout,
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
    match config.listen.mode {
        listen::Mode::Plain => Vec::new(),
        listen::Mode::Tls => config.tls.certificates.clone(),
    }
}

pub(crate) fn uses_development_ca(config: &Config) -> bool {
    config.listen.mode == listen::Mode::Tls && config.tls.certificates.is_empty()
}
