//! From a request's query string and body to one JSON object.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::percent;

/// Parameters of a query string or a form body: repeated keys and `key[]` become arrays, `key[sub]` an
/// object.
///
/// # Errors
/// 400 if a NUL character or text that is not UTF-8 is in it.
pub fn from_form(text: &str) -> Result<Map<String, Value>> {
    let mut params = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        insert(&mut params, &decode(key)?, decode(value)?);
    }
    Ok(params)
}

pub(crate) fn insert(params: &mut Map<String, Value>, key: &str, value: String) {
    if let Some(name) = key.strip_suffix("[]") {
        push(params, name, value, true);
    } else if let Some((name, sub)) = key.strip_suffix(']').and_then(|key| key.split_once('[')) {
        let slot = params.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(object) = slot {
            object.insert(sub.to_owned(), Value::String(value));
        }
    } else {
        push(params, key, value, false);
    }
}

fn push(params: &mut Map<String, Value>, key: &str, value: String, list: bool) {
    let value = Value::String(value);
    match params.get_mut(key) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => {
            params.insert(key.to_owned(), if list { Value::Array(vec![value]) } else { value });
        }
    }
}

/// Undoes percent and plus encoding.
pub(crate) fn decode(text: &str) -> Result<String> {
    let text = percent::decode(&text.replace('+', " "))
        .map_err(|_| Error::invalid_params("the query string is not UTF-8"))?;
    refuse_nul(&text)?;
    Ok(text)
}

/// The JSON object of a body. An empty body is an empty object.
///
/// # Errors
/// 400 if it is not a JSON object, is nested too deep, is not UTF-8 or contains a NUL character.
pub(crate) fn from_json(body: &[u8]) -> Result<Map<String, Value>> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let text = std::str::from_utf8(body).map_err(|_| Error::invalid_params("the body is not UTF-8"))?;
    match serde_json::from_str(text) {
        // The search is quick; what it finds may be JSON within a text, as `method.call` has it.
        Ok(Value::Object(object)) if text.contains("\\u0000") && object.iter().any(has_nul) => {
            Err(Error::invalid_params("text must not contain the NUL character"))
        }
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Error::invalid_params("must be object")),
        Err(error) => Err(Error::invalid_params(format!("the body is not JSON: {error}"))),
    }
}

fn has_nul((name, value): (&String, &Value)) -> bool {
    fn within(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(within),
            Value::Object(fields) => fields.iter().any(has_nul),
            _ => false,
        }
    }
    name.contains('\0') || within(value)
}

pub(crate) fn refuse_nul(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid_params("text must not contain the NUL character"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_objects_in_a_query_string() {
        let params = from_form("roles[]=admin&roles[]=bot&u[id]=1&name=a%20b+c&x=1&x=2").unwrap();
        assert_eq!(
            Value::Object(params),
            json!({ "roles": ["admin", "bot"], "u": { "id": "1" }, "name": "a b c", "x": ["1", "2"] })
        );
    }

    #[test]
    fn bad_text_is_refused() {
        assert!(from_form("a=%00").is_err());
        assert!(from_form("a=%ff").is_err());
        for nul in [&br#"{"a":"\u0000"}"#[..], br#"{"a":[{"b":"x\u0000"}]}"#, br#"{"a\u0000":1}"#] {
            assert!(from_json(nul).is_err());
        }
        assert!(from_json(br#"{"message":"{\"params\":[\"\\u0000\"]}"}"#).is_ok());
        assert!(from_json(b"[1]").is_err());
        assert!(from_json("[".repeat(100_000).as_bytes()).is_err());
        assert!(from_json(b"").unwrap().is_empty());
    }

    #[test]
    fn a_lone_percent_sign_stays() {
        assert_eq!(decode("100%").unwrap(), "100%");
        assert_eq!(decode("%zz").unwrap(), "%zz");
    }
}
