//! The JSON schema of `palisade.toml`, for editors: made from the registry, with the prose of
//! `config.default.toml`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::defaults;
use super::kinds::Form;
use super::registry::{ANY_NAME, Need, ROOT, Table, join};
use super::show::to_json;
use super::tree::Branch;

/// The schema, draft 2020-12.
#[must_use]
pub fn schema() -> Json {
    let template = defaults::template();
    let mut schema = table(&ROOT, "", Some(&template), &defaults::descriptions());
    if let Json::Object(object) = &mut schema {
        object.insert(
            "$schema".into(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        object.insert("title".into(), json!("Configuration of Palisade"));
    }
    schema
}

fn table(
    table_: &'static Table,
    path: &str,
    template: Option<&Branch>,
    prose: &BTreeMap<String, String>,
) -> Json {
    let mut properties = Map::new();
    let mut named_by_operator = json!(false);
    for key in table_.keys {
        let mut property = form(&key.form());
        if let Json::Object(object) = &mut property {
            object.insert(
                "description".into(),
                json!(prose.get(&join(path, key.name()))),
            );
            let default = template.and_then(|branch| branch.get(key.name()));
            if let (Need::Default, Some(default)) = (key.need(), default) {
                object.insert("default".into(), to_json(default));
            }
        }
        properties.insert(key.name().to_owned(), property);
    }
    for inner in table_.tables {
        let inner_template = template.and_then(|branch| defaults::inside(branch, inner.name));
        let path = join(path, inner.name);
        let object = table(inner, &path, inner_template, prose);
        let mut property = match inner.entries_max {
            Some(max) => json!({ "type": "array", "items": object, "maxItems": max }),
            None => object,
        };
        if let (Json::Object(object), Some(text)) = (&mut property, prose.get(&path)) {
            object.insert("description".into(), json!(text));
        }
        match inner.name {
            ANY_NAME => named_by_operator = property,
            name => drop(properties.insert(name.to_owned(), property)),
        }
    }
    let required: Vec<&str> = table_
        .keys
        .iter()
        .filter(|key| key.need() == Need::Required)
        .map(|key| key.name())
        .collect();
    let mut object = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": named_by_operator,
    });
    if let (Json::Object(object), false) = (&mut object, required.is_empty()) {
        object.insert("required".into(), json!(required));
    }
    object
}

fn form(of: &Form) -> Json {
    match of {
        Form::Boolean => json!({ "type": "boolean" }),
        Form::Integer { minimum, maximum } => {
            json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
        }
        Form::Quantity { pattern, .. } => json!({ "type": "string", "pattern": pattern }),
        Form::Choice(names) => json!({ "enum": names }),
        Form::Text {
            pattern: Some(pattern),
            ..
        } => {
            json!({ "type": "string", "pattern": pattern })
        }
        Form::Text { pattern: None, .. } => json!({ "type": "string" }),
        Form::OrEmpty(inner) => json!({ "anyOf": [{ "const": "" }, form(inner)] }),
        Form::List {
            item,
            items_min,
            items_max,
        } => json!({
            "type": "array",
            "items": form(item),
            "minItems": items_min,
            "maxItems": items_max,
        }),
    }
}
