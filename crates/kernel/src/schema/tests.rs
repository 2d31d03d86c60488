mod arbitrary;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

fn conform(schema: Value) -> Conform {
    Conform::new(Schema::try_from(schema).unwrap())
}

/// The messages for `value`, none if it conforms.
fn messages(check: &Conform, mut value: Value, coerce: Coerce) -> Vec<String> {
    check.conform(&mut value, coerce).err().unwrap_or_default()
}

/// `value` as converted.
fn converted(check: &Conform, mut value: Value, coerce: Coerce) -> Result<Value, Vec<String>> {
    check.conform(&mut value, coerce).map(|()| value)
}

/// Each schema refuses the value with exactly this message.
#[track_caller]
fn refused(cases: impl IntoIterator<Item = (Value, Value, &'static str)>) {
    for (schema, value, message) in cases {
        assert_eq!(messages(&conform(schema.clone()), value, Coerce::None), [message], "{schema}");
    }
}

#[test]
fn messages_are_worded_as_ajv_words_them() {
    refused([
        (json!({"type": "string"}), json!(1), "must be string"),
        (json!({"type": "boolean"}), json!("x"), "must be boolean"),
        (json!({"type": "number"}), json!("x"), "must be number"),
        (json!({"type": "integer"}), json!(1.5), "must be integer"),
        (json!({"type": "object"}), json!([]), "must be object"),
        (json!({"type": "array"}), json!({}), "must be array"),
        (json!({"type": "null"}), json!(1), "must be null"),
        (json!({"type": ["string", "number"]}), json!([]), "must be string,number"),
        (json!({"type": ["string", "null"]}), json!(1), "must be string"),
        (json!({"enum": ["a", "b"]}), json!("c"), "must be equal to one of the allowed values"),
        (json!({"const": "a"}), json!("c"), "must be equal to constant"),
        (json!({"minLength": 1}), json!(""), "must NOT have fewer than 1 characters"),
        (json!({"maxLength": 2}), json!("äöü"), "must NOT have more than 2 characters"),
        (json!({"pattern": "^[a-z]+$"}), json!("A"), "must match pattern \"^[a-z]+$\""),
        (json!({"isNotEmpty": true}), json!(" "), "must pass \"isNotEmpty\" keyword validation"),
        (json!({"format": "basic_email"}), json!("a@"), "must match format \"basic_email\""),
        (json!({"minimum": 0}), json!(-1), "must be >= 0"),
        (json!({"maximum": 10.0}), json!(11), "must be <= 10"),
        (json!({"exclusiveMinimum": 0.5}), json!(0.5), "must be > 0.5"),
        (json!({"exclusiveMaximum": 3}), json!(3), "must be < 3"),
        (json!({"multipleOf": 5}), json!(6), "must be multiple of 5"),
        (json!({"minItems": 1}), json!([]), "must NOT have fewer than 1 items"),
        (json!({"maxItems": 1}), json!([1, 2]), "must NOT have more than 1 items"),
        (
            json!({"uniqueItems": true}),
            json!([1, 2, 1]),
            "must NOT have duplicate items (items ## 2 and 0 are identical)",
        ),
        (json!({"minProperties": 1}), json!({}), "must NOT have fewer than 1 properties"),
        (json!({"required": ["rid"]}), json!({}), "must have required property 'rid'"),
        (json!({"additionalProperties": false}), json!({"x": 1}), "must NOT have additional properties"),
        (json!({"additionalProperties": {"type": "string"}}), json!({"x": 1}), "must be string"),
        (json!({"items": {"type": "string"}}), json!(["a", 1]), "must be string"),
        (
            json!({"prefixItems": [{"type": "string"}], "items": false}),
            json!(["a", 1]),
            "boolean schema is false",
        ),
        (json!({"properties": {"a": false}}), json!({"a": 1}), "boolean schema is false"),
    ]);
}

#[test]
fn the_first_violation_is_told_in_ajvs_order() {
    let check = conform(json!({
        "type": "object",
        "required": ["b", "a"],
        "additionalProperties": false,
        "properties": { "a": {"type": "string"}, "b": {"type": "number", "minimum": 1} },
    }));
    let first = |value| messages(&check, value, Coerce::None);
    assert_eq!(first(json!("x")), ["must be object"]);
    assert_eq!(first(json!({"c": 1, "a": 1})), ["must have required property 'b'"]);
    assert_eq!(first(json!({"c": 1, "b": "x"})), ["must have required property 'a'"]);
    assert_eq!(first(json!({"a": 1, "b": 0, "c": 1})), ["must NOT have additional properties"]);
    assert_eq!(first(json!({"a": 1, "b": 0})), ["must be string"]);
    assert_eq!(first(json!({"a": "", "b": 0})), ["must be >= 1"]);
    assert!(first(json!({"a": "", "b": 1})).is_empty());
}

#[test]
fn alternatives_tell_what_each_of_them_missed() {
    let by_id =
        json!({"type": "object", "required": ["roomId"], "properties": {"roomId": {"type": "string"}}});
    let by_name = json!({"type": "object", "required": ["roomName"]});
    let missing = ["must have required property 'roomId'", "must have required property 'roomName'"];
    for (keyword, closing) in
        [("anyOf", "must match a schema in anyOf"), ("oneOf", "must match exactly one schema in oneOf")]
    {
        let check = conform(json!({keyword: [by_id, by_name]}));
        for coerce in [Coerce::None, Coerce::Body] {
            assert_eq!(messages(&check, json!({}), coerce), [missing[0], missing[1], closing]);
            assert!(messages(&check, json!({"roomName": "x"}), coerce).is_empty());
        }
        let both = messages(&check, json!({"roomId": "x", "roomName": "y"}), Coerce::Body);
        assert_eq!(both.is_empty(), keyword == "anyOf");
        assert_eq!(converted(&check, json!({"roomId": 5}), Coerce::Body), Ok(json!({"roomId": "5"})));
    }
}

#[test]
fn alternatives_tell_of_a_wrong_type_and_a_value_that_is_not_allowed() {
    let check = conform(json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "number"}]}));
    let expected = [
        "must be string",
        "must be equal to one of the allowed values",
        "must be number",
        "must match a schema in anyOf",
    ];
    assert_eq!(messages(&check, json!([]), Coerce::Body), expected);
}

#[test]
fn an_alternative_that_fits_unconverted_is_preferred() {
    let check = conform(
        json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}, {"type": "boolean"}]}),
    );
    for value in [json!(true), json!("a"), json!([1])] {
        assert_eq!(converted(&check, value.clone(), Coerce::Query), Ok(value));
    }
    assert_eq!(converted(&check, json!(["a"]), Coerce::Query), Ok(json!("a")));
    let failing = conform(json!({"anyOf": [
        {"properties": {"a": {"type": "string"}, "b": {"type": "object"}}},
        {"properties": {"a": {"type": "number"}}},
    ]}));
    assert_eq!(converted(&failing, json!({"a": "1", "b": 2}), Coerce::Body), Ok(json!({"a": 1, "b": 2})));
}

#[test]
fn bodies_convert_scalars_only() {
    for (of, value, expected) in [
        ("string", json!(5), Some(json!("5"))),
        ("string", json!(5.0), Some(json!("5"))),
        ("string", json!(true), Some(json!("true"))),
        ("string", json!(null), Some(json!(""))),
        ("string", json!(["a"]), None),
        ("string", json!({}), None),
        ("number", json!("5.5"), Some(json!(5.5))),
        ("number", json!(""), None),
        ("number", json!("x"), None),
        ("number", json!(true), Some(json!(1))),
        ("number", json!(null), Some(json!(0))),
        ("integer", json!("5"), Some(json!(5))),
        ("integer", json!("5.0"), Some(json!(5))),
        ("integer", json!("5.5"), None),
        ("integer", json!(5.0), Some(json!(5))),
        ("boolean", json!("true"), Some(json!(true))),
        ("boolean", json!("false"), Some(json!(false))),
        ("boolean", json!("1"), None),
        ("boolean", json!("yes"), None),
        ("boolean", json!(1), Some(json!(true))),
        ("boolean", json!(0), Some(json!(false))),
        ("boolean", json!(2), None),
        ("boolean", json!(null), Some(json!(false))),
        ("null", json!(""), Some(json!(null))),
        ("null", json!(false), Some(json!(null))),
        ("null", json!("x"), None),
        ("array", json!("a"), None),
        ("object", json!("a"), None),
        ("object", json!(null), None),
    ] {
        let result = converted(&conform(json!({"type": of})), value.clone(), Coerce::Body);
        assert_eq!(result.ok(), expected, "{value} as {of}");
    }
}

#[test]
fn a_query_also_converts_between_one_and_a_list_of_one() {
    let list = conform(json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(converted(&list, json!("5"), Coerce::Query), Ok(json!([5])));
    assert_eq!(converted(&list, json!(["5", "6"]), Coerce::Query), Ok(json!([5, 6])));
    assert_eq!(converted(&list, json!({}), Coerce::Query), Err(vec!["must be array".to_owned()]));
    let one = conform(json!({"type": "integer"}));
    assert_eq!(converted(&one, json!(["5"]), Coerce::Query), Ok(json!(5)));
    assert_eq!(converted(&one, json!(["5", "6"]), Coerce::Query), Err(vec!["must be integer".to_owned()]));
    let optional = conform(json!({"type": ["integer", "null"]}));
    assert_eq!(converted(&optional, json!(""), Coerce::Query), Ok(json!(null)));
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Example {
    room_id: String,
    #[schemars(length(min = 1))]
    text: Option<String>,
    count: Option<u32>,
    kind: Option<Kind>,
    shape: Option<Shape>,
    target: Option<Target>,
    #[serde(default)]
    tags: Vec<String>,
    nested: Option<Box<Nested>>,
    #[serde(default)]
    fields: BTreeMap<String, i64>,
    anything: Option<Value>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Channel,
    Group,
}

/// Variants with a description have a schema each.
#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Shape {
    /// No corners.
    Round,
    /// Four of them.
    Square,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(untagged)]
enum Target {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Nested {
    name: String,
    child: Option<Box<Nested>>,
}

fn example(fields: Value) -> Result<Example, Vec<String>> {
    let check = Conform::new(schema_for!(Example));
    let mut value = json!({"roomId": "GENERAL"});
    value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    check.conform(&mut value, Coerce::Body)?;
    Ok(serde_json::from_value(value).expect("what conforms can be read"))
}

#[test]
fn structs_are_checked_by_their_generated_schema() {
    let check = Conform::new(schema_for!(Example));
    assert_eq!(messages(&check, json!({}), Coerce::Body), ["must have required property 'roomId'"]);
    for (fields, message) in [
        (json!({"text": ""}), "must NOT have fewer than 1 characters"),
        (json!({"text": []}), "must be string"),
        (json!({"count": -1}), "must be >= 0"),
        (json!({"count": "many"}), "must be integer"),
        (json!({"kind": "x"}), "must be equal to one of the allowed values"),
        (json!({"kind": {}}), "must be string"),
        (json!({"shape": "flat"}), "must be equal to one of the allowed values"),
        (json!({"tags": "a"}), "must be array"),
        (json!({"nested": "x"}), "must be object"),
        (json!({"nested": {"name": "a", "child": {}}}), "must have required property 'name'"),
        (json!({"fields": {"a": "x"}}), "must be integer"),
        (json!({"extra": 1}), "must NOT have additional properties"),
    ] {
        assert_eq!(example(fields.clone()), Err(vec![message.to_owned()]), "{fields}");
    }
}

#[test]
fn what_conforms_can_be_read() {
    let read = example(json!({
        "text": 5, "count": "7", "kind": "group", "shape": "round", "target": ["a", 1], "tags": [true],
        "nested": {"name": "a", "child": {"name": "b", "child": null}}, "fields": {"a": 3.0}, "anything": [{}],
    }));
    let read = read.unwrap();
    assert_eq!((read.text.as_deref(), read.count), (Some("5"), Some(7)));
    assert_eq!((read.kind, read.shape), (Some(Kind::Group), Some(Shape::Round)));
    assert_eq!(read.target, Some(Target::Many(vec!["a".into(), "1".into()])));
    assert_eq!(read.tags, ["true"]);
    assert_eq!(read.fields["a"], 3);
    let nulls =
        example(json!({"text": null, "count": null, "kind": null, "target": null, "nested": null})).unwrap();
    assert_eq!((nulls.text, nulls.count, nulls.kind, nulls.target), (None, None, None, None));
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Flattened {
    name: Option<String>,
    #[serde(flatten)]
    which: Which,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Which {
    RoomId(String),
    RoomName(String),
}

#[test]
fn flattened_choices_are_alternatives() {
    let check = Conform::new(schema_for!(Flattened));
    assert!(messages(&check, json!({"name": "a", "roomId": "b"}), Coerce::Body).is_empty());
    let missing = messages(&check, json!({"name": "a"}), Coerce::Body);
    assert_eq!(missing.last().unwrap(), "must match exactly one schema in oneOf");
    assert!(missing.contains(&"must have required property 'roomName'".to_owned()), "{missing:?}");
    let open = conform(json!({
        "unevaluatedProperties": false, "properties": {"a": {}}, "oneOf": [{"properties": {"b": {}}}],
    }));
    assert!(messages(&open, json!({"a": 1, "b": 2}), Coerce::None).is_empty());
    assert_eq!(messages(&open, json!({"c": 1}), Coerce::None), ["must NOT have unevaluated properties"]);
}

#[test]
fn depth_and_work_are_limited() {
    let recursive = conform(json!({"properties": {"a": {"$ref": "#"}}}));
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(messages(&recursive, nested(60), Coerce::Body).is_empty());
    assert_eq!(messages(&recursive, nested(100), Coerce::Body), ["must NOT be nested deeper than 64 levels"]);

    // Each level doubles the work: without a limit this would not end.
    let doubling = conform(json!({"anyOf": [
        {"properties": {"a": {"$ref": "#"}, "b": {"const": 1}}, "required": ["a"]},
        {"properties": {"a": {"$ref": "#"}, "b": {"const": 2}}, "required": ["a"]},
    ]}));
    for coerce in [Coerce::None, Coerce::Body] {
        let told = messages(&doubling, nested(60), coerce);
        assert!(!told.is_empty() && told.len() <= 51, "{}", told.len());
    }
    let endless = conform(json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}));
    assert!(!messages(&endless, json!(1), Coerce::None).is_empty());
}

#[test]
fn references_that_lead_nowhere_accept_everything() {
    let check =
        conform(json!({"properties": {"a": {"$ref": "#/$defs/Missing"}, "b": {"$ref": "elsewhere"}}}));
    assert!(messages(&check, json!({"a": 1, "b": []}), Coerce::None).is_empty());
}
