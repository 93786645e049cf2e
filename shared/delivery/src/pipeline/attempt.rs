//! One request until nothing is left to do about it: tried again, halved, or given up.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep, timeout_at};
use transform::batch::Batch;

use super::breaker::Breaker;
use super::piece::{Pause, Piece, Settled};
use super::{Counts, TOLD_BY_VERDICTS};
use crate::destination::Destination;
use crate::outcome::{Answer, ErrorClass, Reason, Verdict};
use crate::retry::Backoff;

/// What is left of an invocation when the last request has to be over: the time to park, to requeue
/// and to answer.
pub const RESERVE: Duration = Duration::from_secs(3);

/// How long a request is expected to take before one was seen.
const EXPECTED: Duration = Duration::from_secs(1);

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
    breaker: Breaker,
    /// Nothing is sent before.
    pause: Option<Pause>,
    /// Records that were not sent, or not again, by why.
    unsent: BTreeMap<&'static str, usize>,
}

/// How a request goes on in halves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Halves {
    InOrder,
    /// So that what is refused first is no sample of one neighbourhood, nor the same at every receive.
    AtRandom,
}

impl<'d, D: Destination> Delivery<'d, D> {
    pub(super) fn new(destination: &'d D, backoff: Backoff, deadline: Instant) -> Self {
        let cutoff = deadline.checked_sub(RESERVE).unwrap_or(deadline);
        let (state, refreshed) = (Mutex::default(), OnceCell::new());
        Delivery { destination, backoff, cutoff, state, refreshed }
    }

    /// The sums, and what the breaker saw. Says once how many records were not sent, and why.
    pub(super) fn close(self) -> (Counts, Breaker) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (reason, records) in state.unsent {
            tracing::warn!(
                destination = self.destination.name(),
                records,
                reason,
                "events were not sent; they stay queued"
            );
        }
        (state.counts, state.breaker)
    }

    /// Works on the batch until every record has its verdict.
    pub(super) async fn deliver(&self, batch: Batch<'_>) -> Settled {
        let mut settled = Vec::with_capacity(batch.len());
        let mut pieces = vec![Piece::new(batch)];
        while let Some(piece) = pieces.pop() {
            let Some(mut piece) = self.admit(piece, &mut settled).await else { continue };
            match self.send(&piece.batch).await {
                Answer::All(Verdict::Retry { after, reason }) => {
                    let verdicts = vec![Verdict::Retry { after, reason }; piece.batch.len()];
                    pieces.extend(self.sort(piece, verdicts, &mut settled).await);
                }
                Answer::All(verdict) => {
                    let verdicts = vec![verdict.clone(); piece.batch.len()];
                    self.with(|state| state.breaker.note(&verdicts));
                    piece.settle(&verdict, &mut settled);
                }
                Answer::Dropped { records, reason } => {
                    self.drop(&piece, records, &reason, &mut settled);
                }
                Answer::Each(verdicts) => {
                    pieces.extend(self.sort(piece, verdicts, &mut settled).await);
                }
                Answer::Split(reason) => {
                    self.halve(&piece, reason, Halves::InOrder, &mut pieces, &mut settled);
                }
                Answer::Suspect(reason) => {
                    self.halve(&piece, reason, Halves::AtRandom, &mut pieces, &mut settled);
                }
                Answer::Auth(reason) => {
                    self.with(|state| state.counts.auth_failures += 1);
                    if !piece.reauthenticated && self.refresh().await {
                        piece.reauthenticated = true;
                        pieces.push(piece);
                    } else {
                        self.shut(marked(reason, ErrorClass::Auth), &piece, &mut settled);
                    }
                }
                Answer::Config(reason) => {
                    self.with(|state| state.counts.config_failures += 1);
                    self.shut(marked(reason, ErrorClass::Config), &piece, &mut settled);
                }
            }
        }
        settled
    }

    /// The piece when it is its turn: not before a server's pause is over, nor when nothing more is sent.
    async fn admit<'a>(&self, piece: Piece<'a>, settled: &mut Settled) -> Option<Piece<'a>> {
        loop {
            let stops = |state: &mut State| state.closed.clone().or(state.breaker.stops());
            if let Some(reason) = self.with(stops) {
                piece.settle(&Verdict::retry(reason), settled);
                return None;
            }
            let pause =
                self.with(|state| state.pause.clone()).filter(|pause| !pause.left().is_zero());
            let wait = pause.as_ref().map(Pause::left).unwrap_or_default();
            if !self.has_time(wait) {
                self.leave(piece, pause.as_ref(), settled);
                return None;
            }
            if wait.is_zero() {
                return Some(piece);
            }
            sleep(wait).await;
        }
    }

    /// Gives up what there is no time for.
    fn leave(&self, piece: Piece<'_>, pause: Option<&Pause>, settled: &mut Settled) {
        let records = piece.batch.len();
        let reason = if let Some(pause) = pause {
            piece.settle(&pause.verdict(), settled);
            "the server asks to wait for longer than the invocation lasts"
        } else {
            let text = "the invocation ended before it was sent";
            let unsent = Verdict::retry(Reason::new(ErrorClass::Deadline, text));
            piece.give_up(&unsent, settled);
            "no time is left in this invocation"
        };
        self.with(|state| *state.unsent.entry(reason).or_default() += records);
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
        let lost = |class, text| Answer::retry(Reason::new(class, text).maybe_stored());
        match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                let text = "the delivery panicked; please report it";
                tracing::error!(
                    target: TOLD_BY_VERDICTS,
                    destination = self.destination.name(),
                    "{text}"
                );
                lost(ErrorClass::Protocol, text)
            }
            Err(_) => lost(
                ErrorClass::Timeout,
                "no answer before the invocation's end; the server may have stored the events",
            ),
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
        self.with(|state| {
            state.breaker.note(&verdicts);
            let pause = Pause::longer(&verdicts, state.pause.as_ref());
            state.pause = pause.or(state.pause.take());
        });
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
        let pause = self.backoff.pause(piece.failed - 1).max(piece.asked().0);
        let end = self.end(&mut piece, pause);
        let (_, reason) = piece.asked();
        tracing::warn!(
            destination = self.destination.name(),
            records = piece.batch.len(),
            attempt = piece.failed,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            status = reason.and_then(|reason| reason.status),
            reason = reason.map(|reason| reason.text.as_str()),
            end,
            "{}",
            if end.is_some() {
                "a request failed; its events stay queued"
            } else {
                "a request is tried again"
            },
        );
        if end.is_some() {
            let unsent = Verdict::retry(Reason::new(ErrorClass::Deadline, "it was not sent"));
            piece.give_up(&unsent, settled);
            return None;
        }
        piece.waited();
        sleep(pause).await;
        Some(piece)
    }

    /// Why the piece is not tried again in this run.
    fn end(&self, piece: &mut Piece<'_>, pause: Duration) -> Option<&'static str> {
        if !self.destination.idempotent() && piece.is_repeated() {
            Some("the server may hold the events, and they were repeated once")
        } else if piece.failed >= self.backoff.attempts {
            Some("tried as often as in one invocation")
        } else if !self.has_time(pause) {
            Some("no time is left in this invocation")
        } else {
            None
        }
    }

    fn halve<'a>(
        &self,
        piece: &Piece<'a>,
        reason: Reason,
        halves: Halves,
        pieces: &mut Vec<Piece<'a>>,
        settled: &mut Settled,
    ) {
        let (first, second) = piece.batch.halves();
        let Some(second) = second else {
            let verdict = Verdict::Rejected(reason);
            self.with(|state| state.breaker.note(std::slice::from_ref(&verdict)));
            return piece.settle(&verdict, settled);
        };
        self.with(|state| state.counts.splits += 1);
        let (next, then) = if halves == Halves::AtRandom && fastrand::bool() {
            (second, first)
        } else {
            (first, second)
        };
        pieces.push(piece.part(then));
        pieces.push(piece.part(next));
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
    fn shut(&self, reason: Reason, piece: &Piece<'_>, settled: &mut Settled) {
        self.say(&reason, "deliveries stop; the events stay queued");
        piece.settle(&Verdict::retry(reason.clone()), settled);
        self.with(|state| state.closed = Some(reason));
    }

    fn say(&self, reason: &Reason, what: &str) {
        tracing::error!(
            target: TOLD_BY_VERDICTS,
            destination = self.destination.name(),
            status = reason.status,
            class = reason.class.as_str(),
            reason = %reason.text,
            "{what}",
        );
    }

    /// Counts records that were kept back one by one for a credential or a setting. When that is all of
    /// a request, it stops the run like a whole refusal; else its neighbours go on.
    fn mark(&self, verdicts: &[Verdict]) {
        let ours = |verdict: &Verdict| match verdict {
            Verdict::Retry { reason, .. } if is_ours(reason) => Some(reason.clone()),
            _ => None,
        };
        let Some(reason) = verdicts.iter().find_map(ours) else { return };
        let all = verdicts.iter().all(|verdict| ours(verdict).is_some());
        self.say(&reason, "some events of a request stay queued");
        self.with(|state| {
            match reason.class {
                ErrorClass::Auth => state.counts.auth_failures += 1,
                _ => state.counts.config_failures += 1,
            }
            state.closed = state.closed.take().or_else(|| all.then_some(reason));
        });
    }

    /// Reads the credential afresh, once for all requests of a run.
    async fn refresh(&self) -> bool {
        let refresh = || async {
            let destination = self.destination.name();
            tracing::warn!(target: TOLD_BY_VERDICTS, destination, "the credential was refused; reading it afresh");
            let read = timeout_at(self.cutoff, self.destination.refresh()).await;
            read.unwrap_or_else(|_| {
                tracing::warn!(destination, "the credential could not be read in time");
                false
            })
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
    vec![Verdict::retry(Reason::new(ErrorClass::Protocol, text).maybe_stored()); records]
}

/// A credential's or a setting's fault: trying again before a person acted is of no use.
fn is_ours(reason: &Reason) -> bool {
    matches!(reason.class, ErrorClass::Auth | ErrorClass::Config)
}

/// Whatever class the destination gave, this is what the answer means.
fn marked(reason: Reason, class: ErrorClass) -> Reason {
    Reason { class, ..reason }
}
