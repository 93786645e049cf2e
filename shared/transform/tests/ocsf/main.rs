//! OCSF: every kind of event against its golden file, every caption against the schema, random events against the laws.

mod golden;
mod rows;
mod schema;

#[path = "../random/mod.rs"]
mod random;

mod laws;

use serde_json::Value;
use transform::format::Format;
use transform::source::native;

/// One event of each kind of thing that can happen.
const CLASSES: &str = include_str!("../samples/classes.jsonl");
/// The contract's own examples.
const EXAMPLES: &str = include_str!("../samples/events.jsonl");

/// A contract event's OCSF, parsed; a repeated key fails.
fn ocsf(line: &str) -> Value {
    let bytes = written(line);
    serde_json::from_slice::<transform::event::Value<'_>>(&bytes)
        .unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&bytes)));
    serde_json::from_slice(&bytes).expect("it was just parsed")
}

fn written(line: &str) -> Vec<u8> {
    let event = native::parse(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let mut out = Vec::new();
    Format::Ocsf.encode(&event, &mut out).expect("OCSF says every event");
    out
}

/// A sample's id, which is also the name of its golden file.
fn id(line: &str) -> String {
    native::parse(line).unwrap_or_else(|error| panic!("{error}: {line}")).id.to_string()
}
