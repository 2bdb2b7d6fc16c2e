//! `[listen]`: the public listener, and whom it believes.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use palisade_edge::client_address::ChainField;

pub use super::kinds::TrustedProxy;
use super::kinds::{Address, Choice, Integer, Kind as _, List, Named, OrEmpty, Proxies, Span};
use super::mistakes::Report;
use super::overrides::ADDRESS_FLAG;
use super::registry::{Key, Table};
use super::tree::{Branch, Origin, Value};
use super::view::View;

/// The public listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    pub mode: Mode,
    pub address: SocketAddr,
    /// Where plain HTTP is redirected from; always none in [`Mode::Plain`].
    pub redirect_address: Option<SocketAddr>,
    /// Where browsers are sent; none is the port that `address` is bound to.
    pub redirect_port: Option<NonZeroU16>,
    pub trusted_proxies: Vec<TrustedProxy>,
    /// In which trusted proxies write down the client.
    pub forwarded_header: ChainField,
    pub proxy_protocol: ProxyProtocol,
    pub connections_max: usize,
    pub header_timeout: Duration,
    pub handshake_timeout: Duration,
    pub body_timeout: Duration,
    pub write_timeout: Duration,
    /// Worker threads; 0 is one per core.
    pub workers: usize,
    /// Time between the first word of a stop and the end of accepting.
    pub drain_delay: Duration,
    /// Time that open requests get at a graceful stop.
    pub drain: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Tls,
    Plain,
}

impl Named for Mode {
    const NAMES: &'static [(&'static str, Self)] = &[("tls", Self::Tls), ("plain", Self::Plain)];
}

impl Named for ChainField {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("x-forwarded-for", Self::XForwardedFor),
        ("forwarded", Self::Forwarded),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    Off,
    /// From trusted proxies, and no other connections.
    Require,
}

impl Named for ProxyProtocol {
    const NAMES: &'static [(&'static str, Self)] =
        &[("off", Self::Off), ("require", Self::Require)];
}

/// Entries of `trusted_proxies`; large content networks publish a few dozen networks.
const TRUSTED_PROXIES_MAX: usize = 1024;

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
pub(super) static ADDRESS: Key<Address> = Key::new(
    "address",
    Address {
        example: "0.0.0.0:8443",
        loopback_because: None,
    },
);
pub(super) static REDIRECT_ADDRESS: Key<OrEmpty<Address>> = Key::new(
    "redirect_address",
    OrEmpty(Address {
        example: "0.0.0.0:8080",
        loopback_because: None,
    }),
);
static REDIRECT_PORT: Key<Integer> = Key::new(
    "redirect_port",
    Integer {
        minimum: 0,
        maximum: u16::MAX as u32,
    },
);
static TRUSTED_PROXIES: Key<List<Proxies>> = Key::new(
    "trusted_proxies",
    List {
        item: Proxies,
        items_min: 0,
        items_max: TRUSTED_PROXIES_MAX,
    },
);
static FORWARDED_HEADER: Key<Choice<ChainField>> = Key::new("forwarded_header", Choice::new());
static PROXY_PROTOCOL: Key<Choice<ProxyProtocol>> = Key::new("proxy_protocol", Choice::new());
static CONNECTIONS_MAX: Key<Integer> = Key::new(
    "connections_max",
    Integer {
        minimum: 1,
        maximum: 1_000_000,
    },
);
static HEADER_TIMEOUT: Key<Span> = Key::new("header_timeout", Span::seconds(1, 300));
static HANDSHAKE_TIMEOUT: Key<Span> = Key::new("handshake_timeout", Span::seconds(1, 60));
static BODY_TIMEOUT: Key<Span> = Key::new("body_timeout", Span::seconds(1, 3600));
static WRITE_TIMEOUT: Key<Span> = Key::new("write_timeout", Span::seconds(1, 3600));
static WORKERS: Key<Integer> = Key::new(
    "workers",
    Integer {
        minimum: 0,
        maximum: 1024,
    },
);
static DRAIN_DELAY: Key<Span> = Key::new("drain_delay", Span::seconds(0, 300));
static DRAIN: Key<Span> = Key::new("drain", Span::seconds(0, 3600));

pub(super) static TABLE: Table = Table {
    name: "listen",
    entries_max: None,
    keys: &[
        &MODE,
        &ADDRESS,
        &REDIRECT_ADDRESS,
        &REDIRECT_PORT,
        &TRUSTED_PROXIES,
        &FORWARDED_HEADER,
        &PROXY_PROTOCOL,
        &CONNECTIONS_MAX,
        &HEADER_TIMEOUT,
        &HANDSHAKE_TIMEOUT,
        &BODY_TIMEOUT,
        &WRITE_TIMEOUT,
        &WORKERS,
        &DRAIN_DELAY,
        &DRAIN,
    ],
    tables: &[],
};

/// The default redirect gives way in mode "plain", and moves to the IP address that `--address`
/// names, unless it is set in so many words.
pub(super) fn settle(values: &mut Branch) {
    let path = [TABLE.name, REDIRECT_ADDRESS.name];
    let Some(redirect) = values
        .get_at(&path)
        .filter(|redirect| redirect.origin == Origin::Default)
    else {
        return;
    };
    let settled = match values.get_at(&[TABLE.name, MODE.name]) {
        Some(mode) if matches!(MODE.kind.read(mode), Ok(Mode::Plain)) => {
            Some(Value::text("", mode.origin.clone()))
        }
        _ => values
            .get_at(&[TABLE.name, ADDRESS.name])
            .filter(|address| address.origin == Origin::Flag(ADDRESS_FLAG))
            .and_then(|address| moved(redirect, address)),
    };
    if let Some(settled) = settled {
        values.insert_at(&path, settled);
    }
}

/// The redirect on the listener's IP address; none when either is refused.
fn moved(redirect: &Value, address: &Value) -> Option<Value> {
    let listener = ADDRESS.kind.read(address).ok()?;
    let mut moved = REDIRECT_ADDRESS.kind.read(redirect).ok()??;
    moved.set_ip(listener.ip());
    Some(Value::text(moved.to_string(), address.origin.clone()))
}

pub(super) fn rules(root: &View<'_>, report: &mut Report) {
    let Some(listen) = root.table(&TABLE) else {
        return;
    };
    let (mode, redirect) = (listen.get(&MODE), listen.get(&REDIRECT_ADDRESS).flatten());
    if mode == Some(Mode::Plain) && redirect.is_some() {
        let problem = "there is nothing to redirect to in mode \"plain\"";
        report.add(
            listen
                .mistake(&REDIRECT_ADDRESS, problem)
                .with_related(listen.origin(&MODE), "the mode")
                .with_help("leave it out, or set mode = \"tls\""),
        );
    }
    let require = listen.get(&PROXY_PROTOCOL) == Some(ProxyProtocol::Require);
    if require
        && listen
            .get(&TRUSTED_PROXIES)
            .is_some_and(|networks| networks.is_empty())
    {
        let problem = "\"require\" without trusted_proxies would close every connection";
        report.add(
            listen
                .mistake(&PROXY_PROTOCOL, problem)
                .with_help("name the balancer's networks in listen.trusted_proxies"),
        );
    }
}

/// A port to redirect to, where nothing redirects.
pub(super) fn idle_redirect_port(listen: &Listen) -> Option<String> {
    (listen.redirect_port.is_some() && listen.redirect_address.is_none()).then(|| {
        "listen.redirect_port changes nothing, since no listen.redirect_address is open".to_owned()
    })
}

/// In mode "plain" the scheme is what a proxy says, so with nobody to believe it is always `http`.
pub(super) fn believes_nobody(listen: &Listen) -> Option<String> {
    (listen.mode == Mode::Plain && listen.trusted_proxies.is_empty()).then(|| {
        "HTTPS is never believed, since mode \"plain\" has no listen.trusted_proxies: HSTS is not \
         sent, the app is told `http`, and every client has the proxy's address. Name the networks \
         of what ends TLS in front, for example PALISADE_LISTEN__TRUSTED_PROXIES=10.0.0.0/8"
            .to_owned()
    })
}

pub(super) fn read(root: &View<'_>) -> Option<Listen> {
    let listen = root.table(&TABLE)?;
    Some(Listen {
        mode: listen.get(&MODE)?,
        address: listen.get(&ADDRESS)?,
        redirect_address: listen.get(&REDIRECT_ADDRESS)?,
        redirect_port: u16::try_from(listen.get(&REDIRECT_PORT)?)
            .ok()
            .and_then(NonZeroU16::new),
        trusted_proxies: listen.get(&TRUSTED_PROXIES)?,
        forwarded_header: listen.get(&FORWARDED_HEADER)?,
        proxy_protocol: listen.get(&PROXY_PROTOCOL)?,
        connections_max: listen.get(&CONNECTIONS_MAX)? as usize,
        header_timeout: listen.get(&HEADER_TIMEOUT)?,
        handshake_timeout: listen.get(&HANDSHAKE_TIMEOUT)?,
        body_timeout: listen.get(&BODY_TIMEOUT)?,
        write_timeout: listen.get(&WRITE_TIMEOUT)?,
        workers: listen.get(&WORKERS)? as usize,
        drain_delay: listen.get(&DRAIN_DELAY)?,
        drain: listen.get(&DRAIN)?,
    })
}
