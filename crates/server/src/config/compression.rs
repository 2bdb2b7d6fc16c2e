//! `[compression]`: of text answers that the application left plain.

use super::kinds::{Boolean, Bytes};
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compression {
    pub enabled: bool,
    /// Smaller answers are sent as they are.
    pub minimum_bytes: u64,
}

static ENABLED: Key<Boolean> = Key::new("enabled", Boolean);
static MINIMUM_BYTES: Key<Bytes> = Key::new(
    "minimum_bytes",
    Bytes {
        minimum: 1,
        maximum: 64 << 20,
    },
);

pub(super) static TABLE: Table = Table {
    name: "compression",
    entries_max: None,
    keys: &[&ENABLED, &MINIMUM_BYTES],
    tables: &[],
};

pub(super) fn read(root: &View<'_>) -> Option<Compression> {
    let compression = root.table(&TABLE)?;
    Some(Compression {
        enabled: compression.get(&ENABLED)?,
        minimum_bytes: compression.get(&MINIMUM_BYTES)?,
    })
}
