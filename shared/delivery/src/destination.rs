//! The one trait that a destination implements.
//!
//! A program names one destination and is generic over it, so that the others are not linked; it
//! is never used as `dyn`. What a destination does not do: filter, cut, wait, retry, park, log
//! verdicts or count. That is the [pipeline](crate::pipeline)'s, the same for all.

mod check;

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::FormatError;

pub use self::check::{Finding, Level, deliver_test_event, format_finding};
use crate::outcome::Answer;

/// When a function that empties its own queue on a schedule delivers what it has received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goals {
    /// Bytes of messages: what bounds the memory.
    pub bytes: usize,
    /// Records.
    pub records: usize,
    /// How long it receives in all.
    pub time: Duration,
}

/// Where events are delivered to.
pub trait Destination: Sync {
    /// The name in metrics, logs and on parked messages: that of its folder in `functions/`.
    const NAME: &'static str;

    /// Whether a record sent twice is stored once, by its id. Then a message partly delivered
    /// simply goes back to the queue; otherwise its undelivered rest is sent as a new message.
    const IDEMPOTENT: bool = false;

    /// Set for a destination that wants few, large writes: its function is called by a schedule and
    /// empties its own queue.
    fn goals(&self) -> Option<Goals> {
        None
    }

    /// What one request may hold.
    fn limits(&self) -> Limits;

    /// How many requests may be under way at once.
    fn concurrency(&self) -> usize {
        4
    }

    /// Records of different partitions never share a request. `None`: all together.
    fn partition(&self, _event: &Event<'_>) -> Option<String> {
        None
    }

    /// Writes the request's fragment for one event at the end of `out`: an envelope, an action
    /// and a source line, a plain line. It must not touch what is there already.
    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// Tries once, and says what became of each record.
    fn deliver(&self, batch: &Batch<'_>) -> impl Future<Output = Answer> + Send;

    /// After an authentication failure: reads the credential afresh. False when there is nothing
    /// to read again.
    fn refresh(&self) -> impl Future<Output = bool> + Send {
        async { false }
    }

    /// The connection test of `vault-export check`: reachable, credential, permission. It leaves
    /// nothing at the destination that looks like an event.
    fn check(&self) -> impl Future<Output = Vec<Finding>> + Send;

    /// Sends one event that is marked as a test and stays at the destination.
    fn test_event(&self, _now: Timestamp) -> impl Future<Output = Vec<Finding>> + Send {
        let text = "this type of destination has no test event; none was sent";
        async move { vec![Finding::doubtful("test event", text)] }
    }
}
