//! Extra values of users, as the setting `Accounts_CustomFields` defines them.

use gantry_kernel::error::{Error, Result};
use gantry_kernel::settings::{Settings, keys};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What the setting says of one field.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Field {
    #[serde(rename = "type")]
    kind: String,
    required: bool,
    public: bool,
    min_length: Option<f64>,
    max_length: Option<f64>,
    options: Vec<Value>,
}

/// The fields of the workspace; `None` if it has none.
///
/// # Errors
/// `error-invalid-customfield-json` if the setting is not understood.
fn defined(settings: &Settings) -> Result<Option<Map<String, Value>>> {
    let text = settings.get(keys::Accounts_CustomFields);
    if text.trim().is_empty() {
        return Ok(None);
    }
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| Error::new("error-invalid-customfield-json", "Invalid JSON for Custom Fields"))
}

fn field(definition: &Value) -> Field {
    Field::deserialize(definition).unwrap_or_default()
}

/// Checks values. Without a definition everything is accepted. Upstream:
/// `apps/meteor/app/lib/server/functions/validateCustomFields.js`.
///
/// # Errors
/// `error-user-registration-custom-field`.
pub fn check(settings: &Settings, values: &Map<String, Value>) -> Result<()> {
    for (name, definition) in defined(settings)?.iter().flatten() {
        check_one(name, &field(definition), values.get(name))?;
    }
    Ok(())
}

fn check_one(name: &str, field: &Field, value: Option<&Value>) -> Result<()> {
    let refused = |reason: String| {
        Err(Error::new("error-user-registration-custom-field", reason)
            .with_details(json!({ "method": "registerUser" })))
    };
    let text = match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    let length = text.encode_utf16().count() as f64;
    if field.required && text.is_empty() {
        return refused(format!("Field {name} is required"));
    }
    if field.kind == "select" && !value.is_some_and(|value| field.options.contains(value)) {
        return refused(format!("Value for field {name} is invalid"));
    }
    match field.max_length {
        Some(max) if max > 0.0 && length > max => {
            return refused(format!("Max length of field {name} {max}"));
        }
        _ => {}
    }
    match field.min_length {
        Some(min) if min > 0.0 && length > 0.0 && length < min => {
            refused(format!("Min length of field {name} {min}"))
        }
        _ => Ok(()),
    }
}

/// The values that are kept: those that are defined. `None` if the workspace defines none.
///
/// # Errors
/// `error-invalid-customfield-json`.
pub fn kept(settings: &Settings, values: &Map<String, Value>) -> Result<Option<Map<String, Value>>> {
    let Some(defined) = defined(settings)? else { return Ok(None) };
    Ok(Some(defined.keys().filter_map(|name| Some((name.clone(), values.get(name)?.clone()))).collect()))
}

/// The values that others may see.
pub fn shown(settings: &Settings, values: &Map<String, Value>, everything: bool) -> Map<String, Value> {
    let Ok(Some(defined)) = defined(settings) else { return Map::new() };
    let visible = defined.iter().filter(|(_, definition)| everything || field(definition).public);
    visible.filter_map(|(name, _)| Some((name.clone(), values.get(name)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(definition: Value, value: Value) -> Result<()> {
        check_one("f", &field(&definition), Some(&value))
    }

    #[test]
    fn lengths_and_presence_are_checked() {
        let definition = json!({ "type": "text", "required": true, "minLength": 2, "maxLength": 10 });
        assert!(text(definition.clone(), json!("success")).is_ok());
        for bad in [json!(""), json!("0"), json!("0123456789-0"), Value::Null] {
            let error = text(definition.clone(), bad.clone()).unwrap_err();
            assert!(error.is("error-user-registration-custom-field"), "{bad}");
        }
    }

    #[test]
    fn a_choice_has_to_be_one_of_the_options() {
        let definition = json!({ "type": "select", "options": ["a", "b"] });
        assert!(text(definition.clone(), json!("a")).is_ok());
        assert!(text(definition.clone(), json!("c")).is_err());
        assert!(check_one("f", &field(&definition), None).is_err());
    }
}
