//! Reading records in tests, and looking at what came of them as JSON.

#![allow(dead_code, reason = "each test file uses some")]

use serde_json::Value;
use transform::event::check;
use transform::format::Format;
use transform::source::{ParseError, Reader, Record, Settings, Skipped};

/// The moment at which every test reads.
pub(crate) const NOW: &str = "2026-11-21T21:00:00Z";

/// Settings with an instance's name.
pub(crate) fn settings(instance: &str) -> Settings {
    Settings { instance: Some(instance.into()), ..Settings::at(NOW.parse().unwrap()) }
}

/// A reader with these settings.
pub(crate) fn reader() -> Reader {
    Reader::new(settings("acme-hub"))
}

/// What came of a record.
#[derive(Debug)]
pub(crate) enum Read {
    Event(Value),
    Skipped(Skipped),
    Refused(ParseError),
}

/// Reads one record; an event is checked against the contract.
pub(crate) fn read_with(reader: &mut Reader, text: &str) -> Read {
    match reader.read(text) {
        Ok(Record::Event(event)) => {
            check::check(&event).unwrap();
            let mut out = Vec::new();
            Format::Json.encode(&event, &mut out).unwrap();
            Read::Event(serde_json::from_slice(&out).unwrap())
        }
        Ok(Record::Skipped(skipped)) => Read::Skipped(skipped),
        Err(error) => Read::Refused(error),
    }
}

/// Reads one record that is an event.
pub(crate) fn event(text: &str) -> Value {
    event_with(&mut reader(), text)
}

/// Reads one record that is an event.
pub(crate) fn event_with(reader: &mut Reader, text: &str) -> Value {
    match read_with(reader, text) {
        Read::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Reads one record that is refused; the error's text.
pub(crate) fn refusal(text: &str) -> String {
    match read_with(&mut reader(), text) {
        Read::Refused(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

/// A member by its pointer, as text; empty where there is none.
pub(crate) fn at(event: &Value, pointer: &str) -> String {
    match event.pointer(pointer) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Class, action and outcome.
pub(crate) fn gist(event: &Value) -> String {
    ["/class", "/action", "/outcome"].map(|member| at(event, member)).join(" ")
}
