//! The fault matrix: every destination that is reached over HTTP under every fault. After each, every event is
//! accounted for: held by the server, a dead letter, or waiting for the class of trouble that it should.
//!
//! `docs/faults.md` is made from it; `EXPECTORATE=overwrite` writes it anew. `FAULTS=whole` (`make faults`) sends
//! 1,000 events a cell in place of 40.
#![expect(clippy::unwrap_used, reason = "a test")]

mod cells;
mod receiver;
mod vendors;

use std::collections::BTreeMap;
use std::time::Duration;

use delivery::outcome::{ErrorClass, Verdict};
use delivery::pipeline::{Outcome, Pipeline};
use futures::stream::{self, StreamExt};
use registry::Any;
use tokio::time::Instant;
use transform::event::Event;
use transform::source::native;

use self::cells::{CELLS, Cell, Expected};
use self::receiver::Receiver;
use self::vendors::{VENDORS, Vendor};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");

const HEAD: &str = "# Faults

Made from a test by `cargo test -p registry --test faults`; do not edit. `make faults` runs it with 1,000 events a cell.

Each cell sends events to a destination under a fault, looks where every one of them is, and delivers what waited once the fault is over. *Waits* is in the queue,
with the class of trouble that logs and metrics name; *twice* is where an event may be stored more than once, at most by one repetition in an invocation.
What is promised is in [semantics.md](semantics.md). OpenTelemetry is OTLP over HTTP here.
";

/// The event that is refused for good.
const POISON: &str = "event-17";

/// Cells at a time: each has two servers.
const SIDE_BY_SIDE: usize = 16;

#[expect(clippy::disallowed_methods, reason = "how much is wanted is said from outside")]
fn size() -> usize {
    let whole = std::env::var("FAULTS").is_ok_and(|word| word == "whole");
    if whole { 1_000 } else { 40 }
}

fn lines() -> Vec<String> {
    let line = |number| {
        serde_json::json!({
            "schema": "vault-audit/1", "id": format!("event-{number}"), "time": "2026-02-14T22:31:44.006Z",
            "class": "SecretAccess", "action": "retrieve", "outcome": "success",
            "actor": {"id": "agent:a", "type": "agent"},
            "source": {"product": "sanctum", "instance": "vault-eu-prod"},
        })
        .to_string()
    };
    (0..size()).map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_accounted_for_under_every_fault() {
    let pairs = CELLS.iter().flat_map(|cell| VENDORS.iter().map(move |vendor| (cell, vendor)));
    let failures: Vec<String> = stream::iter(pairs.map(|(cell, vendor)| async move {
        let name = format!("{} at {}", cell.name, vendor.name);
        run(cell, vendor).await.err().map(|problem| format!("{name}: {problem}"))
    }))
    .buffer_unordered(SIDE_BY_SIDE)
    .filter_map(async |failure| failure)
    .collect()
    .await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    expectorate::assert_contents(PAGE, &page());
}

async fn run(cell: &'static Cell, vendor: &'static Vendor) -> Result<(), String> {
    let lines = lines();
    let events: Vec<Event<'_>> = lines.iter().map(|line| native::parse(line).unwrap()).collect();
    let receiver = Receiver::start(cell, vendor).await;
    let pipeline = receiver.pipeline(vendor);

    let outcome = deliver(&pipeline, &events, cell.seconds).await;
    let expected = (cell.expected)(vendor);
    look(&events, &outcome, &receiver, expected, cell)?;

    // The fault is over: what waited is delivered.
    if !receiver.recover() {
        return Ok(());
    }
    let rest: Vec<Event<'_>> = waiting(&events, &outcome).cloned().collect();
    // What was held back for good measure is let go when something else is taken.
    let outcome = deliver(&pipeline, &rest, 60).await;
    if let Some(event) = waiting(&rest, &outcome).next() {
        return Err(format!("{} still waits when the fault is over", event.id));
    }
    let held = receiver.held();
    let lost =
        events.iter().find(|event| !held.contains_key(&*event.id) && !is_dead(event, expected));
    match lost {
        Some(event) => Err(format!("{} is nowhere in the end", event.id)),
        None => Ok(()),
    }
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

fn is_dead(event: &Event<'_>, expected: Expected) -> bool {
    expected == Expected::OneDead && *event.id == *POISON
}

/// Every event against what is expected of it, and against what the server holds.
fn look(
    events: &[Event<'_>],
    outcome: &Outcome,
    receiver: &Receiver,
    expected: Expected,
    cell: &Cell,
) -> Result<(), String> {
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
            (Verdict::Delivered(_), Expected::OneDead) => *event.id != *POISON && copies > 0,
            (Verdict::Delivered(_), Expected::Delivered) => copies > 0,
            // In a short invocation there may be no time for all of them.
            (Verdict::Retry { reason, .. }, Expected::Waits(class)) => {
                reason.class == class || (cell.seconds < 60 && reason.class == ErrorClass::Deadline)
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
    // One repetition, and one on a connection that was found dead.
    let most = if cell.twice { 3 } else { 1 };
    match held.iter().find(|(_, copies)| **copies > most) {
        Some((id, copies)) => Err(format!("{copies} copies of {id}")),
        None if receiver.requests() > cell.most_requests.unwrap_or(usize::MAX) => {
            Err(format!("{} requests", receiver.requests()))
        }
        None => Ok(()),
    }
}

fn page() -> String {
    let names: Vec<&str> = VENDORS.iter().map(|vendor| vendor.name).collect();
    let mut page =
        format!("{HEAD}\n| fault | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for cell in CELLS {
        let words: Vec<String> = VENDORS.iter().map(|vendor| word(cell, vendor)).collect();
        page.extend(["| ", cell.name, " | ", &words.join(" | "), " |\n"]);
    }
    page
}

fn word(cell: &Cell, vendor: &Vendor) -> String {
    let word = match (cell.expected)(vendor) {
        Expected::Delivered => "delivered".to_owned(),
        Expected::Waits(class) => format!("waits, `{class}`"),
        Expected::OneDead => "one dead letter, the others delivered".to_owned(),
    };
    let trusts = (cell.expected)(vendor) == Expected::Delivered && cell.answered;
    if cell.twice && !vendor.idempotent && !trusts { word + ", twice" } else { word }
}

/// How often the server holds each event.
type Held = BTreeMap<String, usize>;
