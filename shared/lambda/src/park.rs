//! Messages for a dead-letter queue: one record each, with the reason it is there.

use delivery::outcome::Reason;
use jiff::Timestamp;

use crate::queue::Outgoing;

/// How much of a reason fits on a message.
const REASON_CHARACTERS: usize = 500;

/// A record for the dead-letter queue. `vault-export dlq` shows and filters by these attributes.
pub fn parked(
    destination: &str,
    record: &str,
    reason: &Reason,
    attempts: u32,
    now: Timestamp,
) -> Outgoing {
    let mut texts = vec![
        ("reason", clean(&reason.text)),
        ("error_class", reason.class.as_str().to_owned()),
        ("destination", destination.to_owned()),
        ("failed_at", now.to_string()),
    ];
    texts.extend(reason.status.map(|status| ("status", status.to_string())));
    Outgoing {
        body: record.to_owned(),
        texts,
        numbers: vec![("attempts", u64::from(attempts) + 1)],
        ..Outgoing::default()
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
        assert_eq!(message.numbers, [("attempts", 3)]);
        let texts: std::collections::HashMap<_, _> = message.texts.into_iter().collect();
        assert_eq!(texts["reason"], "no  way");
        assert_eq!(texts["error_class"], "refused");
        assert_eq!(texts["destination"], "webhook");
        assert_eq!(texts["status"], "400");
        assert_eq!(texts["failed_at"], "1970-01-01T00:00:00Z");
    }
}
