//! Flat strings as a serde input: lists `a,b`, maps `k=v,k=v`, `true`/`false`, numbers.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{ConfigError, PREFIX};

/// Settings by key, in lower case.
pub(super) struct Variables {
    rest: btree_map::IntoIter<String, String>,
    value: Option<(String, String)>,
}

impl Variables {
    pub(super) fn new(values: BTreeMap<String, String>) -> Variables {
        Variables { rest: values.into_iter(), value: None }
    }
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase())
}

impl de::Error for ConfigError {
    fn custom<T: fmt::Display>(problem: T) -> ConfigError {
        ConfigError::new("", problem.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> ConfigError {
        let known: Vec<String> = expected.iter().map(|key| variable(key)).collect();
        let problem = format!("there is no such setting; known are {}", known.join(", "));
        ConfigError::new(variable(field), problem)
    }

    fn missing_field(field: &'static str) -> ConfigError {
        ConfigError::new(variable(field), "is not set, and must be")
    }

    /// serde's text repeats the value, which may be a secret put in the wrong place.
    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> ConfigError {
        ConfigError::new("", format!("must be {expected}"))
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> ConfigError {
        ConfigError::new("", format!("must be {expected}"))
    }
}

impl<'de> de::Deserializer<'de> for Variables {
    type Error = ConfigError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Variables {
    type Error = ConfigError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ConfigError> {
        self.value = self.rest.next();
        match &self.value {
            None => Ok(None),
            Some((key, _)) => seed.deserialize(key.as_str().into_deserializer()).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ConfigError> {
        let (key, text) = self.value.take().unwrap_or_default();
        seed.deserialize(Setting(&text)).map_err(|error| match error.place.as_str() {
            "" => ConfigError::new(variable(&key), error.problem),
            _ => error,
        })
    }
}

/// One setting's text.
struct Setting<'a>(&'a str);

impl<'a> Setting<'a> {
    fn parts(&self) -> impl Iterator<Item = &'a str> {
        self.0.split(',').map(str::trim).filter(|part| !part.is_empty())
    }

    fn number<T: std::str::FromStr>(&self) -> Result<T, ConfigError> {
        self.0.parse().map_err(|_| ConfigError::new("", "must be a whole number"))
    }
}

impl IntoDeserializer<'_, ConfigError> for Setting<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Setting<'_> {
    type Error = ConfigError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(ConfigError::new("", "must be true or false")),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_u16(self.number()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_u32(self.number()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_u64(self.number()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_seq(SeqDeserializer::new(self.parts().map(Setting)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        let mut pairs = Vec::new();
        for part in self.parts() {
            let Some((key, value)) = part.split_once('=') else {
                return Err(ConfigError::new("", "must be pairs: name=value,name=value"));
            };
            pairs.push((key.trim().to_owned(), Setting(value.trim())));
        }
        visitor.visit_map(MapDeserializer::new(pairs.into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 u8 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct
        struct identifier ignored_any
    }
}
