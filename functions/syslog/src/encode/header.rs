//! The header of a message: RFC 5424, section 6.2; RFC 3164, section 4.1; LEEF's short form of the former.

#![expect(clippy::doc_markdown, reason = "QRadar is a name, not code")]

use transform::event::{Event, Severity, Time};
use transform::format::Format;

use super::{Message, structured};
use crate::config::Header;

/// Writes everything before the text.
pub(super) fn write(message: &Message, event: &Event<'_>, out: &mut Vec<u8>) {
    priority(message, event, out);
    match message.header {
        Header::Rfc3164 => rfc3164(message, event, out),
        Header::Rfc5424 if is_leef(message.format) => leef(message, event, out),
        Header::Rfc5424 => rfc5424(message, event, out),
    }
}

fn is_leef(format: Format) -> bool {
    matches!(format, Format::Leef | Format::Leef1)
}

fn priority(message: &Message, event: &Event<'_>, out: &mut Vec<u8>) {
    let priority = u16::from(message.facility) * 8 + u16::from(level(event.severity()));
    out.extend_from_slice(format!("<{priority}>").as_bytes());
}

fn rfc5424(message: &Message, event: &Event<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"1 ");
    // Cut from nanoseconds and not rounded: rounding could pass the next event.
    timestamp(event.time, 6, out);
    out.push(b' ');
    field(host(message, event), 255, out);
    out.push(b' ');
    field(&message.app_name, 48, out);
    out.extend_from_slice(b" - ");
    field(event.class.as_str(), 32, out);
    out.push(b' ');
    match &message.structured_data_id {
        Some(id) => structured::write(id, event, out),
        None => out.push(b'-'),
    }
    out.push(b' ');
    if message.bom {
        out.extend_from_slice("\u{feff}".as_bytes());
    }
}

/// QRadar reads `<13>1 2019-01-18T11:07:53.520Z host LEEF:…` with three digits, and not the fields between.
fn leef(message: &Message, event: &Event<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"1 ");
    timestamp(event.time, 3, out);
    out.push(b' ');
    field(host(message, event), 255, out);
    out.push(b' ');
}

/// A tag only before JSON: CEF and LEEF say themselves what they are, and their readers look for them behind the host.
fn rfc3164(message: &Message, event: &Event<'_>, out: &mut Vec<u8>) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = event.time.civil();
    let month =
        usize::try_from(at.month()).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let (month, day) = (month.copied().unwrap_or("Jan"), at.day());
    let clock = format!("{month} {day:2} {:02}:{:02}:{:02} ", at.hour(), at.minute(), at.second());
    out.extend_from_slice(clock.as_bytes());
    field(host(message, event), 255, out);
    out.push(b' ');
    if !message.format.is_text() {
        tag(&message.app_name, out);
    }
}

/// At most 32 letters and digits; `-` and `_` are taken everywhere too.
fn tag(name: &str, out: &mut Vec<u8>) {
    let is_taken = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let start = out.len();
    out.extend(name.bytes().filter(is_taken).take(32));
    if out.len() == start {
        out.extend_from_slice(b"vault-export");
    }
    out.extend_from_slice(b": ");
}

fn host<'m>(message: &'m Message, event: &'m Event<'_>) -> &'m str {
    let own = [message.hostname.as_deref(), event.source.host.as_deref()];
    own.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or(&event.source.instance)
}

/// Printable ASCII without spaces: any other character would shift the fields behind it.
fn field(text: &str, limit: usize, out: &mut Vec<u8>) {
    if text.is_empty() {
        out.push(b'-');
    }
    let plain = |letter: char| if letter.is_ascii_graphic() { letter as u8 } else { b'_' };
    out.extend(text.chars().take(limit).map(plain));
}

/// UTC, with this many digits of the second's fraction.
fn timestamp(time: Time, digits: usize, out: &mut Vec<u8>) {
    let at = time.civil();
    let fraction = format!("{:09}", at.subsec_nanosecond());
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        fraction.get(..digits).unwrap_or_default()
    );
    out.extend_from_slice(text.as_bytes());
}

/// RFC 5424, table 2.
fn level(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 6,
        Severity::Low => 5,
        Severity::Medium => 4,
        Severity::High => 3,
        Severity::Critical => 2,
    }
}
