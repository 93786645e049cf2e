//! One SQS message as we see it.

use std::time::Duration;

use delivery::retry::{doubled, spread};
use queue::Received;

/// The attribute that carries how often the records of a requeued message were tried before.
pub const ATTEMPTS: &str = "attempts";

/// The shortest wait of a message that comes back.
const FIRST: Duration = Duration::from_secs(5);

/// The longest, unless the server asks for more.
const LONGEST: Duration = Duration::from_mins(15);

/// How long a queue keeps a message, and how often at most it is received before SQS moves it to the
/// dead-letter queue: the retention and the most of `MaxReceiveCount` in `infra/destination.yaml`.
const RETENTION: Duration = Duration::from_hours(7 * 24);
const MOST_RECEIVES: u32 = 600;

/// How long a function works on it.
const RUN: Duration = Duration::from_mins(1);

/// The longest wait of all. Hidden for longer at every receive, a message would expire before its
/// receives are used up, and never get to the dead-letter queue.
pub const LONGEST_HIDDEN: Duration =
    Duration::from_secs(RETENTION.as_secs() / MOST_RECEIVES as u64 - RUN.as_secs());

/// By how much a wait may differ, so that messages which failed together do not come back together.
const SPREAD: f64 = 0.05;

/// A message without its parts that nobody needs.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// What `batchItemFailures` names it by. Empty when SQS gave none; an empty name in the answer
    /// makes Lambda return the whole batch, which is right then.
    pub id: &'a str,
    /// What its visibility is changed by.
    pub receipt: &'a str,
    /// The records.
    pub body: &'a str,
    /// How often its records were tried before this time, as this message and as others.
    pub attempts: u32,
    message: &'a Received,
}

impl<'a> Envelope<'a> {
    /// The messages, each once: SQS may deliver one twice in a batch.
    pub fn unique(messages: &'a [Received]) -> Vec<Envelope<'a>> {
        let mut seen = std::collections::HashSet::new();
        messages
            .iter()
            .map(Envelope::of)
            .filter(|envelope| envelope.id.is_empty() || seen.insert(envelope.id))
            .collect()
    }

    fn of(message: &'a Received) -> Envelope<'a> {
        let received = message.attributes.receive_count.as_ref();
        let received: u32 = received.and_then(|count| count.parse().ok()).unwrap_or(1);
        let carried = message.attribute(ATTEMPTS).and_then(|count| count.parse().ok());
        Envelope {
            id: &message.id,
            receipt: &message.receipt,
            body: message.body.as_deref().unwrap_or_default(),
            attempts: carried.unwrap_or(0_u32).saturating_add(received.saturating_sub(1)),
            message,
        }
    }

    /// A message attribute's text.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.message.attribute(name)
    }

    /// Whether it has a body at all. One without is an unreadable record.
    pub fn has_body(&self) -> bool {
        self.message.body.is_some()
    }

    /// How long the message, or what is left of it, waits: five seconds doubling to a quarter of an
    /// hour by the number of tries, or longer if the server asked for that; a little more or less each
    /// time, but never less than the server asked for, nor more than [`LONGEST_HIDDEN`].
    pub fn back_off(&self, after: Option<Duration>) -> Duration {
        let own = spread(doubled(FIRST, self.attempts, LONGEST), -SPREAD..SPREAD);
        let asked = spread(after.unwrap_or_default(), 0.0..SPREAD);
        let seconds = own.max(asked).as_secs_f64().round();
        Duration::from_secs_f64(seconds).max(after.unwrap_or_default()).min(LONGEST_HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, received: &str, attempts: Option<&str>) -> Received {
        let mut value = serde_json::json!({
            "messageId": id, "attributes": {"ApproximateReceiveCount": received}
        });
        if let Some(attempts) = attempts {
            value["messageAttributes"] =
                serde_json::json!({"attempts": {"stringValue": attempts, "dataType": "Number"}});
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_message_delivered_twice_in_a_batch_is_seen_once() {
        let messages = [message("a", "1", None), message("b", "1", None), message("a", "2", None)];
        let ids: Vec<_> = Envelope::unique(&messages).iter().map(|envelope| envelope.id).collect();
        assert_eq!(ids, ["a", "b"]);
    }

    fn wait(received: &str, attempts: Option<&str>, after: Option<Duration>) -> u64 {
        let messages = [message("a", received, attempts)];
        Envelope::unique(&messages)[0].back_off(after).as_secs()
    }

    #[test]
    fn the_wait_doubles_with_every_try_also_across_requeues_and_is_spread() {
        for (received, attempts, around) in [
            ("1", None, 5),
            ("3", None, 20),
            ("1", Some("3"), 40),
            ("2", Some("3"), 80),
            ("500", None, 900),
        ] {
            let waits: Vec<u64> = (0..100).map(|_| wait(received, attempts, None)).collect();
            let bounds = around * 95 / 100..=around * 105 / 100 + 1;
            assert!(waits.iter().all(|wait| bounds.contains(wait)), "{around}: {waits:?}");
            assert!(around < 40 || waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
        }
    }

    #[test]
    fn a_server_may_ask_for_longer_but_not_for_shorter() {
        let asked = |seconds| wait("2", None, Some(Duration::from_secs(seconds)));
        assert!((600..=630).contains(&asked(600)));
        assert!((9..=11).contains(&asked(1)));
    }

    /// `Retry-After` of 41 minutes let messages expire after seven days, 250 receives not being used up.
    #[test]
    fn whatever_is_asked_for_the_receives_are_used_up_before_the_message_expires() {
        for after in [0, 1, 900, 949, 2_460, 43_200, 1 << 40].map(Duration::from_secs) {
            for received in ["1", "8", "600"] {
                let hidden = Duration::from_secs(wait(received, None, Some(after)));
                assert!((hidden + RUN) * MOST_RECEIVES <= RETENTION, "{after:?}: {hidden:?}");
            }
        }
    }

    #[test]
    fn the_numbers_are_those_of_the_template() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/destination.yaml");
        let template = std::fs::read_to_string(path).unwrap();
        let number = |section: &str, key: &str| -> u64 {
            let section = template.split_once(&format!("\n  {section}:\n")).unwrap().1;
            let value = section.split_once(&format!(" {key}: ")).unwrap().1;
            value.lines().next().unwrap().trim().parse().unwrap()
        };
        assert_eq!(number("Queue", "MessageRetentionPeriod"), RETENTION.as_secs());
        assert_eq!(number("MaxReceiveCount", "MaxValue"), u64::from(MOST_RECEIVES));
        let run = format!(" Timeout: !If [IsScheduled, 300, {}]", RUN.as_secs());
        assert!(template.contains(&run));
    }
}
