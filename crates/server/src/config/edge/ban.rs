//! `[edge.ban]`: how long offenders are out, and who never is.

use std::time::Duration;

use ipnet::IpNet;
use palisade_kernel::Mode;

use crate::config::kinds::{Choice, Integer, List, Network, Span};
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    pub mode: Mode,
    pub first: Duration,
    pub second: Duration,
    pub further: Duration,
    pub remember: Duration,
    /// Breaches of rate limits that bring a ban; 0 for none.
    pub breaches: u32,
    pub breaches_within: Duration,
    pub never: Vec<IpNet>,
    pub shared_networks: Vec<IpNet>,
    pub shared_max: Duration,
}

/// Entries of one list.
const NETWORKS_MAX: usize = 1024;

const DAY_SECONDS: u64 = 24 * 60 * 60;

const NETWORKS: List<Network> = List {
    item: Network,
    items_min: 0,
    items_max: NETWORKS_MAX,
};

/// From a second to a year.
const TERM: Span = Span::seconds(1, 366 * DAY_SECONDS);

static MODE: Key<Choice<Mode>> = Key::new("mode", Choice::new());
static FIRST: Key<Span> = Key::new("first", TERM);
static SECOND: Key<Span> = Key::new("second", TERM);
static FURTHER: Key<Span> = Key::new("further", TERM);
static REMEMBER: Key<Span> = Key::new("remember", TERM);
static BREACHES: Key<Integer> = Key::new(
    "breaches",
    Integer {
        minimum: 0,
        maximum: 10_000,
    },
);
static BREACHES_WITHIN: Key<Span> = Key::new("breaches_within", TERM);
static NEVER: Key<List<Network>> = Key::new("never", NETWORKS);
static SHARED_NETWORKS: Key<List<Network>> = Key::new("shared_networks", NETWORKS);
static SHARED_MAX: Key<Span> = Key::new("shared_max", TERM);

pub(super) static TABLE: Table = Table {
    name: "ban",
    entries_max: None,
    keys: &[
        &MODE,
        &FIRST,
        &SECOND,
        &FURTHER,
        &REMEMBER,
        &BREACHES,
        &BREACHES_WITHIN,
        &NEVER,
        &SHARED_NETWORKS,
        &SHARED_MAX,
    ],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<Ban> {
    let ban = edge.table(&TABLE)?;
    Some(Ban {
        mode: ban.get(&MODE)?,
        first: ban.get(&FIRST)?,
        second: ban.get(&SECOND)?,
        further: ban.get(&FURTHER)?,
        remember: ban.get(&REMEMBER)?,
        breaches: ban.get(&BREACHES)?,
        breaches_within: ban.get(&BREACHES_WITHIN)?,
        never: ban.get(&NEVER)?,
        shared_networks: ban.get(&SHARED_NETWORKS)?,
        shared_max: ban.get(&SHARED_MAX)?,
    })
}
