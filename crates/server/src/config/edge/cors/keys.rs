//! The keys of `[edge.cors]`, in the order of `config.default.toml`.

use http::{HeaderName, Method};
use palisade_edge::origin::OriginPattern;
use palisade_edge::paths::PathPattern;
use palisade_edge::router::HostPattern;
use palisade_kernel::Mode;

use crate::config::kinds::{Boolean, Choice, HOST, List, METHOD, PATH, Parsed, Span};
use crate::config::registry::{Key, Table};

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

pub(super) static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
pub(super) static ORIGINS: Key<List<Parsed<OriginPattern>>> = Key::new("origins", List::of(ORIGIN));
pub(super) static METHODS: Key<List<Parsed<Method>>> = Key::new("methods", List::of(METHOD));
pub(super) static HEADERS: Key<List<Parsed<HeaderName>>> = Key::new("headers", List::of(HEADER));
pub(super) static EXPOSE: Key<List<Parsed<HeaderName>>> = Key::new("expose", List::of(HEADER));
pub(super) static CREDENTIALS: Key<Boolean> = Key::new("credentials", Boolean);
pub(super) static MAX_AGE: Key<Span> = Key::new("max_age", Span::seconds(0, 24 * 60 * 60));
pub(super) static EXEMPT_PATHS: Key<List<Parsed<PathPattern>>> =
    Key::new("exempt_paths", List::of(PATH));
pub(super) static DEVELOPMENT: Key<Boolean> = Key::new("development", Boolean);

pub(super) static PATHS: Key<List<Parsed<PathPattern>>> =
    Key::new("paths", List::at_least(1, PATH));
pub(super) static HOSTS: Key<List<Parsed<HostPattern>>> = Key::new("hosts", List::of(HOST));

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
