//! The records of a message as lines of the contract, each with the routes that want it.
//!
//! A message is one of three things: a producer's text; the rest of a message, whose lines were mapped
//! before (they are not read as a vault's again, which would begin another hash chain); or unreadable
//! records that the dead-letter queue could not take.

use std::ops::Range;

use delivery::outcome::{ErrorClass, Reason, caught};
use jiff::Timestamp;
use lambda::message::Envelope;
use lambda::park;
use transform::event::Event;
use transform::format::Format;
use transform::source::{ParseError, Reader, Record, Unmapped, native};
use transform::wrapper::{self, Context};

use crate::table::RouteSet;

/// The attribute of a message that the router sent to its own queue.
pub(crate) const REST: &str = "rest";

/// What [`REST`] says of lines of the contract.
pub(crate) const EVENTS: &str = "events";

/// What [`REST`] says of records for the dead-letter queue.
pub(crate) const UNREADABLE: &str = "unreadable";

/// Maps records; remembers what spans them.
pub(crate) trait Mapper {
    fn read<'t>(&mut self, text: &'t str, context: &Context) -> Result<Record<'t>, ParseError>;

    /// What was found out about the records' integrity since the last call.
    fn findings(&mut self) -> Vec<Event<'static>>;

    /// The events since the last call whose operation no table has.
    fn unmapped(&mut self) -> Unmapped;
}

impl Mapper for Reader {
    fn read<'t>(&mut self, text: &'t str, context: &Context) -> Result<Record<'t>, ParseError> {
        self.read_from(text, context)
    }

    fn findings(&mut self) -> Vec<Event<'static>> {
        self.take_findings()
    }

    fn unmapped(&mut self) -> Unmapped {
        self.take_unmapped()
    }
}

/// An event as its line, and who wants it.
pub(crate) struct Line<'l> {
    pub(crate) text: &'l str,
    pub(crate) time: Timestamp,
    pub(crate) wanted: RouteSet,
}

/// Takes what a message holds.
pub(crate) trait Sink {
    /// Which routes want the event.
    fn wanted(&self, event: &Event<'_>) -> RouteSet;

    /// A record came in.
    fn record(&mut self);

    /// It, or what was found out about it, is this event.
    fn line(&mut self, line: &Line<'_>);

    /// It is rightly no event.
    fn skipped(&mut self);

    /// It is for the dead-letter queue, as this text of so many records.
    fn refused(&mut self, text: &str, records: u64, reason: Reason);
}

/// Reads a message.
pub(crate) fn read(envelope: &Envelope<'_>, mapper: &mut impl Mapper, sink: &mut impl Sink) {
    if !envelope.has_body() {
        sink.record();
        let reason = Reason::new(ErrorClass::Unreadable, "the message has no body");
        return sink.refused("", 1, reason);
    }
    match envelope.attribute(REST) {
        Some(UNREADABLE) => given_back(envelope, sink),
        Some(EVENTS) => mapped(envelope.body, sink),
        _ => produced(envelope.body, mapper, sink),
    }
}

/// What a producer sent.
fn produced(body: &str, mapper: &mut impl Mapper, sink: &mut impl Sink) {
    let mut records = wrapper::records(body);
    let mut lines = Lines::default();
    loop {
        let raw = match caught("splitter", || records.next()) {
            Ok(Some(raw)) => raw,
            Ok(None) => return,
            Err(reason) => {
                // Where it stopped is not known.
                sink.record();
                return sink.refused(body, 1, reason);
            }
        };
        sink.record();
        lines.clear();
        let read = caught("reader", || -> Result<bool, Reason> {
            let record = match &raw.text {
                Ok(text) => mapper.read(text, &raw.context),
                Err(error) => Err(error.clone()),
            };
            let mut read = match record {
                Ok(Record::Event(event)) => lines.add(&event, sink).map(|()| true),
                Ok(Record::Skipped(_)) => Ok(false),
                Err(error) => Err(unreadable(&error)),
            };
            // A gap in a hash chain is an event of its own, whatever becomes of the record behind it.
            for finding in mapper.findings() {
                if let Err(reason) = lines.add(&finding, sink) {
                    read = Err(reason);
                }
            }
            read
        });
        for line in lines.iter() {
            sink.line(&line);
        }
        match read.and_then(|read| read) {
            Ok(true) => {}
            Ok(false) => sink.skipped(),
            Err(reason) => sink.refused(&raw.to_line(), 1, reason),
        }
    }
}

/// Lines of the contract that the router wrote before. They stay as they are.
fn mapped(body: &str, sink: &mut impl Sink) {
    for text in body.lines().filter(|line| !line.trim().is_empty()) {
        sink.record();
        let read = caught("reader", || {
            let event = native::parse_hop(text).map_err(|error| unreadable(&error))?;
            Ok((event.time.timestamp(), sink.wanted(&event)))
        });
        match read.and_then(|read| read) {
            Ok((time, wanted)) => sink.line(&Line { text, time, wanted }),
            Err(reason) => sink.refused(text, 1, reason),
        }
    }
}

/// Records that were refused before, when the dead-letter queue could not take them.
fn given_back(envelope: &Envelope<'_>, sink: &mut impl Sink) {
    let class = envelope.attribute(park::ERROR_CLASS).and_then(ErrorClass::named);
    let text = envelope.attribute(park::REASON).unwrap_or("not told");
    let records = envelope.attribute(park::RECORDS).and_then(|count| count.parse().ok());
    sink.record();
    let reason = Reason::new(class.unwrap_or(ErrorClass::Unreadable), text);
    sink.refused(envelope.body, records.unwrap_or(1), reason);
}

fn unreadable(error: &ParseError) -> Reason {
    Reason::new(ErrorClass::Unreadable, error.to_string())
}

/// The lines of one record, in one buffer.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    text: String,
    each: Vec<(Range<usize>, Timestamp, RouteSet)>,
}

impl Lines {
    fn clear(&mut self) {
        self.text.clear();
        self.each.clear();
    }

    fn add(&mut self, event: &Event<'_>, sink: &impl Sink) -> Result<(), Reason> {
        let format = |text: String| Reason::new(ErrorClass::Format, text);
        self.bytes.clear();
        Format::Json.encode(event, &mut self.bytes).map_err(|error| format(error.to_string()))?;
        let line = std::str::from_utf8(&self.bytes)
            .map_err(|_| format("the event's line is not UTF-8".to_owned()))?;
        let wanted = sink.wanted(event);
        let begin = self.text.len();
        self.text.push_str(line);
        self.each.push((begin..self.text.len(), event.time.timestamp(), wanted));
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        self.each.iter().filter_map(|(range, time, wanted)| {
            Some(Line { text: self.text.get(range.clone())?, time: *time, wanted: *wanted })
        })
    }
}
