//! Fills a method's struct from the positional parameters of a DDP call.

use serde::Deserializer;
use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde_json::Value;

use crate::error::{Error, Result};

/// Builds `T` from the parameters, in the order of its fields. Missing trailing parameters are null,
/// surplus ones are ignored: the mobile app appends one to every call.
///
/// # Errors
/// `Match failed` if a parameter has the wrong type.
pub fn from_params<T: DeserializeOwned>(params: Vec<Value>) -> Result<T> {
    T::deserialize(Positional(params)).map_err(|error| {
        tracing::debug!(%error, "method parameters do not fit");
        Error::match_failed()
    })
}

struct Positional(Vec<Value>);

impl<'de> Deserializer<'de> for Positional {
    type Error = serde_json::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        self.0.resize(fields.len(), Value::Null);
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter()))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(Value::Array(self.0))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> std::result::Result<V::Value, Self::Error> {
        Err(Self::Error::custom("a method is a struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, Debug, PartialEq)]
    struct LoadHistory {
        rid: String,
        limit: Option<i64>,
    }

    #[test]
    fn missing_parameters_are_null_and_surplus_ones_are_ignored() {
        let short: LoadHistory = from_params(vec![json!("GENERAL")]).unwrap();
        assert_eq!(short, LoadHistory { rid: "GENERAL".into(), limit: None });
        let long: LoadHistory = from_params(vec![json!("GENERAL"), json!(5), json!("")]).unwrap();
        assert_eq!(long.limit, Some(5));
    }

    #[test]
    fn an_object_where_a_string_belongs_is_a_match_failure() {
        let error = from_params::<LoadHistory>(vec![json!({ "$ne": null })]).unwrap_err();
        assert!(error.is("400"));
    }
}
