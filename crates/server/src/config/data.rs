//! `[data]`: what Palisade keeps on disk.

use std::path::PathBuf;

use super::kinds::FilePath;
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// As written; a relative path starts at the working directory.
    pub directory: PathBuf,
}

static DIRECTORY: Key<FilePath> = Key::new("directory", FilePath);

pub(super) static TABLE: Table = Table {
    name: "data",
    entries_max: None,
    keys: &[&DIRECTORY],
    tables: &[],
};

pub(super) fn read(root: &View<'_>) -> Option<Data> {
    Some(Data {
        directory: root.table(&TABLE)?.get(&DIRECTORY)?,
    })
}
