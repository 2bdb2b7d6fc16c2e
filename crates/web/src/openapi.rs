//! The OpenAPI 3.1 document, made from the same list as the routes.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::caller::Permission;
use crate::endpoint::Description;

/// The document for `endpoints`, at `version` of the API's program.
pub fn openapi<'a>(
    title: &str,
    version: &str,
    endpoints: impl IntoIterator<Item = &'a Description>,
) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = SchemaGenerator::new(settings);
    let mut paths = Map::new();
    for endpoint in endpoints {
        let operation = operation(endpoint, &mut generator);
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": version },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(endpoint: &Description, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "summary": endpoint.summary,
        "x-permission": endpoint.permission.as_str(),
        "parameters": parameters(endpoint),
        "responses": {
            "default": {
                "description": "A problem document (RFC 9457).",
                "content": { "application/problem+json": {} },
            },
        },
    });
    if endpoint.permission != Permission::Open {
        operation["security"] = json!([{ "token": [] }]);
    }
    if let Some(describe) = endpoint.body {
        let schema = describe(generator);
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    }
    let (status, answer) = match endpoint.answer {
        None => ("204", json!({ "description": "Done." })),
        Some(describe) => {
            let schema = describe(generator);
            let content = json!({ "application/json": { "schema": schema } });
            (
                "200",
                json!({ "description": "The answer.", "content": content }),
            )
        }
    };
    operation["responses"][status] = answer;
    operation
}

fn parameters(endpoint: &Description) -> Vec<Value> {
    let in_path = endpoint.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        let name = name.trim_start_matches('*');
        Some(json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" },
        }))
    });
    let in_query = endpoint.query.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": parameter.is_required,
            "description": parameter.meaning,
            "schema": { "type": "string" },
        })
    });
    in_path.chain(in_query).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::endpoint::{Parameter, described};

    #[test]
    fn it_says_who_needs_a_token_and_which_parameter_must_be_there() {
        let open = described(Method::GET, "/open", Permission::Open, "");
        const QUERY: &[Parameter] = &[Parameter::required("a", ""), Parameter::optional("b", "")];
        let guarded = described(Method::GET, "/guarded", Permission::Read, "").with_query(QUERY);
        let document = openapi("", "", [&open, &guarded]);
        let open = &document["paths"]["/open"]["get"];
        assert_eq!(open.get("security"), None);
        let guarded = &document["paths"]["/guarded"]["get"];
        assert!(guarded["security"][0]["token"].is_array());
        let required = |at: usize| guarded["parameters"][at]["required"] == true;
        assert_eq!((required(0), required(1)), (true, false));
    }
}
