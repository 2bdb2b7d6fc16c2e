//! Typed access to one table of a merged configuration, for the sections.

use super::kinds::Kind;
use super::mistakes::Mistake;
use super::registry::{Key, Table, join};
use super::tree::{Branch, Data, Origin, Value};

pub(super) struct View<'a> {
    branch: &'a Branch,
    /// Where the table itself stands.
    pub(super) origin: Origin,
    /// Its path: `upstreams[0].tls`.
    pub(super) path: String,
}

impl<'a> View<'a> {
    pub(super) fn root(branch: &'a Branch) -> Self {
        Self {
            branch,
            origin: Origin::Default,
            path: String::new(),
        }
    }

    /// The value of a key; none when it is missing or refused, which is then already reported.
    pub(super) fn get<K: Kind>(&self, key: &Key<K>) -> Option<K::Output> {
        key.kind.read(self.branch.get(key.name)?).ok()
    }

    /// Whether a key has a value, be it one that is refused.
    pub(super) fn has<K>(&self, key: &Key<K>) -> bool {
        self.branch.get(key.name).is_some()
    }

    /// Where a key's value stands, or the table when the key is not there.
    pub(super) fn origin<K>(&self, key: &Key<K>) -> Origin {
        self.branch
            .get(key.name)
            .map_or_else(|| self.origin.clone(), |value| value.origin.clone())
    }

    /// A mistake about a key, where its value stands.
    pub(super) fn mistake<K>(&self, key: &Key<K>, problem: impl Into<String>) -> Mistake {
        Mistake::new(join(&self.path, key.name), problem, self.origin(key))
    }

    pub(super) fn table(&self, table: &Table) -> Option<View<'a>> {
        let value = self.branch.get(table.name)?;
        view(value, join(&self.path, table.name))
    }

    /// The tables in this one that the operator has named, in the order of their names.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'a str, View<'a>)> {
        self.branch.iter().filter_map(|(name, entry)| {
            let view = view(&entry.value, join(&self.path, name))?;
            Some((name, view))
        })
    }

    /// Entries of a list of tables, those that are tables.
    pub(super) fn list(&self, table: &Table) -> Vec<View<'a>> {
        let path = join(&self.path, table.name);
        match self.branch.get(table.name) {
            Some(Value {
                data: Data::List(items),
                ..
            }) => items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| view(item, format!("{path}[{at}]")))
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn view(value: &Value, path: String) -> Option<View<'_>> {
    match &value.data {
        Data::Branch(branch) => Some(View {
            branch,
            origin: value.origin.clone(),
            path,
        }),
        _ => None,
    }
}
