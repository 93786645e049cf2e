//! A batch on its way, and what was tried with it.

use std::time::Duration;

use tokio::time::Instant;
use transform::batch::Batch;

use crate::outcome::{Reason, Verdict};

/// Verdicts with the positions of the events they are of.
pub(super) type Settled = Vec<(usize, Verdict)>;

/// A batch, or what is left of one.
pub(super) struct Piece<'a> {
    pub(super) batch: Batch<'a>,
    pub(super) failed: u32,
    pub(super) reauthenticated: bool,
    /// Whether it was sent again although the server may hold it.
    repeated: bool,
    /// Why its records were not delivered so far, one for each; empty before the first try.
    pub(super) last: Vec<Verdict>,
}

impl<'a> Piece<'a> {
    pub(super) fn new(batch: Batch<'a>) -> Piece<'a> {
        Piece { batch, failed: 0, reauthenticated: false, repeated: false, last: Vec::new() }
    }

    pub(super) fn part(&self, batch: Batch<'a>) -> Piece<'a> {
        let Piece { reauthenticated, repeated, .. } = *self;
        Piece { batch, failed: 0, reauthenticated, repeated, last: Vec::new() }
    }

    pub(super) fn settle(&self, verdict: &Verdict, settled: &mut Settled) {
        settled.extend(self.batch.records().iter().map(|rec| (rec.position, verdict.clone())));
    }

    /// With what was said of its records last; `unsent` for those that were never sent.
    pub(super) fn give_up(self, unsent: &Verdict, settled: &mut Settled) {
        let verdicts = self.last.into_iter().chain(std::iter::repeat(unsent.clone()));
        let positions = self.batch.records().iter().map(|record| record.position);
        settled.extend(positions.zip(verdicts));
    }

    /// Why it was not delivered, with the longest wait that a server asked for.
    pub(super) fn asked(&self) -> (Duration, Option<&Reason>) {
        let asked = self.last.iter().filter_map(|verdict| match verdict {
            Verdict::Retry { after, reason } => Some((after.unwrap_or_default(), Some(reason))),
            _ => None,
        });
        asked.max_by_key(|(after, _)| *after).unwrap_or_default()
    }

    /// Whether the destination wants exactly these again without a pause: they were not looked at,
    /// because one before them was refused. As long as there are fewer each time, that is no failure.
    pub(super) fn is_wanted_at_once(&self) -> bool {
        let at_once = |verdict: &Verdict| {
            matches!(verdict, Verdict::Retry { after: Some(Duration::ZERO), .. })
        };
        self.last.iter().all(at_once)
    }

    /// Whether the server may hold some of it, and it was sent again once for that. Takes note that
    /// it will be now.
    pub(super) fn is_repeated(&mut self) -> bool {
        let may_be_stored = |verdict: &Verdict| match verdict {
            Verdict::Retry { reason, .. } => reason.maybe_stored,
            _ => false,
        };
        self.last.iter().any(may_be_stored) && std::mem::replace(&mut self.repeated, true)
    }

    /// Notes that the server's wish to wait has been granted.
    pub(super) fn waited(&mut self) {
        for verdict in &mut self.last {
            if let Verdict::Retry { after, .. } = verdict {
                *after = None;
            }
        }
    }
}

/// What a server asked for with one request and is granted by all.
#[derive(Clone, Debug)]
pub(super) struct Pause {
    pub(super) until: Instant,
    pub(super) reason: Reason,
}

impl Pause {
    /// What the verdicts ask for, if that is longer than what is granted already.
    pub(super) fn longer(verdicts: &[Verdict], granted: Option<&Pause>) -> Option<Pause> {
        let now = Instant::now();
        let asked = verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Retry { after: Some(after), reason } if !after.is_zero() => {
                Some((now.checked_add(*after)?, reason))
            }
            _ => None,
        });
        let (until, reason) = asked.max_by_key(|(until, _)| *until)?;
        let is_longer = granted.is_none_or(|granted| granted.until < until);
        is_longer.then(|| Pause { until, reason: reason.clone() })
    }

    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// For what cannot wait that long in this run.
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::retry_after(Some(self.left()), self.reason.clone())
    }
}
