//! The one loop around batch calls: side by side, until the deadline, each entry by itself.

use aws_sdk_sqs::types::BatchResultErrorEntry;
use futures::StreamExt;
use futures::stream;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{ErrorKind, Queue, QueueError};

/// Calls to one queue at the same time.
const SIDE_BY_SIDE: usize = 8;

/// The results of entries, by their number.
type Each = Vec<(usize, Result<(), QueueError>)>;

/// An answer's entries. Ids are the numbers of the entries.
pub(crate) struct Taken(Each);

impl Taken {
    pub(crate) fn new<'a>(
        successful: impl Iterator<Item = &'a str>,
        failed: &[BatchResultErrorEntry],
    ) -> Taken {
        let taken = successful.filter_map(|id| Some((id.parse().ok()?, Ok(()))));
        let failed = failed
            .iter()
            .filter_map(|entry| Some((entry.id().parse().ok()?, Err(QueueError::of_entry(entry)))));
        Taken(taken.chain(failed).collect())
    }

    /// What the answer says of the entries that were asked for.
    fn of(&self, asked: &[usize]) -> Each {
        let said = |at: &usize| self.0.iter().find(|(known, _)| known == at);
        let result = |at: &usize| {
            said(at).map_or_else(|| Err(QueueError::unmentioned()), |(_, result)| result.clone())
        };
        asked.iter().map(|at| (*at, result(at))).collect()
    }
}

impl Queue {
    /// Makes the calls, and gives the result of each of `count` entries, and the number of requests.
    pub(crate) async fn in_calls(
        &self,
        count: usize,
        calls: Vec<Vec<usize>>,
        deadline: Instant,
        once: impl AsyncFn(Vec<usize>) -> Result<Taken, QueueError>,
    ) -> (Vec<Result<(), QueueError>>, u64) {
        let calls: Vec<_> =
            calls.into_iter().map(|call| self.call(call, deadline, &once)).collect();
        let mut calls = stream::iter(calls).buffer_unordered(SIDE_BY_SIDE);
        let mut results = vec![Err(QueueError::late()); count];
        let mut requests = 0;
        while let Some((each, made)) = calls.next().await {
            requests += made;
            for (at, result) in each {
                if let Some(place) = results.get_mut(at) {
                    *place = result;
                }
            }
        }
        (results, requests)
    }

    /// One call, in halves if it is too long, and again for the entries that were not taken.
    async fn call(
        &self,
        entries: Vec<usize>,
        deadline: Instant,
        once: &impl AsyncFn(Vec<usize>) -> Result<Taken, QueueError>,
    ) -> (Each, u64) {
        let (mut settled, mut requests) = (Each::new(), 0);
        let mut pieces = vec![(entries, 0)];
        while let Some((mut piece, failed)) = pieces.pop() {
            if Instant::now() >= deadline {
                settled.extend(piece.into_iter().map(|at| (at, Err(QueueError::late()))));
                continue;
            }
            requests += 1;
            let answer = timeout_at(deadline, once(piece.clone())).await;
            match answer.unwrap_or_else(|_| Err(QueueError::late())) {
                Ok(taken) => {
                    let again = self.again.attempts > failed + 1;
                    let (left, done): (Each, Each) =
                        taken.of(&piece).into_iter().partition(|(_, result)| {
                            again && result.as_ref().is_err_and(may_be_sent_again)
                        });
                    settled.extend(done);
                    if !left.is_empty() {
                        let pause = Instant::now() + self.again.pause(failed);
                        sleep_until(pause.min(deadline)).await;
                        pieces.push((left.into_iter().map(|(at, _)| at).collect(), failed + 1));
                    }
                }
                Err(error) if error.kind == ErrorKind::TooLong && piece.len() > 1 => {
                    let second = piece.split_off(piece.len() / 2);
                    pieces.extend([(second, failed), (piece, failed)]);
                }
                // The SDK has tried again already where that could help.
                Err(error) => {
                    tracing::warn!(queue = self.name(), %error, "a call to a queue failed");
                    settled.extend(piece.into_iter().map(|at| (at, Err(error.clone()))));
                }
            }
        }
        (settled, requests)
    }
}

fn may_be_sent_again(error: &QueueError) -> bool {
    error.kind == ErrorKind::Unavailable
}
