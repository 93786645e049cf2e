//! What was done, adapter by adapter.

use std::fmt::{Display, Write};

use delivery::outcome::{ErrorClass, Reason};
use delivery::pipeline::Counts;

use serde::Serialize;
use serde_json::{Map, Value};

use super::worker::Worker;
use crate::args::DeliverArgs;
use crate::exit::{Exit, Failure};
use crate::input::Source;
use crate::output::{Talk, count};

/// What became of an adapter's events.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Total {
    pub(super) delivered: u64,
    /// Of those: taken with a warning of the destination.
    pub(super) degraded: u64,
    /// Taken by the destination and then dropped, which it says of their number alone.
    pub(super) dropped: u64,
    pub(super) filtered: u64,
    pub(super) rejected: u64,
    pub(super) unreadable: u64,
    /// Tries that brought nothing, event by event.
    pub(super) retried: u64,
    /// Events that were read and are still to be delivered.
    pub(super) left: u64,
    /// Bytes of followed logs that are still to be read.
    #[serde(skip)]
    pub(super) unread: u64,
    /// Rejected or unreadable ones that are kept nowhere but in the log.
    #[serde(skip)]
    pub(super) unkept: u64,
}

/// A line an adapter.
pub(super) fn report(
    workers: &[Worker],
    args: &DeliverArgs,
    sources: &[Source],
    talk: &Talk,
) -> Result<(), Failure> {
    if args.json {
        talk.json(&Totals {
            dry_run: args.dry_run,
            adapters: workers.iter().map(object).collect(),
        })?;
    } else {
        table(workers, args, talk);
    }
    let is_stream = sources.contains(&Source::Stdin);
    for Worker { id, gave_up, total, .. } in workers {
        if let Some(reason) = gave_up {
            talk.warn(&format!("{id}: not everything was delivered: {reason}"));
        }
        if total.left > 0 && is_stream {
            let events = count(total.left, "event was", "events were");
            talk.warn(&format!("{id}: {events} read from standard input and not delivered"));
        }
        if args.follow && total.left + total.unread > 0 {
            let bytes = count(total.unread, "byte", "bytes");
            talk.note(&format!("{id}: {bytes} of the logs are left for the next run"));
        }
    }
    for Worker { id, total, .. } in workers {
        total.warn(id, talk);
    }
    if !args.dry_run && workers.iter().any(|worker| worker.total.unkept > 0) {
        talk.hint("--dead-letters DIR keeps what is refused, with the reason");
    }
    Ok(())
}

fn table(workers: &[Worker], args: &DeliverArgs, talk: &Talk) {
    let width = workers.iter().map(|worker| worker.id.chars().count()).max().unwrap_or(0).max(7);
    let mut table = row(width, "adapter", COLUMNS);
    if args.dry_run {
        table = table.replacen("delivered", " would go", 1);
    }
    for Worker { id, total, .. } in workers {
        table.push('\n');
        table.push_str(&row(width, id, total.columns()));
    }
    table.lines().for_each(|row| talk.note(row));
}

/// What `--json` writes.
#[derive(Serialize)]
struct Totals {
    dry_run: bool,
    adapters: Vec<Map<String, Value>>,
}

/// An adapter's columns by their names, and why it was given up, if it was.
fn object(worker: &Worker) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("adapter".to_owned(), worker.id.clone().into());
    for (name, number) in COLUMNS.iter().zip(worker.total.columns()) {
        object.insert((*name).to_owned(), number.into());
    }
    object.insert("unread_bytes".to_owned(), worker.total.unread.into());
    let reason = worker.gave_up.as_ref();
    object.insert("error".to_owned(), reason.map(|reason| reason.text.clone()).into());
    object.insert("error_class".to_owned(), reason.map(|reason| reason.class.as_str()).into());
    object
}

/// What the columns of the table are called.
const COLUMNS: [&str; 8] =
    ["delivered", "degraded", "dropped", "filtered", "rejected", "unreadable", "retried", "left"];

impl Total {
    /// As [`COLUMNS`] has them.
    fn columns(&self) -> [u64; 8] {
        [
            self.delivered,
            self.degraded,
            self.dropped,
            self.filtered,
            self.rejected,
            self.unreadable,
            self.retried,
            self.left,
        ]
    }

    /// Says what a table alone might let pass for delivered.
    fn warn(&self, id: &str, talk: &Talk) {
        if self.degraded > 0 {
            let events = count(self.degraded, "event was", "events were");
            talk.warn(&format!("{id}: {events} taken by the destination with a warning"));
        }
        if self.dropped > 0 {
            let events = count(self.dropped, "event was", "events were");
            talk.warn(&format!(
                "{id}: {events} dropped by the destination, which does not say which; look into its own log"
            ));
        }
    }

    /// The same for a worker that goes on: what was left is read again.
    pub(super) fn begun_anew(self) -> Total {
        Total { left: 0, unread: 0, ..self }
    }

    /// `1,204 events delivered, 3 rejected`.
    pub(super) fn words(&self) -> String {
        let mut words = format!("{} delivered", count(self.delivered, "event", "events"));
        for (number, word) in [
            (self.rejected, "rejected"),
            (self.unreadable, "unreadable"),
            (self.dropped, "dropped"),
        ] {
            if number > 0 {
                words = format!("{words}, {number} {word}");
            }
        }
        words
    }

    /// Adds what a run of the pipeline did, but for rejected events and those that are left.
    pub(super) fn add(&mut self, counts: &Counts) {
        self.delivered += counts.delivered;
        self.degraded += counts.degraded;
        self.dropped += counts.dropped;
        self.filtered += counts.filtered;
    }
}

fn row<T: Display>(width: usize, id: &str, columns: [T; 8]) -> String {
    let mut row = format!("{id:width$}");
    for (name, column) in COLUMNS.iter().zip(columns) {
        // Writing into a string cannot fail.
        let _written = write!(row, "  {column:>0$}", name.len().max(8));
    }
    row
}

/// The exit code: what needs a person first.
pub(super) fn exit(workers: &[Worker], args: &DeliverArgs, stopped: bool) -> Exit {
    let reasons = || workers.iter().filter_map(|worker| worker.gave_up.as_ref());
    let has = |class: ErrorClass| reasons().any(|reason: &Reason| reason.class == class);
    let rejected = |total: &Total| total.rejected + total.unreadable + total.dropped > 0;
    if args.follow {
        // It ends when it is told to; what is left then is taken up by the next run.
        return Exit::Done;
    }
    if has(ErrorClass::Auth) {
        Exit::Credentials
    } else if has(ErrorClass::Config) {
        Exit::Config
    } else if stopped || reasons().next().is_some() {
        Exit::Retry
    } else if workers.iter().any(|worker| rejected(&worker.total)) {
        Exit::Rejected
    } else {
        Exit::Done
    }
}
