//! One event as one syslog message: header, structured data, text.
//!
//! A message is measured as it is sent. Receivers cut what is longer than they take, and say nothing of it (rsyslog even
//! acknowledges it), so one that is too long loses free text here, is marked, and keeps what identifies it.

mod header;
mod shorten;
mod structured;

use delivery::ConfigError;
use transform::event::Event;
use transform::format::{Format, FormatError};

use crate::config::{Config, Framing, Header};

/// How events of one destination are written.
#[derive(Clone, Debug)]
pub struct Message {
    format: Format,
    header: Header,
    facility: u8,
    hostname: Option<String>,
    app_name: String,
    structured_data_id: Option<String>,
    bom: bool,
    one_line: bool,
    limit: usize,
}

impl Message {
    /// Messages with these settings and the event in this format.
    ///
    /// # Errors
    /// When settings do not go with each other.
    pub fn new(config: &Config, format: Format) -> Result<Message, ConfigError> {
        Ok(Message {
            format,
            header: config.header(format)?,
            facility: config.facility.number(),
            hostname: config.hostname.clone(),
            app_name: config.app_name.clone(),
            structured_data_id: config.structured_data_id()?,
            bom: config.bom,
            one_line: config.framing == Framing::Lf,
            limit: config.message_bytes()?,
        })
    }

    /// Writes the message at the end of `out`, without framing. It may be longer than the limit when no free text is left
    /// to shorten; it is then rejected before it is sent.
    pub fn write(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let start = out.len();
        self.whole(event, out)?;
        if out.len() - start > self.limit {
            shorten::write(self, event, start, out)
        } else {
            Ok(())
        }
    }

    fn whole(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let start = out.len();
        header::write(self, event, out);
        let text = out.len();
        self.format.encode(event, out)?;
        if !self.format.is_text() {
            escape_non_ascii(out, text);
        }
        if self.one_line {
            let message = out.iter_mut().skip(start);
            message.filter(|byte| matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        }
        Ok(())
    }
}

/// Writes the JSON text from `start` on in ASCII alone: its readers want no byte order mark, and receivers take what has none
/// for text of an unknown encoding. In JSON such characters stand in strings only.
fn escape_non_ascii(out: &mut Vec<u8>, start: usize) {
    let written = out.get(start..).unwrap_or_default();
    if written.is_ascii() {
        return;
    }
    let text = String::from_utf8_lossy(written).into_owned();
    out.truncate(start);
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter as u8);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
