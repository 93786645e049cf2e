//! What became of an adapter's events, in numbers.

use delivery::pipeline::Counts;
use serde::Serialize;

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

/// What the columns of the table are called.
pub(super) const COLUMNS: [&str; 8] =
    ["delivered", "degraded", "dropped", "filtered", "rejected", "unreadable", "retried", "left"];

impl Total {
    /// As [`COLUMNS`] has them.
    pub(super) fn columns(&self) -> [u64; 8] {
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
    pub(super) fn warn(&self, id: &str, talk: &Talk) {
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
