//! `[edge.client_ip]`: what is known of the proxies in front, beside `listen.trusted_proxies`.

use ipnet::IpNet;

use crate::config::kinds::{Boolean, List, Network};
use crate::config::registry::{Key, Table};
use crate::config::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIp {
    pub trusted_proxies_complete: bool,
    pub whoami_allow: Vec<IpNet>,
}

/// Networks that may ask who they are.
const ALLOWED_MAX: usize = 128;

static TRUSTED_PROXIES_COMPLETE: Key<Boolean> = Key::new("trusted_proxies_complete", Boolean);
static WHOAMI_ALLOW: Key<List<Network>> = Key::new(
    "whoami_allow",
    List {
        item: Network,
        items_min: 0,
        items_max: ALLOWED_MAX,
    },
);

pub(super) static TABLE: Table = Table {
    name: "client_ip",
    entries_max: None,
    keys: &[&TRUSTED_PROXIES_COMPLETE, &WHOAMI_ALLOW],
    tables: &[],
};

pub(super) fn read(edge: &View<'_>) -> Option<ClientIp> {
    let client_ip = edge.table(&TABLE)?;
    Some(ClientIp {
        trusted_proxies_complete: client_ip.get(&TRUSTED_PROXIES_COMPLETE)?,
        whoami_allow: client_ip.get(&WHOAMI_ALLOW)?,
    })
}
