//! Datadog's log intake: JSON arrays for `/api/v2/logs`.
//!
//! A request takes 1,000 logs and 5 MB, and cuts off what is older than 18 hours without saying so. So the arrays
//! are cut within the limits, one a line, and an old log leaves the date out: it is filed under the time of its
//! arrival with the tag `late:true`, and its true time in `evt.time`
//! (<https://docs.datadoghq.com/api/latest/logs/#send-logs>).

use datadog::Config;
use datadog::config::{REQUEST_BYTES, REQUEST_RECORDS};
use datadog::encode::Log;
use jiff::Timestamp;
use transform::event::Event;
use transform::format::{Format, FormatError};

/// Arrays of logs, one after the other.
pub(super) struct Logs {
    log: Log,
    now: Timestamp,
    count: usize,
    bytes: usize,
}

impl Logs {
    pub(super) fn new(format: Format, now: Timestamp) -> Logs {
        Logs { log: Log::new(&Config::default(), format), now, count: 0, bytes: 0 }
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
        self.log.write(event, self.now, out)?;
        let length = out.len() - start;
        let full = self.count == REQUEST_RECORDS || self.bytes + length > REQUEST_BYTES;
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

    /// Ends the last array; of no log at all it is an empty one, if one is wanted.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>, wants_one: bool) {
        if self.count > 0 {
            out.extend_from_slice(b"]\n");
        } else if wants_one {
            out.extend_from_slice(b"[]\n");
        }
    }
}
