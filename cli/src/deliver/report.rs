//! What was done, adapter by adapter: for a person, a program and a shell.

use std::fmt::{Display, Write};

use delivery::outcome::{ErrorClass, Reason};
use serde::Serialize;
use serde_json::{Map, Value};

use super::total::{COLUMNS, Total};
use super::worker::Worker;
use crate::args::DeliverArgs;
use crate::exit::{Exit, Failure};
use crate::input::Source;
use crate::output::{Talk, count};

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
