//! A destination's invocation: unpack, deliver, park, decide.

use std::time::Duration;

use delivery::destination::Destination;
use delivery::outcome::{ErrorClass, Reason, Verdict};
use delivery::pipeline::{Counts, Pipeline, RESERVE};
use jiff::Timestamp;
use tokio::time::Instant;
use transform::event::Event;
use transform::source::native;

use crate::message::{ATTEMPTS, Envelope};
use crate::park::{self, Rejected};
use crate::queue::{Attribute, Outgoing, Queue, Received};
use crate::settle::{BatchResponse, Decision, carry_out};
use crate::stages::Stages;

/// A destination with the queues around it.
pub struct Function<D> {
    /// The name within the stack: in logs and on parked records.
    pub name: String,
    /// The way to the destination.
    pub pipeline: Pipeline<D>,
    /// Its own queue.
    pub queue: Option<Queue>,
    /// Its dead-letter queue.
    pub dlq: Option<Queue>,
}

/// One line of a message, and what became of it.
struct Line<'a> {
    text: &'a str,
    message: usize,
    fate: Fate,
}

enum Fate {
    /// An event, whose verdict is to come.
    Event,
    /// To be parked.
    Rejected(Reason),
    /// Parked: done with.
    Parked,
    /// Delivered or not wanted: done with.
    Done { delivered: bool },
    /// Left over.
    Waiting(Option<Duration>),
}

impl<D: Destination> Function<D> {
    /// Handles the messages of one invocation; gives back those that must come back, and the sums.
    pub async fn handle(
        &self,
        messages: &[Received],
        deadline: Instant,
        now: Timestamp,
    ) -> (BatchResponse, Counts) {
        let envelopes = Envelope::unique(messages);
        let (mut lines, events) = read(&envelopes);
        let stages = Stages::of(RESERVE, deadline);
        let outcome = self.pipeline.run(&events, deadline).await;
        let mut counts = outcome.counts;
        settle(&mut lines, outcome.verdicts);
        self.park(&envelopes, &mut lines, now, &stages, &mut counts).await;
        let decisions = envelopes
            .iter()
            .enumerate()
            .map(|(index, envelope)| (*envelope, self.decide(envelope, of_message(&lines, index))))
            .collect();
        let response = carry_out(self.queue.as_ref(), decisions, &stages).await;
        tracing::info!(
            destination = self.name,
            messages = envelopes.len(),
            records = lines.len(),
            delivered = counts.delivered,
            degraded = counts.degraded,
            dropped = counts.dropped,
            filtered = counts.filtered,
            rejected = counts.rejected,
            retried = counts.retried,
            returned = response.batch_item_failures.len(),
            "invocation done"
        );
        (response, counts)
    }

    /// Sends rejected records to the dead-letter queue. One that cannot be sent there waits.
    async fn park(
        &self,
        envelopes: &[Envelope<'_>],
        lines: &mut [Line<'_>],
        now: Timestamp,
        stages: &Stages,
        counts: &mut Counts,
    ) {
        let rejected = lines.iter().enumerate().filter_map(|(number, line)| {
            let (Fate::Rejected(reason), Some(envelope)) =
                (&line.fate, envelopes.get(line.message))
            else {
                return None;
            };
            let attempts = envelope.attempts;
            Some(Rejected { number, text: line.text, records: 1, reason, attempts })
        });
        let letters = park::letters(&self.name, &rejected.collect::<Vec<_>>(), now);
        if letters.is_empty() {
            return;
        }
        let (outgoing, numbers): (Vec<_>, Vec<_>) =
            letters.into_iter().map(|letter| (letter.message, letter.numbers)).unzip();
        let sent = match &self.dlq {
            Some(dlq) => dlq.send(&outgoing, stages.parked).await.taken(),
            None => vec![false; outgoing.len()],
        };
        counts.rejected = 0;
        for (numbers, sent) in numbers.into_iter().zip(sent) {
            let records = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
            counts.rejected += if sent { records } else { 0 };
            counts.retried += if sent { 0 } else { records };
            for number in numbers {
                if let Some(line) = lines.get_mut(number) {
                    line.fate = if sent { Fate::Parked } else { Fate::Waiting(None) };
                }
            }
        }
    }

    /// What becomes of one message; see `docs/semantics.md`.
    fn decide(&self, envelope: &Envelope<'_>, lines: &[Line<'_>]) -> Decision {
        let (mut waiting, mut after) = (Vec::new(), None);
        let (mut delivered, mut parked) = (false, false);
        for line in lines {
            match &line.fate {
                Fate::Waiting(asked) => {
                    waiting.push(line.text);
                    after = after.max(*asked);
                }
                Fate::Done { delivered: true } => delivered = true,
                Fate::Parked => parked = true,
                Fate::Done { delivered: false } | Fate::Event | Fate::Rejected(_) => {}
            }
        }
        if waiting.is_empty() {
            return Decision::Acknowledge;
        }
        let wait = envelope.back_off(after);
        // Sending the good part again would deliver it twice, and park the bad part twice.
        if parked || (delivered && !self.pipeline.destination.idempotent()) {
            return Decision::Replace(vec![remainder(envelope, &waiting, wait)], wait);
        }
        Decision::Return(wait)
    }
}

fn remainder(envelope: &Envelope<'_>, lines: &[&str], wait: Duration) -> Outgoing {
    let attempts = u64::from(envelope.attempts) + 1;
    let rest = Outgoing::new(lines.join("\n")).with(ATTEMPTS, Attribute::number(attempts));
    Outgoing { delay: wait, ..rest }
}

/// The lines of all messages, and the events among them. What is no event fails alone.
fn read<'a>(envelopes: &[Envelope<'a>]) -> (Vec<Line<'a>>, Vec<Event<'a>>) {
    // Counted before: events are large, and a vector that grows copies them.
    let count = envelopes.iter().map(|envelope| envelope.body.lines().count()).sum();
    let (mut lines, mut events) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut unreadable = park::Named::default();
    for (message, envelope) in envelopes.iter().enumerate() {
        if !envelope.has_body() {
            tracing::error!(message_id = envelope.id, "a message has no body");
            let fate =
                Fate::Rejected(Reason::new(ErrorClass::Unreadable, "the message has no body"));
            lines.push(Line { text: "", message, fate });
        }
        for text in envelope.body.lines().filter(|line| !line.trim().is_empty()) {
            let fate = match native::parse_hop(text) {
                Ok(event) => {
                    events.push(event);
                    Fate::Event
                }
                Err(error) => {
                    if unreadable.is_named() {
                        tracing::error!(message_id = envelope.id, %error, "unrecognised record format");
                    }
                    Fate::Rejected(Reason::new(ErrorClass::Unreadable, error.to_string()))
                }
            };
            lines.push(Line { text, message, fate });
        }
    }
    unreadable.close();
    (lines, events)
}

/// The lines of one message; they stand in the messages' order.
fn of_message<'a, 'l>(lines: &'a [Line<'l>], message: usize) -> &'a [Line<'l>] {
    let begin = lines.partition_point(|line| line.message < message);
    let end = lines.partition_point(|line| line.message <= message);
    lines.get(begin..end).unwrap_or_default()
}

/// Puts each verdict at its line.
fn settle(lines: &mut [Line<'_>], verdicts: Vec<Verdict>) {
    let mut verdicts = verdicts.into_iter();
    for line in lines {
        if let Fate::Event = line.fate {
            line.fate = match verdicts.next() {
                Some(Verdict::Delivered(_)) => Fate::Done { delivered: true },
                Some(Verdict::Filtered) => Fate::Done { delivered: false },
                Some(Verdict::Rejected(reason)) => Fate::Rejected(reason),
                Some(Verdict::Retry { after, .. }) => Fate::Waiting(after),
                None => Fate::Waiting(None),
            };
        }
    }
}
