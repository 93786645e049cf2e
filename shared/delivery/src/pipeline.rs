//! The way of events to one destination: filter, encode, cut, deliver, verdict.
//!
//! Every event that goes in comes out with exactly one verdict, in its place. Requests go out side
//! by side; what each brought is settled by a single owner, the ledger, and whatever was never
//! settled is a retry.

mod attempt;
mod breaker;
mod counts;
mod ledger;
mod piece;

use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use futures::stream;
use tokio::time::Instant;
use transform::batch::{Encoded, Limits};
use transform::event::Event;
use transform::filter::Filter;

use self::attempt::Delivery;
use self::breaker::Streak;
pub use self::counts::Counts;
use self::ledger::Ledger;
use crate::destination::Destination;
use crate::outcome::{ErrorClass, Reason, Verdict, caught};
use crate::retry::Backoff;

pub use self::attempt::RESERVE;

/// The target of log lines which say no more than the verdicts do. A program that shows its verdicts can leave them out.
pub const TOLD_BY_VERDICTS: &str = "delivery::verdicts";

/// Everything between an event and its verdict.
pub struct Pipeline<D> {
    /// Where to.
    pub destination: D,
    /// Which events.
    pub filter: Filter,
    /// Records in a request, if fewer than the destination's limit are wanted.
    pub batch_size: Option<usize>,
    /// How often and when again.
    pub backoff: Backoff,
    /// Refusals of earlier runs.
    streak: Mutex<Streak>,
}

/// What became of the events.
#[derive(Debug)]
pub struct Outcome {
    /// One for each event, in order.
    pub verdicts: Vec<Verdict>,
    /// The sums.
    pub counts: Counts,
}

impl<D: Destination> Pipeline<D> {
    /// A pipeline to `destination`, with the filter and the batch size of its settings.
    pub fn new(destination: D, filter: Filter, batch_size: Option<usize>) -> Pipeline<D> {
        let (backoff, streak) = (Backoff::default(), Mutex::default());
        Pipeline { destination, filter, batch_size, backoff, streak }
    }

    /// Delivers the events as far as the time until `deadline` allows.
    ///
    /// No request begins when less than [`RESERVE`] and the time of a request is left, and none goes
    /// on into the reserve: it belongs to whoever has to put away what is left over.
    pub async fn run(&self, events: &[Event<'_>], deadline: Instant) -> Outcome {
        let mut ledger = Ledger::new(events.len());
        let encoded = self.encode(events, &mut ledger);
        let cut = encoded.cut(self.limits());
        for record in cut.too_large {
            let text = "larger than the destination takes";
            ledger.reject(record.position, record.event, Reason::new(ErrorClass::TooLarge, text));
        }

        let delivery = Delivery::new(&self.destination, self.backoff, deadline);
        let requests: Vec<_> =
            cut.batches.into_iter().map(|batch| delivery.deliver(batch)).collect();
        let mut requests =
            stream::iter(requests).buffer_unordered(self.destination.concurrency().max(1));
        while let Some(settled) = requests.next().await {
            for (position, verdict) in settled {
                ledger.settle(position, verdict);
            }
        }
        drop(requests);
        let (mut counts, breaker) = delivery.close();
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = breaker.close(&mut streak) {
            tracing::error!(destination = self.destination.name(), %reason, "nothing is parked");
            counts.config_failures += 1;
            ledger.recall(&reason);
        }
        drop(streak);
        let verdicts = ledger.close(events);
        Outcome { counts: counts.with(&verdicts, events), verdicts }
    }

    fn limits(&self) -> Limits {
        let limits = self.destination.limits();
        let records = self.batch_size.map_or(limits.records, |wanted| wanted.min(limits.records));
        Limits { records: records.max(1), ..limits }
    }

    /// The wanted events in one buffer. An event that cannot be encoded is settled at once; so is
    /// one that makes the encoder panic, which must not take its neighbours with it.
    fn encode<'a>(&self, events: &'a [Event<'a>], ledger: &mut Ledger) -> Encoded<'a> {
        // More than most formats need; what is not written to takes no memory.
        let mut encoded = Encoded::with_capacity(events.len(), events.len() * 2048);
        for (position, event) in events.iter().enumerate() {
            let wanted = caught("filter or partition", || {
                self.filter.admits(event).then(|| self.destination.partition(event))
            });
            let partition = match wanted {
                Ok(Some(partition)) => partition,
                Ok(None) => {
                    ledger.settle(position, Verdict::Filtered);
                    continue;
                }
                Err(reason) => {
                    ledger.reject(position, event, reason);
                    continue;
                }
            };
            let encode = |out: &mut Vec<u8>| self.encode_one(event, out);
            if let Err(text) = encoded.try_push(position, event, partition, encode) {
                ledger.reject(position, event, Reason::new(ErrorClass::Format, text));
            }
        }
        encoded
    }

    fn encode_one(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), String> {
        match caught("encoder", || self.destination.encode(event, out)) {
            Ok(encoded) => encoded.map_err(|error| error.to_string()),
            Err(reason) => Err(reason.text),
        }
    }
}

#[cfg(test)]
mod tests;
