//! The API document, made from the registry.

mod components;

use serde_json::{Map, Value, json};

use components::Components;

use crate::guard::Auth;
use crate::registry::{EndpointEntry, Registry, ResourceEntry};
use crate::spec::{Needs, Rate, Spec, TwoFactor, Verb};

/// The OpenAPI 3.1 document of every REST operation in the registry.
pub fn document(registry: &Registry, version: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut shared = Components::default();
    for entry in registry.endpoints() {
        for path in std::iter::once(&entry.spec.path).chain(entry.spec.aliases) {
            let key = format!("/api/v1/{}", crate::registry::to_matchit(path));
            let item = paths.entry(key).or_insert_with(|| json!({}));
            item[entry.spec.verb.name().to_lowercase()] = operation(entry, path, &mut shared);
        }
    }
    for entry in registry.resources() {
        for path in std::iter::once(&entry.spec.path).chain(entry.spec.aliases) {
            let key = crate::registry::to_matchit(path).replace("{*", "{");
            let item = paths.entry(key).or_insert_with(|| json!({}));
            for verb in entry.spec.verbs {
                item[verb.name().to_lowercase()] = resource(entry, verb.name(), path);
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Gantry", "version": version },
        "components": {
            "schemas": shared.into_value(),
            "securitySchemes": {
                "userId": { "type": "apiKey", "in": "header", "name": "X-User-Id" },
                "authToken": { "type": "apiKey", "in": "header", "name": "X-Auth-Token" },
            },
        },
        "paths": paths,
    })
}

fn operation(entry: &EndpointEntry, path: &str, shared: &mut Components) -> Value {
    let spec = &entry.spec;
    let mut schema = shared.take(entry.schema().to_value());
    let description = schema["description"].as_str().unwrap_or_default().to_owned();
    let summary = summary(&description);
    let in_path = names_in(path);
    let mut parameters = path_parameters(&in_path);
    let mut operation = json!({
        "operationId": format!("{} {path}", spec.verb.name()),
        "tags": [spec.tag],
        "summary": summary,
        "description": format!("{description}\n\n{}", notes(spec)).trim(),
        "deprecated": spec.deprecated.is_some(),
        "responses": responses(entry, shared),
    });
    if matches!(spec.verb, Verb::Get | Verb::Delete) {
        parameters.extend(query_parameters(&schema, &in_path));
    } else {
        for name in &in_path {
            if let Some(properties) = schema["properties"].as_object_mut() {
                properties.remove(*name);
            }
            if let Some(required) = schema["required"].as_array_mut() {
                required.retain(|field| field != name);
            }
        }
        let kind = match entry.file_field() {
            None => "application/json",
            Some(field) => {
                add_file(&mut schema, field);
                "multipart/form-data"
            }
        };
        operation["requestBody"] = json!({ "content": { kind: { "schema": schema } } });
    }
    operation["parameters"] = parameters.into();
    if entry.auth != Auth::Anyone {
        operation["security"] = json!([{ "userId": [], "authToken": [] }]);
    }
    operation
}

/// Names of the parameters in a path.
fn names_in(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix([':', '*'])).filter(|name| !name.is_empty()).collect()
}

fn path_parameters(names: &[&str]) -> Vec<Value> {
    let parameter =
        |name: &&str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    names.iter().map(parameter).collect()
}

/// The file part of a form; clients may call it what they like where the operation does not say.
fn add_file(schema: &mut Value, field: &str) {
    let name = if field.is_empty() { "file" } else { field };
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    schema["properties"][name] = json!({ "type": "string", "format": "binary" });
}

fn resource(entry: &ResourceEntry, verb: &str, path: &str) -> Value {
    let schema = entry.schema().to_value();
    let description = schema["description"].as_str().unwrap_or_default().to_owned();
    let in_path = names_in(path);
    let mut parameters = path_parameters(&in_path);
    parameters.extend(query_parameters(&schema, &in_path));
    let mut operation = json!({
        "operationId": format!("{verb} {path}"),
        "tags": [entry.spec.tag],
        "summary": summary(&description),
        "description": description,
        "parameters": parameters,
        "responses": { "default": { "description": "What the address stands for, or why not." } },
    });
    if entry.auth != Auth::Anyone {
        operation["security"] = json!([{ "userId": [], "authToken": [] }]);
    }
    operation
}

/// The first sentence of a description.
pub fn summary(description: &str) -> String {
    let paragraph = description.split("\n\n").next().unwrap_or_default();
    let line = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(end) => line[..=end].to_owned(),
        None => line,
    }
}

fn query_parameters(schema: &Value, in_path: &[&str]) -> Vec<Value> {
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|list| list.iter().any(|field| field == name));
    properties
        .iter()
        .filter(|(name, _)| !in_path.contains(&name.as_str()))
        .map(|(name, property)| json!({ "name": name, "in": "query", "required": required(name), "schema": property }))
        .collect()
}

/// What the schema cannot say, in words: permissions, limits, second factor.
fn notes(spec: &Spec) -> String {
    let mut notes = Vec::new();
    match spec.needs {
        Needs::Nothing => {}
        Needs::All(names) => notes.push(format!("Permissions: {}.", names.join(", "))),
        Needs::Any(names) => notes.push(format!("Permissions: one of {}.", names.join(", "))),
    }
    match spec.rate {
        Rate::Default => {}
        Rate::Off => notes.push("Not rate limited.".to_owned()),
        Rate::Setting(calls) => notes.push(format!("Rate limit: as many calls as `{}` says.", calls.id())),
        Rate::Own { calls, window_ms } => notes.push(format!("Rate limit: {calls} calls in {window_ms} ms.")),
    }
    if spec.two_factor != TwoFactor::No {
        notes.push("Asks for a second factor where the user has one.".to_owned());
    }
    if let Some(deprecated) = spec.deprecated {
        notes.push(format!(
            "Deprecated; upstream removes it in {}. {}",
            deprecated.version, deprecated.instead
        ));
    }
    notes.join("\n")
}

fn responses(entry: &EndpointEntry, shared: &mut Components) -> Value {
    let error = json!({ "content": { "application/json": { "schema": { "type": "object" } } } });
    let with = |text: &str| {
        let mut answer = error.clone();
        answer["description"] = text.into();
        answer
    };
    let mut responses = json!({
        "200": {
            "description": "Done.",
            "content": { "application/json": { "schema": shared.take(entry.reply_schema().to_value()) } },
        },
        "400": with("Refused: the parameters do not fit, or the operation is not possible."),
        "429": with("Too many calls."),
    });
    if entry.auth != Auth::Anyone {
        responses["401"] = with("Nobody is signed in.");
    }
    if entry.auth == Auth::User {
        responses["403"] = with("A permission is missing.");
    }
    responses
}
