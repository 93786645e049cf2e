//! Messages for a dead-letter queue: the records, and why they are there.
//!
//! A few rejected records go alone. A flood of them (a log of another kind in the queue, a destination that
//! refuses a whole batch) shares messages by reason, so that settling it takes some calls and not thousands.

use std::collections::HashMap;

use delivery::outcome::Reason;
use jiff::Timestamp;
use queue::Packer;

use crate::message::ATTEMPTS;
use crate::queue::{Attribute, Outgoing};

/// The attribute that says why.
pub const REASON: &str = "reason";

/// The attribute with the kind of trouble.
pub const ERROR_CLASS: &str = "error_class";

/// The attribute that says how many records a message holds, if more than one.
pub const RECORDS: &str = "records";

/// How much of a reason fits on a message.
const REASON_CHARACTERS: usize = 500;

/// What stands for a record that is nothing at all.
const NO_BODY: &str = "(no body)";

/// So many records of an invocation go alone; more share messages.
const ALONE: usize = 100;

/// Different reasons that have messages of their own in a flood; others share.
const REASONS: usize = 100;

/// So many unreadable records of an invocation are named in the log.
const NAMED: u64 = 10;

/// Counts the unreadable records of an invocation, so that a flood of them does not flood the log.
#[derive(Debug, Default)]
pub struct Named(u64);

impl Named {
    /// Counts one more; whether it is to be named.
    pub fn is_named(&mut self) -> bool {
        self.0 += 1;
        self.0 <= NAMED
    }

    /// Logs how many were not named.
    pub fn close(self) {
        if let Some(records) = self.0.checked_sub(NAMED).filter(|more| *more > 0) {
            tracing::error!(records, "more records of this batch have an unrecognised format");
        }
    }
}

/// A record that nothing more can be done for.
#[derive(Clone, Copy, Debug)]
pub struct Rejected<'a> {
    /// Its caller's number.
    pub number: usize,
    /// The record, or several that were put together before.
    pub text: &'a str,
    /// How many they are.
    pub records: u64,
    /// Why.
    pub reason: &'a Reason,
    /// How often it was tried before.
    pub attempts: u32,
}

/// A message for the dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The message. `vault-export dlq` shows and filters by its attributes.
    pub message: Outgoing,
    /// What is in it, by the callers' numbers.
    pub numbers: Vec<usize>,
}

/// Puts rejected records into messages.
pub fn letters(destination: &str, rejected: &[Rejected<'_>], now: Timestamp) -> Vec<Letter> {
    let most = if rejected.len() <= ALONE { 1 } else { usize::MAX };
    let mut groups: Vec<(Reason, Packer)> = Vec::new();
    let mut known: HashMap<(&str, Option<u16>, &str), usize> = HashMap::new();
    for (place, Rejected { text, reason, .. }) in rejected.iter().enumerate() {
        let key = (reason.class.as_str(), reason.status, reason.text.as_str());
        let group = *known.entry(key).or_insert_with(|| {
            if groups.len() < REASONS {
                groups.push(((*reason).clone(), Packer::new(most)));
            } else if groups.len() == REASONS {
                let text = format!("various reasons, the first: {}", reason.text);
                groups.push((Reason { text, ..(*reason).clone() }, Packer::new(most)));
            }
            groups.len() - 1
        });
        if let Some((_, packer)) = groups.get_mut(group) {
            // SQS takes no empty body.
            let text = if text.is_empty() { NO_BODY } else { text };
            packer.add(place, &text.into());
        }
    }
    let packed = groups.into_iter().flat_map(|(reason, packer)| {
        packer.finish().into_iter().map(move |packed| (reason.clone(), packed))
    });
    packed
        .map(|(reason, packed)| {
            let of = || packed.records.iter().filter_map(|place| rejected.get(*place));
            let attempts = of().map(|one| one.attempts).max().unwrap_or_default();
            let records: u64 = of().map(|one| one.records).sum();
            let numbers = of().map(|one| one.number).collect();
            let message = Outgoing::new(packed.body);
            let message = addressed(message, destination, &reason, attempts, now);
            let message = match records {
                0 | 1 => message,
                several => message.with(RECORDS, Attribute::number(several)),
            };
            Letter { message, numbers }
        })
        .collect()
}

fn addressed(
    message: Outgoing,
    destination: &str,
    reason: &Reason,
    attempts: u32,
    now: Timestamp,
) -> Outgoing {
    let message = message
        .with(REASON, Attribute::text(clean(&reason.text)))
        .with(ERROR_CLASS, Attribute::text(reason.class.as_str()))
        .with("destination", Attribute::text(destination))
        .with("failed_at", Attribute::text(now.to_string()))
        .with(ATTEMPTS, Attribute::number(u64::from(attempts) + 1));
    match reason.status {
        Some(status) => message.with("status", Attribute::text(status.to_string())),
        None => message,
    }
}

/// SQS refuses control characters and empty texts.
fn clean(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(REASON_CHARACTERS)
        .collect();
    if clean.trim().is_empty() { "not told".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use delivery::outcome::ErrorClass;

    use super::*;

    fn rejected<'a>(number: usize, text: &'a str, reason: &'a Reason) -> Rejected<'a> {
        Rejected { number, text, records: 1, reason, attempts: 2 }
    }

    #[test]
    fn a_parked_record_is_byte_for_byte_and_says_why() {
        let reason = Reason::new(ErrorClass::Refused, "no\u{0}\nway").with_status(400);
        let letters =
            letters("webhook", &[rejected(7, "{\"a\": 1}", &reason)], Timestamp::UNIX_EPOCH);
        let [Letter { message, numbers }] = &letters[..] else { panic!("{letters:?}") };
        assert_eq!((message.body.text().as_str(), &numbers[..]), ("{\"a\": 1}", &[7][..]));
        let text = |name| message.attribute(name).unwrap_or_default();
        assert_eq!(text("attempts"), "3");
        assert_eq!(text("reason"), "no  way");
        assert_eq!(text("error_class"), "refused");
        assert_eq!(text("destination"), "webhook");
        assert_eq!(text("status"), "400");
        assert_eq!(text("failed_at"), "1970-01-01T00:00:00Z");
        assert!(message.attribute("records").is_none());
    }

    #[test]
    fn a_few_go_alone_and_a_flood_shares_messages_by_reason() {
        let reasons = ["bad", "worse"].map(|text| Reason::new(ErrorClass::Unreadable, text));
        let flood = |count: usize| -> Vec<Letter> {
            let all: Vec<Rejected<'_>> =
                (0..count).map(|number| rejected(number, "line", &reasons[number % 2])).collect();
            letters("router", &all, Timestamp::UNIX_EPOCH)
        };
        assert_eq!(flood(100).len(), 100);
        let shared = flood(32_000);
        assert!(shared.len() <= 4, "{}", shared.len());
        let mut numbers: Vec<usize> =
            shared.iter().flat_map(|letter| letter.numbers.clone()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..32_000).collect::<Vec<_>>());
        for letter in &shared {
            let records = letter.message.attribute("records").map(str::to_owned);
            assert_eq!(records, Some(letter.message.body.text().lines().count().to_string()));
        }
    }

    #[test]
    fn many_reasons_do_not_make_many_messages() {
        let reasons: Vec<Reason> = (0..5000)
            .map(|number| Reason::new(ErrorClass::Unreadable, format!("column {number}")))
            .collect();
        let all: Vec<Rejected<'_>> =
            reasons.iter().enumerate().map(|(at, reason)| rejected(at, "line", reason)).collect();
        let letters = letters("router", &all, Timestamp::UNIX_EPOCH);
        assert_eq!(letters.len(), REASONS + 1);
        let last = letters.last().and_then(|letter| letter.message.attribute("reason"));
        assert_eq!(last, Some("various reasons, the first: column 100"));
        assert_eq!(letters.iter().map(|letter| letter.numbers.len()).sum::<usize>(), 5000);
    }
}
