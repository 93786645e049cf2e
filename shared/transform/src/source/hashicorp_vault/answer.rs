//! What is read of an answer's data: version numbers, status codes, booleans and which members are there.
//!
//! Nothing that could be a secret: numbers and booleans by their names, of all else only that it is there.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::event::Text;
use crate::json::cursor::{self, Cursor, Read};
use crate::source::fields::{Loose, Maybe, members};

/// An answer's `data`.
#[derive(Clone, Debug, Default)]
pub(super) struct Data {
    members: usize,
    /// [`ERROR`], [`BARCODE`], [`KV_CONFIG`]: which members were there.
    has: u8,
    version: Option<u64>,
    metadata_version: Option<u64>,
    status: Option<u64>,
    /// `generate-root` came to its end.
    pub(super) complete: bool,
}

const ERROR: u8 = 1;
const BARCODE: u8 = 1 << 1;
const KV_CONFIG: u8 = 1 << 2;

impl Data {
    /// Whether all it says is what went wrong.
    pub(super) fn only_error(&self) -> bool {
        self.has & ERROR != 0 && self.members == 1
    }

    /// The status that the answer was sent with, where an engine chose it.
    pub(super) fn status(&self) -> Option<u64> {
        self.status
    }

    /// The version in `metadata`, or that of a write in the data itself.
    pub(super) fn version(&self, written: bool) -> Option<u64> {
        if written { self.version } else { self.metadata_version }
    }

    /// Whether these are settings of the second version of the key-value engine.
    pub(super) fn is_kv_config(&self) -> bool {
        self.has & KV_CONFIG != 0
    }

    /// Whether a new key is shown as a bar code.
    pub(super) fn shows_key(&self) -> bool {
        self.has & BARCODE != 0
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_map(AnyData)
    }
}

struct AnyData;

impl<'de> Visitor<'de> for AnyData {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut data = Data::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            data.members += 1;
            match key.as_str() {
                "version" => data.version = integer(&map.next_value()?),
                "http_status_code" => data.status = integer(&map.next_value()?),
                "complete" => data.complete = map.next_value::<Loose<'_>>()? == Loose::Bool(true),
                "metadata" => {
                    let metadata: Maybe<Versioned<'de>> = map.next_value()?;
                    data.metadata_version =
                        metadata.0.and_then(|metadata| integer(&metadata.version));
                }
                name => {
                    data.has |= telling(name);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(data)
    }
}

impl<'a> Read<'a> for Data {
    fn blank() -> Data {
        Data::default()
    }

    fn fill(&mut self, cursor: &mut Cursor<'a>) -> cursor::Result<()> {
        let mut more = cursor.object()?;
        while more {
            self.members += 1;
            let name = cursor.name()?;
            match name.as_str() {
                "version" => self.version = integer(&filled(cursor)?),
                "http_status_code" => self.status = integer(&filled(cursor)?),
                "complete" => self.complete = filled::<Loose<'_>>(cursor)? == Loose::Bool(true),
                "metadata" => {
                    let metadata: Maybe<Versioned<'_>> = filled(cursor)?;
                    self.metadata_version =
                        metadata.0.and_then(|metadata| integer(&metadata.version));
                }
                name => {
                    self.has |= telling(name);
                    cursor.skip()?;
                }
            }
            more = cursor.more()?;
        }
        Ok(())
    }
}

fn filled<'a, T: Read<'a>>(cursor: &mut Cursor<'a>) -> cursor::Result<T> {
    let mut value = T::blank();
    value.fill(cursor).map(|()| value)
}

/// Which of the telling members this is.
fn telling(name: &str) -> u8 {
    match name {
        "error" => ERROR,
        "barcode" => BARCODE,
        "max_versions" | "cas_required" => KV_CONFIG,
        _ => 0,
    }
}

/// A number, not one in a string: that could be anything.
fn integer(value: &Loose<'_>) -> Option<u64> {
    match value {
        Loose::Int(_) => value.number(),
        _ => None,
    }
}

/// The `metadata` of a secret's version.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Versioned<'a> {
    #[serde(borrow)]
    version: Loose<'a>,
}

members!('a, Versioned<'a> {
    "version" => version,
});
