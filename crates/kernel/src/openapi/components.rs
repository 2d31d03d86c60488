//! Schemas that operations share, each written once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

const LOCAL: &str = "#/$defs/";
const SHARED: &str = "#/components/schemas/";

/// The part `components.schemas` of the document. Types of different crates may have one name; the second
/// gets a number behind it.
#[derive(Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, Value>,
    /// What was given which name. The key is the definition with all that it refers to.
    names: HashMap<String, String>,
}

impl Components {
    /// Moves the definitions of a schema here, and returns the schema with references to them.
    pub(super) fn take(&mut self, mut schema: Value) -> Value {
        let Some(Value::Object(definitions)) =
            schema.as_object_mut().and_then(|schema| schema.remove("$defs"))
        else {
            return schema;
        };
        let mut renamed = HashMap::new();
        let mut new = Vec::new();
        for name in definitions.keys() {
            let identity = identity(name, &definitions);
            let known = self.names.get(&identity).cloned();
            let shared = known.unwrap_or_else(|| {
                let free = self.free_name(name);
                self.names.insert(identity, free.clone());
                self.schemas.insert(free.clone(), Value::Null);
                new.push((name.clone(), free.clone()));
                free
            });
            renamed.insert(name.clone(), shared);
        }
        for (name, shared) in new {
            let mut definition = definitions[&name].clone();
            point(&mut definition, &renamed);
            self.schemas.insert(shared, definition);
        }
        point(&mut schema, &renamed);
        schema
    }

    pub(super) fn into_value(self) -> Value {
        self.schemas.into_iter().collect::<Map<_, _>>().into()
    }

    fn free_name(&self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}{number}"));
        std::iter::once(name.to_owned())
            .chain(numbered)
            .find(|name| !self.schemas.contains_key(name))
            .expect("numbers do not end")
    }
}

/// The definition and everything that it refers to, as text.
fn identity(name: &str, definitions: &Map<String, Value>) -> String {
    let mut reached = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        if let Some(definition) = definitions.get(&next)
            && reached.insert(next)
        {
            references(definition, &mut |name| open.push(name.to_owned()));
        }
    }
    let texts = reached.iter().map(|other| format!("{other}={}", definitions[other]));
    texts.fold(name.to_owned(), |all, text| all + "\n" + &text)
}

fn references(schema: &Value, found: &mut impl FnMut(&str)) {
    match schema {
        Value::Object(fields) => {
            if let Some(name) =
                fields.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix(LOCAL))
            {
                found(name);
            }
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn point(schema: &mut Value, renamed: &HashMap<String, String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get_mut("$ref")
                && let Some(name) = to.strip_prefix(LOCAL).and_then(|name| renamed.get(name))
            {
                *to = format!("{SHARED}{name}");
            }
            fields.values_mut().for_each(|field| point(field, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point(item, renamed)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(field: &str) -> Value {
        json!({ "properties": { field: { "$ref": "#/$defs/Name" } } })
    }

    #[test]
    fn a_definition_that_many_use_is_written_once() {
        let mut components = Components::default();
        let schema = || {
            json!({
                "items": { "$ref": "#/$defs/User" },
                "$defs": { "User": user("name"), "Name": { "type": "string" } },
            })
        };
        let first = components.take(schema());
        assert_eq!(first, json!({ "items": { "$ref": "#/components/schemas/User" } }));
        assert_eq!(components.take(schema()), first);
        let all = components.into_value();
        assert_eq!(all.as_object().unwrap().len(), 2);
        assert_eq!(all["User"]["properties"]["name"]["$ref"], "#/components/schemas/Name");
    }

    #[test]
    fn another_definition_of_the_same_name_is_kept_apart() {
        let mut components = Components::default();
        let schema = |kind: &str| json!({ "$ref": "#/$defs/User", "$defs": { "User": user("name"), "Name": { "type": kind } } });
        let (text, number) = (components.take(schema("string")), components.take(schema("integer")));
        assert_eq!(text["$ref"], "#/components/schemas/User");
        assert_eq!(number["$ref"], "#/components/schemas/User2");
        let all = components.into_value();
        assert_eq!(all["User2"]["properties"]["name"]["$ref"], "#/components/schemas/Name2");
        assert_eq!((&all["Name"]["type"], &all["Name2"]["type"]), (&json!("string"), &json!("integer")));
    }

    #[test]
    fn a_definition_may_refer_to_itself() {
        let mut components = Components::default();
        let schema =
            json!({ "$ref": "#/$defs/Tree", "$defs": { "Tree": { "items": { "$ref": "#/$defs/Tree" } } } });
        components.take(schema);
        assert_eq!(components.into_value()["Tree"]["items"]["$ref"], "#/components/schemas/Tree");
    }
}
