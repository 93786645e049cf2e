//! The end of an invocation, divided among those who have to be done before Lambda ends it.

use std::time::Duration;

use tokio::time::Instant;

/// Until when each step of settling may go on. What worked until then counts; the rest comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stages {
    /// Rejected records are in the dead-letter queue.
    pub parked: Instant,
    /// The rest of messages is back in the queue.
    pub requeued: Instant,
    /// What comes back is hidden for its back-off.
    pub hidden: Instant,
}

impl Stages {
    /// The last `reserve` before the deadline: a third each to park and to requeue, most of the last
    /// one to hide messages, a little to answer.
    pub fn of(reserve: Duration, deadline: Instant) -> Stages {
        let before = |rest| deadline.checked_sub(rest).unwrap_or(deadline);
        Stages {
            parked: before(reserve / 3 * 2),
            requeued: before(reserve / 3),
            hidden: before(reserve / 10),
        }
    }
}
