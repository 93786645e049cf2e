//! Where an object lies in the bucket.
//!
//! ```text
//! {prefix}/class=SecretAccess/year=2026/month=02/day=14/hour=22/20260214T223001Z-0123456789abcdef.jsonl.zst
//! ```
//!
//! The folders are Hive partitions by event class and by the **event's** hour in UTC, never by the
//! clock of the writer, so that a redelivered event goes where it went before. The name is made of
//! what is in the object, so that the same batch gets the same key.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use transform::batch::Batch;
use transform::event::{Event, Time};
use transform::format::Format;

use crate::config::Compression;

/// The folder of the connection test's object. Query engines pass over names that begin with an underscore, and so do
/// our own readers of the archive.
pub const TEST_FOLDER: &str = "_vault_export_test";

/// Where objects of one destination lie.
#[derive(Clone, Debug)]
pub struct Layout {
    prefix: String,
    suffix: &'static str,
}

impl Layout {
    /// Keys below this prefix.
    pub fn new(prefix: &str, format: Format, compression: Compression) -> Layout {
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Layout { prefix, suffix: suffix(format, compression) }
    }

    /// The key of the object that holds this batch, whatever the order of its events.
    pub fn key(&self, batch: &Batch<'_>) -> String {
        let mut times = batch.events().map(|event| event.time);
        let first = times.next().unwrap_or_else(|| Time::from(jiff::Timestamp::UNIX_EPOCH));
        let first = times.fold(first, Time::min);
        let folder = match batch.partition() {
            Some(partition) => partition.to_owned(),
            None => batch.events().next().map(partition).unwrap_or_default(),
        };
        let hash = fingerprint(batch.events().map(|event| &*event.id));
        let hash = hex(hash.get(..8).unwrap_or_default());
        format!("{}{folder}/{}-{hash}{}", self.prefix, compact(first), self.suffix)
    }

    /// The key of the connection test's empty object.
    pub fn test_key(&self) -> String {
        format!("{}{TEST_FOLDER}/connection", self.prefix)
    }

    /// The prefix, with its slash, or nothing.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

/// The Hive partition of an event.
pub fn partition(event: &Event<'_>) -> String {
    let at = event.time.civil();
    format!(
        "class={}/year={:04}/month={:02}/day={:02}/hour={:02}",
        event.class,
        at.year(),
        at.month(),
        at.day(),
        at.hour()
    )
}

fn suffix(format: Format, compression: Compression) -> &'static str {
    match (format, compression) {
        (Format::Cef, Compression::Zstd) => ".cef.zst",
        (Format::Cef, Compression::Gzip) => ".cef.gz",
        (Format::Cef, Compression::None) => ".cef",
        (Format::Leef | Format::Leef1, Compression::Zstd) => ".leef.zst",
        (Format::Leef | Format::Leef1, Compression::Gzip) => ".leef.gz",
        (Format::Leef | Format::Leef1, Compression::None) => ".leef",
        (_, Compression::Zstd) => ".jsonl.zst",
        (_, Compression::Gzip) => ".jsonl.gz",
        (_, Compression::None) => ".jsonl",
    }
}

/// `20260214T223001Z`.
fn compact(time: Time) -> String {
    let at = time.civil();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// The SHA-256 of all ids, sorted. Each id ends in a line break, so that `1` and `12` are not `11` and
/// `2`: two batches under one key would lose the second.
pub fn fingerprint<'i>(ids: impl Iterator<Item = &'i str>) -> [u8; 32] {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    let mut hash = Sha256::new();
    for id in ids {
        hash.update(id.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().into()
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string does not fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}
