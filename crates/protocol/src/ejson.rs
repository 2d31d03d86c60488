//! EJSON: JSON with dates, binary data, numbers that JSON lacks, regular expressions and custom types.
//!
//! Most code needs none of this: dates are handled by [`Timestamp`] itself, and parameters pass through as
//! plain JSON. [`Ejson`] is for the places that have to tell a date from an object that looks like one.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value, json};

use crate::Timestamp;

/// Deepest nesting that is read or written, counting the outermost value as one. Far below what would
/// exhaust a stack, far above what a client sends.
pub const MAX_DEPTH: usize = 64;

/// A value with the types of EJSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Ejson {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// `{"$InfNaN": 1}`.
    Infinity,
    /// `{"$InfNaN": -1}`.
    NegInfinity,
    /// `{"$InfNaN": 0}`. Equal to itself, unlike the number that it stands for.
    NaN,
    /// Text.
    String(String),
    /// `{"$date": ms}`.
    Date(Timestamp),
    /// `{"$binary": "base64"}`.
    Binary(Vec<u8>),
    /// `{"$regexp": "source", "$flags": "i"}`; kept as text, never compiled.
    RegExp {
        /// The pattern.
        source: String,
        /// JavaScript flags.
        flags: String,
    },
    /// `{"$type": "name", "$value": ...}`, a type that an application added.
    Custom {
        /// Name of the type.
        name: String,
        /// Its JSON form, with nothing in it decoded.
        value: Value,
    },
    /// A list.
    Array(Vec<Ejson>),
    /// An object. If it looks like one of the special forms it is wrapped in `{"$escape": ...}` on the wire.
    Object(BTreeMap<String, Ejson>),
}

/// Why a value cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EjsonError {
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A special form with the wrong content.
    #[error("malformed {0}")]
    Malformed(&'static str),
}

/// The special forms: the keys that an object must have, and no others.
enum Form {
    Date,
    Binary,
    InfNaN,
    RegExp,
    Custom,
    Escape,
}

/// Which special form an object with these keys has, if any. Only keys count, as upstream.
fn form<V>(length: usize, get: impl Fn(&str) -> Option<V>) -> Option<Form> {
    let has = |key| get(key).is_some();
    match length {
        1 if has("$date") => Some(Form::Date),
        1 if has("$binary") => Some(Form::Binary),
        1 if has("$InfNaN") => Some(Form::InfNaN),
        1 if has("$escape") => Some(Form::Escape),
        2 if has("$regexp") && has("$flags") => Some(Form::RegExp),
        2 if has("$type") && has("$value") => Some(Form::Custom),
        _ => None,
    }
}

impl Ejson {
    /// Reads EJSON out of plain JSON.
    ///
    /// # Errors
    ///
    /// [`EjsonError`] for a value that is nested too deeply and for a special form with the wrong content.
    pub fn decode(value: Value) -> Result<Self, EjsonError> {
        decode(value, MAX_DEPTH)
    }

    /// Writes EJSON as plain JSON.
    ///
    /// # Errors
    ///
    /// [`EjsonError::TooDeep`] if the result is nested deeper than [`Ejson::decode`] would read.
    pub fn encode(&self) -> Result<Value, EjsonError> {
        encode(self, MAX_DEPTH)
    }
}

fn decode(value: Value, depth: usize) -> Result<Ejson, EjsonError> {
    let inner = depth.checked_sub(1).ok_or(EjsonError::TooDeep)?;
    Ok(match value {
        Value::Null => Ejson::Null,
        Value::Bool(flag) => Ejson::Bool(flag),
        Value::Number(number) => Ejson::Number(number),
        Value::String(text) => Ejson::String(text),
        Value::Array(items) => {
            Ejson::Array(items.into_iter().map(|item| decode(item, inner)).collect::<Result<_, _>>()?)
        }
        Value::Object(mut object) => match form(object.len(), |key| object.get(key)) {
            // The content of a special form is one level down.
            Some(_) if inner == 0 => return Err(EjsonError::TooDeep),
            None => Ejson::Object(decode_fields(object, inner)?),
            Some(Form::Date) => match object.get("$date") {
                Some(Value::Number(_)) => match serde_json::from_value(Value::Object(object)) {
                    Ok(time) => Ejson::Date(time),
                    Err(_) => return Err(EjsonError::Malformed("$date")),
                },
                _ => return Err(EjsonError::Malformed("$date")),
            },
            Some(Form::Binary) => {
                let text = object.get("$binary").and_then(Value::as_str);
                let bytes = text.and_then(|text| STANDARD.decode(text).ok());
                Ejson::Binary(bytes.ok_or(EjsonError::Malformed("$binary"))?)
            }
            Some(Form::InfNaN) => match object.get("$InfNaN").and_then(Value::as_i64) {
                Some(1) => Ejson::Infinity,
                Some(-1) => Ejson::NegInfinity,
                Some(0) => Ejson::NaN,
                _ => return Err(EjsonError::Malformed("$InfNaN")),
            },
            Some(Form::RegExp) => match (object.remove("$regexp"), object.remove("$flags")) {
                (Some(Value::String(source)), Some(Value::String(flags))) => Ejson::RegExp { source, flags },
                _ => return Err(EjsonError::Malformed("$regexp")),
            },
            Some(Form::Custom) => match (object.remove("$type"), object.remove("$value")) {
                (Some(Value::String(name)), Some(value)) => {
                    check_depth(&value, inner)?;
                    Ejson::Custom { name, value }
                }
                _ => return Err(EjsonError::Malformed("$type")),
            },
            Some(Form::Escape) => match object.remove("$escape") {
                Some(Value::Object(plain)) => {
                    let inner = inner.checked_sub(1).ok_or(EjsonError::TooDeep)?;
                    Ejson::Object(decode_fields(plain, inner)?)
                }
                _ => return Err(EjsonError::Malformed("$escape")),
            },
        },
    })
}

fn decode_fields(object: Map<String, Value>, depth: usize) -> Result<BTreeMap<String, Ejson>, EjsonError> {
    object.into_iter().map(|(key, value)| Ok((key, decode(value, depth)?))).collect()
}

fn encode(value: &Ejson, depth: usize) -> Result<Value, EjsonError> {
    let inner = depth.checked_sub(1).ok_or(EjsonError::TooDeep)?;
    // The single-key forms hold a plain value one level down.
    if !matches!(
        value,
        Ejson::Null
            | Ejson::Bool(_)
            | Ejson::Number(_)
            | Ejson::String(_)
            | Ejson::Array(_)
            | Ejson::Object(_)
    ) && inner == 0
    {
        return Err(EjsonError::TooDeep);
    }
    Ok(match value {
        Ejson::Null => Value::Null,
        Ejson::Bool(flag) => Value::Bool(*flag),
        Ejson::Number(number) => Value::Number(number.clone()),
        Ejson::Infinity => json!({ "$InfNaN": 1 }),
        Ejson::NegInfinity => json!({ "$InfNaN": -1 }),
        Ejson::NaN => json!({ "$InfNaN": 0 }),
        Ejson::String(text) => Value::String(text.clone()),
        Ejson::Date(time) => json!({ "$date": time.millis() }),
        Ejson::Binary(bytes) => json!({ "$binary": STANDARD.encode(bytes) }),
        Ejson::RegExp { source, flags } => json!({ "$regexp": source, "$flags": flags }),
        Ejson::Custom { name, value } => {
            check_depth(value, inner)?;
            json!({ "$type": name, "$value": value })
        }
        Ejson::Array(items) => {
            Value::Array(items.iter().map(|item| encode(item, inner)).collect::<Result<_, _>>()?)
        }
        Ejson::Object(object) if form(object.len(), |key| object.get(key)).is_some() => {
            let inner = inner.checked_sub(1).ok_or(EjsonError::TooDeep)?;
            json!({ "$escape": encode_fields(object, inner)? })
        }
        Ejson::Object(object) => Value::Object(encode_fields(object, inner)?),
    })
}

fn encode_fields(object: &BTreeMap<String, Ejson>, depth: usize) -> Result<Map<String, Value>, EjsonError> {
    object.iter().map(|(key, value)| Ok((key.clone(), encode(value, depth)?))).collect()
}

fn check_depth(value: &Value, depth: usize) -> Result<(), EjsonError> {
    let inner = depth.checked_sub(1).ok_or(EjsonError::TooDeep)?;
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| check_depth(item, inner)),
        Value::Object(object) => object.values().try_for_each(|item| check_depth(item, inner)),
        _ => Ok(()),
    }
}
