//! `[admin]`: where the console and the admin API answer.

use std::net::SocketAddr;

use super::kinds::Address;
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Always a loopback address.
    pub address: SocketAddr,
}

const LOOPBACK_BECAUSE: &str = "operators cannot log in yet, so whoever reaches this address \
    rules the gateway; reach it from elsewhere through SSH or a VPN";

pub(super) static ADDRESS: Key<Address> = Key::new(
    "address",
    Address {
        example: "127.0.0.1:9443",
        loopback_because: Some(LOOPBACK_BECAUSE),
    },
);

pub(super) static TABLE: Table = Table {
    name: "admin",
    entries_max: None,
    keys: &[&ADDRESS],
    tables: &[],
};

pub(super) fn read(root: &View<'_>) -> Option<Admin> {
    Some(Admin {
        address: root.table(&TABLE)?.get(&ADDRESS)?,
    })
}
