//! The fault matrix: every destination under every fault. After each, every event is accounted for: held by the server, a
//! dead letter, or waiting for the class of trouble that it should.
//!
//! Two tables of `docs/faults.md` are made from it; `EXPECTORATE=overwrite` writes them anew. `FAULTS=whole` (`make faults`)
//! sends 1,000 events a cell in place of 40. The same destinations as built functions, with their queues and their end by
//! force, are in `functions/destination/tests`.
#![expect(clippy::unwrap_used, reason = "a test")]

mod cells;
mod receiver;

use std::time::Duration;

use delivery::outcome::{ErrorClass, Verdict};
use delivery::pipeline::{Outcome, Pipeline};
use futures::stream::{self, StreamExt};
use registry::Any;
use tests::page::assert_part;
use tests::vendors::{Knows, VENDORS, Vendor, Wire};
use tokio::time::Instant;
use transform::event::Event;
use transform::source::native;

use self::cells::{CELLS, Cell, Expected, MINUTES, OWN, Secret, Twice};
use self::receiver::Receiver;

const PAGE: &str = "docs/faults.md";

/// The event that is refused for good.
const POISON: &str = "event-17";

/// Cells at a time: most of their time they wait. Those that work have the machine for themselves, or secrets come too late.
const SIDE_BY_SIDE: usize = 16;

#[expect(clippy::disallowed_methods, reason = "how much is wanted is said from outside")]
fn is_whole() -> bool {
    std::env::var("FAULTS").is_ok_and(|word| word == "whole")
}

fn size() -> usize {
    if is_whole() { 1_000 } else { 40 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn every_event_is_accounted_for_under_every_fault() {
    let pairs = CELLS.iter().chain(OWN).flat_map(|cell| {
        let befallen = VENDORS.iter().filter(|vendor| (cell.befalls)(vendor));
        befallen.map(move |vendor| (cell, vendor))
    });
    let (mut waiting, working): (Vec<_>, Vec<_>) =
        pairs.partition(|(cell, _): &(&Cell, &Vendor)| cell.load.is_none());
    waiting.sort_by_key(|(cell, _)| cell.secret != Secret::Hangs); // those that take longest first
    let mut failures = failures_of(waiting, SIDE_BY_SIDE).await;
    failures.extend(failures_of(working, 1).await);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_part(PAGE, "every destination", &everywhere());
    assert_part(PAGE, "single destinations", &at_some());
}

async fn failures_of(pairs: Vec<(&'static Cell, &'static Vendor)>, at_once: usize) -> Vec<String> {
    stream::iter(pairs.into_iter().map(|(cell, vendor)| async move {
        let name = format!("{} at {}", cell.name, vendor.name);
        run(cell, vendor).await.err().map(|problem| format!("{name}: {problem}"))
    }))
    .buffer_unordered(at_once)
    .filter_map(async |failure| failure)
    .collect()
    .await
}

async fn run(cell: &'static Cell, vendor: &'static Vendor) -> Result<(), String> {
    let (bytes, count) = cell.load.unwrap_or((0, size()));
    let lines: Vec<String> =
        (0..count).map(|number| tests::event_line(&format!("event-{number}"), bytes)).collect();
    let events: Vec<Event<'_>> = lines.iter().map(|line| native::parse(line).unwrap()).collect();
    let receiver = Receiver::start(cell, vendor).await;
    let pipeline = receiver.pipeline(count).await;

    let outcome = deliver(&pipeline, &events, cell.seconds).await;
    let expected = (cell.expected)(vendor);
    look(&events, &outcome, &receiver, (cell, vendor))?;

    // The fault is over: what waited is delivered.
    if !receiver.recover() {
        return Ok(());
    }
    let rest: Vec<Event<'_>> = waiting(&events, &outcome).cloned().collect();
    // What was held back for good measure is let go when something else is taken.
    let outcome = deliver(&pipeline, &rest, MINUTES).await;
    if let Some(event) = waiting(&rest, &outcome).next() {
        return Err(format!("{} still waits when the fault is over", event.id));
    }
    let held = receiver.held();
    let missing = events.iter().filter(|event| !held.contains_key(&*event.id)).count();
    let dead = usize::from(matches!(expected, Expected::OneDead | Expected::OneDropped));
    if missing == dead { Ok(()) } else { Err(format!("{missing} are nowhere in the end")) }
}

async fn deliver(pipeline: &Pipeline<Any>, events: &[Event<'_>], seconds: u64) -> Outcome {
    pipeline.run(events, Instant::now() + Duration::from_secs(seconds)).await
}

fn waiting<'e, 'a>(
    events: &'e [Event<'a>],
    outcome: &'e Outcome,
) -> impl Iterator<Item = &'e Event<'a>> {
    let waits = |verdict: &Verdict| matches!(verdict, Verdict::Retry { .. });
    events.iter().zip(&outcome.verdicts).filter(move |(_, verdict)| waits(verdict)).map(|(e, _)| e)
}

/// Every event against what is expected of it, and against what the server holds.
fn look(
    events: &[Event<'_>],
    outcome: &Outcome,
    receiver: &Receiver,
    (cell, vendor): (&Cell, &Vendor),
) -> Result<(), String> {
    let expected = (cell.expected)(vendor);
    if outcome.verdicts.len() != events.len() {
        return Err(format!("{} verdicts", outcome.verdicts.len()));
    }
    let held = receiver.held();
    for (event, verdict) in events.iter().zip(&outcome.verdicts) {
        let copies = held.get(&*event.id).copied().unwrap_or(0);
        let fits = match (verdict, expected) {
            (Verdict::Rejected(reason), Expected::OneDead) => {
                *event.id == *POISON && copies == 0 && reason.class == ErrorClass::Refused
            }
            (Verdict::Delivered(_), Expected::OneDead | Expected::OneWaits(_)) => {
                *event.id != *POISON && copies > 0
            }
            (Verdict::Delivered(_), Expected::Delivered) => copies > 0,
            (Verdict::Delivered(_), Expected::OneDropped) => true,
            (Verdict::Retry { reason, .. }, Expected::OneWaits(class)) => {
                *event.id == *POISON && copies == 0 && reason.class == class
            }
            // In a short invocation there may be no time for all of them.
            (Verdict::Retry { reason, .. }, Expected::Waits(class)) => {
                reason.class == class
                    || (cell.seconds < MINUTES && reason.class == ErrorClass::Deadline)
            }
            _ => false,
        };
        if !fits {
            return Err(format!(
                "{}: {verdict:?}, {copies} copies, {expected:?} expected",
                event.id
            ));
        }
    }
    let dropped = u64::from(expected == Expected::OneDropped);
    if outcome.counts.dropped != dropped {
        return Err(format!("{} dropped", outcome.counts.dropped));
    }
    // One repetition, and one on a connection that was found dead.
    let most = if may_be_twice(cell, vendor) { 3 } else { 1 };
    match held.iter().find(|(_, copies)| **copies > most) {
        Some((id, copies)) => Err(format!("{copies} copies of {id}")),
        None if receiver.requests() > cell.most_requests.unwrap_or(usize::MAX) => {
            Err(format!("{} requests", receiver.requests()))
        }
        None => Ok(()),
    }
}

/// The table of the faults that befall every destination.
fn everywhere() -> String {
    let names: Vec<&str> = VENDORS.iter().map(|vendor| vendor.name).collect();
    let mut table =
        format!("| fault | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for cell in CELLS {
        let words: Vec<String> = VENDORS.iter().map(|vendor| word(cell, vendor)).collect();
        table.extend(["| ", cell.name, " | ", &words.join(" | "), " |\n"]);
    }
    table
}

/// The table of those that befall some.
fn at_some() -> String {
    let mut table = "| at | fault | what becomes of the events |\n|---|---|---|\n".to_owned();
    for cell in OWN {
        let all: Vec<&Vendor> = VENDORS.iter().filter(|vendor| (cell.befalls)(vendor)).collect();
        let names: Vec<&str> = all.iter().map(|vendor| vendor.name).collect();
        let mut words: Vec<String> = all.iter().map(|vendor| word(cell, vendor)).collect();
        words.dedup();
        table.extend(["| ", &names.join(", "), " | ", cell.name, " | ", &words.join("; "), " |\n"]);
    }
    table
}

fn may_be_twice(cell: &Cell, vendor: &Vendor) -> bool {
    let trusts = (cell.expected)(vendor) == Expected::Delivered && cell.answered;
    let befalls = match cell.twice {
        Twice::Nowhere => false,
        Twice::WhereNothingIsKnown => true,
        Twice::OverGrpc => matches!(vendor.wire, Wire::Grpc(..)),
    };
    befalls && vendor.knows == Knows::Nothing && !trusts
}

fn word(cell: &Cell, vendor: &Vendor) -> String {
    if !(cell.befalls)(vendor) {
        return "–".to_owned();
    }
    let expected = (cell.expected)(vendor);
    let word = match expected {
        Expected::Delivered => "delivered".to_owned(),
        Expected::Waits(class) => format!("waits, `{class}`"),
        Expected::OneDead => "one dead letter, the others delivered".to_owned(),
        Expected::OneWaits(class) => format!("one waits, `{class}`, the others delivered"),
        Expected::OneDropped => "one lost there and counted, the others delivered".to_owned(),
    };
    if may_be_twice(cell, vendor) { word + ", twice" } else { word }
}
