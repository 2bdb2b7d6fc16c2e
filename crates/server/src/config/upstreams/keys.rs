//! The keys of an upstream, in the order of `config.default.toml`.

use std::time::Duration;

use http::uri::PathAndQuery;
use palisade_edge::upstream::{HostHeader, INSTANCES_MAX, Protocol, Target, UPSTREAMS_MAX};
use rustls_pki_types::ServerName;

use crate::config::kinds::{Choice, FilePath, Integer, List, OrEmpty, Parsed, Span};
use crate::config::registry::{Key, Table};

const HOUR: u64 = 3600;

const fn up_to(maximum: u32) -> Integer {
    Integer {
        minimum: 1,
        maximum,
    }
}

pub(in crate::config) static NAME: Key<Parsed<String>> = Key::required(
    "name",
    Parsed {
        expected: "a name of at most 64 letters, digits, \"-\" and \"_\"",
        parse: |text| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let is_name = !text.is_empty() && text.len() <= 64 && text.chars().all(fits);
            if is_name {
                Ok(text.to_owned())
            } else {
                Err(String::new())
            }
        },
    },
);
pub(super) static URLS: Key<List<Parsed<Target>>> = Key::required(
    "urls",
    List {
        item: Parsed {
            expected: "a URL such as \"http://127.0.0.1:3000\"",
            parse: str::parse,
        },
        items_min: 1,
        items_max: INSTANCES_MAX,
    },
);
pub(super) static PROTOCOL: Key<Choice<Protocol>> = Key::new("protocol", Choice::new());
pub(super) static HOST: Key<Choice<HostHeader>> = Key::new("host", Choice::new());
pub(super) static CONNECT_TIMEOUT: Key<Span> = Key::new(
    "connect_timeout",
    Span {
        minimum: Duration::from_millis(10),
        maximum: Duration::from_secs(300),
    },
);
pub(super) static FIRST_BYTE_TIMEOUT: Key<Span> =
    Key::new("first_byte_timeout", Span::seconds(1, HOUR));
pub(super) static IDLE_TIMEOUT: Key<Span> = Key::new("idle_timeout", Span::seconds(1, HOUR));
pub(super) static STREAM_IDLE_TIMEOUT: Key<Span> =
    Key::new("stream_idle_timeout", Span::seconds(1, 24 * HOUR));
pub(super) static IN_FLIGHT_MAX: Key<Integer> = Key::new("in_flight_max", up_to(100_000));
pub(super) static QUEUE_MAX: Key<Integer> = Key::new(
    "queue_max",
    Integer {
        minimum: 0,
        maximum: 100_000,
    },
);
pub(super) static QUEUE_TIMEOUT: Key<Span> = Key::new(
    "queue_timeout",
    Span {
        minimum: Duration::from_millis(10),
        maximum: Duration::from_secs(300),
    },
);
pub(super) static RETRIES_MAX: Key<Integer> = Key::new(
    "retries_max",
    Integer {
        minimum: 0,
        maximum: 5,
    },
);
pub(super) static KEEP_ALIVE: Key<Span> = Key::new("keep_alive", Span::seconds(0, HOUR));
pub(super) static KEEP_ALIVE_CONNECTIONS_MAX: Key<Integer> = Key::new(
    "keep_alive_connections_max",
    Integer {
        minimum: 0,
        maximum: 10_000,
    },
);
pub(super) static DNS_REFRESH: Key<Span> = Key::new("dns_refresh", Span::seconds(1, 24 * HOUR));

pub(super) static HEALTH_PATH: Key<OrEmpty<Parsed<PathAndQuery>>> = Key::new(
    "path",
    OrEmpty(Parsed {
        expected: "a path such as \"/healthz\"",
        parse: |text| {
            let path: PathAndQuery = text.parse().map_err(|_| String::new())?;
            if text.starts_with('/') && path.as_str() == text {
                Ok(path)
            } else {
                Err(String::new())
            }
        },
    }),
);
pub(super) static HEALTH_INTERVAL: Key<Span> = Key::new("interval", Span::seconds(1, HOUR));
pub(super) static HEALTH_TIMEOUT: Key<Span> = Key::new(
    "timeout",
    Span {
        minimum: Duration::from_millis(10),
        maximum: Duration::from_secs(300),
    },
);
pub(super) static HEALTHY_AFTER: Key<Integer> = Key::new("healthy_after", up_to(100));
pub(super) static UNHEALTHY_AFTER: Key<Integer> = Key::new("unhealthy_after", up_to(100));

pub(super) static HEALTH: Table = Table {
    name: "health",
    entries_max: None,
    keys: &[
        &HEALTH_PATH,
        &HEALTH_INTERVAL,
        &HEALTH_TIMEOUT,
        &HEALTHY_AFTER,
        &UNHEALTHY_AFTER,
    ],
    tables: &[],
};

pub(super) static BREAKER_FAILURES: Key<Integer> = Key::new("failures", up_to(1000));
pub(super) static BREAKER_OPEN: Key<Span> = Key::new("open", Span::seconds(1, HOUR));

pub(super) static BREAKER: Table = Table {
    name: "breaker",
    entries_max: None,
    keys: &[&BREAKER_FAILURES, &BREAKER_OPEN],
    tables: &[],
};

pub(super) static CA_FILE: Key<OrEmpty<FilePath>> = Key::new("ca_file", OrEmpty(FilePath));
pub(super) static SERVER_NAME: Key<OrEmpty<Parsed<ServerName<'static>>>> = Key::new(
    "server_name",
    OrEmpty(Parsed {
        expected: "a host name such as \"app.internal\"",
        parse: |text| ServerName::try_from(text.to_owned()).map_err(|_| String::new()),
    }),
);
pub(super) static CLIENT_CERTIFICATE: Key<OrEmpty<FilePath>> =
    Key::new("client_certificate", OrEmpty(FilePath));
pub(super) static CLIENT_KEY: Key<OrEmpty<FilePath>> = Key::new("client_key", OrEmpty(FilePath));

pub(super) static TLS: Table = Table {
    name: "tls",
    entries_max: None,
    keys: &[&CA_FILE, &SERVER_NAME, &CLIENT_CERTIFICATE, &CLIENT_KEY],
    tables: &[],
};

pub(in crate::config) static TABLE: Table = Table {
    name: "upstreams",
    entries_max: Some(UPSTREAMS_MAX),
    keys: &[
        &NAME,
        &URLS,
        &PROTOCOL,
        &HOST,
        &CONNECT_TIMEOUT,
        &FIRST_BYTE_TIMEOUT,
        &IDLE_TIMEOUT,
        &STREAM_IDLE_TIMEOUT,
        &IN_FLIGHT_MAX,
        &QUEUE_MAX,
        &QUEUE_TIMEOUT,
        &RETRIES_MAX,
        &KEEP_ALIVE,
        &KEEP_ALIVE_CONNECTIONS_MAX,
        &DNS_REFRESH,
    ],
    tables: &[&HEALTH, &BREAKER, &TLS],
};
