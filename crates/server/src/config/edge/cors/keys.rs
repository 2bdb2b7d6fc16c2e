//! The keys of `[edge.cors]`, in the order of `config.default.toml`.

use http::{HeaderName, Method};
use palisade_edge::origin::OriginPattern;
use palisade_edge::paths::PathPattern;
use palisade_edge::router::HostPattern;
use palisade_kernel::Mode;

use super::super::rate_limit::{METHOD, PATH};
use crate::config::kinds::{Boolean, Choice, List, Parsed, Span};
use crate::config::registry::{Key, Table};
use crate::config::routes::parse_host;

/// Entries of one list.
const ENTRIES_MAX: usize = 1024;

/// Rules of one node.
const RULES_MAX: usize = 1024;

pub(in crate::config) const ORIGIN: Parsed<OriginPattern> = Parsed {
    expected: "an origin such as \"https://app.example.com\" or \"https://*.example.com\"",
    parse: str::parse,
};

const HEADER: Parsed<HeaderName> = Parsed {
    expected: "a header name such as \"X-Request-Id\"",
    parse: |text| text.parse().map_err(|_| String::new()),
};

const HOST: Parsed<HostPattern> = Parsed {
    expected: "a host name, \"*.example.com\" or \"*\"",
    parse: parse_host,
};

const fn list<T>(item: T, items_min: usize) -> List<T> {
    List {
        item,
        items_min,
        items_max: ENTRIES_MAX,
    }
}

pub(super) static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
pub(super) static ORIGINS: Key<List<Parsed<OriginPattern>>> = Key::new("origins", list(ORIGIN, 0));
pub(super) static METHODS: Key<List<Parsed<Method>>> = Key::new("methods", list(METHOD, 0));
pub(super) static HEADERS: Key<List<Parsed<HeaderName>>> = Key::new("headers", list(HEADER, 0));
pub(super) static EXPOSE: Key<List<Parsed<HeaderName>>> = Key::new("expose", list(HEADER, 0));
pub(super) static CREDENTIALS: Key<Boolean> = Key::new("credentials", Boolean);
pub(super) static MAX_AGE: Key<Span> = Key::new("max_age", Span::seconds(0, 24 * 60 * 60));
pub(super) static EXEMPT_PATHS: Key<List<Parsed<PathPattern>>> =
    Key::new("exempt_paths", list(PATH, 0));
pub(super) static DEVELOPMENT: Key<Boolean> = Key::new("development", Boolean);

pub(super) static PATHS: Key<List<Parsed<PathPattern>>> = Key::new("paths", list(PATH, 1));
pub(super) static HOSTS: Key<List<Parsed<HostPattern>>> = Key::new("hosts", list(HOST, 0));

pub(super) static RULES: Table = Table {
    name: "rules",
    entries_max: Some(RULES_MAX),
    keys: &[
        &PATHS,
        &HOSTS,
        &ORIGINS,
        &METHODS,
        &HEADERS,
        &EXPOSE,
        &CREDENTIALS,
        &MAX_AGE,
    ],
    tables: &[],
};

pub(in crate::config) static CORS: Table = Table {
    name: "cors",
    entries_max: None,
    keys: &[
        &MODE,
        &ORIGINS,
        &METHODS,
        &HEADERS,
        &EXPOSE,
        &CREDENTIALS,
        &MAX_AGE,
        &EXEMPT_PATHS,
        &DEVELOPMENT,
    ],
    tables: &[&RULES],
};
