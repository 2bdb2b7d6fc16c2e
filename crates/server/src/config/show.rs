//! The configuration in force, with where each value came from. It is valid TOML: saved as a
//! file, it means the same, but for passwords in URLs, which are asterisks.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::Loaded;
use super::conceal::conceal_url;
use super::mistakes::Source;
use super::registry::{AnyKey, ROOT, Table, join};
use super::tree::{Branch, Data, Value};

/// Every key with its value, and its origin in a comment behind it.
#[must_use]
pub fn show(loaded: &Loaded) -> String {
    let mut text = String::new();
    toml_table(&ROOT, &loaded.values, "", &loaded.source, &mut text);
    text
}

/// Every key as `{"value": …, "origin": {"kind": "file", "path": …, "line": …, "column": …}}`;
/// tables and lists of tables as objects and arrays.
#[must_use]
pub fn show_json(loaded: &Loaded) -> Json {
    json_table(&ROOT, &loaded.values, &loaded.source)
}

fn toml_table(
    table: &'static Table,
    branch: &Branch,
    path: &str,
    source: &Source,
    text: &mut String,
) {
    for key in table.keys {
        if let Some(value) = branch.get(key.name()) {
            let origin = source.place(&value.origin);
            let (name, shown) = (key.name(), to_toml(&shown(*key, value)));
            text.push_str(&format!("{name} = {shown}  # {origin}\n"));
        }
    }
    for (name, inner, value) in table.tables_of(branch) {
        let path = join(path, name);
        match &value.data {
            Data::Branch(branch) => {
                // A table of tables only has no header of its own.
                if !inner.keys.is_empty() {
                    start(text, &format!("[{path}]"));
                }
                toml_table(inner, branch, &path, source, text);
            }
            Data::List(items) => {
                for item in items {
                    if let Data::Branch(branch) = &item.data {
                        start(text, &format!("[[{path}]]"));
                        toml_table(inner, branch, &path, source, text);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The value, without a password in it.
fn shown<'a>(key: &dyn AnyKey, value: &'a Value) -> Cow<'a, Value> {
    match &value.data {
        Data::Text(url) if key.is_secret() => {
            Cow::Owned(Value::text(conceal_url(url), value.origin.clone()))
        }
        _ => Cow::Borrowed(value),
    }
}

fn start(text: &mut String, header: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(header);
    text.push('\n');
}

pub(super) fn to_toml(value: &Value) -> String {
    match &value.data {
        Data::Text(text) => toml::Value::String(text.clone()).to_string(),
        Data::Integer(number) => number.to_string(),
        Data::Boolean(flag) => flag.to_string(),
        Data::Other(_, written) => written.clone(),
        Data::List(items) => {
            format!(
                "[{}]",
                items.iter().map(to_toml).collect::<Vec<_>>().join(", ")
            )
        }
        Data::Branch(_) => "{}".to_owned(),
    }
}

fn json_table(table: &'static Table, branch: &Branch, source: &Source) -> Json {
    let mut object = Map::new();
    for key in table.keys {
        if let Some(value) = branch.get(key.name()) {
            let origin = source.place_json(&value.origin);
            let shown = json!({ "value": to_json(&shown(*key, value)), "origin": origin });
            object.insert(key.name().to_owned(), shown);
        }
    }
    for (name, inner, value) in table.tables_of(branch) {
        let shown = match &value.data {
            Data::Branch(branch) => json_table(inner, branch, source),
            Data::List(items) => items
                .iter()
                .filter_map(|item| match &item.data {
                    Data::Branch(branch) => Some(json_table(inner, branch, source)),
                    _ => None,
                })
                .collect(),
            _ => continue,
        };
        object.insert(name.to_owned(), shown);
    }
    Json::Object(object)
}

/// The plain value, as the schema describes it.
pub(super) fn to_json(value: &Value) -> Json {
    match &value.data {
        Data::Text(text) => json!(text),
        Data::Integer(number) => i64::try_from(*number).map_or(Json::Null, |number| json!(number)),
        Data::Boolean(flag) => json!(flag),
        Data::Other(_, written) => json!(written),
        Data::List(items) => items.iter().map(to_json).collect(),
        Data::Branch(branch) => branch
            .iter()
            .map(|(name, entry)| (name.to_owned(), to_json(&entry.value)))
            .collect(),
    }
}
