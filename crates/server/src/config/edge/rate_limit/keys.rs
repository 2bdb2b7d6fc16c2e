//! The keys of `[edge.rate_limit]`, in the order of `config.default.toml`.

use http::Method;
use palisade_edge::paths::PathPattern;
use palisade_edge::rate_limit::{CountryCode, Key as CountedBy, Limits};
use palisade_edge::router::HostPattern;
use palisade_kernel::Mode;

use super::names;
use crate::config::kinds::{
    Boolean, Choice, HOST, Integer, List, METHOD, Network, OrEmpty, PATH, Parsed,
};
use crate::config::registry::{AnyKey, Key, Table};

/// Policies of an operator's own, on one node.
const POLICIES_MAX: usize = 10_000;
const LIMITS: Parsed<Limits> = Parsed {
    expected: "limits such as \"5/minute\" or \"10/second;1000/day\"",
    parse: str::parse,
};

pub(super) static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
pub(super) static FIELDS: Key<Boolean> = Key::new("fields", Boolean);
pub(super) static KEYS_MAX: Key<Integer> = Key::new(
    "keys_max",
    Integer {
        minimum: 1024,
        maximum: 64 * 1024 * 1024,
    },
);
pub(super) static EXEMPT: Key<List<Network>> = Key::new("exempt", List::of(Network));
pub(super) static EXEMPT_PATHS: Key<List<Parsed<PathPattern>>> =
    Key::new("exempt_paths", List::of(PATH));
pub(super) static STATIC_GETS_PER_REQUEST: Key<Integer> = Key::new(
    "static_gets_per_request",
    Integer {
        minimum: 1,
        maximum: 1000,
    },
);
pub(super) static DEFAULT_COUNTRY_CODE: Key<OrEmpty<Parsed<CountryCode>>> = Key::new(
    "default_country_code",
    OrEmpty(Parsed {
        expected: "a country code such as \"49\"",
        parse: |text| CountryCode::parse(text).ok_or_else(|| "write its digits alone".to_owned()),
    }),
);

pub(super) static NAME: Key<Parsed<String>> = Key::required(
    "name",
    Parsed {
        expected: "a name such as \"sms\"",
        parse: names::parse,
    },
);
pub(super) static HOSTS: Key<List<Parsed<HostPattern>>> = Key::new("hosts", List::of(HOST));
pub(super) static METHODS: Key<List<Parsed<Method>>> = Key::new("methods", List::of(METHOD));
pub(super) static PATHS: Key<List<Parsed<PathPattern>>> =
    Key::new("paths", List::at_least(1, PATH));
pub(super) static KEY: Key<Parsed<CountedBy>> = Key::new(
    "key",
    Parsed {
        expected: "\"ip\", \"token\", \"header:NAME\", \"cookie:NAME\", \"json:/POINTER\" or \"form:FIELD\"",
        parse: str::parse,
    },
);
pub(super) static LIMIT: Key<Parsed<Limits>> = Key::new("limit", LIMITS);
pub(super) static OWN_LIMIT: Key<Parsed<Limits>> = Key::required("limit", LIMITS);

static SENSITIVE: [&dyn AnyKey; 5] = [&MODE, &LIMIT, &KEY, &METHODS, &PATHS];
static EVERYWHERE: [&dyn AnyKey; 2] = [&MODE, &LIMIT];

const fn shipped(name: &'static str, keys: &'static [&'static dyn AnyKey]) -> Table {
    Table {
        name,
        entries_max: None,
        keys,
        tables: &[],
    }
}

pub(super) static LOGIN: Table = shipped("login", &SENSITIVE);
pub(super) static OTP_REQUEST: Table = shipped("otp_request", &SENSITIVE);
pub(super) static OTP_VERIFY: Table = shipped("otp_verify", &SENSITIVE);
pub(super) static DEFAULT: Table = shipped("default", &EVERYWHERE);
pub(super) static ADDRESS: Table = shipped("address", &EVERYWHERE);

/// The policies that ship, in the order in which they are asked.
pub(super) static SHIPPED: [&Table; 5] = [&LOGIN, &OTP_REQUEST, &OTP_VERIFY, &DEFAULT, &ADDRESS];

pub(super) static POLICIES: Table = Table {
    name: "policies",
    entries_max: Some(POLICIES_MAX),
    keys: &[&NAME, &OWN_LIMIT, &PATHS, &KEY, &METHODS, &HOSTS, &MODE],
    tables: &[],
};

pub(in crate::config) static RATE_LIMIT: Table = Table {
    name: "rate_limit",
    entries_max: None,
    keys: &[
        &MODE,
        &FIELDS,
        &KEYS_MAX,
        &EXEMPT,
        &EXEMPT_PATHS,
        &STATIC_GETS_PER_REQUEST,
        &DEFAULT_COUNTRY_CODE,
    ],
    tables: &[
        &LOGIN,
        &OTP_REQUEST,
        &OTP_VERIFY,
        &DEFAULT,
        &ADDRESS,
        &POLICIES,
    ],
};
