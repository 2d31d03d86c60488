//! Choosing users by a JSON query, without handing it to the database.

use gantry_kernel::error::{Error, Result};
use serde_json::{Map, Value};

/// How deep a query may be nested.
const DEPTH: usize = 8;

/// A query that was understood.
#[derive(Debug)]
pub(super) enum Query {
    All(Vec<Query>),
    Any(Vec<Query>),
    Is(String, Value),
    Not(Box<Query>),
    In(String, Vec<Value>),
    Exists(String),
}

impl Query {
    /// From JSON text.
    ///
    /// # Errors
    /// `error-invalid-query`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        match serde_json::from_str(text) {
            Ok(Value::Object(query)) => Self::object(&query, DEPTH).ok_or_else(invalid),
            _ => Err(invalid()),
        }
    }

    fn object(query: &Map<String, Value>, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let parts = query.iter().map(|(key, value)| match (key.as_str(), value) {
            ("$and", Value::Array(parts)) => Some(Self::All(Self::each(parts, depth)?)),
            ("$or", Value::Array(parts)) => Some(Self::Any(Self::each(parts, depth)?)),
            (key, _) if key.starts_with('$') => None,
            (field, Value::Object(tests)) if tests.keys().any(|key| key.starts_with('$')) => {
                let tests = tests.iter().map(|(test, value)| Self::test(field, test, value));
                Some(Self::All(tests.collect::<Option<_>>()?))
            }
            (field, value) => Some(Self::Is(field.to_owned(), value.clone())),
        });
        Some(Self::All(parts.collect::<Option<_>>()?))
    }

    fn each(parts: &[Value], depth: usize) -> Option<Vec<Self>> {
        parts.iter().map(|part| Self::object(part.as_object()?, depth)).collect()
    }

    fn test(field: &str, test: &str, value: &Value) -> Option<Self> {
        let field = field.to_owned();
        Some(match (test, value) {
            ("$eq", value) => Self::Is(field, value.clone()),
            ("$ne", value) => Self::Not(Box::new(Self::Is(field, value.clone()))),
            ("$in", Value::Array(values)) => Self::In(field, values.clone()),
            ("$nin", Value::Array(values)) => Self::Not(Box::new(Self::In(field, values.clone()))),
            ("$exists", Value::Bool(true)) => Self::Exists(field),
            ("$exists", Value::Bool(false)) => Self::Not(Box::new(Self::Exists(field))),
            _ => return None,
        })
    }

    /// Whether a document is chosen. A list fits if one of its entries does.
    pub(super) fn fits(&self, document: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.fits(document)),
            Self::Any(parts) => parts.iter().any(|part| part.fits(document)),
            Self::Not(part) => !part.fits(document),
            Self::Is(field, Value::Null) => !found(document, field, &|value| !value.is_null()),
            Self::Is(field, wanted) => found(document, field, &|value| value == wanted),
            Self::In(field, wanted) => found(document, field, &|value| wanted.contains(value)),
            Self::Exists(field) => found(document, field, &|_| true),
        }
    }
}

/// Whether `test` holds for the value at a dotted path, or for an entry of a list on the way.
fn found(value: &Value, path: &str, test: &dyn Fn(&Value) -> bool) -> bool {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match value {
        Value::Array(entries) => entries.iter().any(|entry| found(entry, path, test)),
        Value::Object(fields) => fields.get(name).is_some_and(|value| match rest {
            Some(rest) => found(value, rest, test),
            None => test(value) || value.as_array().is_some_and(|entries| entries.iter().any(test)),
        }),
        _ => false,
    }
}

fn invalid() -> Error {
    Error::new("error-invalid-query", "Invalid query parameter provided")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(query: Value) -> bool {
        let ann = json!({
            "username": "ann", "active": true, "roles": ["user", "bot"],
            "emails": [{ "address": "ann@example.com", "verified": false }]
        });
        Query::parse(&query.to_string()).unwrap().fits(&ann)
    }

    #[test]
    fn values_lists_and_paths_are_compared() {
        assert!(fits(json!({ "username": "ann", "roles": "bot" })));
        assert!(fits(json!({ "emails.address": "ann@example.com", "emails.verified": { "$ne": true } })));
        assert!(fits(json!({ "roles": { "$in": ["admin", "user"] }, "name": { "$exists": false } })));
        assert!(fits(json!({ "$or": [{ "username": "bob" }, { "active": true }] })));
        assert!(!fits(json!({ "username": { "$nin": ["ann"] } })));
        assert!(!fits(json!({ "$and": [{ "active": true }, { "username": "bob" }] })));
        assert!(fits(json!({ "name": null })));
        assert!(fits(json!({})));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [r#"{"$where":"1"}"#, r#"{"a":{"$regex":"x"}}"#, "[]", "x", r#"{"$or":[1]}"#] {
            assert!(Query::parse(text).unwrap_err().is("error-invalid-query"), "{text}");
        }
        let deep = format!("{}{{}}{}", r#"{"$and":["#.repeat(20), "]}".repeat(20));
        assert!(Query::parse(&deep).is_err());
    }
}
