//! `[edge.rate_limit]`: the policies that ship, a section each, and those of the operator's own.

mod keys;
mod names;
mod own;

use http::Method;
use ipnet::IpNet;
use palisade_edge::paths::PathPattern;
use palisade_edge::rate_limit::{CountryCode, Key, Limits};
use palisade_edge::router::HostPattern;
use palisade_kernel::Mode;

use crate::config::registry::Table;
use crate::config::view::View;
use keys::*;

pub(super) use keys::RATE_LIMIT as TABLE;
pub(super) use own::rules;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub mode: Mode,
    pub fields: bool,
    pub keys_max: usize,
    pub exempt: Vec<IpNet>,
    pub exempt_paths: Vec<PathPattern>,
    pub static_gets_per_request: u32,
    pub default_country_code: Option<CountryCode>,
    /// Those that ship first, then the operator's own; in the order in which they are asked.
    pub policies: Vec<Policy>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub name: String,
    pub mode: Mode,
    /// Empty for every host.
    pub hosts: Vec<HostPattern>,
    /// Empty for every method.
    pub methods: Vec<Method>,
    pub paths: Vec<PathPattern>,
    pub key: Key,
    pub limits: Limits,
}

pub(super) fn read(edge: &View<'_>) -> Option<RateLimit> {
    let section = edge.table(&TABLE)?;
    let mut policies = vec![
        sensitive(&section, &LOGIN)?,
        sensitive(&section, &OTP_REQUEST)?,
        sensitive(&section, &OTP_VERIFY)?,
        everywhere(&section, &DEFAULT, Key::Token)?,
        everywhere(&section, &ADDRESS, Key::Address)?,
    ];
    for entry in section.list(&POLICIES) {
        policies.push(own::read(&entry)?);
    }
    Some(RateLimit {
        mode: section.get(&MODE)?,
        fields: section.get(&FIELDS)?,
        keys_max: usize::try_from(section.get(&KEYS_MAX)?).ok()?,
        exempt: section.get(&EXEMPT)?,
        exempt_paths: section.get(&EXEMPT_PATHS)?,
        static_gets_per_request: section.get(&STATIC_GETS_PER_REQUEST)?,
        default_country_code: section.get(&DEFAULT_COUNTRY_CODE)?,
        policies,
    })
}

/// A policy for paths where secrets are guessed.
fn sensitive(section: &View<'_>, table: &Table) -> Option<Policy> {
    let view = section.table(table)?;
    Some(Policy {
        name: names::of(table),
        mode: view.get(&MODE)?,
        hosts: Vec::new(),
        methods: view.get(&METHODS)?,
        paths: view.get(&PATHS)?,
        key: view.get(&KEY)?,
        limits: view.get(&LIMIT)?,
    })
}

/// A policy for every request.
fn everywhere(section: &View<'_>, table: &Table, key: Key) -> Option<Policy> {
    let view = section.table(table)?;
    Some(Policy {
        name: names::of(table),
        mode: view.get(&MODE)?,
        hosts: Vec::new(),
        methods: Vec::new(),
        paths: "/**".parse().ok().into_iter().collect(),
        key,
        limits: view.get(&LIMIT)?,
    })
}
