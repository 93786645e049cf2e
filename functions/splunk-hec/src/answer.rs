//! What the collector's answer means: a pure function of status and body.
//!
//! The inner code decides, never the status alone: 400 is said of a malformed event, of a wrong
//! index and of a missing channel, and 200 of full queues. Where there is no code, something in
//! front of the collector answers, and its word about our data counts for nothing: such answers
//! leave everything queued.
//!
//! Objects are indexed as they are read. So an answer that names object `n` says that those
//! before it are stored, that it is refused, and that nothing after it was looked at.

mod codes;
mod reply;

use std::time::Duration;

use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};

use self::codes::Meaning;
pub use self::reply::Reply;
use crate::config::REQUEST_BYTES;

/// From here on an object counts as large, when code 6 may be about its size.
const LARGE_OBJECT: usize = 64 * 1024;

/// What was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Objects in the request.
    pub objects: usize,
    /// Its bytes before compression.
    pub bytes: usize,
    /// The bytes of its first object.
    pub first: usize,
}

/// What became of the request. `after` is the server's `Retry-After`.
pub fn classify(status: u16, reply: &Reply, after: Option<Duration>, sent: Sent) -> Answer {
    match reply.code.and_then(codes::row) {
        Some(row) => {
            let reason = Reason::new(row.meaning.class(), row.text()).with_status(status);
            by_meaning(row.meaning, status, reply.object, after, sent, reason)
        }
        None => match (reply.code, reply.object) {
            (Some(_), Some(object)) if matches!(status, 429 | 500..=599) => {
                let text = "the collector cannot now";
                let reason = Reason::new(ErrorClass::Unavailable, text).with_status(status);
                busy(Some(object), after, sent, reason)
            }
            _ => by_status(status, reply.code, after),
        },
    }
}

fn by_meaning(
    meaning: Meaning,
    status: u16,
    object: Option<usize>,
    after: Option<Duration>,
    sent: Sent,
    reason: Reason,
) -> Answer {
    match meaning {
        Meaning::Stored | Meaning::Crowded if status != 200 => contradiction(status),
        Meaning::Stored => Answer::delivered(),
        Meaning::Crowded => Answer::All(Verdict::Delivered(Delivery::Degraded)),
        Meaning::Busy => busy(object, after, sent, reason),
        Meaning::NoAcknowledgement => at_once(reason),
        Meaning::Token => Answer::Auth(reason),
        Meaning::Setting => Answer::Config(reason),
        Meaning::Malformed if object == Some(0) && sent.may_be_too_large() => too_large(&reason),
        Meaning::Malformed | Meaning::Refused => refused(object, sent, reason),
        Meaning::Index => wrong_index(object, sent, reason),
    }
}

impl Sent {
    /// Splunk Cloud says of a body over its limit that object 0 is malformed, and so does any
    /// Splunk of an event over `maxEventSize`.
    fn may_be_too_large(self) -> bool {
        self.bytes > REQUEST_BYTES || self.first > LARGE_OBJECT
    }
}

/// Nothing of it is stored, so halves duplicate nothing; a record refused alone is parked.
fn too_large(reason: &Reason) -> Answer {
    let text = format!("{}; it may be larger than this Splunk takes", reason.text);
    Answer::Split(Reason { class: ErrorClass::TooLarge, text, ..reason.clone() })
}

/// The prefix rule. Without a usable number nobody knows which object it was.
fn refused(object: Option<usize>, sent: Sent, reason: Reason) -> Answer {
    let Some(refused) = object.filter(|object| *object < sent.objects) else {
        return Answer::Suspect(reason);
    };
    let text = "an event before it in the request was refused".to_owned();
    let rest = Reason { text, ..reason.clone() };
    let rest = Verdict::retry_after(Some(Duration::ZERO), rest);
    Answer::Each(
        (0..sent.objects)
            .map(|object| match object {
                _ if object < refused => Verdict::delivered(),
                _ if object == refused => Verdict::Rejected(reason.clone()),
                _ => rest.clone(),
            })
            .collect(),
    )
}

/// Of a collector that ran full in the middle: the objects before it are stored, the rest goes again.
fn busy(object: Option<usize>, after: Option<Duration>, sent: Sent, reason: Reason) -> Answer {
    let rest = Verdict::retry_after(after, reason);
    match object.filter(|stored| (1..sent.objects).contains(stored)) {
        None => Answer::All(rest),
        Some(stored) => {
            let stored = std::iter::repeat_n(Verdict::delivered(), stored);
            Answer::Each(stored.chain(std::iter::repeat(rest)).take(sent.objects).collect())
        }
    }
}

/// The number that code 7 reports is one higher than the object's. The objects before it are
/// stored; it and those after it go again, and the answer to that is about all of them.
fn wrong_index(object: Option<usize>, sent: Sent, reason: Reason) -> Answer {
    let stored = object.map_or(0, |reported| reported.saturating_sub(1));
    if stored == 0 || stored >= sent.objects {
        return Answer::Config(reason);
    }
    let rest = Verdict::retry_after(Some(Duration::ZERO), reason);
    let stored = std::iter::repeat_n(Verdict::delivered(), stored);
    Answer::Each(stored.chain(std::iter::repeat(rest)).take(sent.objects).collect())
}

fn at_once(reason: Reason) -> Answer {
    Answer::retry_after(Some(Duration::ZERO), reason)
}

fn contradiction(status: u16) -> Answer {
    let text = "the code says stored and the status does not; sent again";
    Answer::retry(Reason::new(ErrorClass::Protocol, text).with_status(status))
}

/// What an answer of `/services/collector/ack` says of one id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The events are replicated.
    Given,
    /// Not yet, or the question went wrong: ask again.
    Awaited,
    /// Nobody at this address confirms anything.
    Unusable,
}

/// Reads an answer of `/services/collector/ack`. Once answered `true`, an id is forgotten, so each
/// is asked for by the request that got it and by nobody else.
pub fn confirmation(status: u16, body: &[u8], ack: u64) -> Confirmation {
    match status {
        200 if reply::confirms(body, ack) => Confirmation::Given,
        300..=399 | 404 | 405 => Confirmation::Unusable,
        _ if Reply::read(body).is_without_acknowledgement() => Confirmation::Unusable,
        _ => Confirmation::Awaited,
    }
}

/// Whether it is an answer of `/services/collector/ack`, whatever it says of the id.
pub fn answers(status: u16, body: &[u8]) -> bool {
    status == 200 && reply::is_about_acknowledgements(body)
}

/// An answer without a code of the table: from a proxy, a load balancer, or a newer Splunk.
fn by_status(status: u16, code: Option<u64>, after: Option<Duration>) -> Answer {
    let reason = |class, text: &str| Reason::new(class, text).with_status(status);
    let later = |class, text| Answer::retry_after(after, reason(class, text));
    match status {
        200..=299 => {
            let text = "the answer is not one of the event collector; sent again";
            Answer::retry_after(after, reason(ErrorClass::Protocol, text).maybe_stored())
        }
        300..=399 | 404 | 405 => Answer::Config(reason(
            ErrorClass::Config,
            "the address is not that of an event collector; endpoint is scheme, host and port, often 8088",
        )),
        401 | 403 => Answer::Auth(reason(ErrorClass::Auth, "the token was refused")),
        407 => Answer::Config(reason(ErrorClass::Config, "a proxy asks for credentials")),
        408 => later(ErrorClass::Timeout, "the request took too long"),
        413 => Answer::Split(reason(
            ErrorClass::TooLarge,
            "the request is over max_content_length or the limit of a proxy",
        )),
        415 => Answer::Config(reason(ErrorClass::Config, "gzip is not accepted at this address")),
        429 => later(ErrorClass::Throttled, "asked to send less"),
        500..=599 => {
            later(ErrorClass::Unavailable, "the collector, or what is in front of it, cannot now")
        }
        _ if code.is_some() => Answer::Config(reason(
            ErrorClass::Config,
            "the collector refuses with a code that this version does not know",
        )),
        _ => Answer::Config(reason(
            ErrorClass::Config,
            "refused by something in front of the collector, such as a proxy or a web server",
        )),
    }
}

#[cfg(test)]
mod tests;
