//! Every key there is, by table. Refusals, the JSON schema, the reference page, `config show` and
//! the names of environment variables all come from this list.

use super::kinds::{Complaint, Form, Kind};
use super::mistakes::Report;
use super::tree::{Branch, Value};
use super::view::View;
use super::{
    admin, compression, data, edge, flags, listen, listeners, log, ops, proof, routes, store, tls,
    upstreams,
};

/// The document.
pub(super) static ROOT: Table = Table {
    name: "",
    entries_max: None,
    keys: &[],
    tables: &[
        &listen::TABLE,
        &tls::TABLE,
        &admin::TABLE,
        &ops::TABLE,
        &data::TABLE,
        &store::TABLE,
        &upstreams::TABLE,
        &routes::TABLE,
        &compression::TABLE,
        &log::TABLE,
        &proof::TABLE,
        &flags::TABLE,
        &edge::TABLE,
    ],
};

/// What holds between keys, checked on the merged layers.
pub(super) static RULES: &[fn(&View<'_>, &mut Report)] = &[
    listen::rules,
    listeners::rules,
    upstreams::rules,
    routes::rules,
    store::rules,
    flags::rules,
    edge::rules,
];

/// The name of a table that stands for tables which the operator names, as `[flags.uploads]`.
/// Their names are those of [`palisade_kernel::FlagName`].
pub(super) const ANY_NAME: &str = "<name>";

pub(super) struct Table {
    pub(super) name: &'static str,
    /// For a list of tables, how many entries it may have.
    pub(super) entries_max: Option<usize>,
    pub(super) keys: &'static [&'static dyn AnyKey],
    pub(super) tables: &'static [&'static Table],
}

impl Table {
    pub(super) fn is_list(&self) -> bool {
        self.entries_max.is_some()
    }

    pub(super) fn key(&self, name: &str) -> Option<&'static dyn AnyKey> {
        self.keys.iter().find(|key| key.name() == name).copied()
    }

    pub(super) fn table(&self, name: &str) -> Option<&'static Table> {
        let own = self.tables.iter().find(|table| table.name == name);
        own.copied().or_else(|| self.named_by_operator())
    }

    /// What stands for the tables in this one that the operator names.
    pub(super) fn named_by_operator(&self) -> Option<&'static Table> {
        let mut tables = self.tables.iter();
        tables.find(|table| table.name == ANY_NAME).copied()
    }

    /// Every table that `branch` has of those in this one, with its name.
    pub(super) fn tables_of<'a>(
        &self,
        branch: &'a Branch,
    ) -> impl Iterator<Item = (&'a str, &'static Table, &'a Value)> {
        let tables = self.tables.iter().flat_map(|table| {
            let is_theirs = move |name: &str| name == table.name || table.name == ANY_NAME;
            branch.iter().filter_map(move |(name, entry)| {
                is_theirs(name).then_some((name, *table, &entry.value))
            })
        });
        tables.collect::<Vec<_>>().into_iter()
    }

    /// Names of keys and tables directly in this one.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        let tables = self.tables.iter().map(|table| table.name);
        self.keys.iter().map(|key| key.name()).chain(tables)
    }
}

/// A key and the type it has in Rust.
pub(super) struct Key<K> {
    pub(super) name: &'static str,
    pub(super) kind: K,
    pub(super) need: Need,
    /// Whether its value is a URL that may have a password, which is never shown.
    is_secret: bool,
}

/// What happens when nothing sets a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// `config.default.toml` has its value.
    Default,
    /// It is a mistake; only in entries of a list.
    Required,
    /// It has no value; a rule says when that is allowed.
    Optional,
}

impl<K> Key<K> {
    pub(super) const fn new(name: &'static str, kind: K) -> Self {
        Self {
            name,
            kind,
            need: Need::Default,
            is_secret: false,
        }
    }

    pub(super) const fn required(name: &'static str, kind: K) -> Self {
        Self {
            name,
            kind,
            need: Need::Required,
            is_secret: false,
        }
    }

    pub(super) const fn optional(name: &'static str, kind: K) -> Self {
        Self {
            name,
            kind,
            need: Need::Optional,
            is_secret: false,
        }
    }

    /// For a URL that may have a password.
    pub(super) const fn secret(name: &'static str, kind: K) -> Self {
        Self {
            name,
            kind,
            need: Need::Default,
            is_secret: true,
        }
    }
}

/// A key without its Rust type.
pub(super) trait AnyKey: Sync {
    fn name(&self) -> &'static str;
    fn need(&self) -> Need;
    fn is_secret(&self) -> bool;
    fn form(&self) -> Form;
    fn check(&self, value: &Value) -> Vec<Complaint>;
}

impl<K: Kind + Sync> AnyKey for Key<K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn need(&self) -> Need {
        self.need
    }

    fn is_secret(&self) -> bool {
        self.is_secret
    }

    fn form(&self) -> Form {
        self.kind.form()
    }

    fn check(&self, value: &Value) -> Vec<Complaint> {
        self.kind.read(value).err().unwrap_or_default()
    }
}

/// A table's or key's path from the root: `edge.headers.hsts`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// A path as the registry has it: `flags.<name>.paths` for `flags.uploads.paths`.
pub(super) fn registered_path(path: &str) -> String {
    let (mut table, mut registered) = (Some(&ROOT), String::new());
    for part in path.split('.') {
        let inner = table.and_then(|table| table.table(part));
        registered = join(&registered, inner.map_or(part, |inner| inner.name));
        table = inner;
    }
    registered
}

/// Calls `visit` with every table and its path, outer ones first.
pub(super) fn each_table(visit: &mut dyn FnMut(&'static Table, &str)) {
    fn walk(table: &'static Table, path: &str, visit: &mut dyn FnMut(&'static Table, &str)) {
        visit(table, path);
        for inner in table.tables {
            walk(inner, &join(path, inner.name), visit);
        }
    }
    walk(&ROOT, "", visit);
}

/// The environment variable of a path: `PALISADE_EDGE__HEADERS__HSTS`.
pub(super) fn variable(path: &str) -> String {
    format!("PALISADE_{}", path.replace('.', "__").to_uppercase())
}
