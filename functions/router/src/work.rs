//! The records of an invocation, and what is still owed of each.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use delivery::outcome::{ErrorClass, Reason};
use lambda::message::{ATTEMPTS, Envelope};
use lambda::settle::Decision;
use lambda::{Outgoing, park};
use queue::{Attribute, Packed, Packer};
use transform::event::Event;
use transform::format::Format;
use transform::source::{Reader, Record, Settings};
use transform::wrapper;

use crate::table::Outlet;
use crate::{NAME, quarantine};

/// The attribute that says which routes the records of a requeued message are still owed to.
pub(crate) const ROUTES: &str = "routes";

/// A set of routes, by their place in the table.
pub(crate) type RouteSet = u128;

/// More have no place in a [`RouteSet`].
pub(crate) const ROUTES_AT_MOST: usize = 100;

/// Records in a message for a route that cannot be sent to: it is never sent.
const CLOSED: usize = 1000;

/// Older names of routes, which the rest of a message may still carry.
const RENAMED: [(&str, &str); 1] = [("splunk-hec", "splunk")];

/// One record of one message.
pub(crate) struct Item<'a> {
    /// What reads as this record and no other.
    pub(crate) text: Cow<'a, str>,
    message: usize,
    /// Routes that it has been handed to or not wanted by: all that is not owed.
    owed: RouteSet,
    /// It has left us somewhere: for a destination, or the dead-letter queue.
    gone: bool,
    /// Why it cannot be read.
    refused: Option<Reason>,
}

/// All records of an invocation.
pub(crate) struct Work<'a> {
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) events: u64,
    pub(crate) skipped: u64,
    pub(crate) unwanted: u64,
    /// Copies owed to routes that are no more.
    pub(crate) removed: u64,
    pub(crate) oldest: Option<jiff::Timestamp>,
}

impl<'a> Work<'a> {
    /// Reads every record once, and packs it for each route that wants it.
    ///
    /// A reader lives for one message: within it, records are consecutive, and a hash chain can be
    /// checked; messages come in any order.
    pub(crate) fn read(
        envelopes: &[Envelope<'a>],
        routes: &[Outlet],
        settings: &Settings,
    ) -> (Work<'a>, Vec<Vec<Packed>>) {
        let mut packers: Vec<Packer> = routes.iter().map(packer).collect();
        let mut work = Work {
            items: Vec::new(),
            events: 0,
            skipped: 0,
            unwanted: 0,
            removed: 0,
            oldest: None,
        };
        let mut line = Vec::with_capacity(4096);
        for (message, envelope) in envelopes.iter().enumerate() {
            let mut reader = Reader::new(settings.clone());
            if !envelope.has_body() {
                tracing::error!(message = envelope.id, "a message has no body");
                work.items.push(Item {
                    text: Cow::Borrowed(""),
                    message,
                    owed: 0,
                    gone: false,
                    refused: None,
                });
                work.refuse(Reason::new(ErrorClass::Unreadable, "the message has no body"));
            }
            let due = due(envelope, routes);
            for raw in wrapper::records(envelope.body) {
                let text = raw.to_line();
                work.items.push(Item { text, message, owed: 0, gone: false, refused: None });
                let record = match &raw.text {
                    Ok(text) => reader.read_from(text, &raw.context),
                    Err(error) => Err(error.clone()),
                };
                match record {
                    Ok(Record::Event(event)) => {
                        work.route(&event, routes, due, &mut line, &mut packers);
                        work.removed += due.removed;
                        // A gap in a hash chain is an event of its own; it shares its record's fate.
                        for finding in reader.take_findings() {
                            work.route(&finding, routes, due, &mut line, &mut packers);
                        }
                    }
                    Ok(Record::Skipped(_)) => work.skipped += 1,
                    Err(error) => {
                        tracing::error!(
                            message = envelope.id,
                            line = raw.line,
                            %error,
                            "a record is no audit event that we know"
                        );
                        work.refuse(Reason::new(ErrorClass::Unreadable, error.to_string()));
                    }
                }
            }
        }
        (work, packers.into_iter().map(Packer::finish).collect())
    }

    /// Packs the event of the last item for whoever wants it.
    fn route(
        &mut self,
        event: &Event<'_>,
        routes: &[Outlet],
        due: Due,
        line: &mut Vec<u8>,
        packers: &mut [Packer],
    ) {
        self.events += 1;
        let time = event.time.timestamp();
        self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
        line.clear();
        if let Err(error) = Format::Json.encode(event, line) {
            return self.refuse(Reason::new(ErrorClass::Format, error.to_string()));
        }
        let Ok(line) = std::str::from_utf8(line) else {
            return self.refuse(Reason::new(ErrorClass::Format, "the event's line is not UTF-8"));
        };
        let record = self.items.len() - 1;
        let mut wanted = false;
        for (place, (route, packer)) in routes.iter().zip(packers).enumerate() {
            if due.places & (1 << place) != 0 && route.wants(event) {
                wanted = true;
                self.owe(record, place);
                packer.add(record, line);
            }
        }
        self.unwanted += u64::from(!wanted && due.removed == 0);
    }

    /// Notes that a route is owed the record.
    pub(crate) fn owe(&mut self, record: usize, place: usize) {
        if let Some(item) = self.items.get_mut(record) {
            item.owed |= 1 << place;
        }
    }

    /// Notes that a route is no more, and owed nothing.
    pub(crate) fn release(&mut self, place: usize, records: &[usize]) {
        for record in records {
            if let Some(item) = self.items.get_mut(*record) {
                item.owed &= !(1 << place);
            }
        }
    }

    fn refuse(&mut self, reason: Reason) {
        if let Some(item) = self.items.last_mut() {
            item.refused = Some(reason);
        }
    }

    /// Notes that a route's queue holds these records.
    pub(crate) fn handed_over(&mut self, place: usize, records: &[usize]) {
        for record in records {
            if let Some(item) = self.items.get_mut(*record) {
                item.owed &= !(1 << place);
                item.gone = true;
            }
        }
    }

    /// Copies of the unreadable records for the dead-letter queue, with the records' numbers.
    pub(crate) fn refused(
        &self,
        envelopes: &[Envelope<'_>],
        now: jiff::Timestamp,
    ) -> (Vec<usize>, Vec<Outgoing>) {
        let refused = self.items.iter().enumerate().filter_map(|(record, item)| {
            let (reason, envelope) = (item.refused.as_ref()?, envelopes.get(item.message)?);
            let copy = quarantine::copy(&item.text);
            Some((record, park::parked(NAME, &copy, reason, envelope.attempts, now)))
        });
        refused.unzip()
    }

    /// Notes that the dead-letter queue holds the record.
    pub(crate) fn parked(&mut self, record: usize) {
        if let Some(item) = self.items.get_mut(record) {
            item.refused = None;
            item.gone = true;
        }
    }

    /// What becomes of a message.
    pub(crate) fn decide(
        &self,
        message: usize,
        envelope: &Envelope<'_>,
        routes: &[Outlet],
    ) -> Decision {
        // Items stand in the messages' order.
        let begin = self.items.partition_point(|item| item.message < message);
        let end = self.items.partition_point(|item| item.message <= message);
        let ours = || self.items.get(begin..end).unwrap_or_default().iter();
        let waiting = |item: &&Item<'_>| item.owed != 0 || item.refused.is_some();
        let wait = envelope.back_off(None);
        if !ours().any(|item| waiting(&item)) {
            return Decision::Acknowledge;
        }
        if !ours().any(|item| item.gone) {
            return Decision::Return(wait);
        }
        // Records that owe the same routes go back together, so that no destination gets one twice.
        let mut groups: BTreeMap<RouteSet, Vec<&str>> = BTreeMap::new();
        for item in ours().filter(waiting) {
            groups.entry(item.owed).or_default().push(&*item.text);
        }
        let replace = groups.into_iter().map(|(owed, texts)| {
            let attempts = Attribute::number(u64::from(envelope.attempts) + 1);
            let rest = Outgoing::new(texts.join("\n")).with(ATTEMPTS, attempts);
            let rest = match names(owed, routes) {
                Some(names) => rest.with(ROUTES, Attribute::text(names)),
                None => rest,
            };
            Outgoing { delay: wait, ..rest }
        });
        Decision::Replace(replace.collect(), wait)
    }
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Due {
    places: RouteSet,
    /// Routes that it names and that are no more.
    removed: u64,
}

/// The routes that a message is for: all, unless it is the rest of another.
fn due(envelope: &Envelope<'_>, routes: &[Outlet]) -> Due {
    let Some(owed) = envelope.attribute(ROUTES) else {
        return Due { places: RouteSet::MAX, removed: 0 };
    };
    let mut due = Due { places: 0, removed: 0 };
    for name in owed.split(',') {
        match place(name, routes) {
            Some(place) => due.places |= 1 << place,
            None => due.removed += 1,
        }
    }
    due
}

/// A route's place by its name, or by what it was called before.
fn place(name: &str, routes: &[Outlet]) -> Option<usize> {
    let by_name = |name: &str| routes.iter().position(|route| route.name == name);
    by_name(name).or_else(|| {
        let (_, now) = RENAMED.iter().find(|(before, _)| *before == name)?;
        by_name(now)
    })
}

/// Names of routes in the rest of messages that the table does not have.
pub(crate) fn unknown<'a>(envelopes: &[Envelope<'a>], routes: &[Outlet]) -> BTreeSet<&'a str> {
    let named = envelopes.iter().filter_map(|envelope| envelope.attribute(ROUTES));
    named.flat_map(|names| names.split(',')).filter(|name| place(name, routes).is_none()).collect()
}

fn packer(route: &Outlet) -> Packer {
    Packer::new(route.open.as_ref().map_or(CLOSED, |open| open.batch_size))
}

/// Unreadable records owe no route; then there is nothing to say.
fn names(owed: RouteSet, routes: &[Outlet]) -> Option<String> {
    let owed = routes.iter().enumerate().filter(|(place, _)| owed & (1 << place) != 0);
    let names: Vec<&str> = owed.map(|(_, route)| route.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(","))
}
