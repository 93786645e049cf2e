//! What a record is, by the names of its members.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::clean;
use crate::error::{Nearest, ParseError};

/// The formats that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Native,
    HashicorpVault,
    SanctumEvent,
    SanctumOcsf,
    SanctumEntry,
    SanctumRow,
    SyncropelLine,
    SyncropelRecord,
    DaemonLog,
    BulkAction,
}

/// The formats by the members that tell them, the most telling first, and what they are called.
const FORMATS: [(u32, Shape, &str); 10] = [
    (SCHEMA, Shape::Native, "an event of the contract"),
    (CATEGORY | RECORD, Shape::SyncropelLine, "a Syncropel export line"),
    (KIND | ACTOR | SUCCESS, Shape::SanctumEvent, "a SanctumAI event"),
    (CLASS_UID | METADATA | ACTOR, Shape::SanctumOcsf, "a SanctumAI event in OCSF"),
    (AGENT_NAME | ALLOWED, Shape::SanctumEntry, "a SanctumAI audit entry"),
    (AGENT_NAME | RESULT, Shape::SanctumRow, "a SanctumAI API row"),
    (ACT | ACTOR | BODY, Shape::SyncropelRecord, "a Syncropel record"),
    (TYPE | REQUEST, Shape::HashicorpVault, "a HashiCorp Vault or OpenBao audit line"),
    (LEVEL | MESSAGE, Shape::DaemonLog, "a Syncropel daemon log line"),
    (LEVEL | FIELDS, Shape::DaemonLog, "a Syncropel daemon log line"),
];

/// Whether these are the members of an audit record, and not those of a wrapper around one.
///
/// A daemon's log line is not told from a log shipper's by its members alone.
pub(crate) fn is_known<'t>(names: impl Iterator<Item = &'t str>) -> bool {
    let keys = names.fold(0, |keys, name| keys | bit(name));
    Shape::of_keys(keys).is_some_and(|shape| shape != Shape::DaemonLog)
}

/// The format of which the record has the largest share of members, but not all.
fn nearest(keys: u32) -> Option<Nearest> {
    let share = |names: u32| (keys & names).count_ones() * 6 / names.count_ones();
    let (names, _, format) = FORMATS
        .iter()
        .rev() // of several, `max_by_key` takes the last
        .filter(|(names, ..)| keys & names != 0)
        .max_by_key(|(names, shape, _)| (share(*names), *shape == Shape::HashicorpVault))?;
    let missing = NAMES.iter().find(|(_, bit)| names & !keys & bit != 0)?;
    Some(Nearest { format, missing: missing.0 })
}

impl Shape {
    /// The shape by how the record begins, where that is telling: vaults write their members in a fixed order.
    pub(super) fn guess(text: &str) -> Option<Shape> {
        let after = text.strip_prefix('{')?.trim_ascii_start().strip_prefix('"')?;
        let (key, rest) = after.split_once('"')?;
        match key {
            "schema" => Some(Shape::Native),
            "time" | "auth" => Some(Shape::HashicorpVault),
            "category" => Some(Shape::SyncropelLine),
            "request" | "type" if rest.len() > 200 => Some(Shape::HashicorpVault),
            _ => None,
        }
    }

    /// The shape by the names of all members.
    pub(super) fn of(text: &str) -> Result<Shape, ParseError> {
        if !text.starts_with('{') {
            // Either no JSON at all, or a value that can be no event.
            clean::parse::<IgnoredAny>(text)?;
            return Err(ParseError::UnknownFormat(None));
        }
        let Keys(keys) = clean::parse(text)?;
        match Shape::of_keys(keys) {
            Some(shape) => Ok(shape),
            None if keys == BULK => Ok(Shape::BulkAction),
            None => Err(ParseError::UnknownFormat(nearest(keys))),
        }
    }

    fn of_keys(keys: u32) -> Option<Shape> {
        let found = FORMATS.iter().find(|(names, ..)| keys & names == *names);
        found.map(|(_, shape, _)| *shape)
    }
}

const SCHEMA: u32 = 1;
const CATEGORY: u32 = 1 << 1;
const RECORD: u32 = 1 << 2;
const KIND: u32 = 1 << 3;
const ACTOR: u32 = 1 << 4;
const SUCCESS: u32 = 1 << 5;
const AGENT_NAME: u32 = 1 << 6;
const ALLOWED: u32 = 1 << 7;
const RESULT: u32 = 1 << 8;
const ACT: u32 = 1 << 9;
const BODY: u32 = 1 << 10;
const TYPE: u32 = 1 << 11;
const REQUEST: u32 = 1 << 12;
const LEVEL: u32 = 1 << 13;
const MESSAGE: u32 = 1 << 14;
const FIELDS: u32 = 1 << 15;
const BULK: u32 = 1 << 16;
const CLASS_UID: u32 = 1 << 17;
const METADATA: u32 = 1 << 18;
const OTHER: u32 = 1 << 19;

/// Which of the telling members a record has.
struct Keys(u32);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnyKeys)
    }
}

struct AnyKeys;

impl<'de> Visitor<'de> for AnyKeys {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = 0;
        while let Some(Key(bit)) = map.next_key()? {
            keys |= bit;
            map.next_value::<IgnoredAny>()?;
        }
        Ok(Keys(keys))
    }
}

struct Key(u32);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AnyKey)
    }
}

struct AnyKey;

impl Visitor<'_> for AnyKey {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(Key(bit(key)))
    }
}

/// The telling members, the most telling of a format first.
const NAMES: [(&str, u32); 18] = [
    ("schema", SCHEMA),
    ("request", REQUEST),
    ("type", TYPE),
    ("category", CATEGORY),
    ("record", RECORD),
    ("kind", KIND),
    ("success", SUCCESS),
    ("agent_name", AGENT_NAME),
    ("allowed", ALLOWED),
    ("result", RESULT),
    ("act", ACT),
    ("body", BODY),
    ("actor", ACTOR),
    ("class_uid", CLASS_UID),
    ("metadata", METADATA),
    ("level", LEVEL),
    ("message", MESSAGE),
    ("fields", FIELDS),
];

fn bit(name: &str) -> u32 {
    match name {
        "index" | "create" | "update" | "delete" => BULK,
        name => NAMES.iter().find(|(known, _)| *known == name).map_or(OTHER, |(_, bit)| *bit),
    }
}

/// The `_id` of an action line that a document follows.
pub(super) fn bulk_id(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Action {
        #[serde(alias = "create", alias = "update")]
        index: Option<Target>,
    }

    #[derive(Deserialize)]
    struct Target {
        #[serde(rename = "_id")]
        id: Option<String>,
    }

    serde_json::from_str::<Action>(text).ok()?.index?.id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_answered_with_what_it_comes_nearest_to() {
        for text in ["{}", "[1]", "7", r#"{"type":"x"}"#, r#"{"index":{},"other":1}"#] {
            let error = Shape::of(text).unwrap_err();
            assert!(matches!(error, ParseError::UnknownFormat(_)), "{text}: {error}");
        }
        for (text, format, missing) in [
            (r#"{"type":"response","time":1}"#, "HashiCorp Vault", "request"),
            (r#"{"request":{}}"#, "HashiCorp Vault", "type"),
            (r#"{"kind":"x","actor":"y"}"#, "SanctumAI event", "success"),
            (r#"{"agent_name":"x"}"#, "SanctumAI", "allowed"),
            (r#"{"act":"x","actor":"y","z":1}"#, "Syncropel record", "body"),
        ] {
            let error = Shape::of(text).unwrap_err().to_string();
            assert!(error.contains(format) && error.contains(&format!("`{missing}`")), "{error}");
            assert!(error.len() < 120, "{error}");
        }
        for text in ["", "{", "hello", r#"{"a":}"#] {
            assert!(matches!(Shape::of(text), Err(ParseError::Syntax { .. })), "{text}");
        }
    }

    #[test]
    fn an_action_line_gives_the_id_that_the_next_record_must_have() {
        assert_eq!(Shape::of(r#"{"index":{"_id":"x"}}"#), Ok(Shape::BulkAction));
        assert_eq!(bulk_id(r#"{"create":{"_index":"i","_id":"x"}}"#).as_deref(), Some("x"));
        assert_eq!(bulk_id(r#"{"delete":{"_id":"x"}}"#), None);
    }
}
