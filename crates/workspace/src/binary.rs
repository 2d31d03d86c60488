//! Files that come as a parameter of a DDP method.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gantry_kernel::error::{Error, Result};
use serde_json::Value;

/// The bytes: a text with one byte in each character, as browsers read files, or EJSON's `{"$binary": …}`.
///
/// # Errors
/// `Match failed`.
pub(crate) fn content(param: &Value) -> Result<Bytes> {
    let bytes = match param {
        // JavaScript cuts off what does not fit a byte; a character that needs it is no file.
        Value::String(text) => {
            text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()
        }
        Value::Object(ejson) => {
            ejson.get("$binary").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok())
        }
        _ => None,
    };
    bytes.map(Bytes::from).ok_or_else(Error::match_failed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_of_sending_bytes_are_understood() {
        assert_eq!(content(&json!("\u{89}PNG\u{ff}")).unwrap(), &b"\x89PNG\xff"[..]);
        assert_eq!(content(&json!({ "$binary": "iVBORw==" })).unwrap(), &b"\x89PNG"[..]);
        for other in [json!("\u{1f600}"), json!({ "$binary": "%" }), json!(7), json!(null)] {
            assert!(content(&other).is_err(), "{other}");
        }
    }
}
