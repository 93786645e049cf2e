//! One request until nothing is left to do about it: tried again, halved, or given up.

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout_at};
use transform::batch::Batch;

use super::{Counts, TOLD_BY_VERDICTS};
use crate::destination::Destination;
use crate::outcome::{Answer, ErrorClass, Reason, Verdict};
use crate::retry::Backoff;

/// What is left of an invocation when the last request has to be over: the time to park, to requeue
/// and to answer.
pub const RESERVE: Duration = Duration::from_secs(3);

/// How long a request is expected to take before one was seen.
const EXPECTED: Duration = Duration::from_secs(1);

/// Verdicts with the positions of the events they are of.
pub(super) type Settled = Vec<(usize, Verdict)>;

/// What all requests of one run share.
pub(super) struct Delivery<'d, D> {
    destination: &'d D,
    backoff: Backoff,
    /// When the last request has to be over.
    cutoff: Instant,
    state: Mutex<State>,
    refreshed: OnceCell<bool>,
}

#[derive(Default)]
struct State {
    counts: Counts,
    /// The longest request so far.
    slowest: Option<Duration>,
    /// Set by an authentication or configuration failure: nothing more is sent in this run.
    closed: Option<Reason>,
}

/// A batch on its way, and what was tried with it.
struct Piece<'a> {
    batch: Batch<'a>,
    failed: u32,
    reauthenticated: bool,
    /// Why its records were not delivered so far, one for each; empty before the first try.
    last: Vec<Verdict>,
}

impl<'a> Piece<'a> {
    fn new(batch: Batch<'a>) -> Piece<'a> {
        Piece { batch, failed: 0, reauthenticated: false, last: Vec::new() }
    }

    fn part(&self, batch: Batch<'a>) -> Piece<'a> {
        Piece { batch, failed: 0, reauthenticated: self.reauthenticated, last: Vec::new() }
    }

    fn settle(&self, verdict: &Verdict, settled: &mut Settled) {
        settled.extend(self.batch.records().iter().map(|rec| (rec.position, verdict.clone())));
    }

    fn give_up(self, settled: &mut Settled) {
        let text = "the invocation ended before it was sent";
        let unsent = Verdict::retry(Reason::new(ErrorClass::Deadline, text));
        let verdicts = self.last.into_iter().chain(std::iter::repeat(unsent));
        let positions = self.batch.records().iter().map(|record| record.position);
        settled.extend(positions.zip(verdicts));
    }

    /// The longest wait that a server asked for, for any of its records, and why.
    fn asked(&self) -> (Duration, Option<&Reason>) {
        let asked = self.last.iter().filter_map(|verdict| match verdict {
            Verdict::Retry { after, reason } => Some((after.unwrap_or_default(), Some(reason))),
            _ => None,
        });
        asked.max_by_key(|(after, _)| *after).unwrap_or_default()
    }

    /// Whether the destination wants exactly these again without a pause: they were not looked at,
    /// because one before them was refused. As long as there are fewer each time, that is no failure.
    fn is_wanted_at_once(&self) -> bool {
        let at_once = |verdict: &Verdict| {
            matches!(verdict, Verdict::Retry { after: Some(Duration::ZERO), .. })
        };
        self.last.iter().all(at_once)
    }

    /// Notes that the server's wish to wait has been granted.
    fn waited(&mut self) {
        for verdict in &mut self.last {
            if let Verdict::Retry { after, .. } = verdict {
                *after = None;
            }
        }
    }
}

impl<'d, D: Destination> Delivery<'d, D> {
    pub(super) fn new(destination: &'d D, backoff: Backoff, deadline: Instant) -> Self {
        let cutoff = deadline.checked_sub(RESERVE).unwrap_or(deadline);
        let (state, refreshed) = (Mutex::default(), OnceCell::new());
        Delivery { destination, backoff, cutoff, state, refreshed }
    }

    pub(super) fn into_counts(self) -> Counts {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).counts
    }

    /// Works on the batch until every record has its verdict.
    pub(super) async fn deliver(&self, batch: Batch<'_>) -> Settled {
        let mut settled = Vec::with_capacity(batch.len());
        let mut pieces = vec![Piece::new(batch)];
        while let Some(mut piece) = pieces.pop() {
            if let Some(reason) = self.with(|state| state.closed.clone()) {
                piece.settle(&Verdict::retry(reason), &mut settled);
                continue;
            }
            if !self.has_time(Duration::ZERO) {
                piece.give_up(&mut settled);
                continue;
            }
            match self.send(&piece.batch).await {
                Answer::All(Verdict::Retry { after, reason }) => {
                    let verdicts = vec![Verdict::Retry { after, reason }; piece.batch.len()];
                    pieces.extend(self.sort(piece, verdicts, &mut settled).await);
                }
                Answer::All(verdict) => piece.settle(&verdict, &mut settled),
                Answer::Dropped { records, reason } => {
                    self.drop(&piece, records, &reason, &mut settled);
                }
                Answer::Each(verdicts) => {
                    pieces.extend(self.sort(piece, verdicts, &mut settled).await);
                }
                Answer::Split(reason) | Answer::Suspect(reason) => {
                    self.halve(&piece, reason, &mut pieces, &mut settled);
                }
                Answer::Auth(reason) => {
                    self.with(|state| state.counts.auth_failures += 1);
                    if !piece.reauthenticated && self.refresh().await {
                        piece.reauthenticated = true;
                        pieces.push(piece);
                    } else {
                        self.close(marked(reason, ErrorClass::Auth), &piece, &mut settled);
                    }
                }
                Answer::Config(reason) => {
                    self.with(|state| state.counts.config_failures += 1);
                    self.close(marked(reason, ErrorClass::Config), &piece, &mut settled);
                }
            }
        }
        settled
    }

    /// Sends once, counted and timed, and not beyond the cut-off.
    async fn send(&self, batch: &Batch<'_>) -> Answer {
        let bytes = u64::try_from(batch.encoded_len()).unwrap_or(u64::MAX);
        self.with(|state| {
            state.counts.requests += 1;
            state.counts.request_bytes += bytes;
        });
        let begun = Instant::now();
        let answer = AssertUnwindSafe(self.destination.deliver(batch)).catch_unwind();
        let answer = timeout_at(self.cutoff, answer).await;
        let took = begun.elapsed();
        self.with(|state| state.slowest = state.slowest.max(Some(took)));
        match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                let text = "the delivery panicked; please report it";
                tracing::error!(
                    target: TOLD_BY_VERDICTS,
                    destination = self.destination.name(),
                    "{text}"
                );
                Answer::retry(Reason::new(ErrorClass::Protocol, text))
            }
            Err(_) => Answer::retry(Reason::new(
                ErrorClass::Timeout,
                "no answer before the invocation's end; the server may have stored the events",
            )),
        }
    }

    /// Settles what is final, waits, and gives back what has to be sent again.
    async fn sort<'a>(
        &self,
        mut piece: Piece<'a>,
        verdicts: Vec<Verdict>,
        settled: &mut Settled,
    ) -> Option<Piece<'a>> {
        let verdicts = checked(verdicts, piece.batch.len());
        let again = |verdict: &Verdict| match verdict {
            Verdict::Retry { reason, .. } => !is_ours(reason),
            _ => false,
        };
        self.mark(&verdicts);
        for (record, verdict) in piece.batch.records().iter().zip(&verdicts) {
            if !again(verdict) {
                settled.push((record.position, verdict.clone()));
            }
        }
        let rest = piece.batch.select(|index| verdicts.get(index).is_some_and(again))?;
        let fewer = rest.len() < piece.batch.len();
        piece.last = verdicts.into_iter().filter(again).collect();
        piece.batch = rest;
        if fewer && piece.is_wanted_at_once() {
            return Some(piece);
        }
        piece.failed += 1;
        self.wait(piece, settled).await
    }

    /// Pauses for the longer of the back-off and what the server asked for, if there is time for
    /// that and for a request; else the piece is given up.
    async fn wait<'a>(&self, mut piece: Piece<'a>, settled: &mut Settled) -> Option<Piece<'a>> {
        let (asked, reason) = piece.asked();
        let pause = self.backoff.pause(piece.failed - 1).max(asked);
        if piece.failed >= self.backoff.attempts || !self.has_time(pause) {
            piece.give_up(settled);
            return None;
        }
        tracing::warn!(
            destination = self.destination.name(),
            records = piece.batch.len(),
            attempt = piece.failed,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            status = reason.and_then(|reason| reason.status),
            reason = reason.map(|reason| reason.text.as_str()),
            "a request is tried again",
        );
        piece.waited();
        sleep(pause).await;
        Some(piece)
    }

    fn halve<'a>(
        &self,
        piece: &Piece<'a>,
        reason: Reason,
        pieces: &mut Vec<Piece<'a>>,
        settled: &mut Settled,
    ) {
        let (first, second) = piece.batch.halves();
        let Some(second) = second else {
            return piece.settle(&Verdict::Rejected(reason), settled);
        };
        self.with(|state| state.counts.splits += 1);
        pieces.push(piece.part(second));
        pieces.push(piece.part(first));
    }

    /// Counts what the destination took and dropped. All were taken; which of them are gone nobody knows.
    fn drop(&self, piece: &Piece<'_>, dropped: usize, reason: &Reason, settled: &mut Settled) {
        let dropped = dropped.min(piece.batch.len());
        tracing::error!(
            destination = self.destination.name(),
            dropped,
            records = piece.batch.len(),
            status = reason.status,
            reason = %reason.text,
            "the destination dropped events that it had taken",
        );
        self.with(|state| state.counts.dropped += u64::try_from(dropped).unwrap_or(u64::MAX));
        piece.settle(&Verdict::delivered(), settled);
    }

    /// Stops the run: what is refused for its credential or address now is refused again at once.
    fn close(&self, reason: Reason, piece: &Piece<'_>, settled: &mut Settled) {
        tracing::error!(
            target: TOLD_BY_VERDICTS,
            destination = self.destination.name(),
            status = reason.status,
            class = reason.class.as_str(),
            reason = %reason.text,
            "deliveries stop; the events stay queued",
        );
        piece.settle(&Verdict::retry(reason.clone()), settled);
        self.with(|state| state.closed = Some(reason));
    }

    /// Counts records that were kept back one by one for a credential or a setting (a request of
    /// which a part was stored), and stops the run like a whole refusal.
    fn mark(&self, verdicts: &[Verdict]) {
        let ours = verdicts.iter().find_map(|verdict| match verdict {
            Verdict::Retry { reason, .. } if is_ours(reason) => Some(reason),
            _ => None,
        });
        let Some(reason) = ours else { return };
        self.with(|state| {
            match reason.class {
                ErrorClass::Auth => state.counts.auth_failures += 1,
                _ => state.counts.config_failures += 1,
            }
            state.closed = Some(reason.clone());
        });
    }

    /// Reads the credential afresh, once for all requests of a run.
    async fn refresh(&self) -> bool {
        let refresh = || async {
            tracing::warn!(
                target: TOLD_BY_VERDICTS,
                destination = self.destination.name(),
                "the credential was refused; reading it afresh"
            );
            timeout_at(self.cutoff, self.destination.refresh()).await.unwrap_or(false)
        };
        *self.refreshed.get_or_init(refresh).await
    }

    /// Whether a request can begin after this pause and be over in time.
    fn has_time(&self, pause: Duration) -> bool {
        let expected = self.with(|state| state.slowest).unwrap_or(EXPECTED);
        Instant::now().checked_add(pause + expected).is_some_and(|over| over <= self.cutoff)
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A wrong number of verdicts says nothing about any record.
fn checked(verdicts: Vec<Verdict>, records: usize) -> Vec<Verdict> {
    if verdicts.len() == records {
        return verdicts;
    }
    let text = format!("the answer has {} results for {records} events", verdicts.len());
    vec![Verdict::retry(Reason::new(ErrorClass::Protocol, text)); records]
}

/// A credential's or a setting's fault: trying again before a person acted is of no use.
fn is_ours(reason: &Reason) -> bool {
    matches!(reason.class, ErrorClass::Auth | ErrorClass::Config)
}

/// Whatever class the destination gave, this is what the answer means.
fn marked(reason: Reason, class: ErrorClass) -> Reason {
    Reason { class, ..reason }
}
