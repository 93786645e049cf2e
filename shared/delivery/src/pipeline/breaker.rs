//! Tells a poison record from a destination that refuses everything.
//!
//! A record that is refused for good is the exception. When nothing was taken and all that was sent is
//! refused alike, the fault is not the records': a proxy answers in the destination's place, a limit or a
//! mapping was changed. Then nothing goes to the dead-letter queue; the events wait, as for any
//! wrong setting. See `docs/semantics.md`.

use crate::outcome::{ErrorClass, Reason, Verdict};

/// So many refusals alike, with nothing taken, and the run sends no more.
pub(super) const ENOUGH: usize = 8;

/// Refusals alike, with nothing taken between them, from which on a record that is sent all alone
/// waits too.
pub(super) const IN_A_ROW: usize = 3;

/// Refusals alike since the last event that was taken, over all runs of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Streak(Option<(Reason, usize)>);

impl Streak {
    fn of(&self, reason: &Reason) -> usize {
        self.0.as_ref().filter(|(known, _)| known == reason).map_or(0, |(_, count)| *count)
    }
}

/// What one run saw.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    taken: bool,
    refused: usize,
    /// Why, as long as it is the same for all.
    why: Option<Reason>,
    mixed: bool,
}

impl Breaker {
    /// Takes note of an answer, whole: whatever else it refuses, a destination that takes one event
    /// looks at them.
    pub(super) fn note(&mut self, verdicts: &[Verdict]) {
        for verdict in verdicts {
            match verdict {
                Verdict::Delivered(_) => self.taken = true,
                Verdict::Rejected(reason) if is_refusal(reason) => self.refuse(reason),
                Verdict::Rejected(_) | Verdict::Filtered | Verdict::Retry { .. } => {}
            }
        }
    }

    fn refuse(&mut self, reason: &Reason) {
        self.refused += 1;
        match &self.why {
            None => self.why = Some(reason.clone()),
            Some(why) => self.mixed |= why != reason,
        }
    }

    /// Why no more is to be sent.
    pub(super) fn stops(&self) -> Option<Reason> {
        self.alike().filter(|_| self.refused >= ENOUGH).map(wait)
    }

    /// At the end of a run: why what was refused has to wait after all. Keeps the streak.
    pub(super) fn close(&self, streak: &mut Streak) -> Option<Reason> {
        if self.taken || self.mixed {
            *streak = Streak::default();
        }
        let why = self.alike()?;
        let in_a_row = streak.of(why) + self.refused;
        *streak = Streak(Some((why.clone(), in_a_row)));
        (self.refused > 1 || in_a_row >= IN_A_ROW).then(|| wait(why))
    }

    fn alike(&self) -> Option<&Reason> {
        self.why.as_ref().filter(|_| !self.taken && !self.mixed)
    }
}

/// Whether a server said it, rather than our own encoder or limits.
pub(super) fn is_refusal(reason: &Reason) -> bool {
    match reason.class {
        ErrorClass::Refused => true,
        ErrorClass::TooLarge => reason.status.is_some(),
        _ => false,
    }
}

fn wait(why: &Reason) -> Reason {
    let text = format!(
        "all events are refused alike, which is hardly the events' fault; they wait until one is taken: {}",
        why.text
    );
    Reason { class: ErrorClass::Config, text, ..why.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(text: &str) -> Verdict {
        Verdict::Rejected(Reason::new(ErrorClass::Refused, text).with_status(400))
    }

    /// Runs with these verdicts one after the other; whether each lets its refusals wait.
    fn waits(runs: &[&[Verdict]]) -> Vec<bool> {
        let mut streak = Streak::default();
        let close = |verdicts: &&[Verdict]| {
            let mut breaker = Breaker::default();
            breaker.note(verdicts);
            breaker.close(&mut streak).is_some()
        };
        runs.iter().map(close).collect()
    }

    #[test]
    fn a_refusal_beside_something_taken_is_the_exception() {
        let (no, yes) = (rejected("no"), Verdict::delivered());
        assert_eq!(waits(&[&[no.clone(), yes, no]]), [false]);
    }

    #[test]
    fn two_refused_alike_wait_and_two_refused_differently_do_not() {
        assert_eq!(waits(&[&[rejected("no"), rejected("no")]]), [true]);
        assert_eq!(waits(&[&[rejected("no"), rejected("never")]]), [false]);
    }

    #[test]
    fn alone_the_third_in_a_row_waits_until_something_is_taken() {
        let (no, other, yes) = ([rejected("no")], [rejected("never")], [Verdict::delivered()]);
        assert_eq!(waits(&[&no, &no, &no, &no]), [false, false, true, true]);
        assert_eq!(waits(&[&no, &no, &yes, &no]), [false; 4]);
        assert_eq!(waits(&[&no, &no, &other, &no]), [false; 4]);
    }

    #[test]
    fn a_run_stops_after_enough_refusals_alike() {
        let mut breaker = Breaker::default();
        for _ in 1..ENOUGH {
            breaker.note(&[rejected("no")]);
            assert_eq!(breaker.stops(), None);
        }
        breaker.note(&[rejected("no")]);
        assert!(breaker.stops().is_some_and(|reason| reason.class == ErrorClass::Config));
        breaker.note(&[Verdict::delivered()]);
        assert_eq!(breaker.stops(), None, "it was the exception");
    }
}
