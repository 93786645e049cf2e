//! What a record is, by the names of its members.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::ParseError;
use super::clean;

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

/// What is said of a record that is none of them.
const KNOWN: &str = "expected an event of the contract (`schema`), a SanctumAI event (`kind`, `actor`, `success`, or its OCSF: `class_uid`, `metadata`, `actor`), \
    audit entry (`agent_name`, `allowed`) or API row (`event_type`, `agent_name`, `result`), a Syncropel export line \
    (`category`, `record`), record (`act`, `actor`, `body`) or daemon log line (`level`, `message`), \
    or a HashiCorp Vault or OpenBao audit line (`type`, `request`)";

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
            return Err(ParseError::UnknownFormat(KNOWN));
        }
        let Keys(keys) = clean::parse(text)?;
        let has = |names: u32| keys & names == names;
        let shapes = [
            (SCHEMA, Shape::Native),
            (CATEGORY | RECORD, Shape::SyncropelLine),
            (KIND | ACTOR | SUCCESS, Shape::SanctumEvent),
            (CLASS_UID | METADATA | ACTOR, Shape::SanctumOcsf),
            (AGENT_NAME | ALLOWED, Shape::SanctumEntry),
            (AGENT_NAME | RESULT, Shape::SanctumRow),
            (ACT | ACTOR | BODY, Shape::SyncropelRecord),
            (TYPE | REQUEST, Shape::HashicorpVault),
            (LEVEL | MESSAGE, Shape::DaemonLog),
            (LEVEL | FIELDS, Shape::DaemonLog),
        ];
        let found = shapes.into_iter().find(|(names, _)| has(*names)).map(|(_, shape)| shape);
        match found {
            Some(shape) => Ok(shape),
            None if keys == BULK => Ok(Shape::BulkAction),
            None => Err(ParseError::UnknownFormat(KNOWN)),
        }
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
        Ok(Key(match key {
            "schema" => SCHEMA,
            "category" => CATEGORY,
            "record" => RECORD,
            "kind" => KIND,
            "actor" => ACTOR,
            "success" => SUCCESS,
            "agent_name" => AGENT_NAME,
            "allowed" => ALLOWED,
            "result" => RESULT,
            "act" => ACT,
            "body" => BODY,
            "type" => TYPE,
            "request" => REQUEST,
            "level" => LEVEL,
            "message" => MESSAGE,
            "fields" => FIELDS,
            "class_uid" => CLASS_UID,
            "metadata" => METADATA,
            "index" | "create" | "update" | "delete" => BULK,
            _ => OTHER,
        }))
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
    fn what_is_unknown_is_answered_with_what_is_known() {
        for text in ["{}", "[1]", "7", r#"{"type":"x"}"#, r#"{"index":{},"other":1}"#] {
            let error = Shape::of(text).unwrap_err();
            assert!(matches!(error, ParseError::UnknownFormat(_)), "{text}: {error}");
            assert!(error.to_string().contains("`agent_name`"), "{error}");
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
