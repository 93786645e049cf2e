//! A function that empties its own queue on a schedule, for destinations that want few, large writes.
//!
//! Lambda's own polling hands over at most five minutes and 6 MB of messages, so under load it writes
//! many small objects. Here a schedule calls the function, which receives until the queue is empty or
//! a goal is reached, delivers all that as one batch, and deletes **only then**. A function that is
//! killed in between deletes nothing: its messages come back, and what the destination knows already
//! it recognises.
//!
//! The visibility of what is received is set to the end of the invocation and a minute more, whatever
//! the queue's own is, so that nobody else receives it meanwhile.

use std::collections::HashSet;
use std::time::Duration;

use delivery::destination::{Destination, Goals};
use delivery::pipeline::Counts;
use futures::future::join_all;
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use crate::destination::Function;
use crate::queue::{Queue, QueueError, Received};
use crate::settle::BatchResponse;

/// Calls that receive at the same time.
const SIDE_BY_SIDE: usize = 4;

/// Messages in hand at most. SQS gives out no more than 120,000 of a queue at a time.
const MESSAGES: usize = 50_000;

/// The most that is kept for writing at the end of an invocation, if a third of it is not less.
const LONGEST_RESERVE: Duration = Duration::from_mins(1);

/// What is left of an invocation for deleting what was delivered.
const DELETING: Duration = Duration::from_secs(2);

/// What a drain did; the function's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drained {
    /// Messages received.
    pub messages: usize,
    /// Of those: deleted.
    pub deleted: usize,
    /// Of those: left to come back, because something could not be delivered.
    pub returned: usize,
    /// How often the destination was delivered to.
    pub batches: usize,
    /// Events that the destination holds.
    pub delivered: u64,
    /// Events that the filter kept back.
    pub filtered: u64,
    /// Events in the dead-letter queue.
    pub rejected: u64,
    /// Events left for another time.
    pub retried: u64,
    /// Why it ended.
    pub end: End,
}

/// Why a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The queue is empty.
    Empty,
    /// The time is up; the next one goes on.
    Time,
    /// Something could not be delivered. The next one tries again; to go on now would only make
    /// more messages use up their receives.
    Undelivered,
    /// The queue cannot be read.
    Unreadable,
}

/// Empties the queue, as far as goals and deadline allow.
pub async fn drain<D: Destination>(
    function: &Function<D>,
    queue: &Queue,
    goals: Goals,
    deadline: Instant,
    now: Timestamp,
) -> (Drained, Counts) {
    let mut counts = Counts::default();
    let mut sums = Sums::default();
    let until = last_receive(goals.time, deadline);
    let end = loop {
        let (messages, end) = gather(queue, goals, until, deadline).await;
        if messages.is_empty() {
            break end.unwrap_or(End::Time);
        }
        // What was delivered and cannot be deleted any more would be delivered twice.
        let handled = deadline.checked_sub(DELETING).unwrap_or(deadline);
        let (response, delivered) = function.handle(&messages, handled, now).await;
        counts.add(&delivered);
        let done = done(&messages, &response);
        let deleted = queue.delete(&done, deadline).await;
        let failed = deleted.iter().filter(|result| result.is_err()).count();
        sums.add(messages.len(), done.len() - failed);
        if done.len() < messages.len() {
            break End::Undelivered;
        }
        if let Some(end) = end {
            break end;
        }
    };
    (sums.drained(&counts, end), counts)
}

#[derive(Default)]
struct Sums {
    messages: usize,
    deleted: usize,
    batches: usize,
}

impl Sums {
    fn add(&mut self, messages: usize, deleted: usize) {
        self.messages += messages;
        self.deleted += deleted;
        self.batches += 1;
    }

    fn drained(self, counts: &Counts, end: End) -> Drained {
        let Sums { messages, deleted, batches } = self;
        Drained {
            messages,
            deleted,
            returned: messages - deleted,
            batches,
            delivered: counts.delivered,
            filtered: counts.filtered,
            rejected: counts.rejected,
            retried: counts.retried,
            end,
        }
    }
}

/// When the last call that receives may begin: what it brings must be written before the deadline.
fn last_receive(time: Duration, deadline: Instant) -> Instant {
    let begun = Instant::now();
    let left = deadline.saturating_duration_since(begun);
    begun + time.min(left.saturating_sub((left / 3).min(LONGEST_RESERVE)))
}

/// Receives until a goal is reached; says why it ended if not by bytes or records.
async fn gather(
    queue: &Queue,
    goals: Goals,
    until: Instant,
    deadline: Instant,
) -> (Vec<Received>, Option<End>) {
    let mut messages = Vec::new();
    let (mut bytes, mut records) = (0, 0);
    while bytes < goals.bytes && records < goals.records && messages.len() < MESSAGES {
        let now = Instant::now();
        if now >= until {
            return (messages, Some(End::Time));
        }
        let hidden = deadline.saturating_duration_since(now) + Duration::from_mins(1);
        let calls: Vec<Result<Vec<Received>, QueueError>> =
            join_all((0..SIDE_BY_SIDE).map(|_| queue.receive(hidden, deadline))).await;
        let failed = calls.iter().find_map(|call| call.as_ref().err()).cloned();
        let before = messages.len();
        for message in calls.into_iter().flatten().flatten() {
            let body = message.body.as_deref().unwrap_or_default();
            bytes += body.len();
            records += body.lines().count();
            messages.push(message);
        }
        if let Some(error) = failed {
            tracing::error!(queue = queue.name(), %error, "the queue cannot be read");
            return (messages, Some(End::Unreadable));
        }
        if messages.len() == before {
            return (messages, Some(End::Empty));
        }
    }
    (messages, None)
}

/// The receipts of the messages that nothing is left to do for. One that cannot be named, as Lambda's
/// own polling would see it, keeps all.
fn done<'m>(messages: &'m [Received], response: &BatchResponse) -> Vec<&'m str> {
    let returned: HashSet<&str> = response
        .batch_item_failures
        .iter()
        .map(|failure| failure.item_identifier.as_str())
        .collect();
    if returned.contains("") {
        return Vec::new();
    }
    messages
        .iter()
        .filter(|message| !returned.contains(message.id.as_str()))
        .map(|message| message.receipt.as_str())
        .collect()
}
