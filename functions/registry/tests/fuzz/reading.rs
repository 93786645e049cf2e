//! Records become events, and events are written so that they are read again.

use jiff::Timestamp;
use transform::event::Event;
use transform::format::Format;
use transform::source::{Phases, Reader, Record, Settings, native};
use transform::wrapper;

/// The contract's own reader.
pub(crate) fn contract(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(event) = native::parse(&text) {
        written(&event);
        let hop = native::parse_hop(&text).expect("what is read strictly is read leniently");
        assert!(hop == event, "the same either way");
    }
    _ = native::parse_hop(&text).map(|event| written(&event));
}

/// Every source, bare and out of wrappers.
pub(crate) fn sources(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut reader = reader(input.len());
    if let Ok(Record::Event(event)) = reader.read(&text) {
        finished(&event);
    }
    reader.take_findings().iter().for_each(finished);
    for record in wrapper::records(&text) {
        let Ok(text) = &record.text else { continue };
        if let Ok(Record::Event(event)) = reader.read_from(text, &record.context) {
            finished(&event);
        }
    }
}

/// A reader whose settings depend on the input.
fn reader(number: usize) -> Reader {
    let phases = if number.is_multiple_of(2) { Phases::Both } else { Phases::Response };
    let clear_names = number.is_multiple_of(3);
    Reader::new(Settings { phases, clear_names, ..Settings::at(Timestamp::UNIX_EPOCH) })
}

/// An event as a reader gives it: read again, it is the same to the byte.
fn finished(event: &Event<'_>) {
    let line = written(event);
    let mut reader = reader(1);
    let Ok(Record::Event(again)) = reader.read(&line) else { panic!("no event any more") };
    assert!(json(&again) == line, "mapping is done after one pass");
}

/// Writes the event in every format; as JSON it reads back as the same.
fn written(event: &Event<'_>) -> String {
    for format in Format::ALL {
        let mut out = Vec::new();
        format.encode(event, &mut out).expect("every format says every event");
        assert!(!out.contains(&b'\n') && !out.contains(&b'\r'), "one line");
        assert!(std::str::from_utf8(&out).is_ok(), "text");
        if !format.is_text() {
            assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok(), "JSON");
        }
    }
    let line = json(event);
    let again = native::parse(&line).expect("what is written is of the contract");
    assert!(json(&again) == line, "the same when it is read again");
    drop(again);
    line
}

fn json(event: &Event<'_>) -> String {
    let mut out = Vec::new();
    Format::Json.encode(event, &mut out).expect("every event");
    String::from_utf8(out).expect("text")
}
