//! The one trait that a destination implements.
//!
//! A program names one destination and is generic over it, so that the others are not linked; it
//! is never used as `dyn`. What a destination does not do: filter, cut, wait, retry, park, log
//! verdicts or count. That is the [pipeline](crate::pipeline)'s, the same for all.

use std::future::Future;

use jiff::Timestamp;
use transform::batch::{Batch, Limits};
use transform::event::{Actor, ActorType, Class, Event, Outcome, Source, Time};
use transform::format::FormatError;

use crate::outcome::Answer;

/// Where events are delivered to.
pub trait Destination: Sync {
    /// The name in metrics, logs and on parked messages: that of its folder in `functions/`.
    const NAME: &'static str;

    /// Whether a record sent twice is stored once, by its id. Then a message partly delivered
    /// simply goes back to the queue; otherwise its undelivered rest is sent as a new message.
    const IDEMPOTENT: bool = false;

    /// What one request may hold.
    fn limits(&self) -> Limits;

    /// How many requests may be under way at once.
    fn concurrency(&self) -> usize {
        4
    }

    /// Records of different partitions never share a request. `None`: all together.
    fn partition(&self, _event: &Event<'_>) -> Option<String> {
        None
    }

    /// Writes the request's fragment for one event at the end of `out`: an envelope, an action
    /// and a source line, a plain line. It must not touch what is there already.
    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// Tries once, and says what became of each record.
    fn deliver(&self, batch: &Batch<'_>) -> impl Future<Output = Answer> + Send;

    /// After an authentication failure: reads the credential afresh. False when there is nothing
    /// to read again.
    fn refresh(&self) -> impl Future<Output = bool> + Send {
        async { false }
    }

    /// The connection test of `vault-export check`: reachable, credential, permission. It leaves
    /// nothing at the destination that looks like an event.
    fn check(&self) -> impl Future<Output = Vec<Finding>> + Send;
}

/// A real event that says that it is a test, for those connection tests that somebody asks for by name: it stays at the
/// destination. `None` when the clock is out of range.
pub fn test_event(id: String, now: Timestamp) -> Option<Event<'static>> {
    let time = Time::from_millisecond(now.as_millisecond())?;
    let source = Source {
        product: "vault-export".into(),
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
    /// Good, doubtful or bad.
    pub level: Level,
    /// What was looked at: `address`, `credential`, `index`, ...
    pub subject: &'static str,
    /// What was found.
    pub text: String,
    /// The way out, if it is not good.
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

    /// The same with a way out.
    pub fn with_hint(self, hint: impl Into<String>) -> Finding {
        Finding { hint: Some(hint.into()), ..self }
    }
}
