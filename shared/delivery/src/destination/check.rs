//! What `vault-export check` says of a destination.

use jiff::Timestamp;
use transform::batch::Encoded;
use transform::event::{Actor, ActorType, Class, Event, Outcome, Source, Time};

use super::Destination;
use crate::outcome::{Answer, Verdict};

/// Sends one real event, marked as a test, for those connection tests that somebody asks for by name: it stays
/// at the destination. What came of it, and the finding when it could not be sent.
pub async fn deliver_test_event<D: Destination>(
    destination: &D,
    subject: &'static str,
    id: String,
    now: Timestamp,
) -> Result<Answer, Finding> {
    let Some(event) = test_event(id, now) else {
        return Err(Finding::doubtful(subject, "the clock is out of range; not tried"));
    };
    let mut encoded = Encoded::default();
    let written = encoded.try_push(0, &event, None, |out| destination.encode(&event, out));
    let (Ok(()), Some(batch)) = (written, encoded.whole()) else {
        return Err(Finding::bad(subject, "the test event cannot be written in this format"));
    };
    Ok(destination.deliver(&batch).await)
}

/// Whether the destination can write events in the format that it is set to. Nothing is sent.
pub fn format_finding<D: Destination>(destination: &D, id: String, now: Timestamp) -> Finding {
    let Some(event) = test_event(id, now) else {
        return Finding::doubtful("format", "the clock is out of range; not tried");
    };
    match destination.encode(&event, &mut Vec::new()) {
        Ok(()) => Finding::good("format", "accepted"),
        Err(error) => Finding::bad("format", error.to_string()),
    }
}

/// `None` when the clock is out of range.
fn test_event(id: String, now: Timestamp) -> Option<Event<'static>> {
    let time = Time::from_millisecond(now.as_millisecond())?;
    let source = Source {
        product: "vault-export".into(),
        vendor: Some("vault-export".into()),
        instance: "vault-export".into(),
        ..Source::default()
    };
    let actor = Actor::new("vault-export", ActorType::System);
    let mut event =
        Event::new(id, time, Class::ExportHealth, "check", Outcome::Success, actor, source);
    event.category = Some(event.class.category());
    event.severity = Some(event.severity());
    event.message = Some("Connection test of vault-export".into());
    Some(event)
}

/// One line of a connection test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at: `address`, `credential`, `index`, ...
    pub subject: &'static str,
    /// What was found.
    pub text: String,
    /// What to do, if it is not ok.
    pub hint: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Works.
    Good,
    /// Could not be told, or works with a drawback.
    Doubtful,
    /// Deliveries will fail.
    Bad,
}

impl Level {
    /// What people and programs are told, by the command line and by functions.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Good => "ok",
            Level::Doubtful => "warning",
            Level::Bad => "failed",
        }
    }
}

impl Finding {
    /// Works.
    pub fn good(subject: &'static str, text: impl Into<String>) -> Finding {
        Finding { level: Level::Good, subject, text: text.into(), hint: None }
    }

    /// Could not be told, or works with a drawback.
    pub fn doubtful(subject: &'static str, text: impl Into<String>) -> Finding {
        Finding { level: Level::Doubtful, subject, text: text.into(), hint: None }
    }

    /// Deliveries will fail.
    pub fn bad(subject: &'static str, text: impl Into<String>) -> Finding {
        Finding { level: Level::Bad, subject, text: text.into(), hint: None }
    }

    /// What an answer that is not the hoped-for one is worth to a person who checks.
    pub fn of_answer(subject: &'static str, answer: Answer) -> Finding {
        match answer {
            Answer::Auth(reason)
            | Answer::Config(reason)
            | Answer::Split(reason)
            | Answer::Suspect(reason) => Finding::bad(subject, reason.to_string()),
            Answer::All(Verdict::Retry { reason, .. } | Verdict::Rejected(reason))
            | Answer::Dropped { reason, .. } => Finding::doubtful(subject, reason.to_string()),
            Answer::All(Verdict::Delivered(_) | Verdict::Filtered) | Answer::Each(_) => {
                Finding::doubtful(subject, "the answer is not understood")
            }
        }
    }

    /// The same with a way out.
    pub fn with_hint(self, hint: impl Into<String>) -> Finding {
        Finding { hint: Some(hint.into()), ..self }
    }
}
