//! `[ops]`: where health, readiness and metrics answer.

use std::net::SocketAddr;

use super::kinds::Address;
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ops {
    pub address: SocketAddr,
}

pub(super) static ADDRESS: Key<Address> = Key::new(
    "address",
    Address {
        example: "127.0.0.1:9090",
        loopback_because: None,
    },
);

pub(super) static TABLE: Table = Table {
    name: "ops",
    entries_max: None,
    keys: &[&ADDRESS],
    tables: &[],
};

pub(super) fn read(root: &View<'_>) -> Option<Ops> {
    Some(Ops {
        address: root.table(&TABLE)?.get(&ADDRESS)?,
    })
}
