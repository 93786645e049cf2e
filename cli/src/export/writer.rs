//! Turns events into the bytes that were asked for.

use jiff::Timestamp;
use splunk_hec::encode::Envelope;
use transform::event::Event;
use transform::format::{Format, FormatError};

use super::bulk;
use super::datadog::Logs;
use super::splunk;
use super::target::{End, Target};
use crate::args::{Bulk, ExportArgs, Shape};
use crate::exit::Failure;

/// So much is gathered before it is written.
const BUFFER: usize = 256 * 1024;

/// What stands around and between the events.
enum Frame {
    /// One event a line.
    Lines,
    /// One array.
    Array {
        any: bool,
    },
    Elastic {
        index: Option<String>,
    },
    Splunk(Envelope),
    Datadog(Box<Logs>),
}

/// Writes events to a target.
pub(super) struct Writer {
    target: Target,
    format: Format,
    frame: Frame,
    buffer: Vec<u8>,
}

impl Writer {
    pub(super) fn new(
        target: Target,
        args: &ExportArgs,
        shape: Shape,
        now: Timestamp,
    ) -> Result<Writer, Failure> {
        let format = shape.format();
        let frame = match args.bulk_format {
            None if shape == Shape::Json => Frame::Array { any: false },
            None => Frame::Lines,
            Some(bulk) => {
                bulk::check(bulk, format, args)?;
                match bulk {
                    Bulk::Elastic => Frame::Elastic { index: args.index.clone() },
                    Bulk::Splunk => Frame::Splunk(splunk::envelope(format, args)?),
                    Bulk::Datadog => Frame::Datadog(Box::new(Logs::new(format, now))),
                }
            }
        };
        Ok(Writer { target, format, frame, buffer: Vec::with_capacity(BUFFER + BUFFER / 2) })
    }

    /// Whether nobody reads any more.
    pub(super) fn is_closed(&self) -> bool {
        self.target.is_closed()
    }

    /// Writes one event. The inner error is the event's fault: nothing of it was written.
    pub(super) fn write(&mut self, event: &Event<'_>) -> Result<Result<(), FormatError>, Failure> {
        let start = self.buffer.len();
        if let Err(error) = self.encode(event) {
            self.buffer.truncate(start);
            return Ok(Err(error));
        }
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(Ok(()))
    }

    fn encode(&mut self, event: &Event<'_>) -> Result<(), FormatError> {
        let (format, out) = (self.format, &mut self.buffer);
        match &mut self.frame {
            Frame::Lines => {
                format.encode(event, out)?;
                out.push(b'\n');
            }
            Frame::Array { any } => {
                out.extend_from_slice(if *any { b",\n" } else { b"[\n" });
                format.encode(event, out)?;
                *any = true;
            }
            Frame::Elastic { index } => bulk::elastic(event, format, index.as_deref(), out)?,
            Frame::Splunk(envelope) => envelope.write(event, out)?,
            Frame::Datadog(logs) => logs.write(event, out)?,
        }
        Ok(())
    }

    /// Closes what is open and hands everything over; the target says whether it was still read.
    pub(super) fn finish(mut self) -> Result<End, Failure> {
        match &mut self.frame {
            Frame::Array { any: true } => self.buffer.extend_from_slice(b"\n]\n"),
            Frame::Array { any: false } => self.buffer.extend_from_slice(b"[]\n"),
            Frame::Datadog(logs) => logs.finish(&mut self.buffer, !self.target.is_added_to()),
            Frame::Lines | Frame::Elastic { .. } | Frame::Splunk(_) => {}
        }
        self.flush()?;
        self.target.finish()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.target.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
