//! One verdict for each event.

use transform::event::Event;

use super::TOLD_BY_VERDICTS;
use super::breaker::is_refusal;
use crate::outcome::{ErrorClass, Reason, Verdict};

/// Holds the verdicts; its single owner settles each place once.
pub(super) struct Ledger(Vec<Option<Verdict>>);

impl Ledger {
    pub(super) fn new(events: usize) -> Ledger {
        Ledger(vec![None; events])
    }

    /// The first verdict of a place stands.
    pub(super) fn settle(&mut self, position: usize, verdict: Verdict) {
        if let Some(place) = self.0.get_mut(position) {
            place.get_or_insert(verdict);
        }
    }

    pub(super) fn reject(&mut self, position: usize, event: &Event<'_>, reason: Reason) {
        tracing::debug!(event = &*event.id, %reason, "an event cannot be sent");
        self.settle(position, Verdict::Rejected(reason));
    }

    /// What the server refused waits instead. What never got there stays rejected.
    pub(super) fn recall(&mut self, reason: &Reason) {
        for verdict in self.0.iter_mut().flatten() {
            if matches!(verdict, Verdict::Rejected(reason) if is_refusal(reason)) {
                *verdict = Verdict::retry(reason.clone());
            }
        }
    }

    /// Whatever was never settled is a retry. Each rejected record is an error for somebody to see.
    pub(super) fn close(self, events: &[Event<'_>]) -> Vec<Verdict> {
        let unsettled = || Verdict::retry(Reason::new(ErrorClass::Deadline, "it was not sent"));
        let verdicts: Vec<Verdict> =
            self.0.into_iter().map(|verdict| verdict.unwrap_or_else(unsettled)).collect();
        for (verdict, event) in verdicts.iter().zip(events) {
            if let Verdict::Rejected(reason) = verdict {
                tracing::error!(
                    target: TOLD_BY_VERDICTS,
                    event = &*event.id,
                    class = reason.class.as_str(),
                    %reason,
                    "an event was rejected"
                );
            }
        }
        verdicts
    }
}
