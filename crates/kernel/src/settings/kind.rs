//! The types that settings have, and what value fits which.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Definition, SettingError};

/// The type of a setting; the names are those on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the wire's own and say what they are")]
pub enum Kind {
    Boolean,
    Int,
    String,
    Password,
    Code,
    Select,
    MultiSelect,
    MultiLookup,
    Color,
    Font,
    Language,
    Timezone,
    /// Milliseconds.
    Timespan,
    Range,
    Date,
    RelativeUrl,
    /// An object with `url` and `defaultUrl`.
    Asset,
    /// A list of `{_id, name}`, or the empty text.
    RoomPick,
    Lookup,
    /// A button: the value names what it runs.
    Action,
    /// A heading for other settings, without a value.
    Group,
}

impl Kind {
    /// The name on the wire: `multiSelect`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::String => "string",
            Self::Password => "password",
            Self::Code => "code",
            Self::Select => "select",
            Self::MultiSelect => "multiSelect",
            Self::MultiLookup => "multiLookup",
            Self::Color => "color",
            Self::Font => "font",
            Self::Language => "language",
            Self::Timezone => "timezone",
            Self::Timespan => "timespan",
            Self::Range => "range",
            Self::Date => "date",
            Self::RelativeUrl => "relativeUrl",
            Self::Asset => "asset",
            Self::RoomPick => "roomPick",
            Self::Lookup => "lookup",
            Self::Action => "action",
            Self::Group => "group",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name)).ok()
    }

    /// Whether values are whole numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Timespan | Self::Range)
    }

    /// Whether values are lists of texts.
    pub fn is_list(self) -> bool {
        matches!(self, Self::MultiSelect | Self::MultiLookup)
    }

    /// Whether values are texts.
    pub fn is_text(self) -> bool {
        use Kind::{Action, Asset, Boolean, Date, Group, RoomPick};
        !self.is_number()
            && !self.is_list()
            && !matches!(self, Boolean | Asset | RoomPick | Date | Action | Group)
    }
}

/// What clients send for one setting, brought into the form that is stored.
///
/// Numbers and booleans are also taken as text, texts as numbers, and 1 and 0 as booleans, because forms and
/// scripts send them so. Numbers may be
/// fractions (half a minute), and selections any text, as clients that are newer than the list need; what the
/// environment says is looked at more closely ([`from_text`]).
pub(super) fn check(definition: &Definition, value: Value) -> Result<Value, SettingError> {
    let wrong = |expected| SettingError::WrongType { id: definition.id.clone().into(), expected };
    match definition.kind {
        Kind::Group => Err(wrong("nothing: it is a group and has no value")),
        Kind::Boolean => match &value {
            Value::Bool(_) => Ok(value),
            Value::String(text) => parse_bool(text).ok_or_else(|| wrong("a boolean")),
            Value::Number(number) => match number.as_u64() {
                Some(bit @ (0 | 1)) => Ok(Value::Bool(bit == 1)),
                _ => Err(wrong("a boolean")),
            },
            _ => Err(wrong("a boolean")),
        },
        kind if kind.is_number() => match &value {
            Value::Number(number) => Ok(whole(number).unwrap_or(value)),
            Value::String(text) => parse_int(text).ok_or_else(|| wrong("a whole number")),
            _ => Err(wrong("a whole number")),
        },
        kind if kind.is_list() => match &value {
            Value::Array(items) if items.iter().all(Value::is_string) => Ok(value),
            _ => Err(wrong("a list of texts")),
        },
        Kind::Asset => {
            if value.is_object() {
                Ok(value)
            } else {
                Err(wrong("an object with a url"))
            }
        }
        Kind::RoomPick => match &value {
            Value::Array(items) if items.iter().all(Value::is_object) => Ok(value),
            Value::String(text) if text.is_empty() => Ok(value),
            _ => Err(wrong("a list of rooms")),
        },
        Kind::Date => {
            if value.is_object() || value.is_string() {
                Ok(value)
            } else {
                Err(wrong("a date"))
            }
        }
        Kind::Action => {
            if value.is_object() || value.is_string() {
                Ok(value)
            } else {
                Err(wrong("a method"))
            }
        }
        Kind::Code => match &value {
            Value::String(text) => {
                let json = definition.extra_text("code").as_deref() == Some("application/json");
                if json
                    && !text.trim().is_empty()
                    && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
                {
                    return Err(SettingError::InvalidJson { id: definition.id.clone().into() });
                }
                Ok(value)
            }
            _ => Err(wrong("a text")),
        },
        _ => match value {
            Value::String(_) => Ok(value),
            Value::Number(number) => Ok(Value::String(number.to_string())),
            _ => Err(wrong("a text")),
        },
    }
}

/// What an environment variable says, in the setting's type.
pub(super) fn from_text(definition: &Definition, text: &str) -> Result<Value, SettingError> {
    let value = match definition.kind {
        // Compose files in the wild write the options of selections in other cases: `Completed`.
        Kind::Select => {
            let found = definition.options().find(|(key, _)| key.eq_ignore_ascii_case(text));
            let key = found.map_or(text, |(key, _)| key);
            if !definition.has_option(key) {
                return Err(SettingError::NotAnOption {
                    id: definition.id.clone().into(),
                    options: definition.options().map(|(key, _)| key.to_owned()).collect(),
                });
            }
            Value::String(key.to_owned())
        }
        kind if kind.is_list() || matches!(kind, Kind::Asset) => {
            serde_json::from_str(text).unwrap_or(Value::Null)
        }
        Kind::RoomPick if !text.is_empty() => serde_json::from_str(text).unwrap_or(Value::Null),
        _ => Value::String(text.to_owned()),
    };
    check(definition, value)
}

fn whole(number: &serde_json::Number) -> Option<Value> {
    /// Beyond this, JavaScript clients cannot tell neighbours apart.
    const SAFE: f64 = 9_007_199_254_740_991.0;
    if number.as_i64().is_some() {
        return Some(Value::Number(number.clone()));
    }
    let real = number.as_f64().filter(|real| real.fract() == 0.0 && real.abs() <= SAFE)?;
    Some(Value::from(real as i64))
}

fn parse_bool(text: &str) -> Option<Value> {
    match text.trim() {
        text if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        text if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        _ => None,
    }
}

fn parse_int(text: &str) -> Option<Value> {
    text.trim().parse::<i64>().ok().map(Value::from)
}
