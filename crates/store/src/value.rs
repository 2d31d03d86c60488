//! Values on their way into a statement.

use crate::DbError;

/// A bound parameter. Borrowed, so that binding copies nothing before the engine does.
#[derive(Clone, Copy, Debug)]
pub enum Val<'a> {
    /// SQL NULL.
    Null,
    /// An integer; also times (milliseconds since 1970).
    Int(i64),
    /// A floating point number.
    Real(f64),
    /// A boolean; SQLite stores 0 or 1.
    Bool(bool),
    /// Text, JSON documents included. U+0000 is refused with [`DbError::NulCharacter`].
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
    /// Several texts as one parameter, for `IN list(?N)` and `FROM list(?N)`: see [`crate::dialect`].
    TextList(&'a [String]),
}

impl Val<'_> {
    /// Refuses what only one of the engines could store.
    pub(crate) fn check(&self) -> Result<(), DbError> {
        let clean = match self {
            Self::Text(text) => !text.as_bytes().contains(&0),
            Self::TextList(list) => list.iter().all(|text| !text.as_bytes().contains(&0)),
            _ => true,
        };
        if clean { Ok(()) } else { Err(DbError::NulCharacter) }
    }
}

/// Builds the parameter array of a statement: `&vals![&room.id, ts, None::<i64>]`.
#[macro_export]
macro_rules! vals {
    ($($value:expr),* $(,)?) => { [$($crate::Val::from($value)),*] };
}

impl<'a> From<&'a str> for Val<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Val<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a &str> for Val<'a> {
    fn from(text: &'a &str) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Val<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Val<'_> {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Val<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<f64> for Val<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Val<'_> {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl<'a> From<&'a [u8]> for Val<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Val<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a> From<&'a [String]> for Val<'a> {
    fn from(list: &'a [String]) -> Self {
        Self::TextList(list)
    }
}

impl<'a> From<&'a Vec<String>> for Val<'a> {
    fn from(list: &'a Vec<String>) -> Self {
        Self::TextList(list)
    }
}

impl<'a, T: Into<Val<'a>>> From<Option<T>> for Val<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Val<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().map_or(Self::Null, Self::Text)
    }
}
