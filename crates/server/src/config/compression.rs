//! `[compression]`: of text answers that the application left plain.

use palisade_edge::compress::Compression;

use super::kinds::{Boolean, Bytes};
use super::registry::{Key, Table};
use super::view::View;

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
        bytes_min: compression.get(&MINIMUM_BYTES)?,
    })
}
