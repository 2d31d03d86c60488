//! Conversion of scalars, by the table of AJV's `coerceTypes`.

use serde_json::{Number, Value};

use super::Coerce;
use super::compile::Type;

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

/// A number as JavaScript's `Number(text)` reads it: white space around it is ignored, `0x1f` is one, white
/// space alone is 0. Empty text is none. What JSON cannot write (`Infinity`) is none either.
fn parse_number(text: &str) -> Option<Number> {
    if text.is_empty() {
        return None;
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Some(Number::from(0));
    }
    if let Some(digits) = text.strip_prefix('0')
        && let Some(radix) = match digits.as_bytes().first() {
            Some(b'x' | b'X') => Some(16),
            Some(b'o' | b'O') => Some(8),
            Some(b'b' | b'B') => Some(2),
            _ => None,
        }
    {
        let digits = &digits[1..];
        return digits
            .chars()
            .all(|c| c.is_digit(radix))
            .then(|| u64::from_str_radix(digits, radix).ok())?
            .map(Number::from);
    }
    // Rust also reads `inf`, `nan` and the like.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Number::from(whole));
    }
    text.parse::<f64>().ok().and_then(to_number)
}

/// A finite number, as an integer if it is whole and exact.
pub(super) fn to_number(value: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        // In range and whole, so that nothing is lost.
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// A number as JavaScript writes it.
pub(super) fn number_text(number: &Number) -> String {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    if value == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&value.abs()) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_numbers_where_javascript_says_so() {
        for (text, expected) in [
            ("5", json!(5)),
            ("-5.50", json!(-5.5)),
            (" 7\n", json!(7)),
            ("  ", json!(0)),
            ("0x1f", json!(31)),
            ("0b101", json!(5)),
            ("1e3", json!(1000)),
            (".5", json!(0.5)),
            ("+3", json!(3)),
        ] {
            assert_eq!(parse_number(text).map(Value::Number), Some(expected), "{text:?}");
        }
        for text in
            ["", "five", "5 6", "1e", "0x", "0xg", "-0x1", "0x+1", "Infinity", "inf", "nan", "1_000", "--1"]
        {
            assert_eq!(parse_number(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_written_as_javascript_does() {
        for (number, text) in [
            (json!(5), "5"),
            (json!(5.0), "5"),
            (json!(-0.0), "0"),
            (json!(0.1), "0.1"),
            (json!(1e21), "1e+21"),
            (json!(1e20), "100000000000000000000"),
            (json!(1.5e-7), "1.5e-7"),
            (json!(u64::MAX), "18446744073709551615"),
        ] {
            assert_eq!(number_text(number.as_number().unwrap()), text);
        }
    }
}
