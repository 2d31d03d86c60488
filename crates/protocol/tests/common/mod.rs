//! What several tests generate.

use gantry_protocol::timestamp::MAX_MILLIS;
use proptest::prelude::*;
use serde_json::{Value, json};

/// JSON of any shape, with plenty of what looks like EJSON in it.
///
/// Numbers are whole: serde_json may read a fraction back one bit off.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::String),
        prop_oneof![-MAX_MILLIS..=MAX_MILLIS, any::<i64>()].prop_map(|millis| json!({ "$date": millis })),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            3 => "[a-z]{1,3}".boxed(),
            2 => prop::sample::select(vec![
                "$date", "$binary", "$InfNaN", "$regexp", "$flags", "$type", "$value", "$escape",
            ])
            .prop_map(str::to_owned)
            .boxed(),
            1 => any::<String>().boxed(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::hash_map(key, inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
