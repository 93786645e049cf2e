//! What the messages of an invocation hold, and what is still owed of it.

use std::collections::{BTreeMap, BTreeSet};

use delivery::outcome::{Reason, caught};
use lambda::Outgoing;
use lambda::message::{ATTEMPTS, Envelope};
use lambda::park::{self, Letter, Rejected};
use lambda::settle::Decision;
use queue::{Attribute, Body, Packed, Packer};
use tokio::time::Instant;
use transform::event::Event;
use transform::source::{Reader, Settings, Unmapped};

use crate::reading::{self, EVENTS, Line, Mapper, REST, Sink, UNREADABLE};
use crate::table::{Outlet, RouteSet};
use crate::{NAME, quarantine};

/// The attribute that says which routes the lines of a requeued message are still owed to.
pub(crate) const ROUTES: &str = "routes";

/// Records in a message for a route that cannot be sent to: it is never sent.
const CLOSED: usize = 1000;

/// Older names of routes, which the rest of a message may still carry.
const RENAMED: [(&str, &str); 1] = [("splunk-hec", "splunk")];

/// One event of one message, or a record that is none.
struct Item {
    message: usize,
    state: State,
}

enum State {
    /// An event's line.
    Line {
        /// Routes that want it and do not have it.
        owed: RouteSet,
        /// A route has it.
        gone: bool,
        /// The line, once a route's queue has not taken it.
        text: String,
    },
    /// For the dead-letter queue.
    Refused { copy: String, records: u64, reason: Reason },
    /// In the dead-letter queue.
    Parked,
}

impl Item {
    fn waits(&self) -> bool {
        match self.state {
            State::Line { owed, .. } => owed != 0,
            State::Refused { .. } => true,
            State::Parked => false,
        }
    }

    /// Whether it has left us somewhere: for a destination, or the dead-letter queue.
    fn is_gone(&self) -> bool {
        matches!(self.state, State::Line { gone: true, .. } | State::Parked)
    }

    fn rejected<'i>(&'i self, number: usize, envelope: &Envelope<'_>) -> Option<Rejected<'i>> {
        match &self.state {
            State::Refused { copy, records, reason } => Some(Rejected {
                number,
                text: copy,
                records: *records,
                reason,
                attempts: envelope.attempts,
            }),
            _ => None,
        }
    }
}

/// All that an invocation's messages hold.
#[derive(Default)]
pub(crate) struct Work {
    items: Vec<Item>,
    /// Messages that there was no time to read; they begin here.
    unread: usize,
    pub(crate) records: u64,
    pub(crate) skipped: u64,
    pub(crate) unwanted: u64,
    /// Copies owed to routes that are no more.
    pub(crate) removed: u64,
    pub(crate) oldest: Option<jiff::Timestamp>,
    pub(crate) unmapped: Unmapped,
}

impl Work {
    /// Reads every record once, and packs its event for each route that wants it.
    ///
    /// A reader lives for one message: within it, records are consecutive, and a hash chain can be
    /// checked; messages come in any order. None but the first is begun after `until`.
    pub(crate) fn read(
        envelopes: &[Envelope<'_>],
        routes: &[Outlet],
        settings: &Settings,
        until: Instant,
    ) -> (Work, Vec<Vec<Packed>>) {
        Work::read_by(|| Reader::new(settings.clone()), envelopes, routes, until)
    }

    fn read_by<M: Mapper>(
        mapper: impl Fn() -> M,
        envelopes: &[Envelope<'_>],
        routes: &[Outlet],
        until: Instant,
    ) -> (Work, Vec<Vec<Packed>>) {
        let mut packers: Vec<Packer> = routes.iter().map(packer).collect();
        let mut work = Work::default();
        let mut named = park::Named::default();
        let mut escaped = Body::default();
        for (message, envelope) in envelopes.iter().enumerate() {
            if message > 0 && Instant::now() >= until {
                let messages = envelopes.len() - message;
                tracing::warn!(messages, "no time to read these messages; they go back");
                break;
            }
            let due = due(envelope, routes);
            let mut desk = Desk {
                work: &mut work,
                packers: &mut packers,
                named: &mut named,
                escaped: &mut escaped,
                envelope,
                message,
                routes,
                due,
            };
            let mut mapper = mapper();
            reading::read(envelope, &mut mapper, &mut desk);
            work.unmapped.add(mapper.unmapped());
            work.unread = message + 1;
        }
        named.close();
        (work, packers.into_iter().map(Packer::finish).collect())
    }

    /// Notes that a route is no more, and owed nothing.
    pub(crate) fn release(&mut self, place: usize, lines: &[usize]) {
        self.settle(place, lines, false);
    }

    /// Notes that a route's queue holds these lines.
    pub(crate) fn handed_over(&mut self, place: usize, lines: &[usize]) {
        self.settle(place, lines, true);
    }

    fn settle(&mut self, place: usize, lines: &[usize], handed: bool) {
        for line in lines {
            if let Some(Item { state: State::Line { owed, gone, .. }, .. }) =
                self.items.get_mut(*line)
            {
                *owed &= !(1 << place);
                *gone |= handed;
            }
        }
    }

    /// Keeps lines that a queue did not take.
    pub(crate) fn keep(&mut self, lines: &[usize], body: &str) {
        for (line, kept) in lines.iter().zip(body.lines()) {
            if let Some(Item { state: State::Line { text, .. }, .. }) = self.items.get_mut(*line)
                && text.is_empty()
            {
                kept.clone_into(text);
            }
        }
    }

    /// The refused records as messages for the dead-letter queue.
    pub(crate) fn refused(&self, envelopes: &[Envelope<'_>], now: jiff::Timestamp) -> Vec<Letter> {
        let items = self.items.iter().enumerate();
        let rejected =
            items.filter_map(|(number, item)| item.rejected(number, envelopes.get(item.message)?));
        park::letters(NAME, &rejected.collect::<Vec<_>>(), now)
    }

    /// How many records these items are.
    pub(crate) fn records_in(&self, items: &[usize]) -> u64 {
        let records = |item: &usize| match self.items.get(*item)?.state {
            State::Refused { records, .. } => Some(records),
            _ => Some(1),
        };
        items.iter().filter_map(records).sum()
    }

    /// Notes that the dead-letter queue holds these.
    pub(crate) fn parked(&mut self, items: &[usize]) {
        for item in items {
            if let Some(item) = self.items.get_mut(*item) {
                item.state = State::Parked;
            }
        }
    }

    /// What becomes of a message.
    pub(crate) fn decide(
        &self,
        message: usize,
        envelope: &Envelope<'_>,
        routes: &[Outlet],
        now: jiff::Timestamp,
    ) -> Decision {
        let wait = envelope.back_off(None);
        if message >= self.unread {
            return Decision::Return(wait);
        }
        // Items stand in the messages' order.
        let begin = self.items.partition_point(|item| item.message < message);
        let end = self.items.partition_point(|item| item.message <= message);
        let ours = self.items.get(begin..end).unwrap_or_default();
        if !ours.iter().any(Item::waits) {
            return Decision::Acknowledge;
        }
        if !ours.iter().any(Item::is_gone) {
            return Decision::Return(wait);
        }
        let rest = rest(ours, envelope, routes, now);
        let rest = rest.map(|rest| Outgoing { delay: wait, ..rest });
        Decision::Replace(rest.collect(), wait)
    }
}

/// What is left of a message, as messages of its own.
fn rest<'r>(
    items: &'r [Item],
    envelope: &'r Envelope<'_>,
    routes: &'r [Outlet],
    now: jiff::Timestamp,
) -> impl Iterator<Item = Outgoing> + 'r {
    // Lines that are owed to the same routes go back together, so that no destination gets one twice.
    let mut owed_to: BTreeMap<RouteSet, Packer> = BTreeMap::new();
    let mut refused = Vec::new();
    for (number, item) in items.iter().enumerate() {
        match &item.state {
            State::Line { owed, text, .. } if *owed != 0 => {
                let packer = owed_to.entry(*owed).or_insert_with(|| Packer::new(usize::MAX));
                packer.add(number, &text.as_str().into());
            }
            _ => refused.extend(item.rejected(number, envelope)),
        }
    }
    let attempts = u64::from(envelope.attempts) + 1;
    let lines = owed_to.into_iter().flat_map(move |(owed, packer)| {
        packer.finish().into_iter().map(move |Packed { body, .. }| {
            Outgoing::new(body)
                .with(ATTEMPTS, Attribute::number(attempts))
                .with(ROUTES, Attribute::text(names(owed, routes)))
                .with(REST, Attribute::text(EVENTS))
        })
    });
    let unreadable = park::letters(NAME, &refused, now).into_iter();
    lines.chain(unreadable.map(|letter| letter.message.with(REST, Attribute::text(UNREADABLE))))
}

/// Where one message's records are sorted.
struct Desk<'d, 'm> {
    work: &'d mut Work,
    packers: &'d mut [Packer],
    named: &'d mut park::Named,
    /// The line at hand, escaped once for all routes.
    escaped: &'d mut Body,
    envelope: &'d Envelope<'m>,
    message: usize,
    routes: &'d [Outlet],
    due: Due,
}

impl Sink for Desk<'_, '_> {
    fn wanted(&self, event: &Event<'_>) -> RouteSet {
        let routes = self.routes.iter().enumerate();
        let due = routes.filter(|(place, _)| self.due.places & (1 << place) != 0);
        due.filter(|(_, route)| route.wants(event)).fold(0, |all, (place, _)| all | (1 << place))
    }

    fn record(&mut self) {
        self.work.records += 1;
    }

    fn line(&mut self, line: &Line<'_>) {
        let Line { text, time, wanted } = *line;
        let number = self.work.items.len();
        if wanted != 0 {
            self.escaped.set(text);
        }
        for (place, packer) in self.packers.iter_mut().enumerate() {
            if wanted & (1 << place) != 0 {
                packer.add(number, self.escaped);
            }
        }
        let state = State::Line { owed: wanted, gone: false, text: String::new() };
        self.work.items.push(Item { message: self.message, state });
        self.work.removed += self.due.removed;
        self.work.unwanted += u64::from(wanted == 0 && self.due.removed == 0);
        self.work.oldest = Some(self.work.oldest.map_or(time, |oldest| oldest.min(time)));
    }

    fn skipped(&mut self) {
        self.work.skipped += 1;
    }

    fn refused(&mut self, text: &str, records: u64, reason: Reason) {
        if self.named.is_named() {
            let (message_id, record) = (self.envelope.id, self.work.records);
            tracing::error!(message_id, record, %reason, "a record was rejected");
        }
        let copy = caught("redaction", || quarantine::copy(text).into_owned());
        let copy = copy.unwrap_or_else(|reason| format!("({reason}; the record is left out)"));
        let state = State::Refused { copy, records, reason };
        self.work.items.push(Item { message: self.message, state });
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

fn names(owed: RouteSet, routes: &[Outlet]) -> String {
    let owed = routes.iter().enumerate().filter(|(place, _)| owed & (1 << place) != 0);
    let names: Vec<&str> = owed.map(|(_, route)| route.name.as_str()).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lambda::Received;
    use transform::source::{ParseError, Record};
    use transform::wrapper::Context;

    use super::*;

    /// A reader with a bug.
    struct Careless(Reader);

    impl Mapper for Careless {
        fn read<'t>(&mut self, text: &'t str, context: &Context) -> Result<Record<'t>, ParseError> {
            assert!(!text.contains("bomb"), "{text}");
            self.0.read_from(text, context)
        }

        fn findings(&mut self) -> Vec<Event<'static>> {
            self.0.take_findings()
        }

        fn unmapped(&mut self) -> Unmapped {
            self.0.take_unmapped()
        }
    }

    fn line(id: &str) -> String {
        format!(
            r#"{{"schema":"vault-audit/1","id":"{id}","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{{"id":"agent:a","type":"agent"}},"source":{{"product":"sanctum","instance":"v"}}}}"#
        )
    }

    fn received(bodies: &[String]) -> Vec<Received> {
        let body = |(id, body): (usize, &String)| Received {
            id: format!("m{id}"),
            body: Some(body.clone()),
            ..Received::default()
        };
        bodies.iter().enumerate().map(body).collect()
    }

    fn read(bodies: &[String], until: Instant) -> (Work, Vec<String>) {
        let messages = received(bodies);
        let envelopes = Envelope::unique(&messages);
        let mapper = || Careless(Reader::new(Settings::at(jiff::Timestamp::UNIX_EPOCH)));
        let routes = [Outlet::closed("s3")];
        let (work, packed) = Work::read_by(mapper, &envelopes, &routes, until);
        (work, packed.concat().into_iter().map(|packed| packed.body.text()).collect())
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    #[test]
    fn a_panic_costs_its_own_record_only() {
        let bomb = r#"{"password":"hunter2","note":"bomb"}"#;
        let bodies = [format!("{}\n{bomb}\n{}", line("a"), line("b")), line("c")];
        let (work, packed) = read(&bodies, soon());
        assert_eq!((work.records, packed.join("\n").lines().count()), (4, 3));
        let messages = received(&bodies);
        let envelopes = Envelope::unique(&messages);
        let letters = work.refused(&envelopes, jiff::Timestamp::UNIX_EPOCH);
        let [Letter { message, .. }] = &letters[..] else { panic!("{letters:?}") };
        assert!(!message.body.text().contains("hunter2") && message.body.text().contains("bomb"));
        assert_eq!(message.attribute("reason"), Some("the reader panicked; please report it"));
    }

    #[test]
    fn the_first_message_is_read_always_and_others_while_there_is_time() {
        let bodies = [line("a"), line("b"), line("c")];
        let (work, packed) = read(&bodies, Instant::now());
        assert_eq!((work.records, packed.len(), work.unread), (1, 1, 1));
        let messages = received(&bodies);
        for (message, envelope) in Envelope::unique(&messages).iter().enumerate().skip(1) {
            let decision = work.decide(message, envelope, &[], jiff::Timestamp::UNIX_EPOCH);
            assert!(matches!(decision, Decision::Return(_)));
        }
        assert_eq!(read(&bodies, soon()).0.unread, 3);
    }
}
