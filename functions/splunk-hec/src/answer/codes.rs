//! The collector's codes, 0 to 28.
//!
//! From "Troubleshoot HTTP Event Collector" in Splunk's documentation; 28 is Splunk Cloud's.

use delivery::outcome::ErrorClass;

/// What a code says to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Stored.
    Stored,
    /// Stored, and the queues fill up.
    Crowded,
    /// Not now.
    Busy,
    /// The token is at fault.
    Token,
    /// Our settings or Splunk's are at fault.
    Setting,
    /// The token may not write to the index.
    Index,
    /// An object is at fault, unless it is too large.
    Malformed,
    /// An object is at fault.
    Refused,
    /// The token gives no acknowledgements: to be done without.
    NoAcknowledgement,
}

impl Meaning {
    pub(super) fn class(self) -> ErrorClass {
        match self {
            Meaning::Stored | Meaning::Crowded | Meaning::NoAcknowledgement => ErrorClass::Protocol,
            Meaning::Busy => ErrorClass::Unavailable,
            Meaning::Token => ErrorClass::Auth,
            Meaning::Setting | Meaning::Index => ErrorClass::Config,
            Meaning::Malformed | Meaning::Refused => ErrorClass::Refused,
        }
    }
}

/// A code, what it says to do, and what it says to a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) code: u64,
    pub(super) meaning: Meaning,
    says: &'static str,
}

impl Row {
    /// For an operator: the collector's own text is never repeated, it may reflect what was sent.
    pub(super) fn text(&self) -> String {
        format!("{} (Splunk code {})", self.says, self.code)
    }
}

/// The row of a code, if it is known.
pub(super) fn row(code: u64) -> Option<Row> {
    TABLE.iter().copied().find(|row| row.code == code)
}

const fn says(code: u64, meaning: Meaning, says: &'static str) -> Row {
    Row { code, meaning, says }
}

const NO_CHANNEL: &str = "the channel did not arrive; a proxy may remove X-Splunk-Request-Channel";

const TABLE: [Row; 29] = [
    says(0, Meaning::Stored, "success"),
    says(1, Meaning::Token, "the token is disabled; enable it, or store another in the secret"),
    says(
        2,
        Meaning::Token,
        "the token did not arrive; a proxy may remove the Authorization header",
    ),
    says(3, Meaning::Token, "the token is not accepted; the secret must hold the HEC token alone"),
    says(4, Meaning::Token, "there is no such token; store the right one in the secret"),
    // Every request holds events: what arrived empty was emptied on the way.
    says(5, Meaning::Setting, "no event arrived; a proxy may not pass on bodies in gzip"),
    says(6, Meaning::Malformed, "the event is not accepted as data"),
    says(7, Meaning::Index, "the token may not write to the index; allow it, or correct index"),
    says(8, Meaning::Busy, "internal error"),
    says(9, Meaning::Busy, "the server is busy"),
    says(10, Meaning::Setting, NO_CHANNEL),
    says(
        11,
        Meaning::Setting,
        "the channel is not accepted; a proxy may change X-Splunk-Request-Channel",
    ),
    says(12, Meaning::Refused, "the event is missing in its envelope"),
    says(13, Meaning::Refused, "the event is blank"),
    says(14, Meaning::NoAcknowledgement, "the token gives no acknowledgements"),
    says(15, Meaning::Refused, "the time or an indexed field is not accepted"),
    says(16, Meaning::Setting, "a token in the address is not accepted; remove it from endpoint"),
    says(17, Meaning::Setting, "this is the address of the health check; correct endpoint"),
    says(18, Meaning::Busy, "the queues are full"),
    says(19, Meaning::Busy, "the acknowledgement service is not available"),
    says(20, Meaning::Busy, "the queues are full and the acknowledgement service is not available"),
    says(21, Meaning::Token, "there is no such token; store the right one in the secret"),
    says(22, Meaning::Token, "the token is disabled; enable it, or store another in the secret"),
    says(23, Meaning::Busy, "the server is shutting down"),
    says(24, Meaning::Crowded, "stored; the queue is nearly full"),
    says(25, Meaning::Crowded, "stored; the acknowledgement channel is nearly full"),
    says(26, Meaning::Busy, "the queue is full"),
    says(27, Meaning::Busy, "the acknowledgement channel is full"),
    says(28, Meaning::Setting, NO_CHANNEL),
];
