//! Values on their way out of a statement.

use crate::DbError;

/// A decoded column, the same for both engines but for booleans, which SQLite keeps as integers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Null,
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(String),
    Blob(Vec<u8>),
}

/// One row of a result. Columns are read by position, from 0; a column of another type than asked for, or
/// NULL where a value was asked for, is [`DbError::Decode`].
#[derive(Clone, Debug)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    fn value(&self, i: usize, wanted: &'static str) -> Result<&Value, DbError> {
        self.0.get(i).ok_or(DbError::Decode { column: i, wanted })
    }

    /// Whether column `i` is NULL.
    pub fn is_null(&self, i: usize) -> Result<bool, DbError> {
        Ok(*self.value(i, "there")? == Value::Null)
    }

    /// Column `i` as an integer, or `None` for NULL.
    pub fn opt_int(&self, i: usize) -> Result<Option<i64>, DbError> {
        const WANTED: &str = "an integer";
        match self.value(i, WANTED)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            _ => Err(DbError::Decode { column: i, wanted: WANTED }),
        }
    }

    /// Column `i` as an integer.
    pub fn int(&self, i: usize) -> Result<i64, DbError> {
        self.opt_int(i)?.ok_or(DbError::Decode { column: i, wanted: "an integer" })
    }

    /// Column `i` as a number, or `None` for NULL. Integers are converted.
    pub fn opt_real(&self, i: usize) -> Result<Option<f64>, DbError> {
        const WANTED: &str = "a number";
        match self.value(i, WANTED)? {
            Value::Null => Ok(None),
            Value::Real(number) => Ok(Some(*number)),
            Value::Int(number) => Ok(Some(*number as f64)),
            _ => Err(DbError::Decode { column: i, wanted: WANTED }),
        }
    }

    /// Column `i` as a number. Integers are converted.
    pub fn real(&self, i: usize) -> Result<f64, DbError> {
        self.opt_real(i)?.ok_or(DbError::Decode { column: i, wanted: "a number" })
    }

    /// Column `i` as a boolean, or `None` for NULL. SQLite's 0 and 1 are converted.
    pub fn opt_bool(&self, i: usize) -> Result<Option<bool>, DbError> {
        const WANTED: &str = "a boolean";
        match self.value(i, WANTED)? {
            Value::Null => Ok(None),
            Value::Bool(flag) => Ok(Some(*flag)),
            Value::Int(0) => Ok(Some(false)),
            Value::Int(1) => Ok(Some(true)),
            _ => Err(DbError::Decode { column: i, wanted: WANTED }),
        }
    }

    /// Column `i` as a boolean. SQLite's 0 and 1 are converted.
    pub fn bool(&self, i: usize) -> Result<bool, DbError> {
        self.opt_bool(i)?.ok_or(DbError::Decode { column: i, wanted: "a boolean" })
    }

    /// Column `i` as borrowed text, or `None` for NULL.
    pub fn opt_str(&self, i: usize) -> Result<Option<&str>, DbError> {
        const WANTED: &str = "text";
        match self.value(i, WANTED)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(DbError::Decode { column: i, wanted: WANTED }),
        }
    }

    /// Column `i` as borrowed text.
    pub fn str(&self, i: usize) -> Result<&str, DbError> {
        self.opt_str(i)?.ok_or(DbError::Decode { column: i, wanted: "text" })
    }

    /// Column `i` as text (a copy: see [`Row::take_text`]), or `None` for NULL.
    pub fn opt_text(&self, i: usize) -> Result<Option<String>, DbError> {
        Ok(self.opt_str(i)?.map(str::to_owned))
    }

    /// Column `i` as text (a copy: see [`Row::take_text`]).
    pub fn text(&self, i: usize) -> Result<String, DbError> {
        Ok(self.str(i)?.to_owned())
    }

    /// Moves the text of column `i` out without copying it, for whole documents. The column is NULL then.
    pub fn take_text(&mut self, i: usize) -> Result<String, DbError> {
        match self.0.get_mut(i).map(std::mem::take) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(DbError::Decode { column: i, wanted: "text" }),
        }
    }

    /// Column `i` as bytes, or `None` for NULL.
    pub fn opt_blob(&self, i: usize) -> Result<Option<&[u8]>, DbError> {
        const WANTED: &str = "bytes";
        match self.value(i, WANTED)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(DbError::Decode { column: i, wanted: WANTED }),
        }
    }

    /// Column `i` as bytes.
    pub fn blob(&self, i: usize) -> Result<&[u8], DbError> {
        self.opt_blob(i)?.ok_or(DbError::Decode { column: i, wanted: "bytes" })
    }
}
