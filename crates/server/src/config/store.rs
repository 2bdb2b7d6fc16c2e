//! `[store]`: where Palisade keeps its own state.

use palisade_store::PostgresOptions;

use super::kinds::{OrEmpty, Parsed};
use super::mistakes::Report;
use super::registry::{Key, Table};
use super::view::View;

#[derive(Clone, PartialEq, Eq)]
pub struct Store {
    /// `postgres://…`; none is a file in the data directory.
    pub url: Option<String>,
    /// The login that changes the schema, where that is another one.
    pub migration_url: Option<String>,
    /// Of our tables.
    pub schema: String,
}

/// Names no password.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("is_postgres", &self.url.is_some())
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

static URL: Key<OrEmpty<Parsed<String>>> = Key::secret("url", POSTGRES);
static MIGRATION_URL: Key<OrEmpty<Parsed<String>>> = Key::secret("migration_url", POSTGRES);
static SCHEMA: Key<Parsed<String>> = Key::new(
    "schema",
    Parsed {
        expected: "the name of a schema: a-z, 0-9 and _, at most 63 of them, no digit first",
        parse: |text| match PostgresOptions::is_schema(text) {
            true => Ok(text.to_owned()),
            false => Err(String::new()),
        },
    },
);

const POSTGRES: OrEmpty<Parsed<String>> = OrEmpty(Parsed {
    expected: "a URL such as \"postgres://user:password@host/database\"",
    parse: |text| match PostgresOptions::is_url(text) {
        true => Ok(text.to_owned()),
        false => Err("leave it empty to keep the state in the data directory".to_owned()),
    },
});

pub(super) static TABLE: Table = Table {
    name: "store",
    entries_max: None,
    keys: &[&URL, &MIGRATION_URL, &SCHEMA],
    tables: &[],
};

pub(super) fn rules(root: &View<'_>, report: &mut Report) {
    let Some(table) = root.table(&TABLE) else {
        return;
    };
    if let (Some(None), Some(Some(_))) = (table.get(&URL), table.get(&MIGRATION_URL)) {
        let problem = "migration_url is set without url";
        report.add(
            table
                .mistake(&MIGRATION_URL, problem)
                .with_help("name the login that serves in store.url"),
        );
    }
}

pub(super) fn read(root: &View<'_>) -> Option<Store> {
    let table = root.table(&TABLE)?;
    Some(Store {
        url: table.get(&URL)?,
        migration_url: table.get(&MIGRATION_URL)?,
        schema: table.get(&SCHEMA)?,
    })
}
