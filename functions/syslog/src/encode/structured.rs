//! Structured data: RFC 5424, section 6.3.

use transform::event::Event;

/// Writes one element of this name: what a receiver may want to search without reading the text.
pub(super) fn write(id: &str, event: &Event<'_>, out: &mut Vec<u8>) {
    out.push(b'[');
    out.extend_from_slice(id.as_bytes());
    parameter("id", &event.id, out);
    parameter("class", event.class.as_str(), out);
    parameter("action", &event.action, out);
    parameter("outcome", event.outcome.as_str(), out);
    parameter("actor", &event.actor.id, out);
    if let Some(path) = event.resource.as_ref().and_then(|resource| resource.path.as_deref()) {
        parameter("path", path, out);
    }
    if let Some(sequence) = event.integrity.as_ref().and_then(|integrity| integrity.sequence) {
        parameter("seq", &sequence.to_string(), out);
    }
    out.push(b']');
}

/// `"`, `\` and `]` are escaped, and nothing else may be; control characters become spaces.
fn parameter(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    for letter in value.chars() {
        match letter {
            '"' | '\\' | ']' => out.extend_from_slice(&[b'\\', letter as u8]),
            control if control.is_control() => out.push(b' '),
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}
