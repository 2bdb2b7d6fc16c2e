//! Registry, shipped defaults, schema and reference page name exactly the same keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use toml::{Table, Value};

use super::super::defaults::{DEFAULT_TOML, descriptions, uncommented};
use super::super::registry::{ROOT, each_table, join, registered_path};
use super::super::{reference, schema};
use super::{APP, load_file};

/// Paths of every key of the registry.
fn registered() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    each_table(&mut |table, path| {
        paths.extend(table.keys.iter().map(|key| join(path, key.name())));
    });
    paths
}

/// Paths of every value in a document; lists of tables by their first entry.
fn written(table: &Table, path: &str, paths: &mut BTreeSet<String>) {
    for (name, value) in table {
        let path = registered_path(&join(path, name));
        match value {
            Value::Table(inner) => written(inner, &path, paths),
            Value::Array(items) if items.first().is_some_and(Value::is_table) => {
                items
                    .iter()
                    .filter_map(Value::as_table)
                    .for_each(|t| written(t, &path, paths));
            }
            _ => assert!(paths.insert(path.clone()), "{path} stands twice"),
        }
    }
}

#[test]
fn the_shipped_file_shows_every_key_and_no_other() {
    let document: Table = uncommented(DEFAULT_TOML)
        .parse()
        .expect("the examples are TOML");
    let mut paths = BTreeSet::new();
    written(&document, "", &mut paths);
    assert_eq!(paths, registered());
}

#[test]
fn the_shipped_file_is_toml_as_it_stands() {
    DEFAULT_TOML
        .parse::<Table>()
        .expect("the defaults are TOML");
}

#[test]
fn the_shipped_file_with_its_examples_is_a_valid_configuration() {
    load_file(&uncommented(DEFAULT_TOML)).unwrap_or_else(|mistakes| panic!("{mistakes}"));
}

#[test]
fn examples_mean_what_the_keys_left_out_mean() {
    let examples = load_file(&uncommented(DEFAULT_TOML)).expect("valid");
    let minimal = load_file(APP).expect("valid");
    assert_eq!(examples.config.upstreams, minimal.config.upstreams);
    assert_eq!(examples.config.routes, minimal.config.routes);
    assert_eq!(examples.config.listen, minimal.config.listen);
}

#[test]
fn every_key_and_table_has_prose() {
    let prose: BTreeMap<String, String> = descriptions();
    for path in registered() {
        let text = prose.get(&path).map_or("", String::as_str);
        assert!(
            text.ends_with('.'),
            "{path} has no sentence in config.default.toml: {text:?}"
        );
    }
    each_table(&mut |table, path| {
        let needs_prose = !table.keys.is_empty();
        assert!(
            !needs_prose || prose.contains_key(path),
            "[{path}] has no prose"
        );
    });
}

#[test]
fn required_keys_say_so() {
    let prose = descriptions();
    each_table(&mut |table, path| {
        for key in table.keys {
            let path = join(path, key.name());
            let required = key.need() != super::super::registry::Need::Default;
            assert_eq!(prose[&path].contains("Required"), required, "{path}");
        }
    });
}

#[test]
fn the_reference_page_has_a_heading_for_every_key() {
    let page = reference();
    let headings: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    assert_eq!(headings, registered());
}

#[test]
fn the_reference_page_states_kind_default_and_variable() {
    let page = reference();
    let at = page
        .find("### `edge.headers.hsts`")
        .expect("the key has a heading");
    insta::assert_snapshot!(page[at..].lines().take(7).collect::<Vec<_>>().join("\n"), @r#"
    ### `edge.headers.hsts`

    Strict-Transport-Security in stages: "off", "soak" (a day, to find what breaks), "full" (a year with subdomains), "preload" (two years, with consent to the browsers' built-in list, which is slow to leave). Under the development CA it is always 60 seconds.

    "off", "soak", "full" or "preload"; default `"soak"`; `PALISADE_EDGE__HEADERS__HSTS`.

    ### `edge.headers.frame_options`
    "#);
}

/// Checks a document by the parts of JSON Schema that the schema uses; tells what breaks it.
fn violation(schema: &Json, document: &Json, path: &str) -> Option<String> {
    if let Some(choices) = schema["enum"].as_array() {
        return (!choices.contains(document)).then(|| format!("{path}: {document} is no choice"));
    }
    if let Some(options) = schema["anyOf"].as_array() {
        let fits = |option: &Json| match option.get("const") {
            Some(constant) => constant == document,
            None => violation(option, document, path).is_none(),
        };
        return (!options.iter().any(fits)).then(|| format!("{path}: no alternative fits"));
    }
    let of_type = match schema["type"].as_str() {
        Some("object") => document.is_object(),
        Some("array") => document.is_array(),
        Some("string") => document.is_string(),
        Some("integer") => document.is_i64(),
        Some("boolean") => document.is_boolean(),
        _ => false,
    };
    if !of_type {
        return Some(format!("{path}: {document} is not {}", schema["type"]));
    }
    if let Some(object) = document.as_object() {
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Json::as_str) {
            if !object.contains_key(name) {
                return Some(format!("{path}.{name} is missing"));
            }
        }
        return object
            .iter()
            .find_map(|(name, value)| match schema["properties"].get(name) {
                Some(property) => violation(property, value, &join(path, name)),
                None if schema["additionalProperties"].is_object() => {
                    violation(&schema["additionalProperties"], value, &join(path, name))
                }
                None => Some(format!("{path}.{name} is unknown")),
            });
    }
    let items = document.as_array().into_iter().flatten();
    items
        .into_iter()
        .find_map(|item| violation(&schema["items"], item, &format!("{path}[]")))
}

#[test]
fn the_schema_takes_the_shipped_file_and_its_examples() {
    for text in [DEFAULT_TOML.to_owned(), uncommented(DEFAULT_TOML)] {
        let document: Table = text.parse().expect("TOML");
        let document = serde_json::to_value(document).expect("JSON");
        assert_eq!(violation(&schema(), &document, ""), None);
    }
}

#[test]
fn the_schema_refuses_what_the_loader_refuses() {
    for text in [
        "[listen]\nadress = \"\"",
        "[listen]\nworkers = \"4\"",
        "[[routes]]\nhost = \"*\"",
    ] {
        let document: Table = text.parse().expect("TOML");
        let document = serde_json::to_value(document).expect("JSON");
        assert!(violation(&schema(), &document, "").is_some(), "{text}");
        assert!(load_file(&format!("{text}\n{APP}")).is_err(), "{text}");
    }
}

#[test]
fn the_schema_has_prose_default_and_bounds() {
    let workers = &schema()["properties"]["listen"]["properties"]["workers"];
    insta::assert_snapshot!(workers.to_string(), @r#"{"default":0,"description":"Worker threads that carry requests; 0 is one per core.","maximum":1024,"minimum":0,"type":"integer"}"#);
    assert_eq!(
        schema()["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}

#[test]
fn sections_keep_the_order_of_the_shipped_file() {
    let mut sections: Vec<&str> = Vec::new();
    for line in DEFAULT_TOML.lines() {
        let header = line.trim_start_matches('#').strip_prefix('[');
        let name = header.map(|header| header.trim_start_matches('['));
        if let Some(first) = name.and_then(|name| name.split(['.', ']']).next())
            && sections.last() != Some(&first)
        {
            sections.push(first);
        }
    }
    assert_eq!(
        sections,
        ROOT.tables
            .iter()
            .map(|table| table.name)
            .collect::<Vec<_>>()
    );
}
