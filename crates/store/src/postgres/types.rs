//! Our values and PostgreSQL's.

use std::error::Error;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::row::Value;
use crate::{DbError, Row, Val};

/// A parameter; adapts to the type that the server inferred for it.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) Val<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self.0, ty) {
            (Val::Null, _) => Ok(IsNull::Yes),
            (Val::Int(number), &Type::INT8) => number.to_sql(ty, out),
            (Val::Int(number), &Type::INT4) => i32::try_from(number)?.to_sql(ty, out),
            (Val::Int(number), &Type::INT2) => i16::try_from(number)?.to_sql(ty, out),
            (Val::Int(number), &Type::FLOAT8) => (number as f64).to_sql(ty, out),
            (Val::Real(number), &Type::FLOAT8) => number.to_sql(ty, out),
            (Val::Bool(flag), &Type::BOOL) => flag.to_sql(ty, out),
            (Val::Text(text), _) if <&str as ToSql>::accepts(ty) => text.to_sql(ty, out),
            (Val::Blob(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (Val::TextList(list), &Type::TEXT_ARRAY | &Type::VARCHAR_ARRAY) => list.to_sql(ty, out),
            (value, _) => Err(format!("{} was bound where the statement wants {ty}", kind(value)).into()),
        }
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn kind(value: Val<'_>) -> &'static str {
    match value {
        Val::Null => "NULL",
        Val::Int(_) => "an integer",
        Val::Real(_) => "a number",
        Val::Bool(_) => "a boolean",
        Val::Text(_) => "text",
        Val::Blob(_) => "bytes",
        Val::TextList(_) => "a list of texts",
    }
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Self::Real(f32::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Blob(raw.to_owned()),
            Type::NUMERIC => numeric(raw).ok_or("a malformed number")?,
            _ if <&str as FromSql>::accepts(ty) => Self::Text(<&str>::from_sql(ty, raw)?.to_owned()),
            _ => {
                return Err(format!(
                    "a column of type {ty}: cast it to one of the types that migrations use"
                )
                .into());
            }
        })
    }

    fn from_sql_null(_ty: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }
}

/// PostgreSQL sums integers to NUMERIC, SQLite to an integer. Whole numbers become integers here.
/// Layout: four 16-bit fields (count of digits, weight of the first, sign, scale), then digits to base 10,000.
fn numeric(raw: &[u8]) -> Option<Value> {
    let mut fields = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let (_count, weight, sign, _scale) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let digits: Vec<i16> = fields.collect();
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return Some(Value::Real(f64::NAN)),
    };
    let places = usize::try_from(i32::from(weight) + 1).unwrap_or(0);
    if digits.len() <= places && places <= 4 {
        let mut whole: i64 = 0;
        for i in 0..places {
            whole = whole * 10_000 + i64::from(digits.get(i).copied().unwrap_or(0));
        }
        return Some(Value::Int(if negative { -whole } else { whole }));
    }
    let size: f64 = digits
        .iter()
        .zip(0i32..)
        .map(|(digit, i)| f64::from(*digit) * 10_000f64.powi(i32::from(weight) - i))
        .sum();
    Some(Value::Real(if negative { -size } else { size }))
}

pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, DbError> {
    (0..row.len())
        .map(|i| row.try_get(i))
        .collect::<Result<_, _>>()
        .map(Row::new)
        .map_err(|cause| error(&cause))
}

/// Our error for PostgreSQL's. The server's DETAIL is left out of messages: it quotes stored values.
pub(super) fn error(error: &tokio_postgres::Error) -> DbError {
    let Some(db) = error.as_db_error() else {
        return DbError::Other(match error.source() {
            Some(cause) => format!("PostgreSQL: {error}: {cause}"),
            None => format!("PostgreSQL: {error}"),
        });
    };
    match *db.code() {
        SqlState::UNIQUE_VIOLATION => {
            DbError::Unique { constraint: constraint(db.table(), db.detail(), db.constraint()) }
        }
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => DbError::Conflict,
        SqlState::LOCK_NOT_AVAILABLE => DbError::Busy,
        SqlState::TOO_MANY_CONNECTIONS => DbError::Overloaded,
        _ => DbError::Other(format!("PostgreSQL: {} ({})", db.message(), db.code().code())),
    }
}

/// The violated columns as SQLite names them, from a detail such as `Key (a, b)=(1, 2) already exists.`
fn constraint(table: Option<&str>, detail: Option<&str>, name: Option<&str>) -> String {
    let columns = detail
        .and_then(|detail| detail.split_once('('))
        .and_then(|(_, rest)| rest.split_once(")=("))
        .map(|(columns, _)| columns)
        .filter(|columns| columns.bytes().all(|b| b.is_ascii_alphanumeric() || b"_, ".contains(&b)));
    match (table, columns) {
        (Some(table), Some(columns)) => {
            columns.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        }
        _ => name.unwrap_or_default().to_owned(),
    }
}

/// Whether the connection is gone, and with it the transaction.
pub(super) fn lost(error: &tokio_postgres::Error) -> bool {
    // Class 57P: the server is being shut down or an administrator ended the connection.
    error.is_closed() || error.code().is_some_and(|code| code.code().starts_with("57P"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(fields: &[i16]) -> Vec<u8> {
        fields.iter().flat_map(|field| field.to_be_bytes()).collect()
    }

    #[test]
    fn numerics_become_integers_when_whole() {
        assert_eq!(numeric(&raw(&[0, 0, 0, 0])), Some(Value::Int(0)));
        assert_eq!(numeric(&raw(&[2, 1, 0, 0, 12, 3456])), Some(Value::Int(123_456)));
        assert_eq!(numeric(&raw(&[1, 1, 0x4000, 0, 5])), Some(Value::Int(-50_000)));
        assert_eq!(numeric(&raw(&[2, 0, 0, 1, 2, 5000])), Some(Value::Real(2.5)));
        assert_eq!(numeric(&[0, 1]), None);
    }

    #[test]
    fn constraints_are_named_by_their_columns() {
        let name = |detail| constraint(Some("t"), Some(detail), Some("t_key"));
        assert_eq!(name("Key (a, b)=(1, (x)=(y)) already exists."), "t.a, t.b");
        assert_eq!(name("Key (lower(a))=(x) already exists."), "t_key");
        assert_eq!(constraint(None, None, Some("t_key")), "t_key");
    }
}
