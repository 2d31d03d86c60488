//! From a JSON schema to the tree that is checked.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::Conform;
use super::number::number_text;
use super::pattern::Pattern;

/// The JSON types that a schema can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    String,
    Number,
    Integer,
    Boolean,
    Null,
    Object,
    Array,
}

/// What one schema asks of a value. The groups apply to values of their type only.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The schema `false`.
    pub(super) never: bool,
    pub(super) nullable: bool,
    /// Allowed types in the schema's order, which decides conversions; empty for any.
    pub(super) types: Vec<Type>,
    /// `must be string`, for when the type is wrong.
    pub(super) type_message: String,
    pub(super) same_as: Option<usize>,
    pub(super) constant: Option<Value>,
    pub(super) allowed: Option<Vec<Value>>,
    pub(super) any_of: Vec<usize>,
    pub(super) one_of: Vec<usize>,
    pub(super) all_of: Vec<usize>,
    pub(super) number: Numbers,
    pub(super) string: Strings,
    pub(super) array: Arrays,
    pub(super) object: Objects,
}

#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) maximum: Option<Bound>,
    pub(super) minimum: Option<Bound>,
    pub(super) exclusive_maximum: Option<Bound>,
    pub(super) exclusive_minimum: Option<Bound>,
    pub(super) multiple_of: Option<Bound>,
}

/// A number of the schema and how messages write it.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) value: f64,
    pub(super) text: String,
}

#[derive(Debug, Default)]
pub(super) struct Strings {
    pub(super) max_length: Option<u64>,
    pub(super) min_length: Option<u64>,
    pub(super) pattern: Option<(Pattern, String)>,
    /// Upstream's own keyword `isNotEmpty`: more than white space.
    pub(super) not_blank: bool,
    /// Upstream's own formats `basic_email` and `rfc_email`.
    pub(super) email: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Arrays {
    pub(super) max_items: Option<u64>,
    pub(super) min_items: Option<u64>,
    pub(super) unique: bool,
    pub(super) prefix: Vec<usize>,
    /// For the items after the prefix.
    pub(super) items: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) max_properties: Option<u64>,
    pub(super) min_properties: Option<u64>,
    pub(super) required: Vec<String>,
    pub(super) additional: Option<Additional>,
    pub(super) properties: Vec<(String, usize)>,
    /// With `unevaluatedProperties: false`: every property that some part of the schema names.
    pub(super) evaluated: Option<BTreeSet<String>>,
}

#[derive(Debug)]
pub(super) enum Additional {
    Refused,
    Checked(usize),
}

pub(super) fn compile(schema: &Value) -> Conform {
    let mut compiler = Compiler { root: schema, nodes: Vec::new(), targets: HashMap::new() };
    let root = compiler.node(schema, false);
    Conform { nodes: compiler.nodes, root }
}

struct Compiler<'a> {
    root: &'a Value,
    nodes: Vec<Node>,
    /// What references have led to so far, apart for nullable ones.
    targets: HashMap<(&'a str, bool), usize>,
}

impl<'a> Compiler<'a> {
    /// The node of a schema; with `nullable`, one that takes null too.
    fn node(&mut self, schema: &'a Value, nullable: bool) -> usize {
        if let Value::Object(keys) = schema {
            if let Some(Value::String(reference)) = keys.get("$ref")
                && keys.keys().all(|key| key == "$ref" || is_annotation(key))
            {
                return self.target(reference, nullable);
            }
            if let Some(other) = optional(keys) {
                return self.node(other, true);
            }
        }
        let id = self.reserve();
        self.nodes[id] = self.build(schema, nullable);
        id
    }

    fn target(&mut self, reference: &'a str, nullable: bool) -> usize {
        if let Some(&id) = self.targets.get(&(reference, nullable)) {
            return id;
        }
        // Known before it is built: it may refer to itself.
        let id = self.reserve();
        self.targets.insert((reference, nullable), id);
        let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        self.nodes[id] = self.build(target.unwrap_or(&Value::Bool(true)), nullable);
        id
    }

    fn reserve(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    fn build(&mut self, schema: &'a Value, nullable: bool) -> Node {
        let keys = match schema {
            Value::Object(keys) => keys,
            other => return Node { never: *other == Value::Bool(false), nullable, ..Node::default() },
        };
        let mut node = Node { nullable, ..Node::default() };
        if let Some(Value::String(reference)) = keys.get("$ref") {
            node.same_as = Some(self.target(reference, nullable));
        }
        set_types(&mut node, keys.get("type"), keys.get("nullable") == Some(&Value::Bool(true)));
        node.constant = keys.get("const").cloned();
        node.allowed = keys.get("enum").and_then(Value::as_array).cloned();
        for (name, alternatives) in [("anyOf", &mut node.any_of), ("oneOf", &mut node.one_of)] {
            let Some(Value::Array(schemas)) = keys.get(name) else { continue };
            match constants(schemas) {
                // Variants with descriptions; upstream's schemas have an `enum` there.
                Some(values) if node.allowed.is_none() => node.allowed = Some(values),
                _ => *alternatives = schemas.iter().map(|schema| self.node(schema, false)).collect(),
            }
        }
        if let Some(Value::Array(schemas)) = keys.get("allOf") {
            node.all_of = schemas.iter().map(|schema| self.node(schema, nullable)).collect();
        }
        if node.types.is_empty()
            && let Some(values) = &node.allowed
        {
            let types = values.iter().map(type_of).fold(Vec::new(), |mut types, of| {
                if !types.contains(&of) {
                    types.push(of);
                }
                types
            });
            if keys.contains_key("oneOf") || keys.contains_key("anyOf") {
                node.type_message = type_message(&types);
                node.types = types;
            }
        }
        node.number = numbers(keys);
        node.string = strings(keys);
        node.array = self.arrays(keys);
        node.object = self.objects(schema, keys);
        node
    }

    fn arrays(&mut self, keys: &'a Map<String, Value>) -> Arrays {
        let prefix = keys.get("prefixItems").and_then(Value::as_array);
        Arrays {
            max_items: count(keys, "maxItems"),
            min_items: count(keys, "minItems"),
            unique: keys.get("uniqueItems") == Some(&Value::Bool(true)),
            prefix: prefix.into_iter().flatten().map(|schema| self.node(schema, false)).collect(),
            items: keys.get("items").filter(|items| constrains(items)).map(|items| self.node(items, false)),
        }
    }

    fn objects(&mut self, schema: &'a Value, keys: &'a Map<String, Value>) -> Objects {
        let properties = keys.get("properties").and_then(Value::as_object);
        let required = keys.get("required").and_then(Value::as_array);
        Objects {
            max_properties: count(keys, "maxProperties"),
            min_properties: count(keys, "minProperties"),
            required: required.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
            additional: match keys.get("additionalProperties") {
                Some(Value::Bool(false)) => Some(Additional::Refused),
                Some(schema) if constrains(schema) => Some(Additional::Checked(self.node(schema, false))),
                _ => None,
            },
            properties: properties
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), self.node(schema, false)))
                .collect(),
            evaluated: (keys.get("unevaluatedProperties") == Some(&Value::Bool(false)))
                .then(|| {
                    let mut names = BTreeSet::new();
                    self.evaluated(schema, &mut names, 0).then_some(names)
                })
                .flatten(),
        }
    }

    /// Collects the properties that a schema and its parts name. `false` if some part takes any property.
    fn evaluated(&self, schema: &'a Value, names: &mut BTreeSet<String>, depth: usize) -> bool {
        let Value::Object(keys) = schema else { return true };
        if depth > 16 {
            return false;
        }
        if keys.get("additionalProperties").is_some_and(|schema| *schema != Value::Bool(false)) {
            return false;
        }
        names.extend(
            keys.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned(),
        );
        let reference =
            keys.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        let target = reference.and_then(|pointer| self.root.pointer(pointer));
        let parts = ["allOf", "anyOf", "oneOf"].map(|name| keys.get(name).and_then(Value::as_array));
        target
            .into_iter()
            .chain(parts.into_iter().flatten().flatten())
            .all(|part| self.evaluated(part, names, depth + 1))
    }
}

/// `X` of `anyOf: [X, {type: null}]`, which is how an optional `X` is written.
fn optional(keys: &Map<String, Value>) -> Option<&Value> {
    if !keys.keys().all(|key| key == "anyOf" || is_annotation(key)) {
        return None;
    }
    let is_null = |schema: &Value| {
        schema.as_object().is_some_and(|keys| keys.len() == 1 && keys.get("type") == Some(&"null".into()))
    };
    match keys.get("anyOf")?.as_array()?.as_slice() {
        [other, null] | [null, other] if is_null(null) && !is_null(other) => Some(other),
        _ => None,
    }
}

/// The values of alternatives that are each but a constant or a list of them.
fn constants(schemas: &[Value]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for schema in schemas {
        let keys = schema.as_object()?;
        if !keys.keys().all(|key| matches!(key.as_str(), "const" | "enum" | "type") || is_annotation(key)) {
            return None;
        }
        match (keys.get("const"), keys.get("enum").and_then(Value::as_array)) {
            (Some(value), None) => values.push(value.clone()),
            (None, Some(list)) => values.extend(list.iter().cloned()),
            _ => return None,
        }
    }
    (!values.is_empty()).then_some(values)
}

fn is_annotation(key: &str) -> bool {
    matches!(
        key,
        "title"
            | "description"
            | "default"
            | "examples"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "$comment"
    )
}

/// Whether a schema says anything at all.
fn constrains(schema: &Value) -> bool {
    match schema {
        Value::Bool(accepts) => !accepts,
        Value::Object(keys) => !keys.is_empty(),
        _ => false,
    }
}

fn set_types(node: &mut Node, names: Option<&Value>, nullable: bool) {
    let names = match names {
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
        None => &[],
    };
    node.types = names.iter().filter_map(Value::as_str).filter_map(parse_type).collect();
    node.type_message = type_message(&node.types);
    node.nullable |= nullable || node.types.contains(&Type::Null);
    if node.nullable && !node.types.is_empty() && !node.types.contains(&Type::Null) {
        node.types.push(Type::Null);
    }
}

/// Upstream marks optional parameters `nullable`, which its messages do not mention; so null is left out
/// unless it is all there is.
fn type_message(types: &[Type]) -> String {
    let named: Vec<&str> = types.iter().filter(|of| **of != Type::Null).map(|of| type_name(*of)).collect();
    if named.is_empty() { "must be null".to_owned() } else { format!("must be {}", named.join(",")) }
}

fn parse_type(name: &str) -> Option<Type> {
    use Type::{Array, Boolean, Integer, Null, Number, Object, String};
    [String, Number, Integer, Boolean, Null, Object, Array].into_iter().find(|of| type_name(*of) == name)
}

fn type_name(of: Type) -> &'static str {
    match of {
        Type::String => "string",
        Type::Number => "number",
        Type::Integer => "integer",
        Type::Boolean => "boolean",
        Type::Null => "null",
        Type::Object => "object",
        Type::Array => "array",
    }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
    }
}

fn count(keys: &Map<String, Value>, name: &str) -> Option<u64> {
    keys.get(name).and_then(Value::as_u64)
}

fn numbers(keys: &Map<String, Value>) -> Numbers {
    let bound = |name: &str| {
        let number = keys.get(name)?.as_number()?;
        Some(Bound { value: number.as_f64()?, text: number_text(number) })
    };
    Numbers {
        maximum: bound("maximum"),
        minimum: bound("minimum"),
        exclusive_maximum: bound("exclusiveMaximum"),
        exclusive_minimum: bound("exclusiveMinimum"),
        multiple_of: bound("multipleOf").filter(|bound| bound.value > 0.0),
    }
}

fn strings(keys: &Map<String, Value>) -> Strings {
    let pattern = keys.get("pattern").and_then(Value::as_str);
    let format = keys.get("format").and_then(Value::as_str);
    Strings {
        max_length: count(keys, "maxLength"),
        min_length: count(keys, "minLength"),
        pattern: pattern.and_then(|text| Some((Pattern::parse(text)?, text.to_owned()))),
        not_blank: keys.get("isNotEmpty").is_some_and(|wanted| *wanted != Value::Bool(false)),
        email: format.filter(|name| matches!(*name, "basic_email" | "rfc_email")).map(str::to_owned),
    }
}
