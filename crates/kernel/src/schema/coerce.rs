//! Conversion of scalars, by the table of AJV's `coerceTypes`.

use serde_json::{Number, Value};

use super::Coerce;
use super::compile::Type;
use super::number::{number_text, parse_number};

/// Whether `value` is of one of `types`.
pub(super) fn is_of(types: &[Type], value: &Value) -> bool {
    types.iter().any(|of| match (of, value) {
        (Type::String, Value::String(_))
        | (Type::Number, Value::Number(_))
        | (Type::Boolean, Value::Bool(_))
        | (Type::Null, Value::Null)
        | (Type::Object, Value::Object(_))
        | (Type::Array, Value::Array(_)) => true,
        (Type::Integer, Value::Number(number)) => is_whole(number),
        _ => false,
    })
}

fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|value| value.fract() == 0.0)
}

/// `value` as the first of `types` that it can be converted to. `value` is of none of them.
pub(super) fn coerce(types: &[Type], value: &Value, mode: Coerce) -> Option<Value> {
    let mut value = value;
    match mode {
        Coerce::None => return None,
        Coerce::Body => {}
        Coerce::Query => {
            if let Value::Array(items) = value
                && let [item] = items.as_slice()
            {
                if is_of(types, item) {
                    return Some(item.clone());
                }
                value = item;
            }
        }
    }
    types.iter().find_map(|of| coerce_to(*of, value, mode))
}

fn coerce_to(of: Type, value: &Value, mode: Coerce) -> Option<Value> {
    match of {
        Type::String => match value {
            Value::Number(number) => Some(Value::String(number_text(number))),
            Value::Bool(value) => Some(Value::String(value.to_string())),
            Value::Null => Some(Value::String(String::new())),
            _ => None,
        },
        Type::Number | Type::Integer => match value {
            Value::Bool(value) => Some(Value::from(u8::from(*value))),
            Value::Null => Some(Value::from(0)),
            Value::String(text) => {
                let number = parse_number(text)?;
                (of == Type::Number || is_whole(&number)).then_some(Value::Number(number))
            }
            _ => None,
        },
        Type::Boolean => match value {
            Value::Null => Some(Value::Bool(false)),
            Value::String(text) if text == "true" => Some(Value::Bool(true)),
            Value::String(text) if text == "false" => Some(Value::Bool(false)),
            Value::Number(number) if number.as_f64() == Some(0.0) => Some(Value::Bool(false)),
            Value::Number(number) if number.as_f64() == Some(1.0) => Some(Value::Bool(true)),
            _ => None,
        },
        Type::Null => match value {
            Value::String(text) if text.is_empty() => Some(Value::Null),
            Value::Bool(false) => Some(Value::Null),
            Value::Number(number) if number.as_f64() == Some(0.0) => Some(Value::Null),
            _ => None,
        },
        Type::Array if mode == Coerce::Query => match value {
            Value::Array(_) | Value::Object(_) => None,
            scalar => Some(Value::Array(vec![scalar.clone()])),
        },
        Type::Array | Type::Object => None,
    }
}
