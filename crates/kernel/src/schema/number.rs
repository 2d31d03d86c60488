//! Numbers as JavaScript reads and writes them.

use serde_json::Number;

/// A number as JavaScript's `Number(text)` reads it: white space around it is ignored, `0x1f` is one, white
/// space alone is 0. Empty text is none. What JSON cannot write (`Infinity`) is none either.
pub(super) fn parse_number(text: &str) -> Option<Number> {
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
    use serde_json::{Value, json};

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
