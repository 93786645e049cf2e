//! What was done, adapter by adapter.

use std::fmt::Write;

use delivery::outcome::{ErrorClass, Reason};

use super::worker::Worker;
use crate::args::DeliverArgs;
use crate::exit::Exit;
use crate::output::Talk;

/// What became of an adapter's events.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) delivered: u64,
    pub(super) filtered: u64,
    pub(super) rejected: u64,
    pub(super) unreadable: u64,
    /// Tries that brought nothing, event by event.
    pub(super) retried: u64,
    /// Events that were read and are still to be delivered.
    pub(super) left: u64,
    /// Rejected or unreadable ones that are kept nowhere but in the log.
    pub(super) unkept: u64,
}

/// A line an adapter.
pub(super) fn report(workers: &[Worker], args: &DeliverArgs, talk: &Talk) {
    let width = workers.iter().map(|worker| worker.id.chars().count()).max().unwrap_or(0).max(7);
    let did = if args.dry_run { "would go" } else { "delivered" };
    let mut table = format!(
        "{:width$}  {did:>9}  {:>9}  {:>9}  {:>10}  {:>9}  {:>9}",
        "adapter", "filtered", "rejected", "unreadable", "retried", "left"
    );
    for Worker { id, total, .. } in workers {
        // Writing into a string cannot fail.
        let _written = write!(
            table,
            "\n{id:width$}  {:>9}  {:>9}  {:>9}  {:>10}  {:>9}  {:>9}",
            total.delivered,
            total.filtered,
            total.rejected,
            total.unreadable,
            total.retried,
            total.left
        );
    }
    table.lines().for_each(|row| talk.note(row));
    for Worker { id, gave_up, .. } in workers {
        if let Some(reason) = gave_up {
            talk.warn(&format!("{id}: not everything was delivered: {reason}"));
        }
    }
    if !args.dry_run && workers.iter().any(|worker| worker.total.unkept > 0) {
        talk.hint("--dead-letters DIR keeps what is refused, with the reason");
    }
}

/// The exit code: what needs a person first.
pub(super) fn exit(workers: &[Worker], args: &DeliverArgs, stopped: bool) -> Exit {
    let reasons = || workers.iter().filter_map(|worker| worker.gave_up.as_ref());
    let has = |class: ErrorClass| reasons().any(|reason: &Reason| reason.class == class);
    let rejected = |total: &Total| total.rejected + total.unreadable > 0;
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
