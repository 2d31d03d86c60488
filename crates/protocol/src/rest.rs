//! From the canonical encoding to what REST clients read.

use memchr::memmem;
use serde::Serialize;

use crate::Timestamp;

const DATE: &[u8] = b"{\"$date\":";

/// Rewrites every `{"$date":ms}` of a finished JSON text into an ISO 8601 string, `"2026-11-24T19:46:12.123Z"`.
///
/// The text has to be written without spaces between tokens, as serde_json and the database do. Nothing
/// inside JSON strings is touched: quotes are escaped there, so the pattern cannot occur in one. What is not
/// exactly a whole number of milliseconds that [`Timestamp`] can hold stays as it is.
pub fn encode(ejson: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ejson.len() + 16);
    let mut copied = 0;
    for start in memmem::find_iter(ejson, DATE) {
        let number = start + DATE.len();
        let Some((time, end)) = date_at(ejson, number) else { continue };
        out.extend_from_slice(&ejson[copied..start]);
        out.push(b'"');
        time.write_iso(&mut out);
        out.push(b'"');
        copied = end;
    }
    out.extend_from_slice(&ejson[copied..]);
    out
}

/// The integer at `from` and the position behind the `}` that follows it.
fn date_at(json: &[u8], from: usize) -> Option<(Timestamp, usize)> {
    let negative = json.get(from) == Some(&b'-');
    let digits = from + usize::from(negative);
    // The range has 16 digits, so 17 cannot overflow.
    let length = json[digits..].iter().take(17).take_while(|byte| byte.is_ascii_digit()).count();
    let end = digits + length;
    if length == 0 || json.get(end) != Some(&b'}') {
        return None;
    }
    let value = json[digits..end].iter().fold(0_i64, |value, byte| value * 10 + i64::from(byte - b'0'));
    let time = Timestamp::checked_from_millis(if negative { -value } else { value })?;
    Some((time, end + 1))
}

/// Serialises `value` for a REST reply.
///
/// # Errors
///
/// As `serde_json::to_vec`: a `Serialize` that fails, or a map whose keys are not strings.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(value).map(|ejson| encode(&ejson))
}
