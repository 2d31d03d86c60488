//! The same check on values and schemas that nobody would write.

use proptest::prelude::*;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        prop_oneof![Just(""), Just("true"), Just("0"), Just("1.5"), Just("x"), Just("channel")]
            .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let name = prop_oneof![
            Just("roomId"),
            Just("text"),
            Just("count"),
            Just("kind"),
            Just("shape"),
            Just("target"),
            Just("tags"),
            Just("nested"),
            Just("name"),
            Just("child"),
            Just("fields"),
            Just("anything"),
            Just("type"),
            Just("anyOf"),
            Just("oneOf"),
            Just("properties"),
            Just("required"),
            Just("$ref"),
            Just("items"),
            Just("enum"),
            Just("pattern"),
            Just("additionalProperties"),
            Just("minLength"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

/// Objects with the fields of [`Example`], of any type.
fn any_example() -> impl Strategy<Value = Value> {
    let names = ["text", "count", "kind", "shape", "target", "tags", "nested", "fields", "anything"];
    prop::collection::btree_map(prop::sample::select(names.to_vec()), any_json(), 0..4).prop_map(|fields| {
        let mut value = json!({"roomId": "GENERAL"});
        let object = value.as_object_mut().expect("made as one");
        object.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        value
    })
}

proptest! {
    #[test]
    fn arbitrary_values_neither_panic_nor_conform_unreadably(mut value in prop_oneof![any_example(), any_json()], query in any::<bool>()) {
        let check = Conform::new(schema_for!(Example));
        if check.conform(&mut value, if query { Coerce::Query } else { Coerce::Body }).is_ok() {
            // What is left for serde: a whole number too large for the field.
            if let Err(error) = serde_json::from_value::<Example>(value) {
                prop_assert!(error.to_string().contains("integer") || error.to_string().contains("floating"), "{error}");
            }
        }
    }

    #[test]
    fn a_value_that_conforms_does_so_again_unchanged(mut value in any_example()) {
        let check = Conform::new(schema_for!(Example));
        if check.conform(&mut value, Coerce::Body).is_ok() {
            let mut again = value.clone();
            prop_assert_eq!(check.conform(&mut again, Coerce::None), Ok(()));
            prop_assert_eq!(again, value);
        }
    }

    #[test]
    fn arbitrary_schemas_do_not_panic(schema in any_json(), mut value in any_json()) {
        if let Ok(schema) = Schema::try_from(schema) {
            let refused = Conform::new(schema).conform(&mut value, Coerce::Query);
            prop_assert!(refused.err().is_none_or(|messages| !messages.is_empty()));
        }
    }
}
