//! Messages for a dead-letter queue: one record each, with the reason it is there.

use delivery::outcome::Reason;
use jiff::Timestamp;

use crate::message::ATTEMPTS;
use crate::queue::{Attribute, Outgoing};

/// How much of a reason fits on a message.
const REASON_CHARACTERS: usize = 500;

/// What stands for a record that is nothing at all.
const NO_BODY: &str = "(no body)";

/// A record for the dead-letter queue. `vault-export dlq` shows and filters by these attributes.
pub fn parked(
    destination: &str,
    record: &str,
    reason: &Reason,
    attempts: u32,
    now: Timestamp,
) -> Outgoing {
    // SQS takes no empty body.
    let body = if record.is_empty() { NO_BODY } else { record };
    let message = Outgoing::new(body)
        .with("reason", Attribute::text(clean(&reason.text)))
        .with("error_class", Attribute::text(reason.class.as_str()))
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

    #[test]
    fn a_parked_record_is_byte_for_byte_and_says_why() {
        let reason = Reason::new(ErrorClass::Refused, "no\u{0}\nway").with_status(400);
        let message = parked("webhook", "{\"a\": 1}", &reason, 2, Timestamp::UNIX_EPOCH);
        assert_eq!(message.body, "{\"a\": 1}");
        let text = |name| message.attribute(name).unwrap_or_default();
        assert_eq!(text("attempts"), "3");
        assert_eq!(text("reason"), "no  way");
        assert_eq!(text("error_class"), "refused");
        assert_eq!(text("destination"), "webhook");
        assert_eq!(text("status"), "400");
        assert_eq!(text("failed_at"), "1970-01-01T00:00:00Z");
    }
}
