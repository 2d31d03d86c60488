//! EJSON: what is written reads back as itself, and nothing that comes in panics.

mod common;

use common::any_json;
use gantry_protocol::Timestamp;
use gantry_protocol::ejson::{Ejson, EjsonError, MAX_DEPTH};
use gantry_protocol::timestamp::MAX_MILLIS;
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_ejson() -> impl Strategy<Value = Ejson> {
    let leaf = prop_oneof![
        Just(Ejson::Null),
        Just(Ejson::Infinity),
        Just(Ejson::NegInfinity),
        Just(Ejson::NaN),
        any::<bool>().prop_map(Ejson::Bool),
        any::<i64>().prop_map(|number| Ejson::Number(number.into())),
        any::<String>().prop_map(Ejson::String),
        (-MAX_MILLIS..=MAX_MILLIS).prop_map(|millis| Ejson::Date(Timestamp::from_millis(millis))),
        any::<Vec<u8>>().prop_map(Ejson::Binary),
        any::<(String, String)>().prop_map(|(source, flags)| Ejson::RegExp { source, flags }),
        (any::<String>(), any_json()).prop_map(|(name, value)| Ejson::Custom { name, value }),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop::sample::select(vec![
            "a", "$date", "$binary", "$InfNaN", "$regexp", "$flags", "$type", "$value", "$escape",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Ejson::Array),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..3).prop_map(Ejson::Object),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(value in any_ejson()) {
        let text = value.encode().unwrap().to_string();
        prop_assert_eq!(Ejson::decode(serde_json::from_str(&text).unwrap()), Ok(value));
    }

    #[test]
    fn what_is_read_is_written_in_one_way(value in any_json()) {
        if let Ok(decoded) = Ejson::decode(value) {
            prop_assert_eq!(Ejson::decode(decoded.encode().unwrap()), Ok(decoded));
        }
    }
}

#[test]
fn every_form() {
    for (json, value) in [
        (json!({ "$date": 1 }), Ejson::Date(Timestamp::from_millis(1))),
        (json!({ "$binary": "aGk=" }), Ejson::Binary(b"hi".to_vec())),
        (json!({ "$InfNaN": 1 }), Ejson::Infinity),
        (json!({ "$InfNaN": -1 }), Ejson::NegInfinity),
        (json!({ "$InfNaN": 0 }), Ejson::NaN),
        (
            json!({ "$regexp": "^a", "$flags": "i" }),
            Ejson::RegExp { source: "^a".to_owned(), flags: "i".to_owned() },
        ),
        (
            json!({ "$type": "point", "$value": { "$date": "not decoded" } }),
            Ejson::Custom { name: "point".to_owned(), value: json!({ "$date": "not decoded" }) },
        ),
        (
            json!({ "$escape": { "$date": { "$date": 1 } } }),
            Ejson::Object([("$date".to_owned(), Ejson::Date(Timestamp::from_millis(1)))].into()),
        ),
    ] {
        assert_eq!(Ejson::decode(json.clone()), Ok(value.clone()));
        assert_eq!(value.encode(), Ok(json));
    }
}

#[test]
fn only_exact_forms_are_special() {
    for json in [
        json!({ "$date": 1, "more": 2 }),
        json!({ "$regexp": "a" }),
        json!({ "$type": "a" }),
        json!({ "$set": 1 }),
        json!({}),
    ] {
        assert!(matches!(Ejson::decode(json.clone()), Ok(Ejson::Object(_))), "{json}");
        assert_eq!(Ejson::decode(json.clone()).and_then(|value| value.encode()), Ok(json));
    }
}

#[test]
fn malformed_forms_are_refused() {
    for (json, form) in [
        (json!({ "$date": "2026-11-24" }), "$date"),
        (json!({ "$date": MAX_MILLIS + 1 }), "$date"),
        (json!({ "$binary": "*" }), "$binary"),
        (json!({ "$binary": 1 }), "$binary"),
        (json!({ "$InfNaN": 2 }), "$InfNaN"),
        (json!({ "$regexp": 1, "$flags": "" }), "$regexp"),
        (json!({ "$type": 1, "$value": 1 }), "$type"),
        (json!({ "$escape": 1 }), "$escape"),
    ] {
        assert_eq!(Ejson::decode(json), Err(EjsonError::Malformed(form)));
    }
}

#[test]
fn depth_is_limited_both_ways() {
    let nested = |levels: usize| (1..levels).fold(json!(1), |inner, _| json!([inner]));
    let deepest = Ejson::decode(nested(MAX_DEPTH)).unwrap();
    assert_eq!(deepest.encode(), Ok(nested(MAX_DEPTH)));
    assert_eq!(Ejson::decode(nested(MAX_DEPTH + 1)), Err(EjsonError::TooDeep));
    assert_eq!(Ejson::Array(vec![deepest]).encode(), Err(EjsonError::TooDeep));

    // A special form needs a level for what is inside it.
    let date = (1..MAX_DEPTH).fold(Ejson::Date(Timestamp::default()), |inner, _| Ejson::Array(vec![inner]));
    assert_eq!(date.encode(), Err(EjsonError::TooDeep));
    let custom = json!({ "$type": "a", "$value": nested(MAX_DEPTH) });
    assert_eq!(Ejson::decode(custom), Err(EjsonError::TooDeep));
    let escaped = |levels| json!({ "$escape": { "$date": nested(levels) } });
    assert!(Ejson::decode(escaped(MAX_DEPTH - 2)).is_ok());
    assert_eq!(Ejson::decode(escaped(MAX_DEPTH - 1)), Err(EjsonError::TooDeep));
    assert_eq!(Ejson::decode(Value::Null), Ok(Ejson::Null));
}
