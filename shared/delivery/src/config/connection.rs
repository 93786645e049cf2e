//! How a destination is reached over HTTP: the settings that all such destinations have.
//!
//! They stand beside a destination's own, under the same keys everywhere. serde's `flatten` would hold all
//! values back as text, and then neither say which variable is wrong nor which keys there are; so the keys
//! are taken out on the way to the destination's own struct.

use std::ops::Deref;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::http::Settings;

/// How the server is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Certificates in PEM to trust beside the public ones. The secret's member `ca_bundle` does the same.
    /// Default: none.
    pub ca_bundle: Option<String>,
    /// Allows `http` and loopback addresses: for tests and demonstrations. Default: false.
    pub allow_insecure: bool,
    /// Allows private addresses, for a receiver within the VPC. Default: false.
    pub allow_private_networks: bool,
}

impl Connection {
    const KEYS: [&str; 3] = ["ca_bundle", "allow_insecure", "allow_private_networks"];

    /// What the HTTP client is told.
    pub fn http(&self) -> Settings {
        Settings {
            ca_bundle: self.ca_bundle.clone(),
            allow_insecure: self.allow_insecure,
            allow_private_networks: self.allow_private_networks,
            ..Settings::default()
        }
    }

    /// Whether the key is one of these; its value is then read.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "ca_bundle" => self.ca_bundle = map.next_value()?,
            "allow_insecure" => self.allow_insecure = map.next_value()?,
            "allow_private_networks" => self.allow_private_networks = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The settings of a destination that is reached over HTTP: its own, and those of the connection.
#[derive(Clone, Debug, Default)]
pub struct OverHttp<C> {
    /// The destination's own.
    pub own: C,
    /// How it is reached.
    pub connection: Connection,
}

impl<C> Deref for OverHttp<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.own
    }
}

impl<'de, C: Deserialize<'de>> Deserialize<'de> for OverHttp<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut connection = Connection::default();
        let own = C::deserialize(Apart { all: deserializer, connection: &mut connection })?;
        Ok(OverHttp { own, connection })
    }
}

/// All settings, on their way to the struct of the destination's own.
struct Apart<'c, D> {
    all: D,
    connection: &'c mut Connection,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Apart<'_, D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.all.deserialize_map(Own { visitor, fields, connection: self.connection })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, D::Error> {
        Err(D::Error::custom("a destination's settings must be a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Own<'c, V> {
    visitor: V,
    fields: &'static [&'static str],
    connection: &'c mut Connection,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Own<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Own { visitor, fields, connection } = self;
        visitor.visit_map(Entries { map, fields, connection })
    }
}

/// The entries that are not the connection's.
struct Entries<'c, A> {
    map: A,
    fields: &'static [&'static str],
    connection: &'c mut Connection,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if self.connection.take(&key, &mut self.map)? {
                continue;
            }
            if !self.fields.contains(&key.as_str()) {
                // serde wants the names for ever; a program that meets this error ends.
                let known = [self.fields, &Connection::KEYS].concat().leak();
                return Err(A::Error::unknown_field(&key, known));
            }
            return seed.deserialize(key.into_deserializer()).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
