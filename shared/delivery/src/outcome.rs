//! What became of a record, and what a destination answers.
//!
//! There is no `Result` on the way of delivery: a request that never got an answer is a verdict
//! for every record in it. With two ways to say "failed" somebody has to reconcile them, and
//! forgets one; see `docs/decisions/0001-verdicts-not-results.md`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// What became of one record. Everything but [`Retry`](Verdict::Retry) is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The destination holds it.
    Delivered(Delivery),
    /// The destination's filter does not want it.
    Filtered,
    /// The data is at fault, and sending it again cannot help: to the dead-letter queue.
    Rejected(Reason),
    /// Not now. The same bytes may be sent again, not earlier than `after` if it is given.
    Retry {
        /// How long the server asked us to wait.
        after: Option<Duration>,
        /// Why.
        reason: Reason,
    },
}

/// How a record was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Stored now.
    Fresh,
    /// It had been stored before: the id was known.
    Duplicate,
    /// Stored, with a warning of the server, such as queues filling up.
    Degraded,
}

impl Verdict {
    /// Stored now.
    pub fn delivered() -> Verdict {
        Verdict::Delivered(Delivery::Fresh)
    }

    /// Try again when the back-off says so.
    pub fn retry(reason: Reason) -> Verdict {
        Verdict::Retry { after: None, reason }
    }

    /// Try again, not earlier than the server asked.
    pub fn retry_after(after: Option<Duration>, reason: Reason) -> Verdict {
        Verdict::Retry { after, reason }
    }

    /// Whether nothing is left to do for the record but, if rejected, to park it.
    pub fn is_final(&self) -> bool {
        !matches!(self, Verdict::Retry { .. })
    }
}

/// What a destination says of a whole request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One verdict for each record, in order. A wrong number of them says nothing about any, and
    /// all are tried again.
    Each(Vec<Verdict>),
    /// The same for all.
    All(Verdict),
    /// Taken, but the destination dropped this many of the records for good and does not say which. They must not be
    /// sent again: with them would go those that it stored.
    Dropped {
        /// How many; fewer than the request held.
        records: usize,
        /// Why.
        reason: Reason,
    },
    /// Too large: send it in halves. A record too large alone is rejected.
    Split(Reason),
    /// Something in it is unacceptable, and the server did not say what: bisect. A record refused
    /// alone is rejected.
    Suspect(Reason),
    /// The credential or a permission is at fault, never the data: read the secret afresh, try
    /// once more, then leave everything queued.
    Auth(Reason),
    /// The configuration is at fault (address, index, bucket, TLS), never the data: leave
    /// everything queued.
    Config(Reason),
}

impl Answer {
    /// All stored now.
    pub fn delivered() -> Answer {
        Answer::All(Verdict::delivered())
    }

    /// All again later, when the back-off says so.
    pub fn retry(reason: Reason) -> Answer {
        Answer::All(Verdict::retry(reason))
    }

    /// All again, not earlier than the server asked.
    pub fn retry_after(after: Option<Duration>, reason: Reason) -> Answer {
        Answer::All(Verdict::retry_after(after, reason))
    }
}

/// Why a record was not delivered: a sentence for an operator. It ends in logs and on parked
/// messages, so it never quotes an event, a body, a header or a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of trouble.
    pub class: ErrorClass,
    /// The status that the server answered with.
    pub status: Option<u16>,
    /// What happened, and if possible what to do.
    pub text: String,
    /// Whether the whole request was sent and its fate is unknown: the server may hold the events.
    pub maybe_stored: bool,
}

impl Reason {
    /// A reason without a status.
    pub fn new(class: ErrorClass, text: impl Into<String>) -> Reason {
        Reason { class, status: None, text: text.into(), maybe_stored: false }
    }

    /// The same of a request that was sent whole, and whose fate is unknown. Where a record sent twice
    /// is stored twice, it is repeated once in an invocation.
    pub fn maybe_stored(self) -> Reason {
        Reason { maybe_stored: true, ..self }
    }

    /// The same with the server's status.
    pub fn with_status(self, status: u16) -> Reason {
        Reason { status: Some(status), ..self }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{} (status {status})", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// The kinds of trouble, as `error_class` on parked messages and in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Not an event that we can read.
    Unreadable,
    /// The event could not be written in the destination's format.
    Format,
    /// Larger than the destination takes.
    TooLarge,
    /// The server refused the data for good.
    Refused,
    /// The server is up and asks for less.
    Throttled,
    /// The server is down or says that it cannot now.
    Unavailable,
    /// No connection, or it broke.
    Network,
    /// No answer in time. The server may have stored the data.
    Timeout,
    /// An answer that cannot be understood.
    Protocol,
    /// A credential or permission.
    Auth,
    /// An address, index, bucket, certificate.
    Config,
    /// The invocation ended first.
    Deadline,
}

/// A step that concerns one record. A panic in it is that record's reason; its neighbours go on.
pub fn caught<T>(who: &str, step: impl FnOnce() -> T) -> Result<T, Reason> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| {
        Reason::new(ErrorClass::Format, format!("the {who} panicked; please report it"))
    })
}

impl ErrorClass {
    const ALL: [ErrorClass; 12] = [
        ErrorClass::Unreadable,
        ErrorClass::Format,
        ErrorClass::TooLarge,
        ErrorClass::Refused,
        ErrorClass::Throttled,
        ErrorClass::Unavailable,
        ErrorClass::Network,
        ErrorClass::Timeout,
        ErrorClass::Protocol,
        ErrorClass::Auth,
        ErrorClass::Config,
        ErrorClass::Deadline,
    ];

    /// The class of this name.
    pub fn named(name: &str) -> Option<ErrorClass> {
        ErrorClass::ALL.into_iter().find(|class| class.as_str() == name)
    }

    /// The name in logs and attributes.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorClass::Unreadable => "unreadable",
            ErrorClass::Format => "format",
            ErrorClass::TooLarge => "too_large",
            ErrorClass::Refused => "refused",
            ErrorClass::Throttled => "throttled",
            ErrorClass::Unavailable => "unavailable",
            ErrorClass::Network => "network",
            ErrorClass::Timeout => "timeout",
            ErrorClass::Protocol => "protocol",
            ErrorClass::Auth => "auth",
            ErrorClass::Config => "config",
            ErrorClass::Deadline => "deadline",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
