//! One SQS message as we see it.

use std::time::Duration;

use delivery::retry::doubled;
use queue::Received;

/// The attribute that carries how often the records of a requeued message were tried before.
pub const ATTEMPTS: &str = "attempts";

/// The shortest wait of a message that comes back.
const FIRST: Duration = Duration::from_secs(5);

/// The longest, unless the server asks for more.
const LONGEST: Duration = Duration::from_mins(15);

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
        let received = message.attributes.get("ApproximateReceiveCount");
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
    /// hour by the number of tries, or longer if the server asked for that.
    pub fn back_off(&self, after: Option<Duration>) -> Duration {
        doubled(FIRST, self.attempts, LONGEST).max(after.unwrap_or_default())
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

    #[test]
    fn the_wait_doubles_with_every_try_also_across_requeues() {
        let wait = |received, attempts| {
            let messages = [message("a", received, attempts)];
            Envelope::unique(&messages)[0].back_off(None).as_secs()
        };
        assert_eq!(wait("1", None), 5);
        assert_eq!(wait("3", None), 20);
        assert_eq!(wait("1", Some("3")), 40);
        assert_eq!(wait("2", Some("3")), 80);
        assert_eq!(wait("500", None), 900);
    }

    #[test]
    fn a_server_may_ask_for_longer_but_not_for_shorter() {
        let messages = [message("a", "2", None)];
        let envelope = Envelope::unique(&messages)[0];
        assert_eq!(envelope.back_off(Some(Duration::from_hours(2))), Duration::from_hours(2));
        assert_eq!(envelope.back_off(Some(Duration::from_secs(1))), Duration::from_secs(10));
    }
}
