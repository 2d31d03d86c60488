//! Custom fields of messages, checked against the setting's JSON schema.

use gantry_kernel::prelude::*;
use regex::Regex;
use serde_json::Map;

/// Checks a message's custom fields. Upstream: `apps/meteor/app/lib/server/lib/validateCustomMessageFields.ts`.
///
/// # Errors
/// `Custom fields not enabled`, `Invalid custom fields`.
pub(super) fn check(ctx: &Ctx, fields: &Map<String, Value>) -> Result<()> {
    if !ctx.settings.get(keys::Message_CustomFields_Enabled) {
        return Err(Error::message("Custom fields not enabled"));
    }
    let schema: Value = serde_json::from_str(&ctx.settings.get(keys::Message_CustomFields))
        .map_err(|_| Error::message("Invalid custom fields config"))?;
    if fits(&schema, fields) { Ok(()) } else { Err(Error::message("Invalid custom fields")) }
}

/// The schema's top level is an object, and holds nothing that the schema does not name.
fn fits(schema: &Value, fields: &Map<String, Value>) -> bool {
    let known = schema.get("properties").and_then(Value::as_object);
    fields.keys().all(|name| known.is_some_and(|known| known.contains_key(name))) && object(schema, fields)
}

fn object(schema: &Value, fields: &Map<String, Value>) -> bool {
    let required =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if !required.into_iter().all(|name| fields.contains_key(name)) {
        return false;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    fields.iter().all(|(name, value)| match properties.and_then(|known| known.get(name)) {
        Some(schema) => matches(schema, value),
        None => !closed,
    })
}

/// The part of JSON Schema that such settings use.
fn matches(schema: &Value, value: &Value) -> bool {
    if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
        return true;
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let has_type = |name: &&str| match *name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    };
    (types.is_empty() || types.iter().any(has_type))
        && schema.get("enum").and_then(Value::as_array).is_none_or(|allowed| allowed.contains(value))
        && schema.get("const").is_none_or(|only| only == value)
        && limits(schema, value)
}

fn limits(schema: &Value, value: &Value) -> bool {
    let number = |name: &str| schema.get(name).and_then(Value::as_f64);
    match value {
        Value::String(text) => {
            let length = text.chars().count() as f64;
            number("minLength").is_none_or(|min| length >= min)
                && number("maxLength").is_none_or(|max| length <= max)
                && schema
                    .get("pattern")
                    .and_then(Value::as_str)
                    .is_none_or(|pattern| Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text)))
        }
        Value::Number(n) => {
            let n = n.as_f64().unwrap_or_default();
            number("minimum").is_none_or(|min| n >= min) && number("maximum").is_none_or(|max| n <= max)
        }
        Value::Array(items) => {
            number("minItems").is_none_or(|min| items.len() as f64 >= min)
                && number("maxItems").is_none_or(|max| items.len() as f64 <= max)
                && schema.get("items").is_none_or(|schema| items.iter().all(|item| matches(schema, item)))
        }
        Value::Object(fields) => object(schema, fields),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(fields: Value) -> bool {
        let schema = json!({
            "properties": { "priority": { "type": "string", "nullable": false, "enum": ["low", "high"] }, "n": { "type": "integer", "maximum": 3 } },
            "required": ["priority"],
        });
        fits(&schema, fields.as_object().unwrap())
    }

    #[test]
    fn fields_must_fit_the_schema() {
        assert!(allowed(json!({ "priority": "low" })));
        assert!(allowed(json!({ "priority": "low", "n": 3 })));
        assert!(!allowed(json!({})));
        assert!(!allowed(json!({ "priority": "urgent" })));
        assert!(!allowed(json!({ "priority": "low", "n": 4 })));
        assert!(!allowed(json!({ "priority": "low", "other": 1 })));
    }
}
