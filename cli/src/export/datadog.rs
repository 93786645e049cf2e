//! Datadog's log intake: JSON arrays for `/api/v2/logs`.
//!
//! A request takes 1,000 logs and 5 MB, and cuts off what is older than 18 hours without saying so. So the arrays
//! are cut within the limits, one a line, and an old log leaves the date out: it is filed under the time of its
//! arrival with the tag `late:true`, and its true time in `evt.time`
//! (<https://docs.datadoghq.com/api/latest/logs/#send-logs>).

use jiff::{SignedDuration, Timestamp};
use transform::event::{Event, Severity};
use transform::format::{Format, FormatError};
use transform::json::Writer;

/// The intake's hard limit.
const LOGS: usize = 1000;
/// Below the intake's 5,000,000, so that one log more never exceeds it.
const BYTES: usize = 4_250_000;
/// Half an hour less than the intake's window, for the way there.
const WINDOW: SignedDuration = SignedDuration::from_mins(17 * 60 + 30);

/// Arrays of logs, one after the other.
pub(super) struct Logs {
    format: Format,
    now: Timestamp,
    count: usize,
    bytes: usize,
}

impl Logs {
    pub(super) fn new(format: Format, now: Timestamp) -> Logs {
        Logs { format, now, count: 0, bytes: 0 }
    }

    /// Writes one log, and ends the array before it if that is full.
    pub(super) fn write(
        &mut self,
        event: &Event<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let start = out.len();
        // As long as `]\n[`, which stands here if the array before is full.
        out.extend_from_slice(b"   ");
        self.log(event, out)?;
        let length = out.len() - start;
        let full = self.count == LOGS || self.bytes + length > BYTES;
        let joint: &[u8; 3] = match self.count {
            0 => b"  [",
            _ if full => b"]\n[",
            _ => b",  ",
        };
        if let Some(place) = out.get_mut(start..start + 3) {
            place.copy_from_slice(joint);
        }
        if full {
            (self.count, self.bytes) = (0, 0);
        }
        self.count += 1;
        self.bytes += length;
        Ok(())
    }

    /// Ends the last array.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.count == 0 { b"[]\n" } else { b"]\n" });
    }

    fn log(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let late = self.now.duration_since(event.time.timestamp()) > WINDOW;
        let mut json = Writer::new(out);
        json.open();
        json.text("ddsource", "vault-export");
        json.text("service", &event.source.product);
        json.text("hostname", event.source.host.as_deref().unwrap_or(&event.source.instance));
        json.text("status", status(event.severity()));
        json.text("ddtags", &tags(event, late));
        if !late {
            json.number("timestamp", event.time.as_millisecond());
        }
        let resource = event.resource.as_ref().and_then(|resource| resource.path.as_deref());
        let message = event.message.as_deref().map_or_else(
            || format!("{} {} {}", event.actor.id, event.action, resource.unwrap_or_default()),
            ToOwned::to_owned,
        );
        json.text("message", message.trim_end());
        json.key("evt");
        json.open();
        json.text("id", &event.id);
        json.time("time", event.time);
        json.close();
        json.key(if self.format == Format::Ocsf { "ocsf" } else { "vault" });
        self.format.encode(event, json.out())?;
        json.close();
        Ok(())
    }
}

fn status(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "info",
        Severity::Low => "notice",
        Severity::Medium => "warning",
        Severity::High => "error",
        Severity::Critical => "critical",
    }
}

/// `key:value,key:value`; a comma in a value would begin another tag.
fn tags(event: &Event<'_>, late: bool) -> String {
    let mut tags = String::new();
    for (key, value) in &event.labels {
        if !tags.is_empty() {
            tags.push(',');
        }
        tags.push_str(key);
        tags.push(':');
        tags.push_str(&value.replace(',', "_"));
    }
    if late {
        tags.push_str(if tags.is_empty() { "late:true" } else { ",late:true" });
    }
    tags
}
