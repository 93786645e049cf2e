//! Any HTTP endpoint: the event in the configured format.

use serde::Deserialize;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::Format;
use transform::json::Writer;

/// How the body holds the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// The event itself; several as `{"events":[…]}`.
    #[default]
    Event,
    /// `{"type":…,"timestamp":…,"data":…}` as Standard Webhooks recommends; several as `{"events":[…]}` of these.
    Envelope,
    /// One event a line.
    Ndjson,
}

/// 256 KiB is what receivers commonly take; 20 KB is advised, which a batch of one keeps.
pub(crate) fn limits(batch_size: usize) -> Limits {
    let bytes = 256 * 1024;
    Limits { records: batch_size.max(1), bytes, record_bytes: bytes, framing: 1, overhead: 13 }
}

/// Writes what stands before and after the event in its envelope.
pub(crate) fn encode(
    event: &Event<'_>,
    format: Format,
    body: Body,
    out: &mut Vec<u8>,
) -> Result<(), transform::format::FormatError> {
    if body != Body::Envelope {
        return format.encode(event, out);
    }
    out.push(b'{');
    let mut json = Writer::new(out);
    json.text("type", &event_type(event));
    json.time("timestamp", event.time);
    json.key("data");
    if format.is_text() {
        let mut line = Vec::new();
        format.encode(event, &mut line)?;
        json.push_text(&String::from_utf8_lossy(&line));
    } else {
        format.encode(event, json.out())?;
    }
    json.close();
    Ok(())
}

/// `vault.secretaccess.retrieve`: dotted, letters, digits and `_` only (Standard Webhooks, "Payload structure").
pub(crate) fn event_type(event: &Event<'_>) -> String {
    format!("vault.{}.{}", event.class.as_str(), event.action.replace(':', "."))
        .to_ascii_lowercase()
}

/// The request's body and content type.
pub(crate) fn assemble(batch: &Batch<'_>, format: Format, body: Body) -> (Vec<u8>, &'static str) {
    let mut out = Vec::with_capacity(batch.encoded_len() + 16);
    let single = batch.len() == 1;
    let text = format.is_text() && body != Body::Envelope;
    if body == Body::Ndjson || text {
        for fragment in batch.fragments() {
            out.extend_from_slice(fragment);
            out.push(b'\n');
        }
        return (out, if text { "text/plain; charset=utf-8" } else { "application/x-ndjson" });
    }
    if single {
        batch.fragments().for_each(|fragment| out.extend_from_slice(fragment));
        return (out, "application/json");
    }
    out.extend_from_slice(b"{\"events\":[");
    for (index, fragment) in batch.fragments().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(fragment);
    }
    out.extend_from_slice(b"]}");
    (out, "application/json")
}
