//! `config.default.toml`, built in: the lowest layer, the defaults of list entries, and the prose
//! that documents each key. Prose lines start with `# `; a line that starts with `#` alone is
//! part of an example entry of a list.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::registry::{ANY_NAME, join, registered_path};
use super::tree::{Branch, Data, Origin, Value};

/// The commented defaults, as shipped.
pub const DEFAULT_TOML: &str = include_str!("../../config.default.toml");

/// What is in force when nothing else is said.
pub(super) fn defaults() -> Branch {
    parse(DEFAULT_TOML)
}

/// The defaults with one example entry in every list of tables.
pub(super) fn template() -> Branch {
    parse(&uncommented(DEFAULT_TOML))
}

/// What the keys of list entries take when an entry leaves them out: the example's values.
pub(super) fn entry<'a>(template: &'a Branch, list: &str) -> Option<&'a Branch> {
    match template.get(list) {
        Some(Value {
            data: Data::List(items),
            ..
        }) => match items.first() {
            Some(Value {
                data: Data::Branch(entry),
                ..
            }) => Some(entry),
            _ => None,
        },
        _ => None,
    }
}

/// The table of this name; of a list, its example entry; of tables that the operator names, the
/// one that shows them.
pub(super) fn inside<'a>(template: &'a Branch, name: &str) -> Option<&'a Branch> {
    let branch = |value: &'a Value| match &value.data {
        Data::Branch(branch) => Some(branch),
        _ => None,
    };
    match name {
        ANY_NAME => template.iter().find_map(|(_, entry)| branch(&entry.value)),
        _ => branch(template.get(name)?).or_else(|| entry(template, name)),
    }
}

fn parse(text: &str) -> Branch {
    // A test parses the same text strictly.
    let (document, _) = DeTable::parse_recoverable(text);
    Branch::from_toml(document.get_ref(), &|_| Origin::Default)
}

/// The text with its examples switched on.
pub(super) fn uncommented(text: &str) -> String {
    text.lines()
        .map(|line| example(line).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// The line of an example without its `#`.
fn example(line: &str) -> Option<&str> {
    line.strip_prefix('#')
        .filter(|rest| !rest.is_empty() && !rest.starts_with(' '))
}

/// The prose of each table and key, by path: the comment lines directly above it.
pub(super) fn descriptions() -> BTreeMap<String, String> {
    let mut described = BTreeMap::new();
    let mut table = String::new();
    let mut prose: Vec<&str> = Vec::new();
    for line in DEFAULT_TOML.lines() {
        if let Some(sentence) = line.strip_prefix("# ") {
            prose.push(sentence);
            continue;
        }
        let line = example(line).unwrap_or(line);
        let path = if line.starts_with('[') {
            table = registered_path(line.trim_matches(['[', ']']));
            Some(table.clone())
        } else {
            line.split_once(" = ").map(|(name, _)| join(&table, name))
        };
        if let Some(path) = path {
            described.insert(path, prose.join(" "));
        }
        prose.clear();
    }
    described
}
