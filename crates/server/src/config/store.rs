//! `[store]`: where Palisade keeps its own state.

use palisade_store::PostgresOptions;

use super::kinds::{OrEmpty, Parsed};
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, PartialEq, Eq)]
pub struct Store {
    /// `postgres://…`; none is a file in the data directory.
    pub url: Option<String>,
}

/// Names no password.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("is_postgres", &self.url.is_some())
            .finish()
    }
}

static URL: Key<OrEmpty<Parsed<String>>> = Key::secret(
    "url",
    OrEmpty(Parsed {
        expected: "a URL such as \"postgres://user:password@host/database\"",
        parse,
    }),
);

pub(super) static TABLE: Table = Table {
    name: "store",
    entries_max: None,
    keys: &[&URL],
    tables: &[],
};

pub(super) fn read(root: &View<'_>) -> Option<Store> {
    Some(Store {
        url: root.table(&TABLE)?.get(&URL)?,
    })
}

fn parse(text: &str) -> Result<String, String> {
    match PostgresOptions::is_url(text) {
        true => Ok(text.to_owned()),
        false => Err("leave it empty to keep the state in the data directory".to_owned()),
    }
}
