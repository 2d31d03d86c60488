//! Keys: the name of a setting together with the type that code reads it as.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use super::Kind;

/// The name of a setting that code reads as a `T`.
#[derive(Debug, PartialEq)]
pub struct Key<T>(&'static str, PhantomData<fn() -> T>);

/// A switch.
pub type Flag = Key<bool>;
/// A whole number.
pub type Int = Key<i64>;
/// A text.
pub type Text = Key<SettingText>;
/// A list of texts.
pub type List = Key<Vec<String>>;

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> Key<T> {
    /// A key for a setting that is registered elsewhere; those of the catalogue are in [`super::keys`].
    pub const fn new(id: &'static str) -> Self {
        Self(id, PhantomData)
    }

    /// The setting's id.
    pub const fn id(self) -> &'static str {
        self.0
    }
}

/// A type that settings can be read as.
pub trait SettingType: Default {
    /// Whether settings of this kind hold it.
    fn fits(kind: Kind) -> bool;
    /// Takes it out of a value; `None` if the value is something else.
    fn read(value: &Arc<Value>) -> Option<Self>;
}

impl SettingType for bool {
    fn fits(kind: Kind) -> bool {
        kind == Kind::Boolean
    }

    fn read(value: &Arc<Value>) -> Option<Self> {
        value.as_bool()
    }
}

impl SettingType for i64 {
    fn fits(kind: Kind) -> bool {
        kind.is_number()
    }

    fn read(value: &Arc<Value>) -> Option<Self> {
        // A fraction counts as the whole number below it.
        value.as_i64().or_else(|| value.as_f64().map(|real| real as i64))
    }
}

impl SettingType for Vec<String> {
    fn fits(kind: Kind) -> bool {
        kind.is_list()
    }

    fn read(value: &Arc<Value>) -> Option<Self> {
        Some(value.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

/// The text of a setting, shared with the settings: no copy is made.
#[derive(Clone, Debug, Default)]
pub struct SettingText(Option<Arc<Value>>);

impl Deref for SettingText {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_deref().and_then(Value::as_str).unwrap_or_default()
    }
}

impl std::fmt::Display for SettingText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq<str> for SettingText {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for SettingText {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl SettingType for SettingText {
    fn fits(kind: Kind) -> bool {
        kind.is_text()
    }

    fn read(value: &Arc<Value>) -> Option<Self> {
        value.is_string().then(|| Self(Some(value.clone())))
    }
}
