//! The sums of a run.

use jiff::Timestamp;
use transform::event::Event;

use crate::outcome::{Delivery, Verdict};

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that the destination holds, duplicates and degraded ones among them.
    pub delivered: u64,
    /// Of those: known to it before.
    pub duplicate: u64,
    /// Of those: stored with a warning.
    pub degraded: u64,
    /// Events that the destination took and then dropped, without saying which; not among the delivered.
    pub dropped: u64,
    /// Events that the filter kept back.
    pub filtered: u64,
    /// Events that never will be delivered.
    pub rejected: u64,
    /// Events left for another time.
    pub retried: u64,
    /// Requests sent.
    pub requests: u64,
    /// Their uncompressed bytes.
    pub request_bytes: u64,
    /// Requests that had to be sent in halves.
    pub splits: u64,
    /// Requests refused for their credential.
    pub auth_failures: u64,
    /// Requests refused for the configuration.
    pub config_failures: u64,
    /// The time of the oldest event that was delivered or still has to be.
    pub oldest: Option<Timestamp>,
}

impl Counts {
    /// The same with what the verdicts say.
    pub(super) fn with(mut self, verdicts: &[Verdict], events: &[Event<'_>]) -> Counts {
        for (verdict, event) in verdicts.iter().zip(events) {
            match verdict {
                Verdict::Delivered(delivery) => {
                    self.delivered += 1;
                    self.duplicate += u64::from(*delivery == Delivery::Duplicate);
                    self.degraded += u64::from(*delivery == Delivery::Degraded);
                    self.see(event);
                }
                Verdict::Filtered => self.filtered += 1,
                Verdict::Rejected(_) => self.rejected += 1,
                Verdict::Retry { .. } => {
                    self.retried += 1;
                    self.see(event);
                }
            }
        }
        // Their verdict is that of the request which they were in.
        self.delivered = self.delivered.saturating_sub(self.dropped);
        self
    }

    fn see(&mut self, event: &Event<'_>) {
        let time = event.time.timestamp();
        self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Counts) {
        self.delivered += other.delivered;
        self.duplicate += other.duplicate;
        self.degraded += other.degraded;
        self.dropped += other.dropped;
        self.filtered += other.filtered;
        self.rejected += other.rejected;
        self.retried += other.retried;
        self.requests += other.requests;
        self.request_bytes += other.request_bytes;
        self.splits += other.splits;
        self.auth_failures += other.auth_failures;
        self.config_failures += other.config_failures;
        self.oldest = match (self.oldest, other.oldest) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
    }
}
