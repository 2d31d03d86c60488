//! The rewriting for REST changes dates and nothing else.

mod common;

use common::any_json;
use gantry_protocol::timestamp::MAX_MILLIS;
use gantry_protocol::{RawJson, Timestamp, rest};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

fn encoded(json: &str) -> String {
    String::from_utf8(rest::encode(json.as_bytes())).expect("text stays text")
}

/// The slow way: parse, replace, write.
fn with_iso_dates(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(with_iso_dates).collect(),
        Value::Object(object) => {
            let millis = object.get("$date").and_then(Value::as_i64).filter(|_| object.len() == 1);
            match millis.and_then(Timestamp::checked_from_millis) {
                Some(time) => json!(time.to_iso()),
                None => object.into_iter().map(|(key, value)| (key, with_iso_dates(value))).collect(),
            }
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn agrees_with_rewriting_the_parsed_document(value in any_json()) {
        let fast: Value = serde_json::from_slice(&rest::to_vec(&value).unwrap()).unwrap();
        prop_assert_eq!(fast, with_iso_dates(value));
    }

    #[test]
    fn string_contents_are_never_touched(
        text in prop_oneof![
            any::<String>(),
            r#"[\\"{}$:0-9date]{0,40}"#,
            (any::<String>(), -MAX_MILLIS..=MAX_MILLIS, any::<String>())
                .prop_map(|(before, millis, after)| format!("{before}{{\"$date\":{millis}}}{after}")),
        ],
    ) {
        let document = json!({ "msg": &text, &text: [&text] });
        // As a key the text could itself be `$date`.
        prop_assume!(text != "$date");
        prop_assert_eq!(rest::to_vec(&document).unwrap(), serde_json::to_vec(&document).unwrap());
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in any::<Vec<u8>>(),
        pieces in prop::collection::vec(
            prop::sample::select(vec!["{\"$date\":", "{", "}", "-", "12", "99999999999999999999", "\"", ","]),
            0..20,
        ),
    ) {
        let _ = rest::encode(&bytes);
        let _ = rest::encode(pieces.concat().as_bytes());
    }
}

#[test]
fn stored_documents_are_spliced_without_parsing() {
    #[derive(Serialize)]
    struct Reply {
        messages: Vec<RawJson>,
        success: bool,
    }
    let stored = RawJson::from_text(r#"{"_id":"a","ts":{"$date":1795549572123}}"#.to_owned()).unwrap();
    let reply = Reply { messages: vec![stored], success: true };
    assert_eq!(
        String::from_utf8(rest::to_vec(&reply).unwrap()).unwrap(),
        r#"{"messages":[{"_id":"a","ts":"2026-11-24T19:46:12.123Z"}],"success":true}"#
    );
}

#[test]
fn what_is_no_date_stays() {
    for json in [
        r#"{"$date":1.5}"#,
        r#"{"$date":1e3}"#,
        r#"{"$date":"2026-11-24"}"#,
        r#"{"$date":null}"#,
        r#"{"$date":1,"more":2}"#,
        r#"{"more":2,"$date":1}"#,
        r#"{"$date":8640000000000001}"#,
        r#"{"$date":99999999999999999999999}"#,
        r#"{"$date":-"#,
        r#"{"$date":12"#,
        r#"{"$date":"#,
        r#"{"a":"{\"$date\":1}"}"#,
    ] {
        assert_eq!(encoded(json), json);
    }
}

#[test]
fn dates_next_to_each_other_and_before_1970() {
    assert_eq!(
        encoded(r#"[{"$date":0},{"$date":-1},{"$date":{"$date":1}}]"#),
        r#"["1970-01-01T00:00:00.000Z","1969-12-31T23:59:59.999Z",{"$date":"1970-01-01T00:00:00.001Z"}]"#
    );
}
