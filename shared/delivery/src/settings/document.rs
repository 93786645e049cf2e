//! Keys and values of a text in the settings language, each with its place.

use std::collections::{BTreeMap, btree_map};
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use toml::{Spanned, Table, Value};

use super::ConfigError;
use super::expected::{nearest, problem};

/// Keys and values as TOML gives them when it is asked for places.
pub type Entries = BTreeMap<String, Spanned<Value>>;

/// What an inline text is put between to be a table.
const INLINE: (&str, &str) = ("inline = { ", " }");

/// Settings that are not read yet. Debug shows the keys alone.
#[derive(Clone, Default)]
pub struct Document {
    place: String,
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    value: Value,
    /// Line and column, counted from 1; unknown where a table was read by somebody else.
    at: Option<(usize, usize)>,
}

impl Document {
    /// Reads a text, lines or inline. `place` names it in errors: a file or a parameter.
    pub fn parse(place: &str, text: &str) -> Result<Document, ConfigError> {
        let as_lines = match toml::from_str::<Entries>(text) {
            Ok(entries) => return Ok(Document::new(place, text, 0, entries)),
            Err(error) => error,
        };
        let (before, after) = INLINE;
        let inline = format!("{before}{}{after}", text.trim());
        match toml::from_str::<BTreeMap<String, Entries>>(&inline) {
            Ok(mut tables) if tables.len() == 1 => {
                let entries = tables.pop_first().map(|(_, entries)| entries).unwrap_or_default();
                Ok(Document::new(place, &inline, before.len(), entries))
            }
            _ => {
                let at = as_lines.span().map(|span| position(text, span.start, 0));
                Err(ConfigError::new(placed(place, at), UNREADABLE))
            }
        }
    }

    /// Settings that were read together with a whole file; `text` is the file's.
    pub fn of_file(place: &str, text: &str, entries: Entries) -> Document {
        Document::new(place, text, 0, entries)
    }

    fn new(place: &str, text: &str, skip: usize, entries: Entries) -> Document {
        let entries = entries.into_iter().map(|(key, value)| {
            let at = Some(position(text, value.span().start, skip));
            (key, Entry { value: value.into_inner(), at })
        });
        Document { place: place.to_owned(), entries: entries.collect() }
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether this key is set.
    pub fn contains(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The keys that are set.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Sets a key that has a parameter of its own beside the text; refused if the text sets it too.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        if let Some(entry) = self.entries.get(key) {
            let problem = "is set twice: here, and by a parameter of its own";
            return Err(ConfigError::new(self.place_of(key, entry.at), problem));
        }
        let value = Value::String(value.to_owned());
        self.entries.insert(key.to_owned(), Entry { value, at: None });
        Ok(())
    }

    /// Sets a key that is not set.
    pub fn set_default(&mut self, key: &str, value: Value) {
        self.entries.entry(key.to_owned()).or_insert(Entry { value, at: None });
    }

    /// Refuses a key that makes no sense here.
    pub fn refuse(&self, key: &str, problem: &str) -> Result<(), ConfigError> {
        self.entries
            .get(key)
            .map_or(Ok(()), |entry| Err(ConfigError::new(self.place_of(key, entry.at), problem)))
    }

    /// Takes these keys out, into a document of their own.
    pub fn split(&mut self, keys: &[&str]) -> Document {
        let entries = keys.iter().filter_map(|key| self.entries.remove_entry(*key)).collect();
        Document { place: self.place.clone(), entries }
    }

    /// Fills a struct; an unknown key is refused by name, with those that are known.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, ConfigError> {
        self.read_beside(&[])
    }

    /// Like [`read`](Document::read); `others` are keys that were split off and are known too.
    pub fn read_beside<T: DeserializeOwned>(self, others: &[&str]) -> Result<T, ConfigError> {
        let place = self.place.clone();
        let places: BTreeMap<String, String> = self
            .entries
            .iter()
            .map(|(key, entry)| (key.clone(), self.place_of(key, entry.at)))
            .collect();
        let entries = Reading { rest: self.entries.into_iter(), value: None };
        T::deserialize(entries).map_err(|error| error.told(&place, &places, others))
    }

    fn place_of(&self, key: &str, at: Option<(usize, usize)>) -> String {
        match (self.place.as_str(), at) {
            ("", _) => key.to_owned(),
            (place, at) => format!("{}: {key}", placed(place, at)),
        }
    }
}

impl From<Table> for Document {
    /// Settings without a text; errors name the keys alone.
    fn from(table: Table) -> Document {
        let entries = table.into_iter().map(|(key, value)| (key, Entry { value, at: None }));
        Document { place: String::new(), entries: entries.collect() }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

const UNREADABLE: &str = "is not valid TOML; expected `key = value` lines, or `key = value, key = value` on one line, \
                          with texts in quotes";

fn placed(place: &str, at: Option<(usize, usize)>) -> String {
    match at {
        Some((line, column)) => format!("{place}:{line}:{column}"),
        None => place.to_owned(),
    }
}

/// Line and column of a byte of the text, without the `skip` bytes that were put before it.
fn position(text: &str, byte: usize, skip: usize) -> (usize, usize) {
    let before = text.get(skip..byte).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// An error on the way through serde: of which key, if it is one's.
#[derive(Debug)]
pub(super) struct Told {
    key: Option<String>,
    what: What,
}

#[derive(Debug)]
enum What {
    Unknown(&'static [&'static str]),
    Missing,
    Problem(String),
}

impl Told {
    fn told(self, place: &str, places: &BTreeMap<String, String>, others: &[&str]) -> ConfigError {
        let key = self.key.unwrap_or_default();
        let known = places.get(&key).cloned();
        let of_key = || if place.is_empty() { key.clone() } else { format!("{place}: {key}") };
        let place = known.unwrap_or_else(of_key);
        let problem = match self.what {
            What::Missing => "is required".to_owned(),
            What::Problem(problem) => problem,
            What::Unknown(own) => {
                let all: Vec<&str> = own.iter().chain(others).copied().collect();
                let list = all.join(", ");
                match nearest(&key, &all) {
                    Some(near) => format!("unknown setting; did you mean {near}? Known are {list}"),
                    None => format!("unknown setting; known are {list}"),
                }
            }
        };
        ConfigError { place, problem }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings")
    }
}

impl std::error::Error for Told {}

impl de::Error for Told {
    fn custom<T: fmt::Display>(text: T) -> Told {
        Told { key: None, what: What::Problem(problem(&text.to_string())) }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Told {
        Told { key: Some(field.to_owned()), what: What::Unknown(expected) }
    }

    fn missing_field(field: &'static str) -> Told {
        Told { key: Some(field.to_owned()), what: What::Missing }
    }
}

/// The entries on their way into a struct.
struct Reading {
    rest: btree_map::IntoIter<String, Entry>,
    value: Option<(String, Value)>,
}

impl<'de> Deserializer<'de> for Reading {
    type Error = Told;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Told> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Reading {
    type Error = Told;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Told> {
        self.value = self.rest.next().map(|(key, entry)| (key, entry.value));
        match &self.value {
            None => Ok(None),
            Some((key, _)) => seed.deserialize(StrDeserializer::new(key)).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Told> {
        let Some((key, value)) = self.value.take() else {
            return Err(de::Error::custom("a value without a key"));
        };
        seed.deserialize(value).map_err(|error: toml::de::Error| Told {
            key: Some(key),
            what: What::Problem(problem(error.message())),
        })
    }
}
