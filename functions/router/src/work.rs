//! The records of an invocation, and what is still owed of each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use delivery::outcome::{ErrorClass, Reason};
use lambda::message::{ATTEMPTS, Envelope};
use lambda::settle::Decision;
use lambda::{Outgoing, park};
use transform::event::Event;
use transform::format::Format;
use transform::source::{Reader, Record, Settings};
use transform::wrapper;

use crate::config::Route;
use crate::pack::{Packed, Packer};
use crate::{NAME, quarantine};

/// The attribute that says which routes the records of a requeued message are still owed to.
pub(crate) const ROUTES: &str = "routes";

/// A set of routes, by their place in the configuration.
pub(crate) type RouteSet = u32;

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
    pub(crate) oldest: Option<jiff::Timestamp>,
}

impl<'a> Work<'a> {
    /// Reads every record once, and packs it for each route that wants it.
    ///
    /// A reader lives for one message: within it, records are consecutive, and a hash chain can be
    /// checked; messages come in any order.
    pub(crate) fn read(
        envelopes: &[Envelope<'a>],
        routes: &[Route],
        settings: &Settings,
    ) -> (Work<'a>, Vec<Vec<Packed>>) {
        let mut packers: Vec<Packer> =
            routes.iter().map(|route| Packer::new(route.batch_size)).collect();
        let mut work = Work { items: Vec::new(), events: 0, skipped: 0, unwanted: 0, oldest: None };
        let mut line = Vec::with_capacity(4096);
        for (message, envelope) in envelopes.iter().enumerate() {
            let mut reader = Reader::new(settings.clone());
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
        routes: &[Route],
        due: RouteSet,
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
            if due & (1 << place) != 0 && route.filter.admits(event) {
                wanted = true;
                self.owe(record, place);
                packer.add(record, line);
            }
        }
        self.unwanted += u64::from(!wanted);
    }

    /// Notes that a route is owed the record.
    pub(crate) fn owe(&mut self, record: usize, place: usize) {
        if let Some(item) = self.items.get_mut(record) {
            item.owed |= 1 << place;
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
        routes: &[Route],
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
        let replace = groups.into_iter().map(|(owed, texts)| Outgoing {
            body: texts.join("\n"),
            texts: names(owed, routes).map(|names| (ROUTES, names)).into_iter().collect(),
            numbers: vec![(ATTEMPTS, u64::from(envelope.attempts) + 1)],
            delay: wait,
        });
        Decision::Replace(replace.collect(), wait)
    }
}

/// The routes that a message is for: all, unless it is the rest of another.
fn due(envelope: &Envelope<'_>, routes: &[Route]) -> RouteSet {
    let Some(owed) = envelope.attribute(ROUTES) else { return RouteSet::MAX };
    let named = |route: &Route| owed.split(',').any(|name| name == route.name);
    let places = routes.iter().enumerate().filter(|(_, route)| named(route));
    places.fold(0, |set, (place, _)| set | (1 << place))
}

/// Unreadable records owe no route; then there is nothing to say.
fn names(owed: RouteSet, routes: &[Route]) -> Option<String> {
    let owed = routes.iter().enumerate().filter(|(place, _)| owed & (1 << place) != 0);
    let names: Vec<&str> = owed.map(|(_, route)| route.name).collect();
    (!names.is_empty()).then(|| names.join(","))
}
